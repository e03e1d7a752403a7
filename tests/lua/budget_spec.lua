-- The budget of a run: what does not fit does not start.

local amounts = require "orch.budget.amounts"
local prices = require "orch.budget.prices"
local rig = require "spending_rig"

local GIB = 1 << 30

--- An agent program that works for *ms* and uses *tokens*; its `starts` are counted.
local function worker(ms, tokens)
  local count = { starts = 0, at_once = 0, most = 0 }
  return function(program)
    count.starts = count.starts + 1
    count.at_once = count.at_once + 1
    count.most = math.max(count.most, count.at_once)
    program:sleep(ms)
    count.at_once = count.at_once - 1
    rig.answer(program, tokens - 10, 10)
  end, count
end

--- Fan out *n* workers of *program* with *budget*; return replies, failures and the rest.
local function fan_out(n, program, budget, more)
  local options = { programs = { mine = program }, options = { budget = budget } }
  for key, value in pairs(more or {}) do options[key] = value end
  local results, failures
  local _, outcome, run, world = rig.run(options, function(orch)
    results, failures = rig.fan_out(orch, n)
  end)
  return { results = results or {}, failures = failures or {}, outcome = outcome,
    run = run, world = world }
end

describe("the amounts of a budget", function()
  it("are read with their units", function()
    assert.same({ tokens = 500000, minutes = 60, workers = 20, money = 5 },
      amounts.parse "tokens=500k,minutes=60,workers=20,money=5")
    assert.same({ tokens = 1500000, minutes = 0.5, money = 0.25 },
      amounts.parse "tokens=1.5M, minutes=.5, money=0.25")
  end)

  it("are refused in words", function()
    local function problem(word) return (select(2, amounts.parse(word))) end

    assert.equal("there is no budget 'token'; did you mean 'tokens'?", problem "token=5")
    assert.equal("there is no budget 'euros': expected workers, minutes, tokens or money",
      problem "euros=5")
    assert.equal("'workers=2.5': a whole number above 0 was expected, such as workers=20",
      problem "workers=2.5")
    assert.matches("^'tokens=5G': a number above 0", problem "tokens=5G")
    assert.matches("^'minutes=5k': a number above 0", problem "minutes=5k")
    assert.matches("^'money=0': a number above 0", problem "money=0")
    assert.matches("^'tokens' has no amount: .*tokens=500k", problem "tokens")
    assert.equal("'tokens' is given twice", problem "tokens=5,tokens=6")
    assert.matches("^there is no budget ''", problem "")
    assert.matches("^there is no budget ''", problem "tokens=5,")
  end)

  it("are told as the user writes them", function()
    assert.equal("tokens=500k", amounts.name("tokens", 500000))
    assert.equal("minutes=2.5", amounts.name("minutes", 2.5))
    assert.equal("money=0.50", amounts.name("money", 0.5))
    assert.equal("0.0004", amounts.show("money", 0.0004))
    assert.equal("1.20", amounts.show("money", 1.2))
  end)
end)

describe("a budget of workers", function()
  it("starts five of a fan-out of fifty", function()
    local program, count = worker(1000, 100)

    local seen = fan_out(50, program, { workers = 5 })

    assert.equal(5, count.starts)
    assert.equal(5, #seen.results)
    assert.equal(45, #seen.failures)
    assert.equal("over_budget", seen.failures[1].state)
    assert.equal("it does not fit into the budget workers=5: 5 spent, 0 reserved, 0 left",
      seen.failures[1].reason)
  end)

  it("counts a worker that is asked again once", function()
    local starts = 0
    local seen = fan_out(1, function(program)
      starts = starts + 1
      if starts == 1 then
        program:print '{"type":"turn.completed","usage":{"input_tokens":1}}\n'
        program:write_file(program.argv[3], "no such section")
        program:exit(0)
      end
      rig.answer(program)
    end, { workers = 1 })

    assert.equal(2, starts)
    assert.equal(1, #seen.results)
  end)

  it("goes on from what earlier executions spent", function()
    local program, count = worker(1000, 100)

    rig.run({ programs = { mine = program }, options = { budget = { workers = 5 } } },
      function(orch, run)
        run.budget:restore { workers = 3, tokens = 4000, seconds = 60 }
        rig.fan_out(orch, 9)
        assert.equal(5, run.budget:spent().workers)
        assert.equal(4200, run.budget:spent().tokens)
        assert.is_true(run.budget:spent().seconds > 60)
      end)

    assert.equal(2, count.starts)
  end)
end)

describe("a budget of a run whose engine was killed", function()
  it("counts what was spent and started before", function()
    for _, ms in ipairs { 500, 1500, 2500 } do
      local program, count = worker(1000, 100)
      local options = { programs = { mine = program }, kill = ms,
        options = { jobs = 2, budget = { workers = 5, tokens = 1000000 } } }
      local results
      local function script(orch) results = rig.fan_out(orch, 50) end
      local _, _, run, core = rig.run(options, script)

      options.kill, options.core, options.resume = nil, core, run.folder
      local _, _, resumed = rig.run(options, script)

      assert.equal(5, count.starts)
      assert.equal(5, #results)
      assert.equal(5, resumed.budget:spent().workers)
      assert.equal(500, resumed.budget:spent().tokens)
    end
  end)
end)

describe("a budget of tokens", function()
  it("starts nothing when the first guess does not fit", function()
    local program, count = worker(1000, 100)

    local seen = fan_out(3, program, { tokens = 50000 })

    assert.equal(0, count.starts)
    assert.equal(4, seen.outcome.code)
    assert.equal("it does not fit into the budget tokens=50k: 0 spent, 0 reserved, "
      .. "50k left; it is expected to use 60k", seen.run.workers[1].failure.reason)
  end)

  it("lets a worker wait for what others have only reserved", function()
    local program, count = worker(1000, 10000)
    local observer = rig.observer()

    local seen = fan_out(8, program, { tokens = 130000 }, { observer = observer })

    -- Two at first, for 60k each; then what they are known to use: 10k.
    assert.equal(8, #seen.results)
    assert.equal(4, count.most)
    local waited
    for _, told in ipairs(observer.told.worker) do
      waited = waited or told.state == "queued" and told.waits_for
        and told.waits_for:match "the budget.*"
    end
    assert.equal("the budget tokens=130k (120k of it are reserved)", waited)
  end)

  it("is passed at most by those that run already, which is told", function()
    local program, count = worker(1000, 150000)
    local observer = rig.observer()

    local seen = fan_out(20, program, { tokens = 200000 }, { observer = observer })

    assert.equal(3, count.starts)
    assert.equal(17, #seen.failures)
    assert.equal(450000, seen.run.budget:spent().tokens)
    local warnings = observer.told.warning
    assert.matches("the budget tokens=200k is passed by 250k: W%d Worker used 150k, "
      .. "60k were reserved for it; nothing more is started", warnings[#warnings])
  end)

  it("keeps what was reserved for a worker that was cut short", function()
    local seen = fan_out(3, function(program) program:sleep(1e9) end,
      { tokens = 150000 })

    assert.equal("timed_out", seen.run.workers[2].state)
    assert.equal(0, seen.run.budget:spent().tokens)
    assert.matches("tokens=150k: 0 spent, 120k reserved, 30k left",
      seen.run.workers[3].failure.reason)
  end)

  it("counts nothing for a worker that its agent refused", function()
    local starts = 0
    local seen = fan_out(1, function(program)
      starts = starts + 1
      if starts < 4 then rig.refuse(program, "rate limit") end
      rig.answer(program, 90, 10)
    end, { tokens = 100000 })

    assert.equal(1, #seen.results)
    assert.equal(100, seen.run.budget:spent().tokens)
  end)

  it("reserves what nine of ten of its role and agent have used", function()
    local used = 0
    local seen = fan_out(10, function(program)
      used = used + 1000
      rig.answer(program, used, 0)
    end, nil, { options = { jobs = 1, budget = { tokens = 10000000 } } })

    local request = { role = "worker", agent = { name = "mine" } }
    assert.equal(9000, seen.run.budget.estimates:of(request).tokens)
    request.role = "reviewer"
    assert.equal(60000, seen.run.budget.estimates:of(request).tokens)
  end)

  it("counts a continued conversation's usage once", function()
    local starts = 0
    local world_program = function(program)
      starts = starts + 1
      program:print '{"type":"thread.started","thread_id":"t-1"}\n'
      local again = table.concat(program.argv, " "):find "resume"
      if not again then
        program:print('{"type":"turn.completed","usage":{"input_tokens":1000,'
          .. '"cached_input_tokens":400,"output_tokens":100}}\n')
        for i, word in ipairs(program.argv) do
          if word == "-o" then program:write_file(program.argv[i + 1], "nothing") end
        end
        program:exit(0)
      end
      rig.answer(program, 1500, 150)
    end
    local _, _, run = rig.run({ chain = { "codex" }, programs = { codex = world_program },
      world = { environment = { CODEX_API_KEY = "k" } },
      config = { agents = {},
        prices = { codex = { input = 10, cached = 1, output = 100 } } },
    }, function(orch) orch.ask("worker", { task = "Do it." }) end)

    assert.equal(2, starts)
    assert.equal(1650, run.budget:spent().tokens)
    assert.equal(1650, run.workers[1].tokens)
    -- The second turn tells no cached input: (600 + 900) new, 400 cached, 150 written.
    local cost = (1500 * 10 + 400 * 1 + 150 * 100) / 1e6
    assert.is_true(math.abs(run.budget:spent().money - cost) < 1e-9)
    assert.equal(run.budget:spent().money, run.workers[1].money)
  end)
end)

describe("a budget of minutes", function()
  it("gives a worker at most the time that is left", function()
    local seen = fan_out(1, function(program) program:sleep(1e9) end, { minutes = 10 })

    local problem = seen.run.workers[1].failure
    assert.equal("over_budget", problem.state)
    assert.matches("the minutes of the budget were over", problem.reason)
    assert.equal(4, seen.outcome.code)
    assert.is_true(seen.world.now() <= 10 * 60000)
    assert.is_true(seen.world.now() >= 9 * 60000)
  end)

  it("starts nothing that could not end in time", function()
    local program, count = worker(4 * 60000, 100)

    local seen = fan_out(20, program, { minutes = 10 })

    assert.equal(8, count.starts)
    assert.equal(8, #seen.results)
    assert.equal("over_budget", seen.failures[1].state)
    assert.matches("minutes=10: 8 spent, 0 reserved, 2 left; it is expected to use 4",
      seen.failures[12].reason)
  end)
end)

describe("a budget of money", function()
  local PRICES = { mine = { input = 1, cached = 0.1, output = 10 } }

  it("is kept by the price table", function()
    local program, count = worker(1000, 1000000)    -- about one each

    local seen = fan_out(10, program, { money = 3 },
      { config = { prices = PRICES }, options = { jobs = 1, budget = { money = 3 } } })

    -- One is guessed for 60k tokens; each then known to cost 1.00009.
    assert.equal(2, count.starts)
    assert.matches("money=3.00: 2.00", seen.failures[1].reason)
    assert.is_true(seen.run.budget:spent().money > 2)
  end)

  it("is refused before anything starts if nobody knows what an agent costs", function()
    local program, count = worker(1000, 100)

    local seen = fan_out(2, program, { money = 3 })

    assert.equal(0, count.starts)
    assert.equal(2, seen.outcome.code)
    assert.matches("nobody knows what 'mine' costs", seen.outcome.message)
  end)

  it("counts what an agent itself tells", function()
    local seen = fan_out(3, function(program)
      program:print('{"type":"result","is_error":false,"result":"RESULT: Done.",'
        .. '"total_cost_usd":0.25,"usage":{"input_tokens":5,"output_tokens":5}}\n')
    end, { money = 3 }, { config = { agents = { mine = { argv = { "mine" },
      events = "claude" } } } })

    assert.equal(3, #seen.results)
    assert.equal(0.75, seen.run.budget:spent().money)
  end)

  it("knows a price by the model before that of the agent", function()
    local table = { small = { input = 1, output = 2 }, codex = { input = 3, output = 4 } }

    assert.equal(1, prices.of(table, { name = "codex" }, "small").input)
    assert.equal(3, prices.of(table, { name = "codex" }, "other").input)
    assert.equal(1, prices.of(table, { name = "x", model = "small" }, "other").input)
    assert.is_nil(prices.of(table, { name = "x" }))
    assert.is_nil(prices.of(nil, { name = "x" }))
  end)
end)

describe("admission", function()
  it("lets a worker wait until there is memory for it", function()
    local program, count = worker(1000, 100)
    local observer = rig.observer()
    local entry = { argv = { "mine", "-o", "{{last_message}}" }, events = "codex",
      memory = 4 * GIB }

    local seen = fan_out(4, program, nil, { observer = observer,
      config = { agents = { mine = entry } },
      world = { memory = { total = 16 * GIB, available = 3 * GIB } } })

    assert.equal(4, #seen.results)
    assert.equal(1, count.most)
    local waited
    for _, told in ipairs(observer.told.worker) do
      waited = waited or told.waits_for and told.waits_for:match "memory.*"
    end
    assert.equal("memory (4096 MiB are needed)", waited)
  end)
end)

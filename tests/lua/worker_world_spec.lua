-- Workers in a world of their own: hours pass in milliseconds, faults come when asked.

local core = require "orch.core"
local support = require "support"

local GOOD = "RESULT: The work is done.\n"

--- The flag's value among the words of a program.
local function after(words, flag)
  for i, word in ipairs(words) do
    if word == flag then return words[i + 1] end
  end
end

--- An agent program that works for *ms*, then says *message* and ends with *code*.
local function agent(ms, message, code)
  return function(program)
    program:sleep(ms)
    program:print(core.json_encode { type = "item.completed",
      item = { type = "agent_message", text = message } } .. "\n")
    program:write_file(after(program.argv, "-o"), message)
    program:print(core.json_encode { type = "turn.completed",
      usage = { input_tokens = 1000, output_tokens = 10 } } .. "\n")
    program:exit(code or 0)
  end
end

--- Run *fn*(orch, run, world) with *program* as every worker's agent.
local function with_program(program, fn, options)
  local world = support.world { programs = { agent = program },
    files = support.templates() }
  local load = support.library(world)
  local orch, run_module = load "orch", load "orch.run"
  local run = assert(run_module.open {
    name = "test", options = options or {},
    config = { agent = { ["*"] = { "mine" } }, agents = {
      mine = { argv = { "agent", "-o", "{{last_message}}" }, events = "codex" },
    } },
  })
  local value
  local outcome = run:execute(function() value = fn(orch, run, world) end)
  run:close()
  return value, outcome, run, world
end

local function ask(orch) return orch.ask("worker", { task = "Do it." }) end

describe("a worker of the world", function()
  it("answers after hours that take no time", function()
    local reply, outcome, run = with_program(agent(50 * 60 * 1000, GOOD), ask)

    assert.equal("The work is done.", reply.result)
    assert.equal(0, outcome.code)
    assert.is_true(run.workers[1].ended - run.workers[1].started >= 50 * 60 * 1000)
  end)

  it("may leave a long gap in its reply without keeping all others waiting", function()
    local gap = "RESULT: The work is done." .. (" "):rep(1 << 17) .. "All of it.\n"
    local before = os.clock()

    local reply = with_program(agent(10, gap), ask)

    assert.matches("^The work is done%..*All of it%.$", reply.result)
    assert.is_true(os.clock() - before < 2)
  end)

  it("is ended by its deadline however silent it is", function()
    local _, outcome, run = with_program(function(program) program:sleep(1e9) end, ask)

    assert.equal("timed_out", run.workers[1].state)
    assert.equal(3, outcome.code)
  end)

  it("runs beside at most --jobs others", function()
    local at_once, most = 0, 0
    local work = agent(1000, GOOD)

    local results = with_program(function(program)
      at_once = at_once + 1
      most = math.max(most, at_once)
      program:sleep(1000)
      at_once = at_once - 1
      work(program)
    end, function(orch)
      return orch.all({ 1, 2, 3, 4, 5, 6, 7, 8, 9 }, function(i)
        return orch.ask("worker", { task = "Task " .. i })
      end)
    end, { jobs = 3 })

    assert.equal(9, #results)
    assert.equal(3, most)
  end)

  it("that is lost is run once again, when it only reads", function()
    local starts = 0
    local good = agent(100, GOOD)

    local reply, outcome, run = with_program(function(program)
      starts = starts + 1
      if starts == 1 then program:sleep(1e9) end
      good(program)
    end, function(orch, _, world)
      world.world:after(1000, function()
        world.world:kill_keeper(orch.sessions()[1].handle)
      end)
      return ask(orch)
    end)

    assert.equal("The work is done.", reply and reply.result)
    assert.equal(2, starts)
    assert.equal(1, #run.workers)
    assert.equal(0, outcome.code)
  end)

  it("fails with the cause disk when its brief cannot be kept", function()
    local _, outcome, run = with_program(agent(1, GOOD), function(orch, _, world)
      world.world:fail("write", "ENOSPC", math.huge)
      return ask(orch)
    end)

    assert.equal("disk", run.workers[1].failure.cause)
    assert.equal(3, outcome.code)
  end)

  it("waits for a terminal when none is free, and then answers", function()
    local reply = with_program(agent(100, GOOD), function(orch, _, world)
      world.world:fail("start", "EMFILE", 3)
      return ask(orch)
    end)

    assert.equal("The work is done.", reply.result)
  end)

  it("is stopped by Ctrl-C, which is exit 130", function()
    local _, outcome, run = with_program(function(program) program:sleep(1e9) end,
      function(orch, _, world)
        world.world:after(5000, function() world.world:signal "INT" end)
        return ask(orch)
      end)

    assert.equal(130, outcome.code)
    assert.equal("stopped", run.workers[1].state)
  end)

  it("is stopped by the deadline of the run, which is exit 4", function()
    local _, outcome, run = with_program(function(program) program:sleep(1e9) end, ask,
      { deadline_ms = 60000 })

    assert.equal(4, outcome.code)
    assert.equal("stopped", run.workers[1].state)
  end)

  it("that won a race stops the others", function()
    local value, _, run = with_program(function(program)
      local slow = program.stdin:find "slow"
      agent(slow and 1e6 or 100, GOOD)(program)
    end, function(orch)
      local reply, index = orch.race({ "slow", "fast" }, function(pace)
        return orch.ask("worker", { task = "Be " .. pace .. "." })
      end)
      return { reply.result, index }
    end)

    assert.same({ "The work is done.", 2 }, value)
    assert.equal("stopped", run.workers[1].state)
    assert.equal("ok", run.workers[2].state)
  end)
end)

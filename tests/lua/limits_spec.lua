-- Limits of agents: one answer "limited" pauses an agent for all, a chain hands over.

local rig = require "spending_rig"

local MINUTE, HOUR = 60, 3600

--- An agent that is limited from its *wall*th start on until *reset*, seconds after the
-- world's begin, and says so if *tells*.  `starts` are the times of all its starts.
local function walled(wall, reset, tells)
  local starts = {}
  return function(program)
    local now = program.keeper.machine.clock:time() - rig.EPOCH
    starts[#starts + 1] = now
    local number = #starts
    program:sleep(1000)
    if number >= wall and now < reset then
      rig.refuse(program, tells and "usage limit, resets at " .. rig.EPOCH + reset
        or "429 Too Many Requests: rate limit")
    end
    program:sleep(60000)
    rig.answer(program)
  end, starts
end

describe("an agent that is limited", function()
  it("is not started again by anybody until its reset", function()
    local program, starts = walled(3, 2 * HOUR, true)
    local results, failures

    local _, outcome, run = rig.run({ programs = { mine = program } }, function(orch)
      results, failures = rig.fan_out(orch, 40)
    end)

    assert.equal(40, #results)
    assert.equal(0, #failures)
    assert.equal(0, outcome.code)
    -- Four were at work when the wall came; those that met it are started once more.
    local early = 0
    for _, at in ipairs(starts) do
      if at < 2 * HOUR then early = early + 1 end
    end
    local refused = #starts - 40
    assert.is_true(early <= 4 and refused >= 1 and refused <= 2, early .. " " .. refused)
    assert.equal(40, #run.workers)
  end)

  it("is started 40 times and once more when one at a time meets the wall", function()
    local program, starts = walled(3, 2 * HOUR, true)

    rig.run({ programs = { mine = program }, options = { jobs = 1 } }, function(orch)
      rig.fan_out(orch, 40)
    end)

    assert.equal(41, #starts)
    assert.is_true(starts[3] < 5 * MINUTE)
    assert.is_true(starts[4] >= 2 * HOUR)
  end)

  it("keeps what its first start left, in a folder of its own", function()
    local program = walled(1, 10 * MINUTE)

    local _, _, run, world = rig.run({ programs = { mine = program } }, function(orch)
      orch.ask("worker", { task = "Do it." })
    end)

    local folder = run.workers[1].folder
    assert.matches("429", world.read(folder .. "/1/transcript"))
    local last = ("%s/%d/transcript"):format(folder, #run.workers[1].step.attempts)
    assert.matches("turn.completed", world.read(last))
  end)

  it("is tried by one alone when nobody knows the end, ever more rarely", function()
    local program, starts = walled(1, 2 * HOUR)

    local results = rig.run({ programs = { mine = program } }, function(orch)
      return (rig.fan_out(orch, 8))
    end)

    assert.equal(8, #results)
    -- Four meet the wall at once; then one at a time: 30 s, 60 s, ... 15 min.
    local longest = 0
    for i = 5, #starts do
      if starts[i] >= 2 * HOUR then break end
      local pause = starts[i] - starts[i - 1] - 1
      local step = math.min(30 * 2 ^ (i - 5), 15 * MINUTE)
      assert.is_true(pause >= 0.79 * step and pause <= step + 0.1,
        ("pause %d was %.1f s"):format(i - 4, pause))
      longest = math.max(longest, pause)
    end
    assert.is_true(longest > 10 * MINUTE)
  end)

  it("begins anew with short pauses after a success", function()
    local calls, starts = 0, {}
    rig.run({ programs = { mine = function(program)
      calls = calls + 1
      starts[calls] = program.keeper.machine.clock.now / 1000
      if calls == 1 or calls == 2 or calls == 4 then rig.refuse(program, "rate limit") end
      rig.answer(program)
    end } }, function(orch)
      orch.ask("worker", { task = "One." })
      orch.ask("worker", { task = "Two." })
    end)

    assert.equal(5, calls)
    assert.is_true(starts[3] - starts[2] > 45)
    assert.is_true(starts[5] - starts[4] <= 30.1)
  end)

  it("fails as limited, with its reset, when the wait would pass --max-wait", function()
    local program, starts = walled(1, 7 * HOUR, true)

    local _, outcome, run = rig.run({ programs = { mine = program } }, function(orch)
      rig.fan_out(orch, 10)
    end)

    assert.equal(4, outcome.code)
    assert.is_true(#starts <= 4)
    local problem = run.workers[10].failure
    assert.equal("limited", problem.state)
    assert.equal(rig.EPOCH + 7 * HOUR, math.floor(problem.reset + 0.5))
    assert.matches("mine is limited until 07:00, and %-%-max%-wait is 6 h",
      problem.reason)
  end)

  it("without a known reset is given up after --max-wait in all", function()
    local program = walled(1, math.huge)

    local _, outcome, run, world = rig.run({ programs = { mine = program },
      options = { max_wait_ms = HOUR * 1000 } }, function(orch)
      rig.fan_out(orch, 3)
    end)

    assert.equal(4, outcome.code)
    assert.equal("limited", run.workers[3].state)
    assert.is_nil(run.workers[3].failure.reset)
    assert.is_true(world.now() <= (HOUR + MINUTE) * 1000)
    assert.is_true(world.now() >= 30 * MINUTE * 1000)
  end)

  it("is waited for no longer than the minutes of the budget", function()
    local program = walled(1, 2 * HOUR, true)

    local _, outcome, run, world = rig.run({ programs = { mine = program },
      options = { budget = { minutes = 60 } } },
      function(orch) rig.fan_out(orch, 2) end)

    assert.equal(4, outcome.code)
    assert.matches("the minutes of the budget are over before",
      run.workers[1].failure.reason)
    assert.is_true(world.now() < MINUTE * 1000)
  end)

  it("is shown, with the end of its pause, and what waits for it", function()
    local program = walled(1, 90 * MINUTE, true)
    local observer = rig.observer()

    rig.run({ programs = { mine = program }, observer = observer },
      function(orch) rig.fan_out(orch, 2) end)

    local first, last = observer.told.pause[1], observer.told.pause[#observer.told.pause]
    assert.equal("mine", first.agent)
    assert.equal("01:30", first.clock)
    assert.matches("usage limit", first.why)
    assert.is_nil(last["until"])
    local waited = false
    for _, worker in ipairs(observer.told.worker) do
      if worker.state == "waiting" then
        waited = true
        assert.equal("mine (limited until 01:30)", worker.waits_for)
      end
    end
    assert.is_true(waited)
  end)

  it("is not opened by the success of a worker from before the pause", function()
    local calls, early = 0, 0
    rig.run({ programs = { mine = function(program)
      calls = calls + 1
      local now = program.keeper.machine.clock.now
      if now > 2000 and now < 20000 then early = early + 1 end
      if calls == 1 then rig.refuse(program, "rate limit") end
      program:sleep(5000)
      rig.answer(program)
    end }, options = { jobs = 2 } }, function(orch) rig.fan_out(orch, 6) end)

    assert.equal(0, early)
    assert.equal(7, calls)
  end)

  it("is tried by another when the script stops the one that tries", function()
    local calls = 0
    local reply = rig.run({ programs = { mine = function(program)
      calls = calls + 1
      if calls <= 2 then rig.refuse(program, "rate limit") end
      if calls == 3 then program:sleep(1e9) end
      rig.answer(program)
    end } }, function(orch)
      local first = orch.start("worker", { task = "One." })
      local second = orch.start("worker", { task = "Two." })
      orch.sleep(5 * MINUTE * 1000)
      first:stop()
      return second:wait()
    end)

    assert.equal("The work is done.", reply and reply.result)
    assert.equal(4, calls)
  end)

  it("is tried by another when the one that tries passes its deadline", function()
    local calls = 0
    local results = rig.run({ programs = { mine = function(program)
      calls = calls + 1
      if calls <= 2 then rig.refuse(program, "rate limit") end
      if calls == 3 then program:sleep(1e9) end
      rig.answer(program)
    end } }, function(orch)
      local first = orch.start("worker", { task = "One.", deadline_ms = 60000 })
      local second = orch.start("worker", { task = "Two.", deadline_ms = 60000 })
      local replies = 0
      for _, worker in ipairs { first, second } do
        if pcall(worker.wait, worker) then replies = replies + 1 end
      end
      return replies
    end)

    assert.equal(1, results)
    assert.equal(4, calls)
  end)
end)

describe("after the engine was killed", function()
  it("a limit that an adopted worker meets holds for all", function()
    local starts = {}
    local options = { programs = { mine = function(program)
      local now = program.keeper.machine.clock:time() - rig.EPOCH
      starts[#starts + 1] = now
      program:sleep(10000)
      if now < HOUR then
        rig.refuse(program, "usage limit, resets at " .. rig.EPOCH + HOUR)
      end
      rig.answer(program)
    end }, kill = 5000 }
    local function script(orch) return (rig.fan_out(orch, 12)) end
    local _, _, run, core = rig.run(options, script)

    options.kill, options.core, options.resume = nil, core, run.folder
    local results, outcome = rig.run(options, script)

    assert.equal(12, #results)
    assert.equal(0, outcome.code)
    assert.equal(16, #starts)
    assert.is_true(starts[4] < 5 and starts[5] >= HOUR, starts[5])
  end)

  --- A run whose first start is refused with *message* before its engine is killed.
  -- Return when it ended, in seconds, having gone on.
  local function end_after(message)
    local starts = 0
    local options = { programs = { mine = function(program)
      starts = starts + 1
      if starts == 1 then rig.refuse(program, message) end
      rig.answer(program)
    end }, kill = 5000 }
    local function script(orch) return orch.ask("worker", { task = "Do it." }) end
    local _, _, run, core = rig.run(options, script)
    options.kill, options.core, options.resume = nil, core, run.folder
    local reply, _, _, world = rig.run(options, script)
    assert.equal("The work is done.", reply.result)
    assert.equal(2, starts)
    return world.now() / 1000
  end

  it("a limit of before holds as long as was told", function()
    local seconds = end_after("usage limit, resets at " .. rig.EPOCH + HOUR)

    assert.is_true(seconds >= HOUR and seconds < HOUR + MINUTE, seconds)
  end)

  it("a limit of before whose end nobody told says nothing of now", function()
    assert.is_true(end_after "rate limit" < 20)
  end)
end)

describe("a chain of agents", function()
  it("hands over to the next when the first is limited, and does not go back", function()
    local first, starts = walled(3, 5 * HOUR, false)
    local others = 0
    local results, failures

    local _, _, run = rig.run({ chain = { "codex", "claude" }, programs = {
      codex = first, claude = function(program)
        others = others + 1
        program:sleep(1000)
        rig.answer(program)
      end } }, function(orch) results, failures = rig.fan_out(orch, 40) end)

    assert.equal(40, #results)
    assert.equal(0, #failures)
    assert.is_true(#starts <= 4)
    assert.equal(38, others)
    assert.equal("claude", run.workers[40].agent)
  end)

  it("waits for the first that comes back when all are limited", function()
    local late = walled(1, 3 * HOUR, true)
    local soon, soon_starts = walled(1, HOUR, true)

    local _, outcome, run, world = rig.run({ chain = { "late", "soon" },
      programs = { late = late, soon = soon } }, function(orch)
      orch.ask("worker", { task = "Do it." })
    end)

    assert.equal(0, outcome.code)
    assert.equal("soon", run.workers[1].agent)
    assert.equal(2, #soon_starts)
    assert.is_true(world.now() < 2 * HOUR * 1000)
  end)
end)

describe("an agent whose login is refused", function()
  local function refused(starts)
    return function(program)
      starts[#starts + 1] = true
      program:sleep(1000)
      rig.refuse(program, "status 401 Unauthorized: login")
    end
  end

  it("is not started again in this run, which is exit 5", function()
    local starts = {}

    local observer = rig.observer()

    local _, outcome, run = rig.run({ programs = { mine = refused(starts) },
      observer = observer }, function(orch) rig.fan_out(orch, 20) end)

    assert.equal(5, outcome.code)
    assert.is_true(#starts <= 4)
    assert.matches("nothing more is started with mine: .*401",
      run.workers[20].failure.reason)
    assert.equal("auth", run.workers[20].failure.cause)
    assert.equal("nothing more is started with mine: status 401 Unauthorized: login",
      observer.told.warning[#observer.told.warning])
    assert.matches("401", run.workers[1].failure.reason)
  end)

  it("hands over to the next of the chain", function()
    local starts = {}

    local results = rig.run({ chain = { "bad", "good" }, programs = {
      bad = refused(starts), good = function(program) rig.answer(program) end } },
      function(orch) return (rig.fan_out(orch, 20)) end)

    assert.equal(20, #results)
    assert.is_true(#starts <= 4)
  end)
end)

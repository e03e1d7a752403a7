-- What a run still delivers that was cut short.

local core = require "orch.core"
local rig = require "spending_rig"

local REVIEW = "FINDINGS:\n1. [high] a.c:1 The length is not checked\n"
  .. "   Evidence: a.c:1 copies all of it\n   Fix: check it\n"

local function answer(program) rig.answer(program) end

local function deliver(orch)
  return orch.deliver { result = "Some came.", next_step = "Look." }
end

describe("a script that delivers", function()
  it("delivers a partial result when a worker was over the budget", function()
    local _, outcome, run, world = rig.run({ programs = { mine = answer },
      options = { budget = { workers = 2 } } }, function(orch)
      rig.fan_out(orch, 4)
      deliver(orch)
    end)

    assert.equal(4, outcome.code)
    assert.equal("delivered", outcome.kind)
    local data = core.json_decode(world.read(run.folder .. "/result.json"))
    assert.is_true(data.partial)
    assert.equal("over_budget", data.failures[1].state)
    assert.matches("This result is partial", world.world.output[1])
    assert.is_truthy(world.world.output[1]:find(
      "\n- W3 Worker and W4 Worker: over_budget, it does not fit", 1, true))
  end)

  it("delivers a whole one when all that failed has failed by itself", function()
    local starts = 0
    local _, outcome = rig.run({ programs = { mine = function(program)
      starts = starts + 1
      if starts == 1 then program:exit(1) end
      rig.answer(program)
    end } }, function(orch)
      rig.fan_out(orch, 3)
      deliver(orch)
    end)

    assert.equal(0, outcome.code)
  end)
end)

describe("a script that is cut short before it delivers", function()
  it("has what is finished delivered for it", function()
    local _, outcome, run, world = rig.run({ programs = { mine = answer },
      options = { budget = { workers = 2 } } }, function(orch)
      for i = 1, 3 do orch.ask("worker", { task = "Task " .. i .. "." }) end
      deliver(orch)
    end)

    assert.equal(4, outcome.code)
    local data = core.json_decode(world.read(run.folder .. "/result.json"))
    assert.is_true(data.partial)
    assert.matches("^The run ended when 2 of its 3 workers had finished: it does not fit "
      .. "into the budget workers=2", data.result)
    assert.equal(("Raise the budget and go on from here: "
      .. "`orch-lua resume %s --budget workers=4`."):format(run.id), data.next_step)
    assert.equal("W1 Worker: " .. run.folder .. "/workers/W1-worker/reply.md",
      data.sections.finished[1])
    assert.equal(2, #data.sections.finished)
    assert.equal("over_budget", data.failures[1].state)
    assert.matches("## Finished", world.read(run.folder .. "/result.md"))
    assert.is_truthy(world.stat(run.folder .. "/workers/W1-worker/reply.md"))
  end)

  it("has the findings of finished reviewers in one list", function()
    local _, outcome, run, world = rig.run({ programs = { mine = function(program)
      rig.answer(program, 10, 10, REVIEW)
    end }, world = { files = { ["/home/user/project/a.c"] = "int x;\n" } },
      options = { budget = { workers = 2 } } }, function(orch)
      for i = 1, 3 do
        orch.ask("reviewer", { artefact = "a.c", lens = "lens " .. i })
      end
    end)

    assert.equal(4, outcome.code)
    local data = core.json_decode(world.read(run.folder .. "/result.json"))
    assert.equal(1, #data.findings)
    assert.equal("The length is not checked", data.findings[1].title)
    assert.equal(2, #data.findings[1].sources)
  end)

  it("by its deadline, delivers likewise", function()
    local _, outcome, run, world = rig.run({ programs = { mine = function(program)
      program:sleep(20 * 60000)
      rig.answer(program)
    end }, options = { deadline_ms = 30 * 60000 } }, function(orch)
      for i = 1, 3 do orch.ask("worker", { task = "Task " .. i .. "." }) end
    end)

    assert.equal(4, outcome.code)
    local data = core.json_decode(world.read(run.folder .. "/result.json"))
    assert.matches("^The run ended when 1 of its 2 workers had finished: the deadline",
      data.result)
  end)

  it("delivers nothing when nothing is finished", function()
    local _, outcome, run = rig.run({ programs = { mine = answer },
      options = { budget = { tokens = 1000 } } }, function(orch)
      orch.ask("worker", { task = "Do it." })
    end)

    assert.equal(4, outcome.code)
    assert.is_nil(run.delivered)
  end)

  it("delivers nothing for a failure of another kind", function()
    local starts = 0
    local _, outcome, run = rig.run({ programs = { mine = function(program)
      starts = starts + 1
      if starts == 2 then program:exit(1) end
      rig.answer(program)
    end } }, function(orch)
      orch.ask("worker", { task = "One." })
      orch.ask("worker", { task = "Two." })
    end)

    assert.equal(3, outcome.code)
    assert.is_nil(run.delivered)
  end)
end)

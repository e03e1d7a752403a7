-- Workers as real processes: what counts as success, and what every other end is called.

local core = require "orch.core"
local support = require "support"

local SOURCE = core.environment().ORCH_SOURCE or core.host().folder
local FAKE = SOURCE .. "/tests/agents/fake.sh"

--- Run *fn*(orch, run) in a run of its own whose every role is done by fake.sh in *mode*.
local function with_agent(mode, fn, options)
  local folder <close> = support.folder()
  local environment = core.environment()
  environment.ORCH_STATE_DIR = folder.path .. "/runs"
  local over = setmetatable({ environment = function() return environment end,
    output = function() return true end }, { __index = core })
  local load = support.library(over)
  local orch, run_module = load "orch", load "orch.run"
  local entry = { argv = { "sh", FAKE, mode, "{{last_message}}" }, events = "codex" }
  if mode == "plain" then
    entry = { argv = { "sh", "-c", "cat >/dev/null; echo RESULT: plain" } }
  end
  local run = assert(run_module.open {
    name = "test", options = { agent = { ["*"] = { "fake" } }, jobs = 4 },
    config = { agents = { fake = entry } },
  })
  for name, value in pairs(options or {}) do run.options[name] = value end
  local value
  local outcome = run:execute(function()
    value = fn(orch, run)
  end)
  run:close()
  return value, outcome, run
end

local function ask(mode, fields)
  local reply, outcome, run = with_agent(mode, function(orch)
    return orch.ask("worker", fields or { task = "Do it." })
  end)
  return reply, outcome, run.workers[1]
end

describe("a worker", function()
  it("is ok with a record, an event, a message and an accepted reply", function()
    local reply, outcome, worker = ask "good"

    assert.equal("The work is done.", reply.result)
    assert.equal("W1 Worker", reply.label)
    assert.equal("ok", worker.state)
    assert.equal(120, worker.tokens)
    assert.equal(0, outcome.code)
  end)

  it("of a plain command answers with its output", function()
    local reply = ask "plain"

    assert.equal("plain", reply.result)
  end)

  for mode, expected in pairs {
    ["no-message"] = { "failed", "no_message" },
    empty = { "failed", "no_message" },
    torn = { "failed", "no_message" },
    ungrammatical = { "failed", "bad_reply" },
    killed = { "failed", "crash" },
    exit7 = { "failed", "crash" },
    ["no-event"] = { "failed", "crash" },
    question = { "blocked" },
  } do
    it(("that ends with '%s' is %s"):format(mode, expected[1]), function()
      local reply, outcome, worker = ask(mode)

      assert.is_nil(reply)
      assert.equal(expected[1], worker.state)
      assert.equal(expected[2], worker.failure.cause)
      assert.equal(mode == "question" and 6 or 3, outcome.code)
    end)
  end

  it("is not taken for done because of a message from before", function()
    local _, outcome = with_agent("no-message", function(orch, run)
      local folder = run.folder .. "/workers/W1-worker/1"
      assert(core.make_folder(folder, { parents = true }))
      assert(core.write(folder .. "/last_message", "RESULT: stale\n"))
      return orch.ask("worker", { task = "Do it." })
    end)

    assert.equal(3, outcome.code)
    assert.equal("no_message", outcome.failure.cause)
  end)

  it("is asked once more, report only, when its reply was refused", function()
    local brief
    local reply, outcome, run = with_agent("second", function(orch, run)
      local answer = orch.ask("worker", { task = "Do it." })
      brief = core.read(run.folder .. "/workers/W1-worker/2/brief")
      return answer
    end)

    assert.equal("The work is done.", reply.result)
    assert.equal(0, outcome.code)
    assert.equal(1, #run.workers)
    assert.matches("^CONTEXT: WORKER\n", brief)
    assert.matches("SCOPE: read%-only", brief)
  end)

  it("is timed out by its deadline, whole tree", function()
    local _, outcome, worker = ask("tree", { task = "Do it.", deadline_ms = 300 })

    assert.equal("timed_out", worker.state)
    assert.equal(3, outcome.code)
  end)

  it("gives try a failure instead of raising", function()
    local failure = with_agent("exit7", function(orch)
      return select(2, orch.try("worker", { task = "Do it." }))
    end)

    assert.equal("failed", failure.state)
    assert.matches("it exited with 7", tostring(failure))
    assert.is_string(failure.folder)
  end)

  it("that could not run makes a verification unverified", function()
    local verdict = with_agent("exit7", function(orch)
      return orch.verify { success = "It works." }
    end)

    assert.equal("unverified", verdict.state)
  end)

  it("that passes against a failed check makes a fail", function()
    local verdict = with_agent("exit7", function(orch)
      return orch.verify { success = "It works.", check = "echo no; exit 2" }
    end)

    assert.equal("fail", verdict.state)
    assert.matches("exit code 2", verdict.reason)
  end)

  it("goes on beside the script when it was started, and ends with it", function()
    local state, outcome, run = with_agent("hang", function(orch)
      local started = orch.start("worker", { task = "Do it." })
      orch.sleep(300)
      return started:poll()
    end)

    assert.equal("running", state)
    assert.equal("stopped", run.workers[1].state)
    assert.equal(0, outcome.code)
  end)

  it("runs beside others up to the number of jobs", function()
    local results = with_agent("good", function(orch)
      return orch.all({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(i)
        return orch.ask("worker", { task = "Task " .. i }).label
      end)
    end, { jobs = 3 })

    assert.equal(8, #results)
    assert.equal("W8 Worker", results[8])
  end)
end)

describe("a mistake in asking", function()
  local function problem_of(role, fields)
    local _, outcome = with_agent("good", function(orch)
      return orch.ask(role, fields)
    end)
    assert.equal(2, outcome.code)
    return outcome.message
  end

  it("names an unknown role and the nearest one", function()
    assert.matches("no worker template 'reviewr'.*did you mean 'reviewer'",
      problem_of("reviewr", {}))
  end)

  it("names a missing field with its help, at the user's line", function()
    assert.matches("worker_spec.lua:%d+: .*'reviewer' needs 'artefact'",
      problem_of("reviewer", {}))
  end)

  it("names an unknown field", function()
    assert.matches("'tsak'.*did you mean 'task'", problem_of("worker", { tsak = "x" }))
  end)

  it("refuses a writer without paths and a reader with paths", function()
    assert.matches("needs 'edit'", problem_of("implementer", { task = "Fix it." }))
    assert.matches("takes no 'edit'", problem_of("worker", { task = "x", edit = "y" }))
    assert.matches("nobody may edit", problem_of("implementer",
      { task = "Fix it.", edit = ".git/config" }))
  end)
end)

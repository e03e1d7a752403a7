-- Rehearsal scripts: a few lines that say what some workers do.

local rig = require "rehearsal_rig"
local scenario = require "orch.rehearsal.scenario"

local ROLES = { "implementer", "reviewer", "synthesiser", "verifier" }

local function play(pattern, script, seed, words)
  local seen = rig.play(pattern, seed or 5, { script = script, words = words })
  seen.replies = {}
  for i, worker in ipairs(seen.run.workers) do
    local path = worker.folder .. "/reply.md"
    seen.replies[i] = worker.role .. ": " .. (seen.core.read(path) or worker.state)
  end
  seen.run:close()
  return seen
end

describe("a rehearsal script", function()
  it("says how many findings there are, and how severe", function()
    local seen = play("triangulated_review",
      { reviewer = { findings = 2, severity = "high" } })

    for _, reply in ipairs(seen.replies) do
      assert.matches("\n1%. %[high%]", reply)
      assert.matches("\n2%. %[high%]", reply)
      assert.not_matches("\n3%.", reply)
    end
  end)

  it("gives each worker of a role its own answer, the last to all further", function()
    local seen = play("review_fix", {
      reviewer = { findings = 2, severity = "critical" }, verifier = { "fail", "pass" },
    })

    assert.matches("VERDICT: fail", seen.replies[3])
    assert.matches("VERDICT: pass", seen.replies[5])
    assert.equal(5, #seen.replies)
  end)

  it("can give whole replies, edits, times and tokens", function()
    local seen = play("review_fix", {
      reviewer = { says = "FINDINGS:\n1. [high] src/a.c:1 It is wrong\n   Evidence: it\n",
        minutes = 30, tokens = 1234 },
      implementer = { edits = { ["src/a.c"] = "int right;\n" } },
      verifier = "pass", files = { ["src/a.c"] = "int wrong;\n" },
    })

    assert.equal(0, seen.outcome.code)
    assert.equal(1234, seen.run.workers[1].tokens)
    assert.is_true(seen.core.now() >= 30 * 60000)
    assert.equal("int right;\n", seen.core.read "/home/user/project/src/a.c")
    assert.is_nil(seen.core.stat "/home/user/project/README.md")
  end)

  it("lets a worker meet a fault", function()
    local seen = play("triangulated_review", { reviewer = { "any", "dies", "any" } })

    assert.equal("failed", seen.run.workers[2].state)
    assert.equal("ok", seen.run.workers[3].state)
  end)

  it("lets a worker meet it once: asked again it answers", function()
    local seen = play("triangulated_review", { reviewer = "bad_reply" })

    for _, worker in ipairs(seen.run.workers) do
      assert.equal("ok", worker.state)
      assert.is_not_nil(seen.core.stat(worker.folder .. "/2/last_message"))
    end
  end)

  it("answers by what the brief says", function()
    local seen = play("triangulated_review", {
      reviewer = function(brief)
        return { findings = brief:find "LENS: clarity" and 3 or 1 }
      end,
    })

    assert.not_matches("\n2%.", seen.replies[1])
    assert.matches("\n3%.", seen.replies[2])
  end)

  it("says how commands end", function()
    local seen = play("review_fix",
      { reviewer = { findings = 1, severity = "high" }, verifier = "pass",
        commands = { ["make test"] = { "pass", "fail", "pass" } } }, 5,
      { "--artefact", "src", "--check", "make test" })

    assert.equal(0, seen.outcome.code)
    assert.equal(5, #seen.replies)
  end)

  it("has its options as words of a command line", function()
    assert.same({ "--artefact", "src", "--lenses", "risks", "--lenses", "clarity" },
      scenario.words { options = { artefact = "src", lenses = { "risks", "clarity" } } })
  end)

  it("is told of its mistakes with what was meant", function()
    local function mistake(source)
      local script, problem = scenario.load(source, "x.rehearsal.lua", ROLES)
      assert.is_nil(script)
      return problem
    end

    assert.equal("x.rehearsal.lua: there is no role or setting 'reviewr'; did you mean "
      .. "'reviewer'?", mistake "return { reviewr = {} }")
    assert.matches("the role 'verifier' cannot say 'pas'; did you mean 'pass'",
      mistake "return { verifier = { 'fail', 'pas' } }")
    assert.matches("an answer of the role 'reviewer' has no 'finding'; did you mean "
      .. "'findings'", mistake "return { reviewer = { finding = 2 } }")
    assert.matches("cannot meet the fault 'hnag'; did you mean 'hang'",
      mistake "return { reviewer = { fault = 'hnag' } }")
    assert.matches("'files' must be a table", mistake "return { files = 1 }")
    assert.matches("returns a table", mistake "return 1")
    assert.matches("x.rehearsal.lua:1:", mistake "return {")
  end)
end)

describe("the rehearsal script of each pattern", function()
  local roles = { "drafter", "implementer", "research", "reviewer", "scout",
    "synthesiser", "verifier", "worker" }

  for _, pattern in ipairs(rig.patterns) do
    it(pattern .. " is right, and what it says can be done", function()
      local name = "patterns/" .. pattern .. ".rehearsal.lua"
      local script = assert(scenario.load(rig.share()[name], name, roles))

      for seed = 1, 10 do
        local seen = play(pattern, script, seed, scenario.words(script))
        assert.equal("delivered", seen.outcome.kind, seen.outcome.message)
        assert.is_not_false(script.always { workers = seen.run.workers,
          outcome = seen.outcome })
      end
    end)
  end
end)

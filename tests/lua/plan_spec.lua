-- The guide's plan: 3 to 6 short steps, exactly one in progress.

local plan = require "orch.plan"

local THREE = { "Skim the artefact", "Review it", "Fix what matters" }

local function statuses(p)
  local list = {}
  for i, step in ipairs(p:steps()) do list[i] = step.status end
  return table.concat(list, " ")
end

local function refusal(steps)
  local ok, message = pcall(plan.new, steps)
  assert.is_false(ok)
  return message
end

describe("a new plan", function()
  it("has its first step in progress and the others pending", function()
    local p = plan.new(THREE)

    assert.equal("in_progress pending pending", statuses(p))
    assert.same({ "Skim the artefact", 1 }, { p:current() })
  end)

  it("takes Codex's steps with their status", function()
    local p = plan.new {
      { step = "Skim", status = "completed" },
        { step = "Review", status = "in_progress" }, "Fix",
    }

    assert.equal("completed in_progress pending", statuses(p))
  end)

  it("begins the first pending step when none is in progress", function()
    local p = plan.new { { step = "Skim", status = "completed" }, "Review", "Fix" }

    assert.equal("completed in_progress pending", statuses(p))
  end)

  it("may have six steps but not seven", function()
    assert.equal(6, #plan.new({ "a", "b", "c", "d", "e", "f" }):steps())
    assert.matches("a plan has at most 6 steps, 7 are given",
      refusal { "a", "b", "c", "d", "e", "f", "g" })
  end)

  it("is refused for work of one or two steps, in these words", function()
    assert.matches("work of one or two steps has no plan: 1 step is given",
      refusal { "a" })
    assert.matches("work of one or two steps has no plan: 2 steps are given",
      refusal { "a", "b" })
    assert.matches("a plan needs steps", refusal {})
  end)

  it("is refused when two steps are in progress", function()
    local one = { step = "a", status = "in_progress" }
    local other = { step = "b", status = "in_progress" }

    assert.matches("2 steps are in progress, exactly one may be",
      refusal { one, other, "c" })
  end)

  it("is refused for a step of more than 80 bytes, of several lines or sentences",
    function()
    assert.matches("step 2 has 81 bytes, at most 80 are allowed",
      refusal { "a", ("x"):rep(81), "c" })
    assert.matches("step 3 has several lines", refusal { "a", "b", "c\nd" })
    assert.matches("step 1 has several sentences",
      refusal { "Read all. Then write.", "b", "c" })
    assert.equal(3, #plan.new({ ("x"):rep(80), "Read e.g. Lua files.", "c" }):steps())
  end)

  it("is refused for an empty step, one that is no text, or one that is there twice",
    function()
    assert.matches("step 2 is empty", refusal { "a", " ", "c" })
    assert.matches("step 1 must be a sentence or { step=, status= }, not a number",
      refusal { 1, "b", "c" })
    assert.matches("step 3 is there twice: 'a'", refusal { "a", "b", "a" })
  end)

  it("names an unknown field or status and suggests the nearest", function()
    assert.matches("step 1 has an unknown field 'stat'",
      refusal { { step = "a", stat = 1 }, "b", "c" })
    assert.matches("step 1 has an unknown status 'complete'; did you mean 'completed'%?",
      refusal { { step = "a", status = "complete" }, "b", "c" })
    assert.matches("a plan is a list of steps, it has no field 'steps'",
      refusal { "a", "b", "c", steps = 1 })
    assert.matches("a plan is a list of steps, not a string", refusal "Skim")
  end)

  it("blames the line of the one who wrote the steps", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() plan.new { "a" } end)

    assert.matches(("plan_spec.lua:%d: work of"):format(line), message)
  end)

  it("blames one level further out when told so", function()
    local function wrapper(steps)
      local p = plan.new(steps, nil, 3)
      return p
    end
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() wrapper { "a" } end)

    assert.matches(("plan_spec.lua:%d: work of"):format(line), message)
  end)
end)

describe("the plan", function()
  it("completes a step and begins the next one", function()
    local p = plan.new(THREE)

    p:next()

    assert.equal("completed in_progress pending", statuses(p))
  end)

  it("is complete after the last step, and a further next is an error", function()
    local p = plan.new(THREE)
    for _ = 1, 3 do p:next() end

    assert.equal("completed completed completed", statuses(p))
    assert.is_true(p:done())
    assert.is_nil(p:current())
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() p:next() end)
    assert.matches("plan is complete: its 3 steps are done", message)
    assert.matches(("plan_spec.lua:%d:"):format(line), message)
  end)

  it("keeps what is completed when the direction changes", function()
    local p = plan.new(THREE)
    p:next()

    p:revise { "Skim the artefact", "Ask somebody", "Fix what matters", "Tell the user" }

    assert.equal("completed in_progress pending pending", statuses(p))
  end)

  it("keeps the step in progress when another is put before it", function()
    local p = plan.new(THREE)
    p:next()

    p:revise { "Skim the artefact", "Ask somebody", "Review it" }

    assert.equal("completed pending in_progress", statuses(p))
  end)

  it("lets a revision say which step is in progress", function()
    local p = plan.new(THREE)

    p:revise { "Skim the artefact", { step = "Ask", status = "in_progress" },
      "Review it" }

    assert.equal("pending in_progress pending", statuses(p))
  end)

  it("goes on after a revision of a complete plan", function()
    local p = plan.new(THREE)
    for _ = 1, 3 do p:next() end

    p:revise { "Skim the artefact", "Review it", "Fix what matters", "Look again" }

    assert.equal("Look again", p:current())
  end)

  it("stays as it was when a revision is refused", function()
    local p = plan.new(THREE)

    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() p:revise { "a", "b" } end)

    assert.matches(("plan_spec.lua:%d: work of one or two"):format(line), message)
    assert.equal("in_progress pending pending", statuses(p))
  end)

  it("tells each change to the one who listens, as a copy", function()
    local told = {}
    local p = plan.new(THREE, function(steps) told[#told + 1] = steps end)
    p:next()
    p:revise { "a", "b", "c" }
    told[3][1].step = "changed"

    assert.equal(3, #told)
    assert.same({ step = "Skim the artefact", status = "in_progress" }, told[1][1])
    assert.same({ step = "Skim the artefact", status = "completed" }, told[2][1])
    assert.equal("a", p:current())
  end)

  it("has no other field, and suggests the nearest", function()
    local p = plan.new(THREE)

    local ok, message = pcall(function() return p.nxt end)

    assert.is_false(ok)
    assert.matches("a plan has no 'nxt'; did you mean 'next'%?", message)
  end)
end)

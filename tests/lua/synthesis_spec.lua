-- What a synthesiser answers: bounded, and about nothing but what was there.

local context = require "orch.context"
local reply = require "orch.reply"

local function refusal(type, text)
  local said, problem = type.grammar(text)
  assert.is_nil(said)
  return problem
end

describe("an approach", function()
  local function approach(more)
    return reply.approach.grammar("DECISION: go\nCHOSEN: Do it.\n" .. (more or ""))
  end

  it("is a decision and a text; the rest may be absent", function()
    local said = assert(approach())

    assert.equal("go", said.decision)
    assert.equal("Do it.", said.chosen)
    assert.same({}, said.pointers)
  end)

  it("fits into a context however much is said", function()
    local long = ("x"):rep(290)
    local list = ("- " .. long .. "\n"):rep(8)
    local said = assert(reply.approach.grammar("DECISION: go\nCHOSEN: " .. ("y "):rep(740)
      .. "\nPOINTERS:\n" .. ("- a/b.c - " .. ("z"):rep(280) .. "\n"):rep(12)
      .. "CONSTRAINTS:\n" .. list .. "SUCCESS:\n" .. list))

    assert.truthy(context.new { prior_decisions = said.chosen, pointers = said.pointers,
      constraints = said.constraints, success_check = said.success_check })
  end)

  it("is refused when it is longer", function()
    local long = ("word "):rep(301)

    assert.matches("CHOSEN has 1504 bytes: condense it to 1500",
      refusal(reply.approach, "DECISION: go\nCHOSEN: " .. long .. "\n"))
    for _, name in ipairs { "POINTERS", "CONSTRAINTS", "SUCCESS" } do
      local _, problem = approach(("%s:\n- a/b.c - %s\n"):format(name, ("y "):rep(200)))
      assert.matches(name .. ": item 1 has %d+ bytes: condense it to 300", problem)
    end
  end)

  it("points to places, of which new ones need not exist", function()
    local said = assert(approach "POINTERS:\n- src/a.c:12 - here\n- src/new.c - to be\n")
    local pack = context.new { goal = "x", pointers = said.pointers }

    assert.same({}, pack:missing(function() return false end))
    assert.truthy(pack:text():find("Pointers:", 1, true))
    assert.truthy(pack:text():find("src/a.c:12 - here", 1, true))
  end)
end)

describe("a decision", function()
  local function decision(reason)
    return ("ANSWER: Yes.\nREASONS:\n- %s\nACTIONS:\n- Begin\n"):format(reason)
  end

  it("rests on points that there are", function()
    local said = assert(reply.decision({ 1, 2 }).grammar(decision "It holds [P1, P2]"))

    assert.same({ "It holds [P1, P2]" }, said.reasons)
    assert.same({ "Begin" }, said.actions)
  end)

  it("is refused when it names none, or one there is not", function()
    local kind = reply.decision { 1, 2 }

    assert.matches("item 1 names no point", refusal(kind, decision "It is clear"))
    assert.matches("names P3, but there are 2 points", refusal(kind, decision "So [P3]"))
    assert.matches("names P0", refusal(kind, decision "So [P1, P0]"))
  end)
end)

describe("a choice", function()
  local OPTIONS = { { label = "W2 Drafter" }, { label = "W5 Drafter" } }

  local function choice(name, scores)
    return ("CHOICE: %s\nSCORES:\n%s\nWHY: x\nREFINED: y\n"):format(name, scores)
  end

  it("names one of the options, as their blocks are named", function()
    local said = assert(reply.choice(OPTIONS).grammar(
      choice("W5 Drafter", "- **W2**: good\n- W5: better")))

    assert.equal("W5", said.choice)
    assert.equal(2, said.chosen)
    assert.equal(2, #said.scores)
  end)

  it("is refused when it names another, or leaves one unjudged", function()
    local kind = reply.choice(OPTIONS)

    assert.matches("CHOICE must be W2 or W5",
      refusal(kind, choice("W3", "- W2: a\n- W5: b")))
    assert.matches("SCORES must have one line that begins 'W5:'",
      refusal(kind, choice("W2", "- W2: a\n- W3: b")))
    assert.matches("SCORES has 1 of at least 2", refusal(kind, choice("W2", "- W2: a")))
  end)
end)

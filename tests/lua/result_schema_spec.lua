-- The deliverables of all patterns are what patterns/result.schema.json says, and it says
-- nothing that is in none of them.

local core = require "orch.core"
local rig = require "pattern_rig"

local source = (core.environment().ORCH_SOURCE or core.host().folder)
local schema = assert(core.json_decode(
  assert(core.read(source .. "/patterns/result.schema.json"))))

-- ── a checker for what the schema uses of the language ──────────────────────

local KINDS = {
  string = function(value) return type(value) == "string" end,
  boolean = function(value) return type(value) == "boolean" end,
  integer = function(value) return math.type(value) == "integer" end,
  object = function(value) return type(value) == "table" and #value == 0 end,
  array = function(value)
    return type(value) == "table" and (#value > 0 or next(value) == nil)
  end,
}
local KNOWN = { ["$schema"] = true, ["$ref"] = true, ["$defs"] = true, title = true,
  description = true, type = true, required = true, properties = true, items = true,
  additionalProperties = true, enum = true, const = true, anyOf = true }

local check

local function check_object(value, form, where, seen)
  for _, name in ipairs(form.required or {}) do
    if value[name] == nil then return where .. " lacks " .. name end
  end
  for name, item in pairs(value) do
    local known = form.properties and form.properties[name] or form.additionalProperties
    if not known then return ("%s.%s is not in the schema"):format(where, name) end
    seen[known] = true
    local problem = check(item, known, ("%s.%s"):format(where, name), seen)
    if problem then return problem end
  end
end

local function is_one_of(value, list)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
end

--- What of *value* is not as *form* has it, or nil; *seen* gets the fields it has.
function check(value, form, where, seen)
  for word in pairs(form) do assert(KNOWN[word], "the checker knows no " .. word) end
  if form["$ref"] then
    form = assert(schema["$defs"][form["$ref"]:match "([^/]+)$"], form["$ref"])
    return check(value, form, where, seen)
  end
  local words = form.const ~= nil and { form.const } or form.enum
  if words and not is_one_of(value, words) then
    return ("%s is '%s'"):format(where, tostring(value))
  end
  if form.type and not KINDS[form.type](value) then
    return ("%s is no %s"):format(where, form.type)
  end
  if form.anyOf then
    local problem
    for _, kind in ipairs(form.anyOf) do
      problem = check(value, kind, where, seen)
      if not problem then return nil end
    end
    return problem
  end
  if form.items then
    for i, item in ipairs(value) do
      local problem = check(item, form.items, ("%s[%d]"):format(where, i), seen)
      if problem then return problem end
    end
  end
  if form.type == "object" then return check_object(value, form, where, seen) end
end

-- ── deliverables to compare it with ─────────────────────────────────────────

local REVIEW = "FINDINGS:\n1. [high] src/parse.c:1 No check\n   Evidence: none is there\n"
local FAIL = "VERDICT: fail\nEVIDENCE:\n- read it\nPROBLEMS:\n"
  .. "1. [low] src/parse.c:1 It is worse\n   Evidence: line 1\n   Fix: undo it\n"
local APPROACH = "DECISION: go\nCHOSEN: Do it.\n"

local FOUND = "POINTS:\n1. It is so [S1]\n"
  .. "SOURCES:\n- S1: A norm, a shelf - it decides\n"

local function option(approach)
  return "TITLE: One\nAPPROACH: " .. approach .. "\nTRADE-OFFS:\n- effort: little\n"
end

local PLAYS = {
  { "review_fix", { "--artefact", "src", "--check", "false" } },
  { "triangulated_review", { "--artefact", "src" }, { reviewer = { REVIEW, REVIEW,
    rig.dies } } },
  { "scout_act_verify", { "--task", "x" }, { synthesiser = APPROACH, verifier = FAIL } },
  { "scout_act_verify", { "--task", "x" },
    { synthesiser = "DECISION: stop\nCHOSEN: No.\n" } },
  { "split_sections", { "--task", "x", "--slices", "src/parse.c,src/write.c" },
    { verifier = rig.dies } },
  { "research_synthesis", { "--question", "x" }, { research = FOUND,
    synthesiser = "ANSWER: Yes.\nREASONS:\n- It is so [P1]\nACTIONS:\n- Do it\n" } },
  { "options_sprint", { "--task", "x" }, { drafter = { option "Call it on reading.",
    option "Move everything into a table.", option "Drop what nobody uses today." },
    synthesiser = "CHOICE: W1\nSCORES:\n- W1: a\n- W2: b\n- W3: c\nWHY: It is best.\n"
      .. "REFINED: Call it once.\n" } },
}

local function fails(program) program:exit(1) end

describe("the schema of the deliverable", function()
  local seen = {}

  for _, play in ipairs(PLAYS) do
    it("has all of what this delivers: " .. play[1], function()
      local played = rig.play(play[1], play[2], play[3], { shell = fails })
      local bytes = assert(core.json_decode(played.json), played.message)

      assert.is_nil(check(bytes, schema, "result", seen))
    end)
  end

  it("has nothing that none of them delivers", function()
    local function visit(name, form)
      for field, inner in pairs(form.properties or {}) do
        assert.is_true(seen[inner] == true, ("%s.%s"):format(name, field))
      end
    end
    visit("result", schema)
    for name, form in pairs(schema["$defs"]) do visit(name, form) end
  end)

  it("is told to people, every field with its type", function()
    local page = require "orch.cli.schema".show(schema)

    for _, line in ipairs { "  next_step: string", "  findings?: list of finding",
      "  line?: integer", "  state: pass | fail | unverified",
      "section: string | list of string" } do
      assert(page:find(line, 1, true), line)
    end
  end)

  it("is no help where a field is missing or unknown, and the test says so", function()
    local data = { v = 1, result = "x", next_step = "y", partial = false, changes = {},
      failures = {}, agents = {} }
    assert.is_nil(check(data, schema, "result", {}))
    data.more = 1
    assert.equal("result.more is not in the schema", check(data, schema, "result", {}))
    data.more, data.agents = nil, nil
    assert.equal("result lacks agents", check(data, schema, "result", {}))
  end)
end)

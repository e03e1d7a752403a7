-- rehearsed_spec.lua - one pattern under one fault, rehearsed and with real agents: what
-- becomes of the run and of each worker must be the same.

local arguments = require "orch.cli.arguments"
local core = require "orch.core"
local rehearse = require "orch.rehearsal.rehearse"
local rig = require "rig"
local subject = require "orch.rehearsal.subject"

local AT_ONCE = 5
local PATTERN = core.environment().ORCH_SOURCE .. "/patterns/review_fix.lua"

local GREETING = 'char *greeting = "helo";\n'
local MENDED = 'char *greeting = "hello";\n'
local FINDINGS = "FINDINGS:\n1. [high] greeting.c:1 The greeting is misspelled\n"
  .. "   Evidence: it says helo\n   Fix: write hello\n"
local CHANGES = "CHANGED:\n- greeting.c - the greeting is spelled\n"
local VERDICT = "VERDICT: pass\nEVIDENCE:\n- greeting.c says hello\n"
  .. "FINDINGS:\nF1: fixed - it says hello\n"
local EDIT = "sed -i s/helo/hello/ greeting.c"

-- The workers of the pattern when all goes well, in their order.
local CREW = {
  { role = "reviewer", asked = "TASK: Review", says = FINDINGS },
  { role = "implementer", asked = "TASK: Fix the findings", says = CHANGES,
    edits = { ["greeting.c"] = MENDED }, shell = EDIT },
  { role = "verifier", asked = "TASK: Verify", says = VERDICT },
}

-- ── the faults ──────────────────────────────────────────────────────────────

local function http(status, body)
  return { fault = "http", status = status, body = body }
end

local FOR_LONG = { error = { type = "usage_limit_reached", plan_type = "pro",
  message = "The limit is reached", resets_at = 1900000000 } }
local NOT_KNOWN = { error = { type = "usage_limit_reached", plan_type = "pro" } }
local OVER = { error = { message = "overloaded", code = "server_is_overloaded" } }
local SOON = { fault = "failed", code = "rate_limit_exceeded", times = 1,
  message = "Please try again in 1.5s." }
local NO_FORM = "# All good\n\nNothing to report."
local QUESTION = "QUESTION: Which of the two formats is meant?\n"

-- Each: a name, the fault in a rehearsal, what the model does that is its like; and
-- codex, claude = the places of the workers that meet it; words = of both runs; late = it
-- meets the answer, not the first request; again = the second asking meets it, too;
-- drawn = the rehearsal draws the words, and the model says the same.
local FAULTS = {
  { "hangs", { kind = "hang" }, { fault = "hang" }, late = true,
    words = { "--deadline", "6s" }, codex = { 1, 2, 3 } },
  { "meets a limit that ends soon", { kind = "limited", minutes = 1 }, SOON,
    words = { "--max-wait", "2m" }, codex = { 3 } },
  { "meets a limit that lasts", { kind = "limited", minutes = 300 }, http(429, FOR_LONG),
    codex = { 1, 3 } },
  { "meets a limit of unknown length", { kind = "limited_unsaid", minutes = 9 },
    http(429, NOT_KNOWN), codex = { 2 }, claude = { 1 } },
  { "meets an overload", { kind = "overload", minutes = 9 }, http(503, OVER),
    codex = { 1, 2 } },
  { "is cut off", { kind = "overload", minutes = 9 }, { fault = "cut" }, codex = { 1 } },
  { "is sent garbage", { kind = "overload", minutes = 9 }, { fault = "garbage" },
    codex = { 2 } },
  { "is logged out", { kind = "auth_lost" }, http(401), codex = { 1, 3 },
    claude = { 1 } },
  { "answers in no form", { kind = "bad_reply", says = NO_FORM }, { text = NO_FORM },
    late = true, codex = { 2 } },
  { "answers in no form, twice", { kind = "bad_reply", says = NO_FORM },
    { text = NO_FORM }, late = true, again = true, codex = { 1, 3 }, claude = { 1 } },
  { "asks a question", { kind = "question" }, { text = QUESTION }, late = true,
    codex = { 1, 3 }, claude = { 1 } },
  { "says nothing", { kind = "no_message" }, { text = "" }, late = true,
    codex = { 1, 3 }, claude = { 1 } },
  { "writes outside of its scope", { kind = "out_of_scope" },
    { shell = EDIT .. "; mkdir outside; echo x >outside/of-the-scope.txt" },
    codex = { 2 } },
  { "changes the settings of the repository", { kind = "guarded" },
    { shell = EDIT .. "; git config core.pager less" }, claude = { 2 } },
  { "is hostile", { kind = "hostile" }, {}, late = true, drawn = true,
    codex = { 1, 3 } },
}

local function words_of(case)
  local words = { "review_fix", "--artefact", "greeting.c", "--agent", case.agent,
    "--max-wait", "1s" }
  local more = case.fault.words or {}
  return table.move(more, 1, #more, #words + 1, words)
end

-- ── what is compared ────────────────────────────────────────────────────────

local function failure_words(worker)
  local failure = worker.failure
  if not failure then return worker.state end
  return ("%s (%s%s)"):format(worker.state, failure.cause or "no cause",
    failure.question and ", " .. failure.question or "")
end

--- The end of the run in *folder*, whose files read(path) reads: in its first line how it
-- ended, then each worker with its starts, then each finding.
local function essence(folder, read)
  local seen, label_of, starts = {}, {}, {}
  for line in read(folder .. "/journal"):gmatch "[^\n]+" do
    local record = core.json_decode(line)
    if record.kind == "launch" and record.label then label_of[record.n] = record.label end
    if record.kind == "attempt" then
      local label = label_of[record.of]
      starts[label] = (starts[label] or 0) + 1
    elseif record.kind == "end" then
      seen[1] = ("%s, code %d"):format(record.outcome, record.code)
    end
  end
  local summary = core.json_decode(read(folder .. "/summary.json"))
  seen[1] = ("%s: %s"):format(summary.state, seen[1])
  for _, worker in ipairs(summary.list) do
    seen[#seen + 1] = ("%s: %s, %d starts"):format(worker.label, failure_words(worker),
      starts[worker.label] or 0)
  end
  for _, finding in ipairs(summary.findings or {}) do
    seen[#seen + 1] = ("[%s] %s: %s"):format(finding.severity, finding.title,
      finding.state)
  end
  return seen
end

-- ── rehearsed ───────────────────────────────────────────────────────────────

--- A rehearsal script by which all say and do what the model has real agents say and do.
local function script_of(case)
  local script = { files = { ["greeting.c"] = GREETING } }
  for place, member in ipairs(CREW) do
    local drawn = case.fault.drawn and place == case.place
    script[member.role] = { minutes = 0.01, edits = member.edits,
      says = not drawn and member.says or nil }
  end
  return script
end

local function armed(case)
  local list = {}
  for at = case.place, case.place + (case.fault.again and 1 or 0) do
    local one = { at = at }
    for key, value in pairs(case.fault[2]) do one[key] = value end
    list[#list + 1] = one
  end
  return list
end

--- The record of the rehearsed run, and what came of it.
local function play(case)
  local given = assert(arguments.split(words_of(case)))
  local played = assert(subject.of(PATTERN, given.words))
  played.script, played.words = script_of(case), given.words
  local record = rehearse.once(assert(rehearse.prepare(played)), { seed = 1, agents = {},
    faults = armed(case), options = given.globals })
  assert.same({}, record.problems)
  assert.is_true(#record.happened >= 1, "the fault did not strike")
  local witness = record.witness
  return record, essence(witness.folder, function(path) return witness:read(path) end)
end

-- ── for real ────────────────────────────────────────────────────────────────

--- What a worker's model does: a member of the crew with *step* in place of the first or,
-- when that is late, of the last of it.
local function steps_of(member, step, late)
  local steps = { { text = member.says } }
  if member.shell then table.insert(steps, 1, { shell = member.shell }) end
  if not step then return steps end
  local struck = steps[late and #steps or 1]
  for key, value in pairs(step) do struck[key] = value end
  return steps
end

--- What the worker said in the rehearsal.
local function said(case, record)
  local worker = record.workers[case.place]
  local name = worker.label:gsub(" ", "-"):lower():gsub("^w", "W")
  return { text = record.witness:read(("%s/workers/%s/1/last_message")
    :format(record.witness.folder, name)) }
end

local function rules_of(case, record)
  local fault, rules = case.fault, {}
  local step = fault.drawn and said(case, record) or fault[3]
  for place, member in ipairs(CREW) do
    rules[place] = { when = member.asked,
      steps = steps_of(member, place == case.place and step or nil, fault.late) }
  end
  rules[#rules + 1] = { when = "",
    steps = { fault.again and step or { text = CREW[case.place].says } } }
  return rules
end

local function begin(case)
  case.record, case.rehearsed = play(case)
  local r = rig.new(rules_of(case, case.record))
  r:file("greeting.c", GREETING)
  r:repository()
  case.rig, case.started = r, r:orch(words_of(case))
end

local function finish(case)
  local result = case.rig:finish(case.started)
  local folder = result.err:match '"event":"run","folder":"([^"]+)"'
  case.real = essence(folder, core.read)
  case.rig:close()
end

--- Finish the first of *open* that has ended.
local function finish_one(open)
  local at = rig.wait("an end", function()
    for i, case in ipairs(open) do
      local state = core.status(case.started.handle).state
      if state == "ended" or state == "lost" then return i end
    end
  end)
  finish(table.remove(open, at))
end

--- Every case, a few real runs at once.
local function play_all(cases)
  local open = {}
  for _, case in ipairs(cases) do
    begin(case)
    open[#open + 1] = case
    if #open == AT_ONCE then finish_one(open) end
  end
  while open[1] do finish_one(open) end
end

describe("a rehearsal ends as reality does when", function()
  local cases = {}
  for _, agent in ipairs { "codex", "claude" } do
    for _, fault in ipairs(FAULTS) do
      for _, place in ipairs(fault[agent] or {}) do
        cases[#cases + 1] = { fault = fault, place = place, agent = agent,
          name = ("the %s %s: %s"):format(CREW[place].role, fault[1], agent) }
      end
    end
  end

  lazy_setup(function() play_all(cases) end)

  for _, case in ipairs(cases) do
    it(case.name, function() assert.same(case.real, case.rehearsed) end)
  end
end)

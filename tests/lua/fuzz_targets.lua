--- fuzz_targets.lua - who reads what others write, and what it promises; see fuzz.lua.

local core = require "orch.core"
local arguments = require "orch.cli.arguments"
local config = require "orch.config"
local context = require "orch.context"
local defects = require "orch.offline.defects"
local event_stream = require "orch.worker.event_stream"
local files = require "orch.offline.files"
local findings = require "orch.findings"
local flags = require "orch.offline.flags"
local offline_brief = require "orch.offline.brief"
local options = require "orch.options"
local plan = require "orch.plan"
local reply = require "orch.reply"
local template = require "orch.template"
local text = require "orch.text"
local view = require "orch.session.view"
local width = require "orch.progress.width"

local function check_clean(s, what)
  assert(utf8.len(s), what .. " is not UTF-8")
  assert(not s:find "[%z\1-\8\11-\31\127]", what .. " holds a control character")
  for _, code in utf8.codes(s) do
    local c1 = code >= 0x80 and code <= 0x9F
    local unseen = code >= 0x200B and code <= 0x200F or code >= 0x202A and code <= 0x202E
      or code >= 0x2060 and code <= 0x206F or code == 0xFEFF or code == 0xAD
    assert(not c1 and not unseen, what .. " holds an unseen character")
  end
end

--- A refusal is a sentence: what is wrong, in words that can be shown.
local function check_refusal(message)
  assert(type(message) == "string" and message:find "%a%a", "a refusal says nothing")
  assert(not message:find "attempt to", "a refusal is a bug: " .. message)
end

local function check_strings(value, what)
  if type(value) == "string" then check_clean(value, what) end
  if type(value) ~= "table" then return end
  for key, inner in next, value do
    check_strings(inner, ("%s.%s"):format(what, tostring(key)))
  end
end

local targets = {}

local function target(name, check, more)
  local new = { name = name, corpus = name, check = check }
  for key, value in pairs(more or {}) do new[key] = value end
  targets[#targets + 1] = new
end

-- ── agents ──────────────────────────────────────────────────────────────────

local LONG_WORD = ("[^\"\n]"):rep(100)

local function read_events(reader, input, step)
  local stream = event_stream.new(reader)
  for i = 1, #input, step do stream:feed(input:sub(i, i + step - 1)) end
  stream:close()
  return reader
end

local function check_events(new_reader)
  return function(input)
    local seen = read_events(new_reader(), input, #input + 1)
    local finished, id = seen.finished, seen.conversation
    assert(finished == nil or finished == "ok" or finished == "failed")
    assert(seen.message == nil or type(seen.message) == "string", "message")
    assert(id == nil or type(id) == "string" and id:find "^%w[%w._-]*$", "conversation")
    assert(math.type(seen.tokens) == "integer" and seen.tokens >= 0, "tokens")
    for _, problem in ipairs(seen.errors) do assert(type(problem) == "string") end
    -- In pieces, a line is judged by its first 256 bytes.
    if #input > 4096 or input:find(LONG_WORD) then return end
    local again = read_events(new_reader(), input, 7)
    assert(again.finished == finished and again.message == seen.message
      and again.tokens == seen.tokens and #again.errors == #seen.errors,
      "the events are others when they come in small pieces")
  end
end

for _, name in ipairs { "codex", "claude" } do
  local events = require(("orch.agents.%s_events"):format(name))
  target("events/" .. name, check_events(events.reader), { corpus = name })
end

-- ── replies ─────────────────────────────────────────────────────────────────

for _, name in ipairs { "findings", "changes", "verdict", "report", "map", "anything" } do
  local kind = reply[name]
  target("reply/" .. name, function(input)
    local said, missing = kind.grammar(input)
    if said == nil then
      check_refusal(missing)
      assert(#missing < 2000, "a refusal is as long as the reply")
    assert(missing:find "%u%u" or missing:find "empty" or missing:find "fence",
        "a refused reply names nothing: " .. missing)
    else
      check_strings(said, name)
    end
    local asked = reply.question(input)
    if asked then check_clean(asked, "the question") end
  end, { corpus = "reply" })
end

target("findings", function(input)
  local middle = #input // 2
  local one = reply.findings.grammar(input)
  local two = reply.findings.grammar("FINDINGS:\n" .. input:sub(middle))
  local verdict = reply.verdict.grammar(input)
  local merged = findings.merge {
    { label = "W1", findings = one and one.findings or {} },
    { label = "W2", findings = two and two.findings or {} },
  }
  for _, finding in ipairs(merged:top(5)) do assert(finding.id:find "^F%d+$") end
  merged:settle { state = "fail", findings = verdict and verdict.findings,
    problems = verdict and verdict.problems }
  check_strings({ merged:summary(), merged:markdown() }, "findings")
end, { corpus = "reply", head = "FINDINGS:\n1. [high] x.c:1 Title" })

-- ── briefs ──────────────────────────────────────────────────────────────────

local FIXED = {
  hash = core.hash, secret = "s", is_foreign = function() return true end,
}

target("template", function(input)
  local values = { task = "do it", x = { y = input } }
  local filled, problem = template.fill(input, values, FIXED)
  if not filled then check_refusal(problem) end
  local source = "return { fields = { x = \"what\", y = { \"what\", optional = true } }, "
    .. "prompt = require \"test\" }"
  source = source:gsub("require \"test\"", function() return ("%q"):format(input) end)
  local loaded, wrong = template.load(source, "@x.lua")
  if not loaded then return check_refusal(wrong) end
  local brief
  brief, wrong = template.render(loaded, { x = "one" }, FIXED)
  if not brief then check_refusal(wrong) end
end, { head = "{{x}}" })

target("material", function(input)
  local tpl = assert(template.load("return { fields = { x = \"what\" }, "
    .. "prompt = \"TASK: do\\n\\n{{x}}\\n\" }", "@x.lua"))
  local brief, wrong = template.render(tpl, { x = input }, FIXED)
  if not brief then return check_refusal(wrong) end
  assert(utf8.len(brief) and not brief:find "%z", "the brief is not UTF-8")
  local parsed = offline_brief.parse(brief)
  assert(parsed.task:find "^do" and parsed.scope == "" and parsed.work == nil,
    "material speaks for the script")
end, { corpus = "brief" })

target("brief", function(input)
  local parsed = offline_brief.parse(input)
  for _, finding in ipairs(parsed.findings) do
    assert(finding.id and finding.title and finding.evidence)
  end
  for _, list in ipairs(offline_brief.path_words(input)) do
    for _, word in ipairs(list) do assert(word ~= "") end
  end
end, { head = "TASK: x\n<<<a 0123456789abcdef\n" })

target("context", function(input)
  local pack, problem = context.parse(input, { limit = 1 << 20 })
  if not pack then return check_refusal(problem) end
  assert(utf8.len(pack:text()))
  for _, path in ipairs(pack:paths()) do assert(path ~= "") end
end, { head = "# Pointers\n- " })

-- ── artefacts ───────────────────────────────────────────────────────────────

local KINDS = { "c", "shell", "python", "markdown", "lua", "javascript", "json", "jsonl",
  "yaml", "make", "html", "text", "other" }
local OPENERS = { "if (", "if (x) ", "f(", "assert (", "/*", "//", "--[[", "[[", "'''",
  "$(", "\"$(", "<!--", "`x` ", "](", "[a](b)", "![", "|", "the ", "cat <<E\n", "x=\"",
  "def f(x):\n",
  "strcpy(a, ", "except:\n", "TODO ", "http://x ", "\n\n\n", "<<<<<<< \n", " ;", "%s" }

for i, kind in ipairs(KINDS) do
  target("artefact/" .. kind, function(input)
    local file = files.view({ path = "x", full = "/x", root = "/", kind = kind,
      exists = function() return false end, decode = core.json_decode }, input)
    assert(files.join(file, {}) == input, "the lines are not the file")
    for _, defect in ipairs(defects.all) do
      for _, hit in ipairs(defects.find(defect, file)) do
        assert(file.lines[hit.line] or hit.line == 1, "a defect beyond the file")
        check_clean(hit.evidence, "evidence")
        check_clean(defects.title(defect, hit, 2), "a title")
      end
      local hits = defect.mend and defects.find(defect, file) or {}
      local mended, why = nil, "it was not found"
      if hits[1] then mended, why = defect.mend(file, hits) end
      if not mended then check_refusal(why) end
    end
  end, { corpus = "artefact", tokens = OPENERS, alike = i > 4 })
end

-- ── words ───────────────────────────────────────────────────────────────────

local function split(input)
  local list = {}
  for word in (input .. "\n"):gmatch "([^\n]*)\n" do list[#list + 1] = word end
  return list
end

target("words", function(input)
  local list = split(input)
  local opt, message = options.parse({
    artefact = { "the file" }, top = { "how many", 5, min = 1, max = 9 },
    fast = { "quick", false }, path = { "paths", {} }, ratio = { "share", 0.5 },
  }, list)
  if not opt then check_refusal(message) end
  for _, read in ipairs { arguments.split, flags.parse } do
    local found, wrong = read(list)
    if not found then check_refusal(wrong) end
  end
  for i = 1, math.min(#list, 20) do
    config.duration(list[i])
    config.agent(list[i])
  end
end)

target("plan", function(input)
  local steps = split(input)
  local fine, made = pcall(plan.new, steps)
  if not fine then return check_refusal(made:sub(1, 4000)) end
  while not made:done() do made:next() end
  assert(#made:steps() == #steps)
end)

-- ── text ────────────────────────────────────────────────────────────────────

local function check_utf8(input)
  local whole, used = text.utf8(input, true)
  assert(utf8.len(whole) and used == #input)
  local parts, rest = {}, ""
  for i = 1, #input, 7 do
    local shown, taken = text.utf8(rest .. input:sub(i, i + 6), false)
    parts[#parts + 1] = shown
    rest = (rest .. input:sub(i, i + 6)):sub(taken + 1)
  end
  parts[#parts + 1] = text.utf8(rest, true)
  assert(#input > 4096 or table.concat(parts) == whole, "utf8 differs in parts")
end

target("text", function(input)
  check_utf8(input)
  local clean = text.clean(input)
  check_clean(clean, "clean text")
  assert(text.clean(clean) == clean, "clean text changes when cleaned")
  local line = text.one_line(clean)
  assert(not line:find "[\n\t]")
  assert(width.of(width.cut(line, 40)) <= 40)
  local short = text.shorten(clean, 50)
  assert(#short <= 50 and utf8.len(short))
  for i, shown in ipairs(text.lines(clean)) do assert(i > 0 and not shown:find "\n") end
  local trimmed = text.trim(input)
  assert(not trimmed:find "^%s" and not trimmed:find "%s$")
  text.nearest(input, { "alpha", "beta" })
  assert(text.similar(clean, clean) == 1)
end)

target("view", function(input)
  local function read(offset, n) return input:sub(offset + 1, offset + n) end
  for _, tokens in ipairs { 0, 1, 3, 100 } do
    local shown, after = view.show(read, 0, #input, tokens, true)
    assert(utf8.len(shown) and after == #input)
    shown, after = view.show(read, 0, #input, tokens, false)
    assert(utf8.len(shown) and after <= #input and after >= #input - 3)
    -- The file may have become shorter since it was measured.
    assert(utf8.len((view.show(read, 0, #input + 5000, tokens, true))))
  end
end, { corpus = "text" })

return targets

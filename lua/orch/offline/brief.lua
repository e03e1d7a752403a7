--- Reads a brief as the offline agent needs it: what to do, on which files, within which
-- scope, about which findings.
--
-- Fenced text is material: it never opens a section, so it can neither widen the scope
-- nor change the task.  The first of two sections of one name counts.

local text = require "orch.text"

local brief = {}

local SECTIONS = {
  CONTEXT = true, ROLE = true, RULES = true, TASK = true, SCOPE = true, LENS = true,
  DO = true, OUTPUT = true, ["DO NOT"] = true, ["CONTEXT PACK"] = true, MATERIAL = true,
}

-- What is asked for by the sections of the reply, the most telling first.
local WORK = {
  { "VERDICT", "verify" }, { "CHANGED", "implement" }, { "MAP", "map" },
  { "SLICES", "slices" }, { "FINDINGS", "review" },
}

local FENCE = ("%x"):rep(16)

--- Take the fenced blocks out -> the other lines, blocks { name =, lines = }.
local function unfence(lines)
  local rest, blocks, open = {}, {}, nil
  for _, line in ipairs(lines) do
    local name, fence = line:match("^%s*<<<(.-) (" .. FENCE .. ")%s*$")
    if open and text.trim(line) == open.stop then
      open = nil
    elseif open then
      open.lines[#open.lines + 1] = line
    elseif name then
      open = { name = name:lower(), lines = {}, stop = fence .. " " .. name .. ">>>" }
      blocks[#blocks + 1] = open
    else
      rest[#rest + 1] = line
    end
  end
  return rest, blocks
end

local function read_sections(lines)
  local sections, current = {}, nil
  for _, line in ipairs(lines) do
    local name, inline = line:match "^(%u[%u ]*):%s*(.*)$"
    if name and SECTIONS[name] then
      current = sections[name] and {} or { inline }
      sections[name] = sections[name] or current
    elseif current then
      current[#current + 1] = line
    end
  end
  return sections
end

local function section_text(sections, name)
  return text.trim(table.concat(sections[name] or {}, "\n"))
end

local function unquote(word)
  return word:match "^[`'\"](.*)[`'\"]$" or word
end

--- `may edit a.c, docs` -> { "a.c", "docs" }; nil for any scope that is read-only.
local function edit_paths(scope)
  local list = text.trim(scope or ""):match "^may edit%s+(.+)$"
  if not list then return nil end
  local edit = {}
  for path in list:gmatch "[^,]+" do
    edit[#edit + 1] = unquote(text.trim(path))
  end
  return edit
end

--- The work that OUTPUT asks for: verify, implement, map, slices, review; else nil.
local function work_of(output)
  for _, entry in ipairs(WORK) do
    if output:find("%f[%w]" .. entry[1] .. "%f[%W]") then return entry[2] end
  end
end

--- A finding's first line: `F1. [high] src/x.c:120 Title`.
local function read_head(line)
  local id, severity, rest = line:match "^%s*(F[%w.-]*)%.%s+%[(%a+)%]%s+(.*)$"
  if not id then return nil end
  local path, at, title = rest:match "^(.-):(%d+)%s+(.*)$"
  return { id = id, severity = severity, path = path, line = tonumber(at),
    title = title or rest, evidence = "" }
end

local FIELDS = { State = "state", Evidence = "evidence", Fix = "fix" }

--- The findings in *lines*, as orch.findings writes them into briefs.
local function read_findings(lines, findings, seen)
  local current, field
  for _, line in ipairs(lines) do
    local head = read_head(line)
    local label, value = line:match "^%s+(%u[%a ]*):%s*(.*)$"
    if head then
      current, field = not seen[head.id] and head or nil, nil
      if current then findings[#findings + 1], seen[head.id] = head, true end
    elseif not line:find "^%s" then
      current, field = nil, nil
    elseif current and label then
      field = FIELDS[label]
      if field then current[field] = value end
    elseif current and field then
      current[field] = current[field] .. " " .. text.trim(line)
    end
  end
  return findings
end

--- The findings that the brief is about: those in blocks that are named so; in a brief
-- without such a block, those in its own text.
local function find_findings(lines, blocks)
  local findings, seen = {}, {}
  for _, block in ipairs(blocks) do
    if block.name:find "finding" then read_findings(block.lines, findings, seen) end
  end
  return #findings > 0 and findings or read_findings(lines, findings, seen)
end

--- Results of the project's check that the brief reports, as orch.check writes them:
-- { { line =, pass = } }.  What was before the work is no evidence of it.
local function find_checks(lines)
  local checks = {}
  for _, line in ipairs(lines) do
    local after = line:match "^[^`]*`.+` (.*)$"
    local outcome = after and (after .. " ("):match "^(.-) %("
    local pass = outcome == "passed"
    local failed = outcome and (outcome:find "^failed with exit code"
      or outcome:find "^was killed" or outcome:find "^could not be finished")
    if (pass or failed) and not line:lower():find "%f[%w]before%f[%W]" then
      checks[#checks + 1] = { line = text.trim(line:match "`.*"), pass = pass }
    end
  end
  return checks
end

--- Read a brief -> { work =, task =, lens =, edit = paths | nil, scope =, pointers =,
-- findings =, checks =, outline = first line of the outline block | nil }.
function brief.parse(source)
  local lines, blocks = unfence(text.lines(source))
  local sections = read_sections(lines)
  local parsed = {
    task = section_text(sections, "TASK"),
    lens = section_text(sections, "LENS"),
    scope = (sections.SCOPE or {})[1] or "",
    work = work_of(section_text(sections, "OUTPUT")),
    pointers = section_text(sections, "CONTEXT PACK"):match "Pointers:%s*([^\n]*)",
    findings = find_findings(lines, blocks),
    checks = find_checks(lines),
  }
  parsed.edit = edit_paths(parsed.scope)
  for _, block in ipairs(blocks) do
    local is_outline = block.name:find "outline"
    parsed.outline = parsed.outline or is_outline and block.lines[1] or nil
  end
  return parsed
end

--- *word* without the brackets, quotes and full stops around it, "" if it is all that.
local function bare(word)
  local from = word:find "[^(<%[`'\"]"
  local stop = from and word:match "^.*[^)>%]`'\",;:!?]()"
  word = stop and word:sub(from, stop - 1) or ""
  return #word > 1 and word:match "^(.-)%.?$" or word
end

--- The words of *s* that may be paths, as lists, the surest first: what is quoted, what
-- looks like a path, every word.
function brief.path_words(s)
  local quoted, likely, any = {}, {}, {}
  for _, pattern in ipairs { "`([^`\n]+)`", "'([^'\n]+)'", '"([^"\n]+)"' } do
    for word in s:gmatch(pattern) do quoted[#quoted + 1] = word end
  end
  for word in s:gmatch "%S+" do
    word = bare(word)
    local list = word:find "[/.]" and likely or any
    list[#list + 1] = word ~= "" and word or nil
  end
  return { quoted, likely, any }
end

return brief

--- The deliverable as data and as Markdown that a person would paste into a pull request.
--
-- It holds no times, costs or ids, so that equal runs give equal bytes.

local core = require "orch.core"
local merging = require "orch.findings.merging"
local text = require "orch.text"

local report = {}

local OWN = {
  result = true, next_step = true, findings = true, verdict = true, partial = true,
}

local function copy(list)
  return list and core.array(table.move(list, 1, #list, 1, {}))
end

local function finding_data(finding)
  return {
    id = finding.id, severity = finding.severity, title = finding.title,
    state = finding.state, path = finding.path, line = finding.line,
    evidence = finding.evidence, fix = finding.fix, sources = copy(finding.sources),
  }
end

local function problem_data(problem)
  return { severity = problem.severity, title = problem.title, path = problem.path,
    line = problem.line, evidence = problem.evidence, fix = problem.fix }
end

local function list_data(list, convert)
  local out = core.array {}
  for i, item in ipairs(list or {}) do out[i] = convert(item) end
  return out
end

local function failure_data(problem)
  return { label = problem.label, state = problem.state, cause = problem.cause,
    reason = problem.reason }
end

local function metamethod(value, name)
  local meta = getmetatable(value)
  return type(value) == "table" and type(meta) == "table" and meta[name] or nil
end

local function is_text(value)
  return type(value) ~= "table" and type(value) ~= "function"
    or metamethod(value, "__brief") ~= nil or metamethod(value, "__tostring") ~= nil
end

--- Whether *value* can be the section *name*: a text, a value that writes itself, or a
-- list of those.
function report.is_section(name, value)
  if OWN[name] or is_text(value) then return true end
  if type(value) ~= "table" then return false end
  local count = 0
  for _, item in next, value do
    count = count + 1
    if not is_text(item) then return false end
  end
  return count == #value
end

local function text_data(value)
  local brief = metamethod(value, "__brief")
  if not brief then return tostring(value) end
  local inline, body = brief(value)
  return body or inline
end

--- A value of a section of the user's own, as text or as a list of texts.
local function section_data(value)
  return is_text(value) and text_data(value) or list_data(value, text_data)
end

local function agents_of(current)
  local seen, names = {}, core.array {}
  for _, worker in ipairs(current.workers) do
    if worker.agent and not seen[worker.agent] then
      seen[worker.agent], names[#names + 1] = true, worker.agent
    end
  end
  return names
end

--- A verdict, with those of its problems that are not among the *findings*.
local function verdict_data(verdict, findings)
  local problems = core.array {}
  for _, raw in ipairs(verdict.problems or {}) do
    local problem = merging.new_finding(raw, "verifier")
    if not merging.has(findings or {}, problem) then
      problems[#problems + 1] = problem_data(problem)
    end
  end
  return { state = verdict.state, reason = verdict.reason,
    evidence = list_data(verdict.evidence, tostring), problems = problems }
end

--- What the workers changed and was taken over, in the order of the script: writers that
-- worked at once ended in any.
local function changes_of(current)
  local changes = core.array {}
  for _, worker in ipairs(current.workers) do
    for _, change in ipairs(worker.changed or {}) do changes[#changes + 1] = change end
  end
  return changes
end

--- The failures in the same order; those of no worker come last.
local function failures_of(current)
  local at, list, count = {}, {}, #current.failures + 1
  for i, worker in ipairs(current.workers) do at[worker.label] = i end
  for i, problem in ipairs(current.failures) do
    at[problem] = (at[problem.label] or #current.workers + 1) + i / count
    list[i] = problem
  end
  table.sort(list, function(a, b) return at[a] < at[b] end)
  return list_data(list, failure_data)
end

--- Everything of the deliverable, as plain data: what result.json holds.
function report.data(current, given)
  local verdict, sections = given.verdict, {}
  for name, value in text.sorted_pairs(given) do
    if not OWN[name] then sections[name] = section_data(value) end
  end
  return {
    v = 1, result = given.result, next_step = given.next_step,
    partial = given.partial or false,
    findings = given.findings and list_data(given.findings, finding_data) or nil,
    verdict = verdict and verdict_data(verdict, given.findings) or nil,
    changes = changes_of(current),
    failures = failures_of(current),
    plan = current.plan and copy(current.plan:steps()),
    agents = agents_of(current), sections = next(sections) and sections or nil,
  }
end

-- ── as Markdown ─────────────────────────────────────────────────────────────

local function place(finding)
  if not finding.path then return "" end
  return (" `%s%s`"):format(finding.path, finding.line and ":" .. finding.line or "")
end

--- Whether the findings come from more than one reviewer, so that it matters who spoke.
local function has_several_sources(list)
  local first = list[1] and list[1].sources[1]
  for _, finding in ipairs(list) do
    for _, source in ipairs(finding.sources) do
      if source ~= first then return true end
    end
  end
end

local function title(name)
  return (name:gsub("_", " "):gsub("^%l", string.upper))
end

--- A finding or a problem as an item of a list; *name* is how the item begins.
local function item_lines(name, item)
  local lines = { ("- %s[%s]%s %s"):format(name, item.severity, place(item), item.title) }
  for _, part in ipairs { "evidence", "fix" } do
    if item[part] and item[part] ~= "" then
      lines[#lines + 1] = ("  %s: %s"):format(title(part), item[part]:gsub("\n", "\n  "))
    end
  end
  return lines
end

local function finding_lines(finding, with_sources)
  local lines = item_lines(("**%s** "):format(finding.id), finding)
  if finding.state and finding.state ~= "new" then
    lines[1] = ("%s (%s)"):format(lines[1], finding.state)
  end
  if with_sources then
    lines[#lines + 1] = "  Said by: " .. table.concat(finding.sources, ", ")
  end
  return table.concat(lines, "\n")
end

local function bullets(list, line)
  local lines = {}
  for i, item in ipairs(list) do lines[i] = line(item) end
  return table.concat(lines, "\n")
end

local function unfinished(plan)
  local lines, open = {}, false
  for i, step in ipairs(plan or {}) do
    open = open or step.status ~= "completed"
    lines[i] = ("- [%s] %s"):format(step.status == "completed" and "x" or " ", step.step)
  end
  return open and table.concat(lines, "\n") or nil
end

local function verdict_text(verdict)
  local parts = { verdict.state .. (verdict.reason and ": " .. verdict.reason or "") }
  parts[2] = bullets(verdict.evidence, function(item) return "- " .. item end)
  parts[#parts + 1] = bullets(verdict.problems, function(problem)
    return table.concat(item_lines("", problem), "\n")
  end)
  for i = #parts, 1, -1 do
    if parts[i] == "" then table.remove(parts, i) end
  end
  return table.concat(parts, "\n\n")
end

local function by_whom(agents)
  local names = {}
  for i, name in ipairs(agents) do
    names[i] = name == "offline" and "the offline agent (mechanical checks only)" or name
  end
  return names
end

--- The data as Markdown.
function report.markdown(data)
  local out = { data.result .. (data.partial and "\n\n**This result is partial.**" or ""),
    "**Next step:** " .. data.next_step }
  local function section(name, body)
    if body and body ~= "" then out[#out + 1] = ("## %s\n\n%s"):format(name, body) end
  end
  section("Verdict", data.verdict and verdict_text(data.verdict))
  local several = data.findings and has_several_sources(data.findings)
  section("Findings", data.findings and bullets(data.findings, function(finding)
    return finding_lines(finding, several)
  end))
  for name, value in text.sorted_pairs(data.sections or {}) do
    section(title(name), type(value) == "table"
      and bullets(value, function(item) return "- " .. tostring(item) end) or value)
  end
  section("Changes", bullets(data.changes, function(change) return "- " .. change end))
  local alike = text.grouped(data.failures, function(problem)
    return ("%s, %s"):format(problem.state, problem.reason)
  end)
  section("Failed workers", bullets(alike, function(group)
    local names = {}
    for i, problem in ipairs(group) do names[i] = problem.label or "a command" end
    return ("- %s: %s, %s"):format(text.and_more(names), group[1].state, group[1].reason)
  end))
  section("Plan", data.partial and unfinished(data.plan))
  if #data.agents > 0 then
    out[#out + 1] = "*Done by " .. text.either(by_whom(data.agents), "and") .. ".*"
  end
  return text.clean(table.concat(out, "\n\n")) .. "\n"
end

return report

--- Findings as text: in a brief, in a deliverable, in one sentence.

local merging = require "orch.findings.merging"
local text = require "orch.text"

local writing = {}

local STATES = { "fixed", "reopened", "open", "unverified", "new" }

--- *s* after "Label: ", its further lines indented so that none opens a section.
local function labelled(label, s, indent)
  if not s or not s:find "%S" then return nil end
  local lines = text.lines(text.trim(s))
  for i = 2, #lines do lines[i] = indent .. "  " .. lines[i] end
  return indent .. label .. ": " .. table.concat(lines, "\n")
end

--- One finding as a brief holds it:
--     F1. [high] src/x.c:120 Title
--        State: open - what the verifier saw
--        Evidence: ...
--        Fix: ...
--        Said by: W1 Reviewer, W2 Reviewer
-- The offline agent reads this form (orch.offline.brief), so do models.
function writing.item(finding)
  local indent = "   "
  local where = finding.where and finding.where .. " " or ""
  local lines = { ("%s. [%s] %s%s"):format(finding.id, finding.severity, where,
    text.one_line(finding.title)) }
  local function add(line) lines[#lines + 1] = line end
  if finding.state ~= "new" then
    local proof = text.one_line(finding.proof or "")
    if proof ~= "" then proof = " - " .. proof end
    add(labelled("State", finding.state .. proof, indent))
  end
  add(labelled("Evidence", finding.evidence, indent))
  add(labelled("Fix", finding.fix, indent))
  add(labelled("Said by", table.concat(finding.sources, ", "), indent))
  return table.concat(lines, "\n")
end

--- inline, body, name: see "values that write themselves into a brief".
function writing.brief(list)
  if #list == 0 then return "no findings" end
  local ids, items = {}, {}
  for i, finding in ipairs(list) do
    ids[i], items[i] = finding.id, writing.item(finding)
  end
  local inline = #list == 1 and "the finding %s" or "the findings %s"
  return inline:format(text.either(ids, "and")), table.concat(items, "\n"), "findings"
end

--- As a numbered Markdown list, for people; "" when empty.
function writing.markdown(list)
  local out = {}
  for i, finding in ipairs(list) do
    local where = finding.where and ("`%s` "):format(finding.where) or ""
    local state = finding.state ~= "new" and (" (%s)"):format(finding.state) or ""
    out[#out + 1] = ("%d. **%s [%s]** %s%s%s")
      :format(i, finding.id, finding.severity, where, text.one_line(finding.title), state)
    local indent = (" "):rep(#tostring(i) + 2)
    out[#out + 1] = labelled("- Evidence", finding.evidence, indent)
    out[#out + 1] = labelled("- Fix", finding.fix, indent)
    out[#out + 1] = labelled("- Now", finding.proof, indent)
    out[#out + 1] = finding.votes > 1
      and labelled("- Said by", table.concat(finding.sources, ", "), indent) or nil
  end
  return #out > 0 and table.concat(out, "\n") .. "\n" or ""
end

local function count(list, field, value)
  local n = 0
  for _, finding in ipairs(list) do
    if finding[field] == value then n = n + 1 end
  end
  return n
end

--- "1 high and 2 low": how many there are of each value that occurs.
local function tally(list, field, values, form)
  local parts = {}
  for _, value in ipairs(values) do
    local n = count(list, field, value)
    if n > 0 then parts[#parts + 1] = form(n, value) end
  end
  return parts
end

local function how_severe(n, severity)
  return n .. " " .. severity
end

local function is_or_are(n, state)
  return ("%d %s %s"):format(n, n == 1 and "is" or "are", state)
end

--- One sentence: how many there are, how severe, and what became of them.
function writing.summary(list)
  if #list == 0 then return "There are no findings." end
  local counts = tally(list, "severity", merging.severities, how_severe)
  local severities = table.concat(counts, ", ")
  local states = tally(list, "state", STATES, is_or_are)
  if #list == 1 then
    return ("The one finding (%s) is %s."):format(list[1].severity, list[1].state)
  elseif #states == 1 then
    local all = #list == 2 and "Both" or "All " .. #list
    return ("%s findings (%s) are %s."):format(all, severities, list[1].state)
  end
  return ("Of %d findings (%s), %s.")
    :format(#list, severities, text.either(states, "and"))
end

--- Plain tables, for JSON.
function writing.plain(list)
  local out = {}
  for i, finding in ipairs(list) do
    out[i] = {
      id = finding.id, severity = finding.severity, title = finding.title,
      path = finding.path, line = finding.line,
      evidence = finding.evidence, fix = finding.fix,
      sources = table.move(finding.sources, 1, #finding.sources, 1, {}),
      votes = finding.votes, state = finding.state, proof = finding.proof,
    }
  end
  return out
end

return writing

--- Findings: what reviewers saw, as one ranked list whose items keep their identity.
--
-- A list is an array of findings with methods.  `:top` and `:open` hold the same finding
-- objects, so what a verdict settles in one shows in all.  Ids (F1, F2, ...) are given by
-- rank when a list is first used: a task that only hands its list on does not number, so
-- ids do not depend on which reviewer answered first.

local fields = require "orch.fields"
local merging = require "orch.findings.merging"
local writing = require "orch.findings.writing"

local findings = {}

local KNOWN = { fixed = true, open = true, reopened = true }
local MATERIAL = { critical = true, high = true, medium = true }

-- What a list and a finding keep to themselves, out of sight of `pairs`.
local numbering_of = setmetatable({}, { __mode = "k" })
local list_of = setmetatable({}, { __mode = "k" })

local list_class = { __name = "findings" }
local finding_class = { __name = "finding" }

--- A source of ids: function() -> prefix .. 1, prefix .. 2, ...
function findings.numbering(prefix)
  local last = 0
  return function()
    last = last + 1
    return (prefix or "F") .. last
  end
end

local shared_numbering = findings.numbering()

local function number(list)
  local next_id = numbering_of[list]
  for _, finding in ipairs(list) do
    if rawget(finding, "id") == nil then rawset(finding, "id", next_id()) end
  end
  return list
end

local function new_list(items, numbering)
  local list = setmetatable(items, list_class)
  numbering_of[list] = numbering
  for _, finding in ipairs(list) do
    if getmetatable(finding) ~= finding_class then
      list_of[setmetatable(finding, finding_class)] = list
    end
  end
  return list
end

function finding_class.__index(finding, key)
  if key ~= "id" then return nil end
  number(list_of[finding])
  return rawget(finding, "id")
end

function finding_class.__brief(finding)
  local _, body = writing.brief { finding }
  return "the finding " .. finding.id, body, "finding"
end

local methods = {}
list_class.__index = methods

function list_class.__brief(list)
  return writing.brief(number(list))
end

local function pick(list, accept)
  local items = {}
  for _, finding in ipairs(number(list)) do
    if accept(finding, #items) then items[#items + 1] = finding end
  end
  return new_list(items, numbering_of[list])
end

--- The *n* highest ranked findings; all of them without *n*.
function methods:top(n)
  return pick(self, function(_, taken) return not n or taken < n end)
end

--- The findings that are not known to be fixed.
function methods:open()
  return pick(self, function(finding) return finding.state ~= "fixed" end)
end

local function anything_material(list)
  for _, finding in ipairs(list) do
    if MATERIAL[finding.severity] then return true end
  end
end

--- Take over what the verifier says of one finding.  Only evidence makes it fixed, and
-- what the verifier does not mention is unverified.  Return whether it is newly fixed.
local function judge(finding, said)
  local state, evidence = said and said.state, said and said.evidence
  local before = finding.state
  if state == "fixed" and not (evidence and evidence:find "%S") then state = nil end
  if state == "open" and finding.was_fixed then state = "reopened" end
  finding.state, finding.proof = KNOWN[state] and state or "unverified", evidence
  finding.was_fixed = finding.was_fixed or state == "fixed" or nil
  return state == "fixed" and before ~= "fixed"
end

--- Add the problems that the verifier found and that are not in the list.
local function add_problems(list, problems, label)
  for _, raw in ipairs(problems or {}) do
    local problem = merging.new_finding(raw, label)
    if not merging.has(list, problem) then
      problem.votes = 1
      list[#list + 1] = setmetatable(problem, finding_class)
      list_of[problem] = list
    end
  end
  number(list)
end

--- Take over a verdict: { state=, findings = { F1 = { state=, evidence= } }, problems= }.
-- Return the reason to stop, a sentence, or nil when another round makes sense.  A failed
-- verdict (a check, say) is no reason to stop as long as rounds fix something.
function methods:settle(verdict)
  local said, fixed = verdict.findings or {}, 0
  for _, finding in ipairs(number(self)) do
    if judge(finding, said[finding.id]) then fixed = fixed + 1 end
  end
  add_problems(self, verdict.problems, verdict.label or "verifier")
  local settled = not anything_material(self:open()) and verdict.state ~= "fail"
  if settled then return "Nothing material is open." end
  if fixed == 0 then return "The last round fixed nothing." end
end

function methods:summary() return writing.summary(self) end
function methods:markdown() return writing.markdown(number(self)) end
function methods:plain() return writing.plain(number(self)) end

--- The lists in what the caller gave: replies, lists of findings, or one list alone.
local function read_lists(given)
  if type(given) ~= "table" then
    error("orch.findings needs a list of replies, got " .. fields.show(given), 0)
  end
  if type(given[1]) == "table" and given[1].title then given = { given } end
  local lists = {}
  for i, entry in ipairs(given) do
    if type(entry) ~= "table" or entry.text and not entry.findings then
      error(("reply %d has no findings: orch.findings takes what reviewers answered")
        :format(i), 0)
    end
    local items = entry.findings or entry
    lists[i] = { findings = items, label = entry.label or ("reviewer %d"):format(i) }
  end
  return lists
end

--- Merge the findings of replies ({ label=, findings= }) or of lists into one list
-- without duplicates.  options.numbering: where ids come from, else one source for all.
function findings.merge(given, options)
  local ok, merged = pcall(function() return merging.merge(read_lists(given)) end)
  if not ok then error(merged, 2) end
  return new_list(merged, options and options.numbering or shared_numbering)
end

return findings

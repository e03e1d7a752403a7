--- Many reviewers' findings made one ranked list: duplicates removed, votes counted.

local likeness = require "orch.findings.likeness"
local text = require "orch.text"

local merging = {}

local SEVERITIES = { "critical", "high", "medium", "low" }
local RANK = { critical = 1, high = 2, medium = 3, low = 4 }

-- The worst state of several; a finding is only fixed when all say so.
local STATE_RANK = { reopened = 1, open = 2, unverified = 3, new = 4, fixed = 5 }

local function clean_path(path)
  if not path or path == "" then return nil end
  path = path:gsub("//+", "/"):gsub("/%./", "/"):gsub("^%./", "")
  return path
end

--- Read `path:line` or a path alone.
local function split_place(where)
  local path, line = where:match "^(.+):(%d+)$"
  return path or where, tonumber(line)
end

local function check_severity(given)
  local severity = tostring(given):lower()
  if RANK[severity] then return severity end
  error(("unknown severity '%s'"):format(given) .. text.suggest(severity, SEVERITIES), 0)
end

--- A finding as the list keeps it, from what a grammar or a script made.
local function new_finding(raw, label)
  if type(raw) ~= "table" or type(raw.title) ~= "string" then
    error("a finding needs a title and a severity", 0)
  end
  local path, line = raw.path, tonumber(raw.line)
  if not path and raw.where then path, line = split_place(raw.where) end
  path = clean_path(path)
  local severity = check_severity(raw.severity)
  local evidence, fix = raw.evidence or "", raw.fix or ""
  return {
    id = rawget(raw, "id"), severity = severity, title = raw.title,
    path = path, line = line, last_line = tonumber(raw.last_line),
    where = path and (line and path .. ":" .. line or path),
    evidence = evidence, fix = fix,
    sources = raw.sources or { label },
    said = raw.said or {
      { source = label, severity = severity, title = raw.title,
        evidence = evidence, fix = fix },
    },
    state = raw.state or "new", proof = raw.proof, was_fixed = raw.was_fixed,
  }
end

local function is_repetition(a, b)
  return a.path == b.path and a.line == b.line and a.title:lower() == b.title:lower()
end

--- The group that *finding* of list number *from* belongs to, or nil.  One reviewer's two
-- findings are two, unless they are the same words at the same place.
local function group_of(groups, finding, from)
  local best, highest = nil, 0
  for _, group in ipairs(groups) do
    for _, other in ipairs(group.distinct) do
      local score = likeness.of(other, finding)
      local repeated = is_repetition(other, finding)
      if group.lists[from] and not repeated then score = 0 end
      if score > highest then best, highest = group, score end
    end
  end
  return best
end

--- All that likeness looks at: many reviewers find the same, word for word.
local function statement(finding)
  return table.concat({ finding.path or "", finding.line or "", finding.last_line or "",
    finding.title, finding.evidence, finding.fix }, "\0")
end

local function add(group, finding, from, position)
  local said = statement(finding)
  if not group.said[said] then
    group.said[said], group.distinct[#group.distinct + 1] = true, finding
  end
  group[#group + 1] = finding
  group.lists[from] = true
  group.position = math.min(group.position, position)
end

--- Collect the findings of all lists in groups of duplicates, in order of appearance.
local function group_all(lists)
  local groups = {}
  for from, list in ipairs(lists) do
    for position, raw in ipairs(list.findings) do
      local finding = new_finding(raw, list.label)
      local group = group_of(groups, finding, from)
      if not group then
        group = { lists = {}, distinct = {}, said = {}, position = position }
        groups[#groups + 1] = group
      end
      add(group, finding, from, position)
    end
  end
  return groups
end

local function add_new(list, seen, items, key_of)
  for _, item in ipairs(items) do
    local key = key_of and key_of(item) or item
    if not seen[key] then list[#list + 1], seen[key] = item, true end
  end
end

local function source_and_words(said)
  return table.concat({ said.source, said.title, said.evidence, said.fix }, "\0")
end

--- One finding of a group: the words of the most severe, the sources of all.
local function unite(group)
  local best = group[1]
  for _, finding in ipairs(group) do
    if RANK[finding.severity] < RANK[best.severity] then best = finding end
  end
  local sources, said, seen_sources, seen_said = {}, {}, {}, {}
  for _, finding in ipairs(group) do
    add_new(sources, seen_sources, finding.sources)
    add_new(said, seen_said, finding.said, source_and_words)
    best.id = best.id or finding.id
    best.was_fixed = best.was_fixed or finding.was_fixed
    if STATE_RANK[finding.state] < STATE_RANK[best.state] then
      best.state, best.proof = finding.state, finding.proof
    end
  end
  best.sources, best.said, best.votes = sources, said, #sources
  return best
end

--- Merge lists = { { label=, findings= }, ... } -> findings, ranked by severity, then by
-- votes, then by how high a reviewer put them.
function merging.merge(lists)
  local groups, order = group_all(lists), {}
  for i, group in ipairs(groups) do
    order[i] = { finding = unite(group), position = group.position, at = i }
  end
  table.sort(order, function(a, b)
    local x, y = a.finding, b.finding
    if x.severity ~= y.severity then return RANK[x.severity] < RANK[y.severity] end
    if x.votes ~= y.votes then return x.votes > y.votes end
    if a.position ~= b.position then return a.position < b.position end
    return a.at < b.at
  end)
  for i, entry in ipairs(order) do order[i] = entry.finding end
  return order
end

--- Whether *finding* is already among *list*.
function merging.has(list, finding)
  for _, other in ipairs(list) do
    if likeness.of(other, finding) > 0 then return true end
  end
  return false
end

merging.new_finding = new_finding
merging.severities = SEVERITIES

return merging

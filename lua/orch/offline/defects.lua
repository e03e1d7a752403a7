--- The table of defects that the offline agent knows, and what it does with an entry.
--
-- A new kind of defect is one more entry in one of the files below; see defects/rule.lua.

local text = require "orch.text"

local defects = {}

local FAMILIES = {
  require "orch.offline.defects.text",
  require "orch.offline.defects.prose",
  require "orch.offline.defects.c",
  require "orch.offline.defects.shell",
  require "orch.offline.defects.python",
  require "orch.offline.defects.scripts",
  require "orch.offline.defects.data",
  require "orch.offline.defects.secrets",
}

local EVIDENCE = 160           -- bytes of a line that are quoted
local LOOKED_AT = 1024         -- bytes that they are taken from: lines may be very long

defects.all = {}
for _, family in ipairs(FAMILIES) do
  table.move(family, 1, #family, #defects.all + 1, defects.all)
end

local function applies(defect, file)
  if not defect.kinds then return true end
  return (" " .. defect.kinds .. " "):find(" " .. file.kind .. " ", 1, true) ~= nil
end

--- A line as evidence quotes it: one clean line, shortened.
local function quote(line)
  local from = line and line:find "%S" or 1
  local valid = text.utf8((line or ""):sub(from, from + LOOKED_AT - 1), true)
  return text.shorten(text.one_line(text.clean(valid)), EVIDENCE)
end

--- All that *defect* finds in *file*: { line=, detail=, evidence= }, none where it does
-- not apply.
function defects.find(defect, file)
  if not applies(defect, file) then return {} end
  local hits = defect.find(file)
  for _, hit in ipairs(hits) do
    hit.evidence = quote(hit.evidence or file.lines[hit.line])
    if hit.evidence == "" then hit.evidence = "(an empty line)" end
  end
  table.sort(hits, function(a, b) return a.line < b.line end)
  return hits
end

--- The title of the finding for *hit*; count: of how many lines, if one stands for all.
function defects.title(defect, hit, count)
  local title = defect.what
  if hit.detail and not defect.once then title = title .. ": " .. quote(hit.detail) end
  return count and count > 1 and ("%s (%d lines)"):format(title, count) or title
end

--- The defect that a finding with this title tells of, or nil: it begins with `what`.
function defects.by_title(title)
  title = title:lower()
  local found
  for _, defect in ipairs(defects.all) do
    local what = defect.what:lower()
    local rest = title:sub(1, #what) == what and title:sub(#what + 1)
    local ends = rest and (rest == "" or rest:find "^:" or rest:find "^ %(")
    if ends and not (found and #found.what > #what) then found = defect end
  end
  return found
end

--- The hits that a finding tells of: all of a defect that is reported once, else the one
-- with the same evidence (nearest to its line), else the one at its line.
function defects.hits_of(defect, file, finding)
  local hits = defects.find(defect, file)
  if defect.once then return hits end
  local evidence, nearest = quote(finding.evidence), nil
  for _, hit in ipairs(hits) do
    local apart = math.abs(hit.line - (finding.line or hit.line))
    local same = evidence ~= "" and hit.evidence == evidence
    if same and (not nearest or apart < nearest.apart) then
      nearest = { hit = hit, apart = apart }
    end
  end
  if nearest then return { nearest.hit } end
  for _, hit in ipairs(hits) do
    if hit.line == finding.line then return { hit } end
  end
  return {}
end

return defects

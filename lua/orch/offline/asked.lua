--- What an offline implementer can do without findings: mend the defects that its task
--- asks for, by their names or as "mechanical", wherever its scope allows.

local defects = require "orch.offline.defects"
local files = require "orch.offline.files"
local paths = require "orch.paths"

local asked = {}

local MOST = 200

--- The defects that *task* asks for.
local function wanted(task)
  task = task:lower()
  local all, list = task:find "%f[%w]mechanical" ~= nil, {}
  for _, defect in ipairs(defects.all) do
    local is_named = task:find(defect.what:lower(), 1, true)
    if defect.mend and (all or is_named) then list[#list + 1] = defect end
  end
  return list
end

local function add(findings, defect, file)
  local hits = defects.find(defect, file)
  for i = 1, defect.once and math.min(#hits, 1) or #hits do
    if #findings == MOST then return end
    findings[#findings + 1] = {
      id = "D" .. #findings + 1, title = defects.title(defect, hits[i]),
      path = file.path, line = hits[i].line, evidence = hits[i].evidence,
    }
  end
end

--- The findings within the scope of *desk* that its task asks to be mended, or nil if it
-- asks for none that can be.
function asked.findings(desk)
  local list, targets, findings = wanted(desk.brief.task), {}, {}
  if #list == 0 then return nil end
  for i, path in ipairs(desk.brief.edit) do
    targets[i] = paths.absolute(path, desk.root)
  end
  for _, file in ipairs(files.collect(desk.core, desk.root, targets)) do
    for _, defect in ipairs(list) do add(findings, defect, file) end
  end
  return findings
end

return asked

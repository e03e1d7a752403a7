--- The offline implementer: mends findings that are mechanical, within its scope.

local asked = require "orch.offline.asked"
local defects = require "orch.offline.defects"
local files = require "orch.offline.files"
local paths = require "orch.paths"

local implement = {}

-- Folders that decide what runs on this machine: never written, whatever the scope says.
local FORBIDDEN = {
  [".git"] = true, [".orch-lua"] = true, [".claude"] = true, [".codex"] = true,
}

local function is_forbidden(path)
  for name in path:gmatch "[^/]+" do
    if FORBIDDEN[name] then return true end
  end
  return false
end

--- The real path of *path* if the scope allows to write it | nil, why not.  Links are
-- resolved first: a link inside the scope may lead out of it.
local function allowed(desk, path)
  local full = paths.absolute(path, desk.root)
  local real = desk.core.real_path(full)
  if not real then return nil, path .. " does not exist" end
  if is_forbidden(paths.relative(real, desk.root)) then
    return nil, path .. " is never edited"
  end
  for _, edit in ipairs(desk.brief.edit) do
    local scope = desk.core.real_path(paths.absolute(edit, desk.root))
    if scope and paths.inside(real, scope) then return real end
  end
  return nil, path .. " is outside of the scope"
end

--- The file of a finding, as changed so far | nil, why not.
local function open(desk, work, finding)
  if not finding.path then return nil, "it names no file" end
  local full, why = allowed(desk, finding.path)
  if not full then return nil, why end
  if not work.files[full] then
    local file
    file, why = files.read(desk.core, desk.root, full)
    if not file then return nil, ("%s: %s"):format(finding.path, why) end
    work.files[full], work.order[#work.order + 1] = { file = file, done = {} }, full
  end
  return work.files[full]
end

--- Mend one finding in memory -> "fixed", what was done | "already" | nil, why not.
local function mend(desk, work, finding)
  local defect = defects.by_title(finding.title)
  if not defect then return nil, "it is no defect that the offline agent knows" end
  local entry, why = open(desk, work, finding)
  if not entry then return nil, why end
  local hits = defects.hits_of(defect, entry.file, finding)
  if #hits == 0 then return "already" end
  if not defect.mend then return nil, "it takes judgement: " .. defect.fix end
  local changed
  changed, why = defect.mend(entry.file, hits)
  if not changed then return nil, why end
  entry.file = files.view(entry.file, changed)
  if #defects.hits_of(defect, entry.file, finding) >= #hits then
    return nil, "the mechanical fix did not remove it"
  end
  entry.done[#entry.done + 1] = ("%s (%s): %s")
    :format(finding.id, finding.title, defect.fix)
  return "fixed"
end

--- Write the changed files, each at once and with its mode -> lines | nil, message.
local function write(desk, work)
  local lines = {}
  for _, full in ipairs(work.order) do
    local entry = work.files[full]
    if #entry.done > 0 then
      local ok, message = desk.core.write(full, entry.file.bytes,
        { mode = entry.file.mode, atomic = true })
      if not ok then
        return nil, ("cannot write %s: %s"):format(entry.file.path, message)
      end
      desk.changed(entry.file.path)
      for _, done in ipairs(entry.done) do
        lines[#lines + 1] = ("- %s - %s"):format(files.place(entry.file.path), done)
      end
    end
  end
  return lines
end

local function refusal(brief)
  local quoted = brief.task ~= "" and (": '%s'"):format(brief.task:match "^[^\n]*") or ""
  return "the offline agent only makes mechanical fixes of findings that it can check"
    .. quoted .. " takes a real agent"
end

--- What is to be fixed: the findings of the brief, else the defects that its task asks
-- for; and what to say of the rest of such a task.
local function findings_of(desk)
  if #desk.brief.findings > 0 then return desk.brief.findings, {} end
  return desk.brief.edit and asked.findings(desk),
    { "- Only mechanical defects were looked for; more takes a real agent" }
end

--- Fix the findings of the brief -> the reply | nil, why nothing could be done.
function implement.run(desk)
  local brief = desk.brief
  local findings, left = findings_of(desk)
  if #brief.findings > 0 and not brief.edit then
    return nil, "the scope is read-only: nothing may be edited"
  end
  if not findings then return nil, refusal(brief) end
  if desk.read_only then return nil, "the sandbox is read-only: nothing may be edited" end
  local work, already = { files = {}, order = {} }, {}
  for _, finding in ipairs(findings) do
    local state, why = mend(desk, work, finding)
    if state == "already" then already[#already + 1] = finding.id end
    if not state then
      left[#left + 1] = ("- %s (%s) is left: %s"):format(finding.id, finding.title, why)
    end
  end
  local lines, message = write(desk, work)
  if not lines then return nil, message end
  local out = {}
  if #already > 0 then
    out[1] = ("Already as it should be: %s.\n"):format(table.concat(already, ", "))
  end
  if #lines == 0 and #findings > 0 and #left > 0 then
    out[#out + 1] = "No finding could be fixed mechanically.\n"
  end
  out[#out + 1] = #lines > 0 and "CHANGED:" or "CHANGED: none"
  table.move(lines, 1, #lines, #out + 1, out)
  if #left > 0 then out[#out + 1] = "\nRISKS:\n" .. table.concat(left, "\n") end
  return table.concat(out, "\n") .. "\n"
end

return implement

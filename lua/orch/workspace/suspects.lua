--- Who may have changed the workspace: the worker that has just ended, or somebody else.
--
-- It cannot be seen.  What can be: who else worked there at the time, and which files a
-- process still holds open, when all processes of the worker have ended.

local core = require "orch.core"
local lock = require "orch.workspace.lock"
local paths = require "orch.paths"

local suspects = {}

local present = {}             -- folder -> set of the visits there

--- Note that a worker that might write is in *folder*.  Return a visit.
function suspects.enter(folder, label)
  local visit = { folder = folder, label = label, others = {}, mark = lock.mark(folder) }
  present[folder] = present[folder] or {}
  for other in pairs(present[folder]) do
    other.others[#other.others + 1] = label
    visit.others[#visit.others + 1] = other.label
  end
  present[folder][visit] = true
  return visit
end

function suspects.leave(visit)
  local all = present[visit.folder]
  all[visit] = nil
  if not next(all) then present[visit.folder] = nil end
end

--- Who else may have written during *visit*, in words, or nil.
function suspects.others(visit)
  if visit.others[1] then
    table.sort(visit.others)
    return table.concat(visit.others, ", ")
  end
  local somebody = lock.mark(visit.folder) ~= visit.mark or lock.is_taken(visit.folder)
  return somebody and "a writer" or nil
end

--- The files below *folder* that a living process has open, as a set of paths.
local function open_below(folder)
  local set = {}
  for _, pid in ipairs(core.list "/proc" or {}) do
    local files = pid:find "^%d+$" and "/proc/" .. pid .. "/fd"
    for _, fd in ipairs(files and core.list(files) or {}) do
      local path = core.link_target(files .. "/" .. fd)
      if path and paths.inside(path, folder) then
        set[paths.relative(path, folder)] = true
      end
    end
  end
  return set
end

--- Divide *changes* in *folder* into those that the worker may have made, and the paths
-- that a process still has open: a log, the output of orch-lua itself.
function suspects.divide(changes, folder)
  if not changes[1] then return changes, {} end
  local open, own, others = open_below(folder), {}, {}
  for _, change in ipairs(changes) do
    if open[change.path] then
      others[#others + 1] = change.path
    else
      own[#own + 1] = change
    end
  end
  return own, others
end

return suspects

--- What earlier executions of a run have spent, so far as its records and files tell.

local core = require "orch.core"
local text = require "orch.text"

local spent = {}

--- When the start in the folder *files* showed its last sign of life.
local function last_sign(files)
  local exit = core.json_decode(core.read(files .. "/exit") or "")
  if type(exit) == "table" and type(exit.ended) == "number" then return exit.ended end
  if core.locked(files .. "/transcript") then return core.time() end
  local found = core.stat(files .. "/transcript")
  return found and found.mtime or 0
end

--- The seconds for which workers went on after the last record of an execution that
-- broke off: that was not the end of it.
local function unrecorded(past, folder)
  local last = past.latest.at
  for _, entry in ipairs(past.entries) do
    local numbers = text.sorted_keys(entry.attempts)
    if not entry.done and numbers[1] then
      local files = ("%s/%s/%d"):format(folder, entry.launch.folder, numbers[#numbers])
      last = math.max(last, last_sign(files))
    end
  end
  return last - past.latest.at
end

--- What is spent of the run in *folder*, by its *past*, as budget.lua restores it.  The
-- workers that were launched are `labels`: started again, they are no new ones.
function spent.of(past, folder)
  local labels = {}
  for _, entry in ipairs(past.entries) do
    if entry.launch.label then labels[#labels + 1] = entry.launch.label end
  end
  return { workers = #labels, labels = labels, tokens = past.tokens,
    money = past.money > 0 and past.money or nil,
    seconds = past.seconds + (past.ended and 0 or unrecorded(past, folder)) }
end

return spent

--- Workers of an earlier execution that live on although the script no longer asks for
--- them, or could not follow them: they are stopped, and the user is told.

local core = require "orch.core"
local task = require "orch.task"
local text = require "orch.text"

local leftovers = {}

local LIVE = { starting = true, running = true, exited = true }

--- The folder of the newest start of *entry*, or nil.
local function newest_start(run, entry)
  local numbers = text.sorted_keys(entry.attempts)
  local last = numbers[#numbers]
  return last and ("%s/%s/%d"):format(run.folder, entry.launch.folder, last)
end

--- Stop the session in *files*, if it lives, and wait for its end.  Return whether it
-- lived.
local function stop(files)
  if not core.stat(files .. "/transcript") or core.stat(files .. "/exit") then return end
  local handle = core.attach(files, "own")
  if not handle then return end
  local _ <close> = setmetatable({}, { __close = function() core.release(handle) end })
  local lived = LIVE[core.status(handle).state] == true
  if lived then core.control(handle, "stop", {}) end
  while LIVE[core.status(handle).state] do task.wait(handle) end
  return lived
end

--- Stop what is left and living of *run*, if that goes on; with { writers = true } only
-- those that may edit and were not asked for, as long as the script may still ask.
function leftovers.stop(run, which)
  if not run.goes_on or run.options.dry_run then return end
  for _, entry in ipairs(run.past:unfinished()) do
    local early = which and which.writers
    local concerned = not early or entry.launch.edit and not entry.used
    local files = concerned and newest_start(run, entry)
    if files and not entry.stopped then
      entry.stopped = true
      if stop(files) then
        run:tell("warning", ("%s lived on, but %s: it was stopped; what it said is kept "
          .. "in '%s'"):format(entry.launch.label, entry.used and "could not be followed"
          or "the script no longer asks for it", files))
      end
    end
  end
end

return leftovers

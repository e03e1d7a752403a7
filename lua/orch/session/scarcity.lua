--- The line of sessions for which there is no terminal or descriptor now.
--
-- Only its first one tries to start: at once, when a session of ours has ended, and after
-- a pause, since somebody else may have given back what it needs.  If all of them tried,
-- the attempts alone would keep the machine busy.

local task = require "orch.task"

local scarcity = {}

local FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 20, 1000
local PASSING = {              -- refusals that pass when other sessions end
  EMFILE = true, ENFILE = true, EAGAIN = true, ENOMEM = true, ENOBUFS = true,
}

local line = {}                -- the oldest first
local moved = task.condition()

--- Whether the failure *name* passes by itself.
function scarcity.passes(name)
  return PASSING[name] == true
end

--- Whether *status* is that of a session which could not start for now.
function scarcity.refused(status)
  return status.ended_by == "start"
    and (PASSING[status.error] or (status.stage == "pty" and status.error == "ENOSPC"))
end

--- Something was given back: the first of the line may try again.
function scarcity.given_back() moved:signal() end

local function leave(session)
  for i, other in ipairs(line) do
    if other == session then table.remove(line, i) break end
  end
  session.in_line = nil
  moved:signal()
end

--- Let *session* wait, in a task beside its owner, until *try*(session) is true or it has
-- ended.  Harmless when it waits already.
function scarcity.wait_in_line(session, try)
  if session.in_line then return end
  session.in_line = true
  line[#line + 1] = session
  task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function() leave(session) end })
    local pause = FIRST_PAUSE_MS
    while not session.ended do
      if line[1] ~= session then
        moved:wait()
      elseif try(session) then
        return
      else
        moved:wait(pause)
        pause = math.min(2 * pause, LONGEST_PAUSE_MS)
      end
    end
  end, { parent = session.owner or false })
end

return scarcity

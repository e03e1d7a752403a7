--- Looks after sessions that have gone silent: one that waits for input at its terminal
--- is shown, at once, and never ended for it.

local awaiting_input = require "orch.session.awaiting_input"
local core = require "orch.core"
local session = require "orch.session"
local task = require "orch.task"
local text = require "orch.text"

local silence = {}

local LOOK_MS = 1000
local SILENT_MS = 2000         -- so long before, and between, two looks at a session
local AT_ONCE = 32             -- sessions that are looked at in one turn
local TAIL, LONGEST = 1000, 120

--- How the reason begins that such a worker waits for.
silence.REASON = "input on its terminal"

local function reason_of(s)
  local lines = text.lines(text.clean(s:tail(TAIL)))
  for i = #lines, 1, -1 do
    if lines[i]:find "%S" then
      local last = text.shorten(text.one_line(lines[i]), LONGEST)
      return ('%s: "%s"'):format(silence.REASON, last)
    end
  end
  return silence.REASON
end

local function worker_of(run, s)
  for i = #run.workers, 1, -1 do
    if run.workers[i].label == s.name then return run.workers[i] end
  end
end

-- Show that *s* waits.  A session that the script types into is the script's to answer.
local function begin(run, s, seen)
  local worker = worker_of(run, s)
  seen.reason, seen.worker = reason_of(s), worker
  if worker and worker.state == "running" then
    worker.state, worker.waits_for = "waiting", seen.reason
    run:tell("worker", worker)
  elseif not worker and s.spec.stdin ~= "tty" then
    run:tell("note", ("%s '%s' waits for %s"):format(
      s.name == "check" and "check" or "session " .. s.id,
      text.shorten(text.one_line(s.command), LONGEST), seen.reason))
  end
end

local function finish(run, seen)
  local worker = seen.worker
  if worker and worker.state == "waiting" and worker.waits_for == seen.reason then
    worker.state, worker.waits_for = "running", nil
    run:tell("worker", worker)
  end
  seen.reason, seen.worker = nil, nil
end

local function is_silent(s, now)
  return now - (s.last_output or s.started) >= SILENT_MS
end

local function look_at(run, s, seen, now)
  seen.at = now
  local waits = awaiting_input.of(s.status.pid)
  if waits and not seen.reason then begin(run, s, seen) end
  if not waits and seen.reason then finish(run, seen) end
end

-- One turn, first at those that were not looked at for longest: *known* = { [session] =
-- what was seen of it }.  Return that of the sessions that live.
local function look(run, known)
  local now, due, living = core.now(), {}, {}
  for _, s in ipairs(session.list()) do
    if not s.ended and s.handle and s.status.pid then
      local seen = known[s] or { at = s.started }
      living[s] = seen
      if is_silent(s, now) and now - seen.at >= SILENT_MS then
        due[#due + 1] = s
      elseif seen.reason and not is_silent(s, now) then
        finish(run, seen)
      end
    end
  end
  table.sort(due, function(a, b)
    local one, other = living[a].at, living[b].at
    return one < other or one == other and a.id < b.id
  end)
  for i = 1, math.min(#due, AT_ONCE) do look_at(run, due[i], living[due[i]], now) end
  return living
end

--- Look after the sessions of *run* from now on, beside its script.
function silence.watch(run)
  task.service(function()
    local known = {}
    while true do
      task.sleep(LOOK_MS)
      known = look(run, known)
    end
  end)
end

return silence

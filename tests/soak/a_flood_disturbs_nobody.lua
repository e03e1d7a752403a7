--- 2 GB through one session: the engine's memory stays as it is, other sessions answer.

local core = require "orch.core"
local orch = require "orch"

local BYTES, MOST_MEMORY, MOST_MS = 2 * 1000 * 1000 * 1000, 10 * 1000 * 1000, 200

local function memory()
  local kilobytes = core.read("/proc/self/status"):match "VmRSS:%s*(%d+) kB"
  return tonumber(kilobytes) * 1024
end

local function latest()
  local all = orch.sessions()
  return all[#all]
end

--- Type a line into *session* and wait for its echo; return the milliseconds that took.
local function ask(session, number)
  local began, from = core.now(), session:refresh().bytes
  session:write("line " .. number .. "\n")
  local event = orch.wait(session,
    { on = "line " .. number .. "\n", from = from, timeout_ms = 5000 })
  if not event or event.on ~= "pattern" then error("no answer to line " .. number) end
  return core.now() - began
end

for _, tty in ipairs { true, false } do
  orch.exec_command { cmd = "exec cat", stdin = "tty", yield_time_ms = 0 }
  local other = latest()
  ask(other, 0)
  collectgarbage()
  local before, grown, slowest, answers = memory(), 0, 0, 0

  local command = ("head -c %d /dev/zero"):format(BYTES)
  orch.exec_command { cmd = command, tty = tty, yield_time_ms = 0 }
  local flood = latest()
  while not orch.wait(flood, { timeout_ms = 50 }) do
    answers = answers + 1
    slowest = math.max(slowest, ask(other, answers))
    grown = math.max(grown, memory() - before)
  end
  local status = flood:refresh()
  assert(flood:outcome() == "exited" and status.bytes == BYTES, status.bytes)
  local line = ("%s: %d bytes, memory grew %.1f MB, %d answers, slowest after %.0f ms")
    :format(tty and "terminal" or "pipe", status.bytes, grown / 1e6, answers, slowest)
  print(line)
  if grown > MOST_MEMORY or slowest > MOST_MS or answers < 5 then error(line) end
  other:stop { grace_ms = 100 }
end

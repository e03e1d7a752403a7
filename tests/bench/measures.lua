--- The measures of reference.c, and some that only orch-lua has, taken through its public
--- API with all that it guarantees: keepers, locks, records, ends of whole trees.
---
---   orch-lua --lua measures.lua NAME WORD...      prints its figures as a line of JSON

local codex_events = require "orch.agents.codex_events"
local core = require "orch.core"
local event_stream = require "orch.worker.event_stream"
local orch = require "orch"

local AT_ONCE = 64
local LINES = 4096             -- the numbered lines that child.c repeats
local LONG_MS = 100000

local measures = {}

local function numbers(count)
  local list = {}
  for i = 1, count do list[i] = i end
  return list
end

--- Call fn, and return its wall time in seconds and the CPU of this process.
local function timed(fn)
  local began, cpu = core.now(), os.clock()
  fn()
  return (core.now() - began) / 1000, os.clock() - cpu
end

--- What a line of a file in /proc says, as a number; kB in most of them.
local function read_proc(path, name)
  local file <close> = assert(io.open(path))
  return tonumber(file:read "a":match("%f[%w]" .. name .. ":%s*(%d+)"))
end

-- ── trivial jobs ────────────────────────────────────────────────────────────

local function run_jobs(count, child)
  local left = count
  orch.all(numbers(AT_ONCE), function()
    while left > 0 do
      left = left - 1
      local done = orch.exec_command { argv = { child, "hi" }, yield_time_ms = LONG_MS }
      assert(done.exit_code == 0 and done.output == "hi\n", done.output)
    end
  end)
end

function measures.jobs(count, child)
  run_jobs(AT_ONCE, child)   -- to warm up
  local seconds, cpu = timed(function() run_jobs(count, child) end)
  return { seconds = seconds, rate = count / seconds, cpu_us = cpu * 1e6 / count }
end

local function start_living(count, child)
  for _ = 1, count do
    orch.exec_command { argv = { child, "pause" }, yield_time_ms = 0 }
  end
  local living = orch.sessions()
  for _, session in ipairs(living) do
    local event = orch.wait(session, { on = "output", from = 0, timeout_ms = LONG_MS })
    assert(event and event.on == "output", "a session did not start")
  end
  orch.sleep(500)            -- by then each keeper has its socket, and rests
  return living
end

function measures.live(count, child, alive)
  start_living(alive, child)
  local kb = read_proc("/proc/self/status", "VmRSS")
  local result = measures.jobs(count, child)
  result.rss_kb = kb
  return result
end

-- ── much output ─────────────────────────────────────────────────────────────

local function numbered_lines()
  local lines = {}
  for i = 0, LINES - 1 do lines[#lines + 1] = ("%015d\n"):format(i) end
  return table.concat(lines)
end

--- How many of *size* bytes are not in the transcript as the child wrote them.
local function count_lost(session, size, block)
  local lost = 0
  for at = 0, size - 1, #block do
    local expected = block:sub(1, math.min(#block, size - at))
    if session:read(at, #expected) ~= expected then lost = lost + #expected end
  end
  return lost + #session:read(size, 1)
end

function measures.capture(count, child, size)
  local argv = { child, "bytes", tostring(size) }
  local seconds, cpu = timed(function()
    orch.all(numbers(count), function()
      local done = orch.exec_command { argv = argv, yield_time_ms = LONG_MS,
        max_output_tokens = 0 }
      assert(done.exit_code == 0 and done.next == size, done.reason)
    end)
  end)
  local lost, block = 0, numbered_lines()
  for _, session in ipairs(orch.sessions()) do
    lost = lost + count_lost(session, size, block)
  end
  return { seconds = seconds, cpu_us = cpu * 1e6 / count, lost = lost,
    mib_s = count * size / seconds / 1048576 }
end

-- ── a byte there and back ───────────────────────────────────────────────────

function measures.echo(count, child)
  orch.exec_command { argv = { child, "echo" }, stdin = "tty", yield_time_ms = 0 }
  local session = orch.sessions()[1]
  assert(orch.wait(session, { on = "ready\n", timeout_ms = LONG_MS }))
  local times = {}
  for i = -200, count do     -- the first are to warm up
    local from, began = session.status.bytes, core.now()
    session:write "x"
    orch.wait(session, { on = "output", from = from })
    if i > 0 then times[i] = (core.now() - began) * 1000 end
  end
  table.sort(times)
  return { p50_us = times[#times // 2], p99_us = times[#times * 99 // 100],
    min_us = times[1] }
end

-- ── memory, and the cost of a worker ────────────────────────────────────────

function measures.idle(count, child)
  local living, kb = start_living(count, child), 0
  for _, session in ipairs(living) do
    local keeper = read_proc(("/proc/%d/status"):format(session.status.pid), "PPid")
    kb = kb + read_proc(("/proc/%d/smaps_rollup"):format(keeper), "Pss")
  end
  return { keeper_kb = kb / count, rss_kb = read_proc("/proc/self/status", "VmRSS") }
end

function measures.worker(count)
  local artefact = core.host().folder .. "/artefact.c"
  assert(core.write(artefact, "int main(void) { return 0; }\n"))
  local function ask()
    assert(orch.ask("reviewer", { artefact = artefact, agent = "offline" }).findings)
  end
  local seconds, first = timed(ask)
  local _, cpu = timed(function()
    for _ = 1, count do ask() end
  end)
  return { first_cpu_ms = first * 1000, first_ms = seconds * 1000,
    cpu_ms = cpu * 1000 / count }
end

-- ── the last message out of many events ─────────────────────────────────────

local MESSAGE = "What came out of it."

-- As codex writes them: the number of an item, and what a command printed.
local COMMAND = '{"type":"item.completed","item":{"id":"item_%d",'
  .. '"type":"command_execution","command":"make","aggregated_output":"%s"}}\n'
local LAST = '{"type":"item.completed","item":{"id":"item_0","type":"agent_message",'
  .. '"text":"' .. MESSAGE .. '"}}\n{"type":"turn.completed","usage":{}}\n'

--- About a MB of what an agent tells of the commands that it runs.
local function commands()
  local lines, printed = {}, ("all is well here\\n"):rep(220)
  for i = 1, 250 do lines[i] = COMMAND:format(i, printed) end
  return table.concat(lines)
end

local function write_events(path, megabytes)
  local block, size = commands(), 0
  while size < megabytes * 1000000 do
    size = assert(core.append(path, block))
  end
  return assert(core.append(path, LAST))
end

function measures.events(megabytes)
  local path = core.host().folder .. "/events"
  local size = write_events(path, megabytes)
  local session = { status = { bytes = size } }
  function session.read(_, at, n) return core.read(path, at, n) end
  local reader = codex_events.reader()
  local seconds = timed(function()
    local stream = event_stream.new(reader)
    stream:follow(session)
    stream:close()
  end)
  assert(reader.message == MESSAGE and reader.finished == "ok")
  return { mb_s = size / 1e6 / seconds }
end

local name = table.remove(arg, 1)
local words = {}
for i, word in ipairs(arg) do words[i] = math.tointeger(tonumber(word)) or word end
orch.main(function()
  print(core.json_encode(measures[name](table.unpack(words))))
end)

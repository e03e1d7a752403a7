--- Whether a process waits for somebody to type at its terminal: a password, a yes or no.
--
-- The kernel tells in /proc what each thread of a process tree waits in: a read from a
-- terminal, or a poll, select or epoll without an end that includes one.  Who may not
-- look there finds nothing.

local core = require "orch.core"

local awaiting_input = {}

local MOST = 256               -- processes of a tree that are looked at
local IN = 1                   -- POLLIN and EPOLLIN

-- The numbers of system calls of a machine, which is told by the one that reads this very
-- file: pread64 here.  Who hides what it holds, as orch-lua does, may not look at itself:
-- then by the header of a program that runs here.
local x86 = { [0] = "read", [7] = "poll", [19] = "read", [23] = "select",
  [232] = "epoll", [270] = "select", [271] = "ppoll", [281] = "epoll" }
local arm = { [63] = "read", [65] = "read", [72] = "select", [73] = "ppoll",
  [22] = "epoll" }
local machines = { ["0"] = x86, ["17"] = x86, ["63"] = arm, ["67"] = arm }

local by_header = { [62] = x86, [183] = arm }      -- e_machine of ELF

local function calls()
  local number = (core.read "/proc/self/syscall" or ""):match "^%d+"
  if number then return machines[number] or {} end
  local header = core.read(core.host().keeper or "/bin/sh", 0, 20) or ""
  return #header == 20 and by_header[("<I2"):unpack(header, 19)] or {}
end

local function is_terminal(process, fd)
  local target = core.link_target(("/proc/%d/fd/%d"):format(process.pid, fd)) or ""
  return target:find "^/dev/pts/%d+$" ~= nil or target:find "^/dev/tty%w*$" ~= nil
    or target == "/dev/console"
end

local function memory(process, address, size)
  if address == 0 or size == 0 then return "" end
  return core.read(("/proc/%d/mem"):format(process.pid), address, size) or ""
end

local function is_minus_one(word) return word & 0xFFFFFFFF == 0xFFFFFFFF end

-- How each call names what it waits for; *a* are its arguments.
local waits = {}

function waits.read(process, a) return is_terminal(process, a[1]) end

local function any_polled(process, a)
  local list = memory(process, a[1], 8 * math.min(a[2], 1024))
  for at = 1, #list - 7, 8 do
    local fd, events = ("<i4i2"):unpack(list, at)
    if fd >= 0 and events & IN ~= 0 and is_terminal(process, fd) then return true end
  end
  return false
end

function waits.poll(process, a) return is_minus_one(a[3]) and any_polled(process, a) end

function waits.ppoll(process, a) return a[3] == 0 and any_polled(process, a) end

function waits.select(process, a)
  if a[5] ~= 0 then return false end
  local bits = memory(process, a[2], (math.min(a[1], 1024) + 7) // 8)
  for fd = 0, 8 * #bits - 1 do
    local set = bits:byte(fd // 8 + 1) >> fd % 8 & 1
    if set == 1 and is_terminal(process, fd) then return true end
  end
  return false
end

function waits.epoll(process, a)
  if not is_minus_one(a[4]) then return false end
  local info = core.read(("/proc/%d/fdinfo/%d"):format(process.pid, a[1])) or ""
  for fd, events in info:gmatch "tfd:%s*(%d+)%s+events:%s*(%x+)" do
    if tonumber(events, 16) & IN ~= 0 and is_terminal(process, math.tointeger(fd)) then
      return true
    end
  end
  return false
end

-- Whether one thread waits so.  Who looks at several things at once and has children is a
-- relay (sudo, script): it waits for them.
local function thread_waits(process, line, known)
  local number, rest = line:match "^(%d+) (.*)$"
  local call = known[math.tointeger(number)]
  if not call or call ~= "read" and process.children[1] then return false end
  local arguments = {}
  for word in rest:gmatch "0x(%x+)" do
    arguments[#arguments + 1] = math.tointeger(tonumber(word, 16))
  end
  return #arguments >= 6 and waits[call](process, arguments)
end

local function look_at(pid)
  local process = { pid = pid, children = {}, lines = {} }
  local tasks = ("/proc/%d/task"):format(pid)
  for _, thread in ipairs(core.list(tasks) or {}) do
    local place = ("%s/%s/"):format(tasks, thread)
    for child in (core.read(place .. "children") or ""):gmatch "%d+" do
      process.children[#process.children + 1] = math.tointeger(child)
    end
    process.lines[#process.lines + 1] = core.read(place .. "syscall")
  end
  return process
end

--- Whether the process *pid*, or one below it, waits for input at a terminal.
function awaiting_input.of(pid)
  local tree, known, at = { pid }, calls(), 1
  while tree[at] and at <= MOST do
    local process = look_at(tree[at])
    for _, line in ipairs(process.lines) do
      if thread_waits(process, line, known) then return true end
    end
    table.move(process.children, 1, #process.children, #tree + 1, tree)
    at = at + 1
  end
  return false
end

return awaiting_input

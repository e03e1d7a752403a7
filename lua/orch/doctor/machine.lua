--- The machine: its kernel, and what of it is left for sessions.

local core = require "orch.core"
local text = require "orch.text"

local machine = {}

local MIB = 1024 * 1024
local RESERVE = 256 * MIB      -- what is left for everything else, as in budget.lua
local FEW_FILES, ENOUGH_FILES = 64, 1024
local FEW_TERMINALS, ENOUGH_TERMINALS = 4, 64

local function first_line(path)
  local bytes = core.read(path)
  return bytes and bytes:match "^%s*([^\n]*)"
end

local function number_in(path)
  return math.tointeger(tonumber(first_line(path)))
end

local function examine_kernel()
  local release = first_line "/proc/sys/kernel/osrelease"
  if not release then
    return "problem", "/proc is not mounted", "sudo mount -t proc proc /proc"
  end
  local major, minor = release:match "^(%d+)%.(%d+)"
  major, minor = tonumber(major) or 0, tonumber(minor) or 0
  local fine = major > 5 or major == 5 and minor >= 9
  return fine and "ok" or "problem",
    fine and release or release .. ", but 5.9 or newer is needed"
end

local function examine_children()
  for _, thread in ipairs(core.list "/proc/self/task" or {}) do
    if core.stat(("/proc/self/task/%s/children"):format(thread)) then
      return "ok", "a worker's whole tree can be found"
    end
  end
  return "problem", "/proc/self/task/*/children is missing: what hides from its worker "
    .. "would not be ended"
end

local function examine_files(about)
  local limits = core.read "/proc/self/limits" or ""
  local hard = limits:match "\nMax open files%s+%S+%s+(%S+)"
  local soft = about.host.open_files
  if not hard then return "warning", "the limit is unknown" end
  local count = tonumber(hard) or math.huge
  local raised = soft and soft < count and (", raised from %d"):format(soft) or ""
  local found = ("%s may be open%s"):format(hard, raised)
  if count < FEW_FILES then return "problem", found .. ": too few for a worker" end
  if count < ENOUGH_FILES then
    return "warning", ("%s: enough for about %d workers at once"):format(found,
      (math.tointeger(count) - 32) // 4)
  end
  return "ok", found
end

local function examine_terminals()
  local most = number_in "/proc/sys/kernel/pty/max"
  local used = number_in "/proc/sys/kernel/pty/nr"
  if not most or not used then return "warning", "kernel.pty.max is unknown" end
  local found = ("%d of %d are in use"):format(used, most)
  if most - used < FEW_TERMINALS then return "problem", found, used end
  if most - used < ENOUGH_TERMINALS then return "warning", found, used end
  return "ok", found
end

--- The agent that is there and needs the most memory; the offline one needs next to none.
local function hungriest(about)
  local most
  for _, one in ipairs(about.agents) do
    local more = not most or one.agent.memory > most.agent.memory
    if one.program and one.name ~= "offline" and more then most = one end
  end
  return most
end

local function examine_memory(about)
  local memory, one = core.memory(), hungriest(about)
  local found = ("%s of %s are available"):format(text.size(memory.available),
    text.size(memory.total))
  if not one then return "ok", found end
  local need = one.agent.memory
  local takes = ("a worker of %s takes %s"):format(one.name, text.size(need))
  if memory.available < need then return "problem", found .. "; " .. takes end
  local room = math.max(1, (memory.available - RESERVE) // need)
  local state = room < math.min(4, about.settings.jobs or 4) and "warning" or "ok"
  return state, ("%s: room for %d %s of %s"):format(found, room,
    room == 1 and "worker" or "workers", one.name)
end

function machine.examinations()
  return {
    { what = "kernel", examine = examine_kernel, advice = function(mount)
      return mount or "sudo apt-get install linux-image-amd64 && sudo reboot"
    end },
    { what = "process trees", examine = examine_children,
      advice = "zgrep PROC_CHILDREN /proc/config.gz   # the kernel must have it" },
    { what = "open files", examine = examine_files,
      advice = "sudo prlimit --nofile=65536 --pid $$   # for this shell" },
    { what = "terminals", examine = examine_terminals, advice = function(used)
      return ("sudo sysctl kernel.pty.max=%d"):format((used or 0) + 4096)
    end },
    { what = "memory", examine = examine_memory,
      advice = "ps -eo rss,pid,args --sort=-rss | head   # shows what holds it" },
  }
end

return machine

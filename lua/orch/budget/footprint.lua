--- How much memory a session's processes take, from /proc.

local core = require "orch.core"

local footprint = {}

local PROCESSES = 64           -- of one session that are looked at
local SMALL = 64 * 1024        -- bytes that any of these files has at most
local KIB = 1024

local function read(format, ...)
  return core.read(("/proc/" .. format):format(...), 0, SMALL)
end

--- The parent of *pid*: of the first process of a session that is its keeper, which gets
-- the children that others leave behind.
local function parent_of(pid)
  local parent = (read("%d/stat", pid) or ""):match "^.*%) %S (%d+)"
  return math.tointeger(tonumber(parent))
end

local function add_children(pid, list)
  for _, thread in ipairs(core.list(("/proc/%d/task"):format(pid)) or {}) do
    for child in (read("%d/task/%s/children", pid, thread) or ""):gmatch "%d+" do
      if #list < PROCESSES then list[#list + 1] = math.tointeger(tonumber(child)) end
    end
  end
end

--- The bytes of *pid* alone; what it shares with others is divided among them.
local function size_of(pid)
  local own = (read("%d/smaps_rollup", pid) or ""):match "\nPss:%s*(%d+) kB"
  own = own or (read("%d/status", pid) or ""):match "\nVmRSS:%s*(%d+) kB"
  return (tonumber(own) or 0) * KIB
end

--- The bytes that the processes of a session take whose first one is *pid*; nil where the
-- machine does not tell.
function footprint.of(pid)
  local keeper = parent_of(pid)
  if not keeper then return nil end
  local list, sum = {}, 0
  add_children(keeper, list)
  local at = 1
  while list[at] do
    sum = sum + size_of(list[at])
    add_children(list[at], list)
    at = at + 1
  end
  return sum > 0 and math.tointeger(sum) or nil
end

return footprint

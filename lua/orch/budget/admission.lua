--- Who may run now: at most --jobs workers at once, and no more than memory holds.
--
-- Workers start in the order in which they asked, so that what changes concerns only the
-- first in line: it alone is woken.  Besides a place and memory, what
-- stands in a worker's way is its own to say: see budget.lua.

local core = require "orch.core"
local task = require "orch.task"

local admission = {}

local Admission = {}
Admission.__index = Admission

local MIB = 1024 * 1024
local RESERVE = 256 * MIB      -- left free for everything else on the machine
local LOOK_AGAIN_MS = 500      -- how often free memory is read while it is short

--- An admission that lets *jobs* workers run at once; by default four, or fewer where the
-- machine has less than one GiB for each.
function admission.new(jobs)
  local gibibytes = core.memory().total // (1024 * MIB)
  return setmetatable({
    jobs = jobs or math.max(1, math.min(4, gibibytes)),
    running = 0, line = {},
  }, Admission)
end

local function memory_allows(self, need)
  return self.running == 0 or core.memory().available - RESERVE >= need
end

--- What keeps *request* from starting now, in words, nil when nothing does; and after how
-- many milliseconds that may have changed without anybody saying so.
local function obstacle(self, request)
  local own, ms = request.obstacle()
  if self.running >= self.jobs then
    return ("a place (%d of %d are running)"):format(self.running, self.jobs), ms
  end
  if self.line[1] ~= request then return "its turn", ms end
  if own then return own, ms end
  if memory_allows(self, request.memory) then return nil end
  local needed = ("memory (%d MiB are needed)"):format(request.memory // MIB)
  return needed, math.min(ms, LOOK_AGAIN_MS)
end

local function wake_first(self)
  local first = self.line[1]
  if first then first.moved:signal() end
end

local function leave_line(self, request)
  for i, other in ipairs(self.line) do
    if other == request then
      table.remove(self.line, i)
      return wake_first(self)
    end
  end
end

--- Wait until a worker may start, and take a place; `leave` gives it back.  *request*: {
-- memory = bytes that it needs, waits = function(what) to be told what it waits for,
-- stays = function() -> whether it still wants to start, news = what tells that this may
-- have changed, obstacle = function() -> what
-- else keeps it, or nil, and for how many milliseconds that holds at most, which may
-- raise, begun = whether it runs already }.  Return whether it has a place.
function Admission:enter(request)
  if request.begun then
    self.running = self.running + 1
    return true
  end
  request.moved = task.condition()
  self.line[#self.line + 1] = request
  local _ <close> = setmetatable({}, {
    __close = function() leave_line(self, request) end,
  })
  while request.stays() do
    local what, ms = obstacle(self, request)
    if not what then
      self.running = self.running + 1
      return true
    end
    request.waits(what)
    task.wait({ request.moved, request.news }, ms)
  end
  return false
end

--- Give a place back.
function Admission:leave()
  self.running = self.running - 1
  wake_first(self)
end

return admission

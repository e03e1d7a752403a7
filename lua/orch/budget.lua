--- The door through which every agent starts: `dispatch(request)` waits until one more
--- worker may run and returns its permit.
--
-- How many run at once is bounded by --jobs and by memory: a worker starts only when
-- what its agent is known to need is free.  Workers start in the order in which they
-- asked.

local core = require "orch.core"
local task = require "orch.task"

local budget = {}

local Budget = {}
Budget.__index = Budget

local Permit = {}
Permit.__index = Permit

local MIB = 1024 * 1024
local RESERVE = 256 * MIB      -- left free for everything else on the machine
local LOOK_AGAIN_MS = 500      -- how often free memory is read while it is short

--- A budget that lets *jobs* workers run at once; by default four, or fewer where the
-- machine has less than one GiB for each.
function budget.new(jobs)
  local gibibytes = core.memory().total // (1024 * MIB)
  return setmetatable({
    jobs = jobs or math.max(1, math.min(4, gibibytes)),
    running = 0, line = {}, moved = task.condition(),
  }, Budget)
end

local function memory_allows(self, need)
  return self.running == 0 or core.memory().available - RESERVE >= need
end

--- What keeps *request* from starting now, in words; nil when nothing does.
local function obstacle(self, request)
  if self.line[1] ~= request or self.running >= self.jobs then
    return ("a place (%d of %d are running)"):format(self.running, self.jobs)
  end
  if not memory_allows(self, request.memory) then
    return ("memory (%d MiB are needed)"):format(request.memory // MIB)
  end
end

local function leave_line(self, request)
  for i, other in ipairs(self.line) do
    if other == request then
      table.remove(self.line, i)
      self.moved:signal()
      return
    end
  end
end

--- Wait until a worker may start.  *request*: { memory = bytes that its agent needs,
-- waits = function(what) to be told what it waits for }.  Return a permit, to be closed
-- when the worker has ended.
function Budget:dispatch(request)
  self.line[#self.line + 1] = request
  local _ <close> = setmetatable({}, {
    __close = function() leave_line(self, request) end,
  })
  local what = obstacle(self, request)
  while what do
    request.waits(what)
    self.moved:wait(LOOK_AGAIN_MS)
    what = obstacle(self, request)
  end
  self.running = self.running + 1
  return setmetatable({ budget = self }, Permit)
end

--- Give the place back; harmless when done already.
function Permit:close()
  if not self.budget then return end
  self.budget.running = self.budget.running - 1
  self.budget.moved:signal()
  self.budget = nil
end

Permit.__close = Permit.close

return budget

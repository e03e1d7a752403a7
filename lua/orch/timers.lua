--- Alarms ordered by time: a binary heap whose cancelled entries are dropped when they
--- surface.

local timers = {}

local Timers = {}
Timers.__index = Timers

function timers.new()
  return setmetatable({ n = 0 }, Timers)
end

local function before(a, b)
  if a.at ~= b.at then return a.at < b.at end
  return a.serial < b.serial
end

local function rise(heap, i)
  while i > 1 do
    local parent = i // 2
    if not before(heap[i], heap[parent]) then return end
    heap[i], heap[parent] = heap[parent], heap[i]
    i = parent
  end
end

local function sink(heap, i, n)
  while true do
    local least = i
    for child = 2 * i, math.min(2 * i + 1, n) do
      if before(heap[child], heap[least]) then least = child end
    end
    if least == i then return end
    heap[i], heap[least] = heap[least], heap[i]
    i = least
  end
end

local function drop_first(heap)
  local n = heap.n
  heap[1] = heap[n]
  heap[n] = nil
  heap.n = n - 1
  sink(heap, 1, n - 1)
end

--- Add an alarm for *owner* at time *at*; set `.cancelled` in it to take it back.
function Timers:add(at, owner)
  self.count = (self.count or 0) + 1
  local alarm = { at = at, owner = owner, serial = self.count }
  self.n = self.n + 1
  self[self.n] = alarm
  rise(self, self.n)
  return alarm
end

--- The earliest alarm, or nil.
function Timers:first()
  while self.n > 0 and self[1].cancelled do drop_first(self) end
  return self[1]
end

--- Take the earliest alarm if its time has come.
function Timers:take_due(now)
  local first = self:first()
  if not first or first.at > now then return nil end
  drop_first(self)
  return first
end

return timers

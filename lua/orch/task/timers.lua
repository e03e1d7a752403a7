--- Alarms ordered by time: a binary heap.  Cancelled entries are dropped when they
--- surface, or all at once when they are the most of it.

local timers = {}

local FEW = 64                 -- cancelled entries that nobody minds

local Timers = {}
Timers.__index = Timers

function timers.new()
  return setmetatable({ n = 0, count = 0, dead = 0 }, Timers)
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

local function drop_dead(heap)
  local kept = 0
  for i = 1, heap.n do
    local alarm = heap[i]
    heap[i] = nil
    if not alarm.cancelled then
      kept = kept + 1
      heap[kept] = alarm
    end
  end
  heap.n, heap.dead = kept, 0
  for i = kept // 2, 1, -1 do sink(heap, i, kept) end
end

--- Add an alarm for *owner* at time *at*; return it.
function Timers:add(at, owner)
  self.count = self.count + 1
  local alarm = { at = at, owner = owner, serial = self.count }
  self.n = self.n + 1
  self[self.n] = alarm
  rise(self, self.n)
  return alarm
end

--- Take *alarm* back.
function Timers:cancel(alarm)
  alarm.cancelled = true
  self.dead = self.dead + 1
  if self.dead > FEW and self.dead > self.n // 2 then drop_dead(self) end
end

--- The earliest alarm, or nil.
function Timers:first()
  while self.n > 0 and self[1].cancelled do
    drop_first(self)
    self.dead = self.dead - 1
  end
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

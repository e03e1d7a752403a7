--- Virtual time: what happens next, and when.
--
-- Time passes only when the next event is taken.  Events of one moment come in an order
-- that the seed draws by lot; what must keep its order belongs into one event.

local clock = {}
clock.__index = clock

--- A clock at 0 ms, which is *epoch* seconds of civil time.
function clock.new(chance, epoch)
  return setmetatable({ now = 0.0, epoch = epoch, chance = chance, queue = {}, made = 0 },
    clock)
end

--- Seconds since the epoch.
function clock:time()
  return self.epoch + self.now / 1000
end

local function earlier(a, b)
  if a.at ~= b.at then return a.at < b.at end
  if a.lot ~= b.lot then return a.lot < b.lot end
  return a.number < b.number
end

--- Have *fn* called in *ms* milliseconds.  Returns the event, for `cancel`.
function clock:after(ms, fn)
  self.made = self.made + 1
  local event = {
    at = self.now + ms, lot = self.chance:below(1 << 32), number = self.made, fn = fn,
  }
  -- The queue is sorted with the next event last, so that taking it is cheap.
  local low, high = 1, #self.queue + 1
  while low < high do
    local middle = (low + high) // 2
    if earlier(event, self.queue[middle]) then low = middle + 1 else high = middle end
  end
  table.insert(self.queue, low, event)
  return event
end

--- Forget *event*, which may be nil or over.
function clock.cancel(_, event)
  if event then event.fn = nil end
end

--- The moment of the next event, or nil when nothing is to come.
function clock:next()
  local queue = self.queue
  while #queue > 0 and not queue[#queue].fn do queue[#queue] = nil end
  return #queue > 0 and queue[#queue].at or nil
end

--- Let the next event happen; time passes up to it.
function clock:step()
  local event = self.queue[#self.queue]
  self.queue[#self.queue] = nil
  self.now = math.max(self.now, event.at)
  local fn = event.fn
  event.fn = nil
  fn()
end

return clock

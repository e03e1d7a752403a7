--- Who waits for what, and what wakes them.
--
-- A waiting task is listed under each of its sources: integers and names from the core
-- (sessions, watches, signals), conditions, other tasks.  This file is the only caller of
-- core.poll.  What it asks of a task is in its fields: serial, service, sources, alarm.

local core = require "orch.core"
local timers = require "orch.task.timers"

local scheduler = {}

local runnable = {}    -- woken tasks, oldest first
local waiters = {}     -- source -> list of the tasks that wait for it
local alarms = timers.new()

--- What a task is told that nothing will ever wake.
scheduler.NOTHING_WAKES = "every task waits and nothing can wake this one: "
  .. "give the wait a timeout, or start what it waits for"

--- Let *t* wait until one of the *sources* is ready or *ms* have passed.
function scheduler.suspend(t, sources, ms)
  t.sources = sources
  for i = 1, #sources do
    local list = waiters[sources[i]]
    if list then list[#list + 1] = t else waiters[sources[i]] = { t } end
  end
  if ms and ms < math.huge then t.alarm = alarms:add(core.now() + math.max(ms, 0), t) end
end

--- Let *t* wait for nothing any more.
function scheduler.forget(t)
  for _, source in ipairs(t.sources or {}) do
    local list = waiters[source] or {}
    for i = #list, 1, -1 do
      if list[i] == t then table.remove(list, i) end
    end
    if #list == 0 then waiters[source] = nil end
  end
  t.sources = nil
  if t.alarm then
    alarms:cancel(t.alarm)
    t.alarm = nil
  end
end

--- Run *t* in the next turn; its wait returns *first* and *second*.
function scheduler.wake(t, first, second)
  scheduler.forget(t)
  t.first, t.second = first, second
  runnable[#runnable + 1] = t
end

--- Wake all that wait for *source*.
function scheduler.ready(source)
  local list = waiters[source] or {}
  waiters[source] = nil
  for _, t in ipairs(list) do
    if t.sources then scheduler.wake(t, source) end   -- one may wait for it twice
  end
end

--- The tasks that were woken, oldest first; they are the caller's to run.
function scheduler.take()
  local batch = runnable
  runnable = {}
  return batch
end

--- Whether something outside the script can still wake a task.
local function awaits_outside()
  for source in pairs(waiters) do
    if math.type(source) == "integer" then return true end
  end
  return false
end

local function awaits_alarm()
  for i = 1, alarms.n do
    if not alarms[i].cancelled and not alarms[i].owner.service then return true end
  end
  return false
end

--- Whether *t* waits for another task, and so for whatever that one waits for.
local function waits_for_task(t)
  local source = t.sources[1]
  return type(source) == "table" and source.co ~= nil
end

-- The task to be told that nothing will wake it: one that waits for no other task.
local function stuck_task()
  local oldest, on_task
  for _, list in pairs(waiters) do
    for _, t in ipairs(list) do
      local chained = waits_for_task(t)
      local better = not oldest or (on_task and not chained)
        or (on_task == chained and t.serial < oldest.serial)
      if not t.service and better then oldest, on_task = t, chained end
    end
  end
  return oldest
end

local function how_long()
  if #runnable > 0 then return 0 end
  local stuck = not awaits_outside() and not awaits_alarm() and stuck_task()
  if stuck then
    scheduler.wake(stuck, nil, scheduler.NOTHING_WAKES)
    return 0
  end
  local first = alarms:first()
  return first and math.max(first.at - core.now(), 0) or -1
end

--- Wait for news from outside or the next alarm, and wake whom they concern.
function scheduler.poll()
  for _, source in ipairs(core.poll(how_long())) do scheduler.ready(source) end
  local now = core.now()
  local due = alarms:take_due(now)
  while due do
    due.owner.alarm = nil
    scheduler.wake(due.owner, nil, "timeout")
    due = alarms:take_due(now)
  end
end

return scheduler

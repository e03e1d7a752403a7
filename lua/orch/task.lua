--- Tasks: functions that wait without holding each other up.
--
-- Every task belongs to the task that started it and does not outlive it, so an error
-- or an end always finds its way to the code that asked for the work.

local branch = require "orch.task.branch"
local core = require "orch.core"
local fields = require "orch.fields"
local scheduler = require "orch.task.scheduler"

local task = {}

local Task = {}
Task.__index = Task

local Condition = {}
Condition.__index = Condition

local current          -- the task now running; nil between two of them
local serial = 0
local loose_place      -- of a program that calls one function after the other

-- ── waiting ─────────────────────────────────────────────────────────────────

-- *message* with the line of the script that is waiting, which is not known by its level.
local function at_script(message)
  local level, at = 2, debug.getinfo(2, "Sl")
  while at and (at.currentline < 0 or at.source:find("lua/orch/", 1, true)) do
    level, at = level + 1, debug.getinfo(level + 1, "Sl")
  end
  if not at then return message end
  return ("%s:%d: %s"):format(at.short_src, at.currentline, message)
end

--- Suspend the running task until one of *sources* (one, or a list) is ready or *ms*
-- have passed.  Return the source, or nil and "timeout".  Being woken is a hint: the
-- caller looks at what it waits for again.
function task.wait(sources, ms)
  local t = current
  if not t then error("only a task can wait: call this inside orch.main", 2) end
  if coroutine.running() ~= t.co then
    error(at_script("cannot wait inside a coroutine of the script's own; "
      .. "use orch.all or orch.each"), 0)
  end
  if sources == nil then
    sources = { t.co }   -- which nothing wakes
  elseif type(sources) ~= "table" or getmetatable(sources) then
    sources = { sources }
  end
  for _, source in ipairs(sources) do
    if getmetatable(source) == Task and source.ended then return source end
  end
  scheduler.suspend(t, sources, ms)
  local first, second = coroutine.yield()
  if second == scheduler.NOTHING_WAKES then error(at_script(second), 0) end
  return first, second
end

--- Suspend the running task for *ms* milliseconds.
function task.sleep(ms)
  task.wait(nil, ms)
end

--- A condition wakes the tasks that wait for it: `:wait(ms)`, `:signal()`.
function task.condition()
  return setmetatable({}, Condition)
end

function Condition:wait(ms) return task.wait(self, ms) end

function Condition:signal() scheduler.ready(self) end

-- ── the life of a task ──────────────────────────────────────────────────────

--- Start *fn* as a child of the running task, or of options.parent; of nobody if that is
-- false.  Options: `place`, its branch of the script, by default that of its parent;
-- `service = true` for background work that keeps nobody alive.
function task.spawn(fn, options)
  options = options or {}
  local parent = options.parent
  if parent == nil then parent = current end
  serial = serial + 1
  local t = setmetatable({
    serial = serial, parent = parent, children = {}, owned = {},
    service = options.service or (parent and parent.service),
    place = options.place or (parent and parent.place) or branch.root(),
    co = coroutine.create(fn),
  }, Task)
  if parent then parent.children[t] = serial end
  scheduler.wake(t)
  return t
end

--- The members of a set { member = serial }, newest first.
local function newest_first(set)
  local list = {}
  for member in pairs(set) do list[#list + 1] = member end
  table.sort(list, function(a, b) return set[a] > set[b] end)
  return list
end

local function finish(t, ok, value)
  t.ended, t.ok = true, ok
  if ok then t.value = value else t.error = value end
  for _, child in ipairs(newest_first(t.children)) do child:cancel() end
  for _, object in ipairs(newest_first(t.owned)) do object:close() end
  if t.parent then t.parent.children[t] = nil end
  scheduler.ready(t)
end

--- End a task that is not running: its to-be-closed variables are closed, its children
-- cancelled, what it owns is asked to stop.
function Task:cancel(reason)
  if self.ended then return end
  scheduler.forget(self)
  self.cancelled = true
  local before = current
  current = self
  coroutine.close(self.co)
  current = before
  finish(self, false, reason or "the task was stopped")
end

--- Wait until the task has ended, at most *ms*.  Return whether it has.
function Task:join(ms)
  local deadline = ms and core.now() + ms
  while not self.ended do
    local left = deadline and deadline - core.now()
    if left and left <= 0 then return false end
    task.wait(self, left)
  end
  return true
end

--- The value of an ended task; its error is raised.
function Task:result()
  if not self.ok then error(self.error, 0) end
  return self.value
end

--- The running task, or nil outside of any.
function task.current() return current end

--- The branch of the script that the running task is in: see branch.lua.
function task.place() return current.place end

--- Its path, "" at the top and outside of any task.
function task.branch() return current and current.place.path or "" end

--- Make the running task the owner of *object*: `object:close()` is called when the task
-- ends.  Return the owner, or nil where nobody owns.
function task.own(object)
  if not current or current.loose then return nil end
  serial = serial + 1
  current.owned[object] = serial
  return current
end

--- Take *object* from its *owner*.
function task.disown(owner, object)
  if owner then owner.owned[object] = nil end
end

--- Run *fn* beside the script: it keeps nobody waiting and ends with the root task.
function task.service(fn)
  return task.spawn(fn, { service = true })
end

-- ── running ─────────────────────────────────────────────────────────────────

local function trace(t, value)
  local deeper = task.failed_trace
  if not deeper or deeper.value ~= value then
    task.failed_trace = { value = value, text = debug.traceback(t.co) }
  end
end

local function step(t)
  if t.ended then return end
  current = t
  core.guard(t.co)
  local ok, value = coroutine.resume(t.co, t.first, t.second)
  current = nil
  if coroutine.status(t.co) ~= "dead" then return end
  if not ok then
    trace(t, value)
    coroutine.close(t.co)
  end
  finish(t, ok, value)
end

local function run_woken()
  for _, t in ipairs(scheduler.take()) do step(t) end
end

--- Run *fn* as the root task, and the loop until it has ended.  Return its value; its
-- error is raised.  With { loose = true } what it starts outlives it.
function task.main(fn, options)
  if current then error("orch.main is running already", 2) end
  if type(fn) ~= "function" then
    error("orch.main needs a function, got " .. fields.show(fn), 2)
  end
  local loose = options and options.loose
  loose_place = loose_place or branch.root()
  local root = task.spawn(fn, { place = loose and loose_place or nil })
  root.loose = loose
  run_woken()
  while not root.ended do
    scheduler.poll()
    run_woken()
  end
  core.guard(nil)
  return root:result()
end

return task

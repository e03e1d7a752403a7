--- The functions of orch.core, as one engine on a machine of the world.
--
-- Sources become ready, and programs run, only inside `poll`.

local blame = require "orch.rehearsal.blame"
local detached = require "orch.rehearsal.detached"
local failure = require "orch.rehearsal.failure"
local files = require "orch.rehearsal.files"
local seam = require "orch.rehearsal.seam"
local sessions = require "orch.rehearsal.sessions"

local engine = {}
engine.__index = engine

local instructions_per_ms = 10000    -- what a script computes in one millisecond
local guard_ms, tick_ms = 10000, 250
local patience = 10000               -- polls in a row that may get nowhere

--- An engine on *machine*.
function engine.new(machine)
  local self = setmetatable({
    machine = machine, pid = machine:new_pid(), handles = {}, last_handle = 0,
    files = machine:files_in(machine.host.folder),
    ready = {}, is_ready = {}, watches = {}, idle_polls = 0, computed = 0,
    output_of = { "", "" }, typed = "",
  }, engine)
  table.insert(machine.engines, self)
  return self
end

for name in pairs(files) do
  if seam.signatures[name] then
    engine[name] = function(self, ...) return self.files[name](self.files, ...) end
  end
end
for name, method in pairs(sessions) do engine[name] = method end

-- ## Handles and sources

--- A new handle for *object*; kind is "session", "watch" or "lock".
function engine:new_handle(kind, object)
  self.last_handle = self.last_handle + 1
  self.handles[self.last_handle] = { kind = kind, object = object }
  return self.last_handle
end

--- What a valid handle stands for.
function engine:object(handle) return self.handles[handle].object end

function engine:kind_of(handle)
  return self.handles[handle] and self.handles[handle].kind
end

local function stop_if_dead(self)
  if self.dead then error("this engine is gone: use the core that followed it", 3) end
end

--- The name of the error with which the seam's function *name* must fail now, or nil.
function engine:fault(name, ...)
  stop_if_dead(self)
  local err = self.machine:fault(name, self, ...)
  stop_if_dead(self)
  return err
end

--- Whether it lives, and nothing can fail and nobody is told of calls.
function engine:is_undisturbed() return not (self.dead or self.machine.disturbed) end

--- The function *name* of the seam has been called.
function engine:called(name, ...)
  for _, hook in ipairs(self.machine.hooks_after) do hook(self, name, ...) end
  stop_if_dead(self)
end

--- Have the next poll report *source*, once.
function engine:mark(source)
  if self.is_ready[source] then return end
  self.is_ready[source] = true
  self.ready[#self.ready + 1] = source
end

-- ## Time and the machine

function engine:now() return self.machine.clock.now end
function engine:time() return self.machine.clock:time() end
function engine:random(n) return self.machine.random:bytes(n) end

local function copy(fields)
  local result = {}
  for name, value in pairs(fields) do result[name] = value end
  return result
end

function engine:host()
  local host = copy(self.machine.host)
  host.folder = self.files.folder
  host.pid, host.boot = self.pid, "boot-" .. self.machine.boots
  return host
end

function engine:change_folder(path)
  local place, err = self.files:existing(path, true)
  if place and place.node.type ~= "folder" then err = "ENOTDIR" end
  if err then return failure(err, path) end
  self.files.folder = place.path
  return true
end

function engine:environment() return copy(self.machine.environment) end
function engine:memory() return copy(self.machine.memory) end
function engine:hash(bytes) return self.machine.tools.hash(bytes) end
function engine:json_encode(...) return self.machine.tools.json_encode(...) end
function engine:json_decode(text) return self.machine.tools.json_decode(text) end
function engine:array(list) return self.machine.tools.array(list) end

function engine:output(fd, bytes)
  self.output_of[fd] = self.output_of[fd] .. bytes
  return true
end

function engine:terminal(fd, raw)
  local size = self.machine.terminal
  if not size then return failure("ENOTTY", fd) end
  if raw ~= nil then self.raw = raw end
  return { rows = size.rows, cols = size.cols }
end

function engine:read(path, offset, limit)
  if path ~= "/dev/stdin" then return self.files:read(path, offset, limit) end
  local bytes = self.typed:sub(1, limit)
  self.typed = self.typed:sub(#bytes + 1)
  return bytes
end

-- ## Waiting

-- What differs whenever a file or folder has changed.
local function mark_of(node)
  return ("%d.%d"):format(node.inode, node.version)
end

local function look_at_watches(self)
  for _, watch in ipairs(self.watches) do
    local place = self.files:existing(watch.path, true)
    local seen = place and mark_of(place.node)
    if seen ~= watch.seen then self:mark(watch.handle) end
    watch.seen = seen
  end
end

local function take_ready(self)
  local ready = {}
  for _, source in ipairs(self.ready) do
    local kind = self:kind_of(source)
    if kind == "session" then self:object(source):refresh() end
    if kind or type(source) == "string" then ready[#ready + 1] = source end
  end
  self.ready, self.is_ready, self.idle_polls = {}, {}, 0
  -- What became ready at one time comes in an order that the seed draws.
  for i = #ready, 2, -1 do
    local j = self.machine.order:below(i) + 1
    ready[i], ready[j] = ready[j], ready[i]
  end
  return ready
end

-- Nothing is ready and no time passes.  A real loop that polls for 0 ms would see time go
-- by, so after a while this one does; one that waits for ever is told so in the end.
local function idle(self, next_event)
  self.idle_polls = self.idle_polls + 1
  if self.idle_polls < patience then return {} end
  if self.stuck then error("the world is stuck: nothing is left that could happen", 0) end
  self.machine.clock.now = math.min(self.machine.clock.now + 1, next_event or math.huge)
  return {}
end

function engine:poll(ms)
  local clock = self.machine.clock
  local for_ever = ms < 0 or ms == math.huge
  local last = for_ever and math.huge or clock.now + ms
  self.computed, self.stuck = 0, false
  while true do
    stop_if_dead(self)     -- for what happens next may kill it
    look_at_watches(self)
    local next_event = clock:next()
    if next_event and next_event <= clock.now then
      clock:step()
    elseif #self.ready > 0 then
      return take_ready(self)
    elseif next_event and next_event <= last then
      clock:step()
    else
      self.stuck = for_ever
      if for_ever or ms == 0 then return idle(self, next_event) end
      clock.now = last
      return {}
    end
  end
end

function engine:catch_signals()
  self.catches = true
  return true
end

-- A script that catches the error and goes on meets it again at its next instruction,
-- so that it leaves every pcall.
function engine:guard(co, limit_ms)
  if self.guarded then debug.sethook(self.guarded) end
  self.guarded = co
  if not co then return end
  limit_ms = limit_ms or guard_ms
  local tick = math.min(tick_ms, limit_ms)
  local function look()
    self.computed = self.computed + tick
    if self.is_ready.INT or self.is_ready.TERM then error("interrupted", 2) end
    if self.computed < limit_ms then return end
    if self.computed >= limit_ms + 2 * tick then debug.sethook(co, look, "", 1) end
    error(blame(("the script has computed for %g s without waiting")
      :format(limit_ms / 1000), 2), 0)
  end
  debug.sethook(co, look, "", tick * instructions_per_ms)
end

-- ## Locks and watches

function engine:lock(path)
  local place, err = self.files:find(path, true)
  if not place then return failure(err, path) end
  local node = place.node or self.files:create(place)
  if node.type == "folder" then return failure("EISDIR", path) end
  if node.lock then return failure("EWOULDBLOCK", path) end
  node.lock = self
  self.machine.disk:put(node, self.pid .. "\n")
  return self:new_handle("lock", node)
end

function engine:unlock(handle)
  self:object(handle).lock = nil
  self.handles[handle] = nil
end

function engine:signal(path, name)
  local place, err = self.files:existing(path, true)
  if not place then return failure(err, path) end
  local holder = place.node.lock
  if not holder or not holder.inject then return failure("ESRCH", path) end
  holder:inject(name)
  return true
end

--- The signal *name* comes; it ends an engine that does not catch it.
function engine:inject(name)
  if self.catches then self:mark(name) else self.died = self.died or "SIG" .. name end
end

function engine:locked(path)
  local place, err = self.files:existing(path)
  if not place then return failure(err, path) end
  return place.node.lock ~= nil
end

function engine:detach(argv, log)
  return detached.start(self.machine, self.files, argv, log)
end

function engine:watch(path)
  local place, err = self.files:find(path, true)
  if not place then return failure(err, path) end
  local watch = { path = place.path, seen = place.node and mark_of(place.node) }
  watch.handle = self:new_handle("watch", watch)
  table.insert(self.watches, watch)
  return watch.handle
end

function engine:release(handle)
  local kind, released = self:kind_of(handle), self:object(handle)
  self.handles[handle] = nil
  if kind == "session" then released:close() end
  for i, watch in ipairs(self.watches) do
    if watch == released then table.remove(self.watches, i) break end
  end
end

return engine

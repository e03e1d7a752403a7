--- Sessions: one process beside a keeper, followed through its transcript and its record.
--
-- A session belongs to the task that started it and is asked to stop when that task
-- ends.  Reading never takes bytes away from another reader; `cursor` is only how far
-- exec_command and write_stdin have told.

local core = require "orch.core"
local ending = require "orch.session.ending"
local failure = require "orch.failure"
local scarcity = require "orch.session.scarcity"
local task = require "orch.task"
local typing = require "orch.session.typing"

local session = {}

local Session = { __name = "session" }
Session.__index = Session

local ENDED_KEPT = 1000        -- ended sessions that `orch.sessions` still lists
local LEFTOVERS = { "transcript", "exit", "stderr", "keeper.sock", ".exit" }

local all = {}                 -- every session known, oldest first
local last_id = 0
local leaving = false          -- whether leased sessions are to outlive this engine

-- ── starting ────────────────────────────────────────────────────────────────

--- Start it.  Return true; or nil, the message and the name of why not.
local function try_start(self)
  local handle, message, name = core.start(self.spec)
  if not handle then return nil, message, name end
  self.handle = handle
  self.changed:signal()
  return true
end

local function conclude(self, status)
  self.ended, self.status = core.now(), status
  task.disown(self.owner, self)
  self.changed:signal()
  scarcity.given_back()
end

local function cannot_start(name)
  return { state = "ended", ended_by = "start", stage = "start", error = name, bytes = 0 }
end

--- Try again after a refusal that passes.  Return whether it runs, or never will.
local function start_again(self)
  for _, name in ipairs(LEFTOVERS) do core.remove(self.folder .. "/" .. name) end
  local ok, _, name = try_start(self)
  if not ok and scarcity.passes(name) then return false end
  if not ok then conclude(self, cannot_start(name)) end
  while self.handle and self:refresh().state == "starting" do task.wait(self.handle) end
  return self.handle ~= nil or self.ended ~= nil
end

local function conclude_unstarted(self)
  conclude(self, { state = "ended", ended_by = "stop", bytes = 0 })
end

local function start_later(self)
  self.handle, self.status = nil, { state = "queued", bytes = 0 }
  if self.closing then return conclude_unstarted(self) end
  scarcity.wait_in_line(self, start_again)
end

local function forget_oldest()
  local ended = 0
  for _, s in ipairs(all) do ended = ended + (s.ended and 1 or 0) end
  if ended <= ENDED_KEPT then return end
  local kept = {}
  for _, s in ipairs(all) do
    if s.ended and ended > ENDED_KEPT // 2 then
      ended = ended - 1
      if s.handle then core.release(s.handle) end
      s.handle = nil
    else
      kept[#kept + 1] = s
    end
  end
  all = kept
end

local function new(fields)
  last_id = last_id + 1
  fields.id = last_id
  fields.changed = task.condition()
  fields.cursor, fields.started, fields.since = 0, core.now(), core.time()
  fields.status = { state = "starting", bytes = 0 }
  local self = setmetatable(fields, Session)
  all[#all + 1] = self
  if last_id % ENDED_KEPT == 0 then forget_oldest() end
  return self
end

--- Start a session.  *spec* is that of core.start with an existing folder; `name` labels
-- it.  Return the session at once; where descriptors or terminals are used up it is
-- `queued` and starts later.  Raise a failure when it can never start.
function session.start(spec)
  local self = new { spec = spec, folder = spec.folder, name = spec.name,
    command = table.concat(spec.argv, " "), workdir = spec.workdir }
  self.owner = task.own(self)
  local ok, message, code = try_start(self)
  if ok then return self end
  if scarcity.passes(code) then
    start_later(self)
    return self
  end
  conclude(self, cannot_start(code))
  failure.refuse("start", "cannot start '%s': %s (%s)", self.command, message, code)
end

--- Go on with the session in the folder of *spec*, which another engine has started for
-- the same: it may live, have ended or be lost.
function session.adopt(spec)
  local self = new { spec = spec, folder = spec.folder, name = spec.name,
    command = table.concat(spec.argv, " "), workdir = spec.workdir }
  self.owner = task.own(self)
  local handle, message, code = core.attach(spec.folder, "own")
  if not handle then
    conclude(self, cannot_start(code))
    failure.refuse("start", "cannot follow '%s': %s (%s)", spec.folder, message, code)
  end
  self.handle = handle
  return self
end

--- The known sessions, oldest first: those that live and the latest that ended.
function session.list()
  for _, s in ipairs(all) do s:refresh() end
  return table.move(all, 1, #all, 1, {})
end

--- From now on a session that has a lease is left to it instead of being stopped.
function session.leave_leased() leaving = true end

--- Whether sessions that have a lease are left to it.
function session.are_left() return leaving end

--- The session of that id, or nil.
function session.find(id)
  for i = #all, 1, -1 do
    if all[i].id == id then return all[i] end
  end
end

-- ── following ───────────────────────────────────────────────────────────────

--- Read the newest state.  Return the status of core.status.
function Session:refresh()
  if self.ended or not self.handle then return self.status end
  local status = core.status(self.handle)
  self.status = status
  if status.bytes ~= self.bytes then
    self.bytes, self.last_output = status.bytes, core.now()
  end
  if status.state == "ended" or status.state == "lost" then
    if scarcity.refused(status) then
      core.release(self.handle)
      start_later(self)
    else
      conclude(self, status)
    end
  end
  return self.status
end

--- What a task waits for to hear of a change.
function Session:source()
  return self.handle or self.changed
end

--- Wait until the session has ended, at most *ms*.  Return whether it has.
function Session:settle(ms)
  local deadline = core.now() + (ms or math.huge)
  while true do
    self:refresh()
    if self.ended then return true end
    local left = deadline - core.now()
    if left <= 0 then return false end
    task.wait(self:source(), left)
  end
end

--- How the session stands, in one word and, where there is one, a reason: see ending.lua.
function Session:outcome()
  return ending.of(self.spec, self:refresh(), self.ended)
end

--- Why it could not start, as a sentence.
function Session:start_error() return ending.of_start(self.spec, self.status) end

--- The bytes of the transcript from *offset*, at most *n* (default 64 KiB); "" past its
-- end.
function Session:read(offset, n)
  offset, n = offset or 0, n or 65536
  if self.handle then
    local bytes, message, name = core.take(self.handle, offset, n)
    if bytes then return bytes end
    failure.refuse("disk", "cannot read '%s/transcript': %s (%s)", self.folder, message,
      name)
  end
  return core.read(self.folder .. "/transcript", offset, n) or ""
end

--- The last *n* bytes of the transcript (default 4 KiB).
function Session:tail(n)
  local bytes = self:refresh().bytes
  local offset = math.max(bytes - (n or 4096), 0)
  return self:read(offset, bytes - offset)
end

-- ── acting on it ────────────────────────────────────────────────────────────

--- Type *bytes*.  Return true, or false and a reason: see typing.lua.
function Session:write(bytes) return typing.write(self, bytes) end

local function control(self, what, arg)
  if self:refresh() and self.ended then return false, "not running" end
  if not self.handle then return false, "not started yet" end
  local ok = core.control(self.handle, what, arg)
  if not ok then return false, "not running" end
  return true
end

--- Send what Ctrl-C sends, ahead of all typed input.
function Session:interrupt() return control(self, "interrupt") end

--- Change the size of the terminal.
function Session:resize(rows, cols)
  return control(self, "resize", { rows = rows, cols = cols })
end

--- Ask for the end of the whole process tree and do not wait.  Once is enough: a keeper
-- that is asked twice gives no more graces.
function Session:close()
  if self.ended or self.closing then return end
  self.closing = true
  if not self.handle then return conclude_unstarted(self) end
  if leaving and (self.spec.lease_ms or 0) > 0 then
    core.release(self.handle)
    self.handle = nil
  else
    control(self, "stop", self.graces or {})
  end
end

--- End the whole process tree by the ladder (interrupt, terminate, kill) and wait for
-- its record.  { grace_ms = } shortens each step.  Return true, or false and "not
-- running".
function Session:stop(options)
  local grace = options and options.grace_ms
  self.graces = grace and { interrupt_ms = grace, terminate_ms = grace } or self.graces
  if self:refresh() and self.ended then return false, "not running" end
  self:close()
  self:settle()
  return true
end

Session.__close = Session.close

function Session:__tostring()
  return ("session %d (%s)"):format(self.id, self.name or self.command)
end

return session

--- The seam's functions on sessions, as methods of an engine.

local failure = require "orch.rehearsal.failure"
local seam = require "orch.rehearsal.seam"

local sessions = {}

local most_queued = 1 << 20          -- bytes of input that may wait for a terminal

local defaults = {
  tty = true, stdin = "null", stderr = "merge", rows = 24, cols = 80,
  lease_ms = 0, deadline_ms = 0, cap = 0, on_leader_exit = "kill", durable = false,
  interrupt_ms = 3000, terminate_ms = 5000,
}

-- A connection follows one session; `seen` is its state as of the last poll.
local connection = {}
connection.__index = connection

local function connect(engine, folder, keeper, own)
  local self = setmetatable({
    keeper = keeper, folder = folder, tickets = 0, accepted = 0, refused = 0,
  }, connection)
  local handle = engine:new_handle("session", self)
  if keeper then
    self.news = function() engine:mark(handle) end
    keeper:connect(self, own)
    self:refresh()
  end
  return handle, self
end

function connection:refresh()
  if self.keeper then self.seen = self.keeper:frame(self) end
end

function connection:close()
  if self.keeper then self.keeper:disconnect(self) end
end

local function is_over(self)
  return self.seen.state == "ended" or self.seen.state == "lost"
end

function sessions:start(given)
  local spec = {}
  for name, value in pairs(defaults) do spec[name] = value end
  for name, value in pairs(given) do spec[name] = value end
  if spec.stdin == "tty" and not spec.tty then
    error("bad argument #1 to 'start' (stdin = 'tty' needs tty = true)", 2)
  end
  local place, err = self.files:existing(spec.folder, true)
  if not place then return failure(err, spec.folder) end
  if place.node.type ~= "folder" then return failure("ENOTDIR", spec.folder) end
  if place.node.entries.transcript then return failure("EEXIST", spec.folder) end
  return (connect(self, spec.folder, self.machine:start(spec), true))
end

-- What the folder of a session says that has no keeper any more.
local function left_behind(self, folder)
  local tools = self.machine.tools
  local transcript = self.files:stat(folder .. "/transcript")
  local seen = { state = "lost", bytes = transcript and transcript.size or 0 }
  local record = tools.json_decode(self.files:read(folder .. "/exit") or "")
  for name, value in pairs(type(record) == "table" and record or {}) do
    seen.state = "ended"
    if value ~= tools.null then seen[name] = value end
  end
  seen.queued, seen.accepted, seen.refused, seen.owner = 0, 0, 0, false
  return seen
end

function sessions:attach(folder, how)
  local place, err = self.files:existing(folder, true)
  if not place then return failure(err, folder) end
  if place.node.type ~= "folder" then return failure("ENOTDIR", folder) end
  local keeper = self.machine.keepers[place.node]
  local handle, new = connect(self, place.path, keeper, how == "own")
  new.seen = new.seen or left_behind(self, place.path)
  self:mark(handle)
  return handle
end

function sessions:status(handle)
  local status = {}
  for name, value in pairs(self:object(handle).seen) do status[name] = value end
  return status
end

function sessions:take(handle, offset, n)
  local path = self:object(handle).folder .. "/transcript"
  return self.files:read(path, offset, n) or ""
end

function sessions:give(handle, bytes)
  local to = self:object(handle)
  if is_over(to) then return failure("EPIPE", to.folder) end
  local input = to.keeper.input
  if input:queued() + #bytes > most_queued then return failure("EAGAIN", to.folder) end
  input.coming = input.coming + #bytes
  to.tickets = to.tickets + 1
  to.keeper:post(to.keeper.type, to, to.tickets, bytes)
  return to.tickets
end

local orders = {
  interrupt = function(keeper) keeper:interrupt() end,
  kill = function(keeper) keeper:kill "stop" end,
  stop = function(keeper, how)
    local spec = keeper.spec
    keeper:stop("stop", how.interrupt_ms or spec.interrupt_ms,
      how.terminate_ms or spec.terminate_ms)
  end,
  resize = function(keeper, how) keeper:resize(how.rows, how.cols) end,
}

function sessions:control(handle, verb, how)
  local wrong = seam.options(seam.control[verb], how or {})
  if wrong then error(("bad argument #3 to 'control' (%s)"):format(wrong), 2) end
  local to = self:object(handle)
  if is_over(to) then return failure("ESRCH", to.folder) end
  to.keeper:post(orders[verb], how or {})
  return true
end

return sessions

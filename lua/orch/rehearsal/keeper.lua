--- One session of the world: its processes, its input, its end.
--
-- A keeper writes `transcript` and, last of all, `exit`, as the real one does.  What
-- engines tell it arrives in order, and never takes effect before the next poll.

local ending = require "orch.rehearsal.ending"
local input = require "orch.rehearsal.input"
local program = require "orch.rehearsal.program"

local keeper = {}
keeper.__index = keeper

for name, method in pairs(ending) do keeper[name] = method end

--- A keeper for *spec*, whose fields are all given; its program starts at the next poll.
function keeper.new(machine, spec)
  local self = setmetatable({
    machine = machine, spec = spec, state = "starting", started = machine.clock:time(),
    connections = {}, processes = {}, inbox = {}, timers = {},
    input = input.terminal(), dropped = 0, left = 0,
  }, keeper)
  self:post(self.begin)
  return self
end

-- Call fn(self, ...) inside the next poll, after what was posted before.
function keeper:post(fn, ...)
  local arguments = table.pack(self, ...)
  self.inbox[#self.inbox + 1] = function() fn(table.unpack(arguments, 1, arguments.n)) end
  if #self.inbox > 1 then return end
  self.machine.clock:after(0, function()
    local inbox = self.inbox
    self.inbox = {}
    for _, message in ipairs(inbox) do if not self.over then message() end end
  end)
end

function keeper:changed()
  for _, connection in ipairs(self.connections) do connection.news() end
end

-- One timer for each purpose; setting it again replaces it.
function keeper:timer(name, ms, fn)
  self.machine.clock:cancel(self.timers[name])
  self.timers[name] = ms and self.machine.clock:after(ms, fn)
end

-- ## The beginning

-- What keeps the session from starting: a stage and the name of an error; else nothing,
-- and the function to run and its input.
local function prepare(self)
  local machine, spec = self.machine, self.spec
  local fault = spec.tty and machine:fault "pty"
  if fault then return "pty", fault end
  fault = machine:fault "exec"
  if fault then return "exec", fault end
  local files = machine:files_in(spec.folder)
  local folder, no_folder = files:existing(spec.workdir, true)
  if not folder then return "workdir", no_folder end
  if folder.node.type ~= "folder" then return "workdir", "ENOTDIR" end
  local stdin = input.file ""
  if spec.stdin == "tty" then
    stdin = self.input
  elseif spec.stdin ~= "null" then
    local text, _, err = files:read(spec.stdin)
    if err then return "stdin", err end
    stdin = input.file(text)
  end
  local fn = machine:program(spec.argv)
  if not fn then return "exec", "ENOENT" end
  return nil, nil, fn, stdin
end

function keeper:begin()
  local spec, files = self.spec, self.machine:files_in(self.spec.folder)
  local place = files:find "transcript"
  if not place then return self:leave_machine "lost" end
  self.transcript = files:create(place)
  self.transcript.lock = self
  if spec.stderr == "file" then self.stderr = files:create(files:find "stderr") end
  local stage, err, fn, stdin = prepare(self)
  if stage then
    self.reason, self.stage, self.error = "start", stage, err
    return self:finish()
  end
  self.state = "running"
  if spec.deadline_ms > 0 then
    self:timer("deadline", spec.deadline_ms, function() self:give_up "deadline" end)
  end
  self.leader = self:add_process(fn, stdin)
  self:changed()
end

--- Another process of this session, which runs *fn* and reads *stdin*.
function keeper:add_process(fn, stdin)
  local spec, env = self.spec, {}
  for _, pair in ipairs(spec.env) do
    local name, value = pair:match "^([^=]+)=(.*)$"
    env[name] = value
  end
  local process = program.new(self, fn, {
    argv = table.move(spec.argv, 1, #spec.argv, 1, {}), env = env, folder = spec.workdir,
    input = stdin, stdin = not stdin.typed and stdin.unread or nil, tty = spec.tty,
    rows = spec.rows, cols = spec.cols, pid = self.machine:new_pid(),
  })
  table.insert(self.processes, process)
  self:post(function() process:resume() end)
  return process
end

-- ## Output and input

local function cap(self)
  local bytes, most = self.machine.disk.bytes(self.transcript), self.spec.cap
  local head, tail = most // 2, most - most // 2
  self.dropped = #bytes - most
  self.machine.disk:put(self.transcript,
    bytes:sub(1, head) .. ("\0"):rep(self.dropped) .. bytes:sub(-tail))
end

--- A process wrote *text*, to standard error if *is_error*.
function keeper:on_output(text, is_error)
  if self.failed then return end
  local err = self.machine:fault "transcript"
  if err then
    self.failed, self.reason, self.error = true, "disk", err
    return self:post(self.kill)
  end
  local apart = is_error and self.stderr
  self.machine.disk:append(apart or self.transcript, text)
  local most = self.spec.cap
  if not apart and most > 0 and self.transcript.size > most then cap(self) end
  self:changed()
end

--- *connection* types *bytes*, as its *ticket*-th write.
function keeper:type(connection, ticket, bytes)
  self.input.coming = self.input.coming - #bytes
  local answer = self.spec.tty and self.input:put(bytes) or "refused"
  connection[answer == "refused" and "refused" or "accepted"] = ticket
  self:changed()
  if answer == "interrupt" then self:signal "INT" end
  self:each_process(function(process) process:resume() end)
end

function keeper:resize(rows, cols)
  self.spec.rows, self.spec.cols = rows, cols
  self:each_process(function(process)
    process.rows, process.cols = rows, cols
    process:signal "WINCH"
  end)
end

-- ## Engines

--- Let *connection* follow; it owns the session if *own* and nobody else does.
function keeper:connect(connection, own)
  table.insert(self.connections, connection)
  if own and not self.owner then
    self.owner = connection
    self:timer "lease"
  end
end

--- *connection* is gone.  Without its owner the session lives for its lease only.
function keeper:disconnect(connection)
  for i, other in ipairs(self.connections) do
    if other == connection then table.remove(self.connections, i) break end
  end
  if self.owner ~= connection or self.over then return end
  self.owner = nil
  if self.spec.lease_ms == 0 then
    self:post(function() if not self.owner then self:stop("engine", 300, 500) end end)
  else
    self:timer("lease", self.spec.lease_ms, function() self:give_up "lease" end)
  end
end

--- What *connection* is told.
function keeper:frame(connection)
  local frame = {
    state = self.state, bytes = self.transcript and self.transcript.size or 0,
    pid = self.leader and self.leader.pid, queued = self.input:queued(),
    accepted = connection.accepted, refused = connection.refused,
    owner = self.owner == connection,
  }
  for name, value in pairs(self.record or {}) do frame[name] = value end
  return frame
end

return keeper

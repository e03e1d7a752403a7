--- How a session of the world ends, as methods of its keeper.

local ending = {}

local grandchild_grace, term_grace = 250, 100   -- ms after the end of the leader

function ending:each_process(fn)
  for _, process in ipairs(table.move(self.processes, 1, #self.processes, 1, {})) do
    fn(process)
  end
end

function ending:signal(name)
  self:each_process(function(process) process:signal(name) end)
end

--- As Ctrl-C: what was typed before is dropped.
function ending:interrupt()
  self.input.unread = ""
  self:changed()
  self:signal "INT"
end

function ending:kill(reason)
  self.reason = self.reason or reason
  self:signal "KILL"
end

--- The whole ladder: interrupt, terminate, kill.  The first reason for it is recorded.
function ending:stop(reason, interrupt_ms, terminate_ms)
  self.reason = self.reason or reason
  self:timer("ladder", interrupt_ms, function()
    self:timer("ladder", terminate_ms, function() self:signal "KILL" end)
    self:signal "TERM"
  end)
  self:interrupt()
end

-- End the session because of *reason*, unless that is being done already.
function ending:give_up(reason)
  if self.reason then return end
  self:stop(reason, self.spec.interrupt_ms, self.spec.terminate_ms)
end

local function end_grandchildren(self)
  self:timer("grace", grandchild_grace, function()
    self.left = #self.processes
    self:timer("grace", term_grace, function() self:signal "KILL" end)
    self:signal "TERM"
  end)
end

--- *process* is gone: *how* has its code or its signal.
function ending:on_process_end(process, how)
  for i, other in ipairs(self.processes) do
    if other == process then table.remove(self.processes, i) break end
  end
  if process == self.leader then
    self.code, self.signalled, self.state = how.code, how.signal, "exited"
    self.reason = self.reason or self.spec.on_leader_exit == "kill" and "self" or nil
    if self.spec.on_leader_exit == "kill" then end_grandchildren(self) end
    self:changed()
    -- The kernel hangs up on the terminal of a session whose leader is gone; where nobody
    -- types, hang-ups are ignored.
    if self.spec.tty and self.spec.stdin == "tty" then self:signal "HUP" end
  end
  if #self.processes == 0 and not self.over then self:finish() end
end

local function record(self)
  return {
    v = 1, code = self.code, signal = self.signalled, ended_by = self.reason or "self",
    error = self.error, stage = self.stage, survivors = 0, left = self.left,
    bytes = self.transcript.size, dropped = self.dropped,
    started = self.started, ended = self.machine.clock:time(),
  }
end

--- Write the record: the last thing a keeper does.
function ending:finish()
  local files, tools = self.machine:files_in(self.spec.folder), self.machine.tools
  local ended = record(self)
  local fields = { code = tools.null, signal = tools.null, error = tools.null,
    stage = tools.null }
  for name, value in pairs(ended) do fields[name] = value end
  if self.spec.durable then self.machine.disk:sync(self.transcript) end
  local saved = files:write("exit", tools.json_encode(fields) .. "\n",
    { durable = self.spec.durable })
  self.record = saved and ended
  self:leave_machine(saved and "ended" or "lost")
end

--- The keeper is gone, with all its processes; without a record the session is lost.
function ending:leave_machine(state)
  self.over, self.state = true, state
  for _, name in ipairs { "deadline", "lease", "ladder", "grace" } do self:timer(name) end
  for _, process in ipairs(self.processes) do
    local co = process.co
    process.co = nil
    coroutine.close(co)
  end
  self.processes = {}
  if self.transcript then self.transcript.lock = nil end
  self.machine:forget_keeper(self)
  self:changed()
end

return ending

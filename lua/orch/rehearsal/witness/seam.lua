--- What a witness hears at the seam: starts of agents, the journal, and whether what is
--- used is safe on disk.

-- The number of the attempt whose session has that *folder*; nil where it is no worker's.
local function attempt_of(folder)
  return math.tointeger(folder:match "/workers/[^/]+/(%d+)$")
end

local function label_of(spec)
  for _, pair in ipairs(spec.env) do
    local label = pair:match "^ORCH_WORKER=(.*)$"
    if label then return label end
  end
end

-- Why the worker *label* should not be started: "alive", "done", or nil.
local function repeats(self, label, launch)
  local before = self.latest[label]
  if before and before.keeper and not before.keeper.over then return "alive" end
  return launch and self.journal:is_done(launch) and "done" or nil
end

-- Note when the session of *start* ends: its record has the civil time, which may jump.
local function await_end(self, start)
  local keeper = start.keeper
  local leave = keeper and keeper.leave_machine
  if not leave then return end
  function keeper.leave_machine(...)
    start.ended = self:now()
    return leave(...)
  end
end

local function on_start(self, spec, handle, code)
  local attempt = attempt_of(spec.folder)
  if not attempt then
    local own = spec.argv[1]:find "sh$" and not spec.folder:find("/checks/", 1, true)
    self.has_commands = self.has_commands or own
    return
  end
  local place = spec.folder:sub(#self.folder + 2):match "^(.*)/%d+$"
  local label, launch = label_of(spec), self.journal:launch_in(place)
  local earlier = self.latest[label]
  local again = earlier and earlier.folder == spec.folder
  local start = {
    at = self:now(), decided = again and earlier.decided or self:now(),
    time = self.machine.clock:time(), engine = self.engine, ended = math.huge,
    label = label,
    attempt = attempt, folder = spec.folder, refused = code, workdir = spec.workdir,
    deadline_ms = spec.deadline_ms, program = spec.argv[1]:match "[^/]*$",
    argv = spec.argv, brief = self:read(spec.stdin) or "",
    again = handle and repeats(self, label, launch),
    unwritten = not self.journal:is_written(launch, attempt),
    keeper = handle and self.machine.keepers[self:node(spec.folder)],
  }
  self.starts[#self.starts + 1] = start
  if start.keeper then self.latest[label] = start end
  await_end(self, start)
  self:note(label, "%s starts%s%s", spec.argv[1]:match "[^/]*$",
    attempt > 1 and ", attempt " .. attempt or "",
    code and (": refused (%s)"):format(code) or "")
end

-- A reply that the journal calls done must be safe by then.
local function look_at_done(self, record)
  local launch = self.journal:launch(record.of)
  if not launch or launch.what ~= "ask" or record.state ~= "ok" then return end
  local folder = self.folder .. "/" .. launch.folder
  for _, name in ipairs(self.machine.disk.names(self:node(folder) or { entries = {} })) do
    local path = ("%s/%s/last_message"):format(folder, name)
    if name:find "^%d+$" and self:node(path) and not self:is_safe(path) then
      self.unsynced[#self.unsynced + 1] = { at = self:now(), label = launch.label,
        path = path }
    end
  end
end

local function on_journal(self, bytes)
  self.journal:add(bytes, self:now(), function(record)
    if record.kind == "done" then look_at_done(self, record) end
  end)
end

local listeners = {}

function listeners.start(self, original)
  return function(spec)
    local handle, message, code = original(spec)
    on_start(self, spec, handle, not handle and code or nil)
    return handle, message, code
  end
end

function listeners.append(self, original)
  return function(path, bytes, options)
    local size, message, code = original(path, bytes, options)
    if size and path:find "/journal$" then
      on_journal(self, bytes)
      if options and options.durable then self.journal:sync() end
    end
    return size, message, code
  end
end

function listeners.sync(self, original)
  return function(path)
    local done, message, code = original(path)
    if done and path:find "/journal$" then self.journal:sync() end
    return done, message, code
  end
end

--- The *core* of an engine, listened to by the witness *self*.
local function over(self, core)
  local heard = {}
  for name, value in pairs(core) do heard[name] = value end
  for name, listen in pairs(listeners) do heard[name] = listen(self, core[name]) end
  return heard
end

return over

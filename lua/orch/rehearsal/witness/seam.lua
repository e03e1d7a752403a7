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

-- The launch of the journal that the start in *folder* belongs to, or nil.
local function launch_of(self, folder)
  local place = folder:sub(#self.folder + 2):match "^(.*)/%d+$"
  for i = #self.journal, 1, -1 do
    local record = self.journal[i].record
    if record.kind == "launch" and record.folder == place then return record end
  end
end

-- Whether the journal says, safely, that this attempt comes.
local function is_written(self, launch, attempt)
  for _, entry in ipairs(self.journal) do
    local record = entry.record
    if record.kind == "attempt" and launch and record.of == launch.n
      and record.number == attempt then
      return entry.synced
    end
  end
  return false
end

local function is_done(self, launch)
  local same = {}
  for _, entry in ipairs(self.journal) do
    local record = entry.record
    if record.kind == "launch" and record.key == launch.key
      and record.branch == launch.branch and record.place == launch.place then
      same[record.n] = true
    elseif record.kind == "done" and same[record.of] and record.state == "ok" then
      return true
    end
  end
end

-- Why this start should not be: "alive", "done", or nil.
local function repeats(self, label, launch)
  for _, other in ipairs(self.starts) do
    local alive = other.keeper and not other.keeper.over
    if other.label == label and alive then return "alive" end
  end
  return launch and is_done(self, launch) and "done" or nil
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
  if not attempt then return end
  local label, launch = label_of(spec), launch_of(self, spec.folder)
  local start = {
    at = self:now(), time = self.machine.clock:time(), engine = self.engine,
    ended = math.huge, label = label,
    attempt = attempt, folder = spec.folder, refused = code, workdir = spec.workdir,
    deadline_ms = spec.deadline_ms, program = spec.argv[1]:match "[^/]*$",
    argv = spec.argv, brief = self:read(spec.stdin) or "",
    again = handle and repeats(self, label, launch),
    unwritten = not is_written(self, launch, attempt),
    keeper = handle and self.machine.keepers[self:node(spec.folder)],
  }
  self.starts[#self.starts + 1] = start
  await_end(self, start)
  self:note(label, "%s starts%s%s", spec.argv[1]:match "[^/]*$",
    attempt > 1 and ", attempt " .. attempt or "",
    code and (": refused (%s)"):format(code) or "")
end

-- A reply that the journal calls done must be safe by then.
local function look_at_done(self, record)
  local launch
  for _, entry in ipairs(self.journal) do
    local known = entry.record
    if known.kind == "launch" and known.n == record.of then launch = known end
  end
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
  for line in bytes:gmatch "[^\n]+" do
    local record = self.machine.tools.json_decode(line)
    if type(record) == "table" then
      if record.kind == "done" then look_at_done(self, record) end
      self.journal[#self.journal + 1] = { at = self:now(), record = record,
        synced = false }
    end
  end
end

local function synced(self)
  for _, entry in ipairs(self.journal) do entry.synced = true end
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
      if options and options.durable then synced(self) end
    end
    return size, message, code
  end
end

function listeners.sync(self, original)
  return function(path)
    local done, message, code = original(path)
    if done and path:find "/journal$" then synced(self) end
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

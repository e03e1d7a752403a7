--- How much memory each agent needs: what its processes were seen to take, kept between
--- runs in a small file of the state folder.
--
-- A new peak counts at once; a lower one moves what is kept by a tenth, so that one
-- unlike worker is forgotten in time.

local core = require "orch.core"
local folders = require "orch.folders"
local footprint = require "orch.budget.footprint"
local task = require "orch.task"

local peaks = {}

local Peaks = {}
Peaks.__index = Peaks

local Watch = {}
Watch.__index = Watch

local FIRST_LOOK_MS, LAST_LOOK_MS = 2000, 30000   -- the pause between looks doubles
local MIB = 1024 * 1024
local FILE_MAX = 64 * 1024
local FORGETS = 0.1

function peaks.new()
  return setmetatable({ watched = {} }, Peaks)
end

local function path() return folders.runs() .. "/.memory" end

--- The kept peaks; none when the file is missing or bad.
local function load_kept()
  local kept, total = {}, core.memory().total
  local found = core.json_decode(core.read(path(), 0, FILE_MAX) or "")
  if type(found) ~= "table" then return kept end
  for name, bytes in next, found do
    local fine = type(name) == "string" and math.type(bytes) == "integer"
    if fine and bytes >= MIB and bytes <= total then kept[name] = bytes end
  end
  return kept
end

--- The bytes that a worker of *agent* is expected to need.
function Peaks:need(agent)
  self.kept = self.kept or load_kept()
  return self.kept[agent.name] or agent.memory
end

--- Learn that a worker of *agent* has taken *bytes*.
local function learn(self, agent, bytes)
  self.kept = load_kept()      -- another run may have learned meanwhile
  local before = self.kept[agent.name] or agent.memory
  local now = bytes >= before and bytes or before - (before - bytes) * FORGETS
  self.kept[agent.name] = math.max(MIB, math.floor(now))
  core.write(path(), core.json_encode(self.kept) .. "\n")
end

local function look(self)
  for _, watch in ipairs(self.watched) do
    local status = watch.session.status
    local bytes = not watch.session.ended and status.pid and footprint.of(status.pid)
    watch.peak = math.max(watch.peak, bytes or 0)
  end
end

--- Look at those that run, as long as any does: soon at first, then ever more rarely.
local function keep_looking(self)
  while self.watched[1] do
    local pause = self.pause
    self.pause = math.min(2 * pause, LAST_LOOK_MS)
    task.wait(nil, pause)
    look(self)
  end
  self.looking = false
end

--- Measure *session*, a worker of *agent*, until the returned watch is closed.
function Peaks:watch(agent, session)
  local watch = setmetatable({ peaks = self, agent = agent, session = session, peak = 0 },
    Watch)
  self.watched[#self.watched + 1] = watch
  self.pause = FIRST_LOOK_MS
  if not self.looking then
    self.looking = true
    task.spawn(function() keep_looking(self) end, { parent = false, service = true })
  end
  return watch
end

--- It has ended; what was seen of it is kept.
function Watch:close()
  local watched = self.peaks.watched
  for i, watch in ipairs(watched) do
    if watch == self then table.remove(watched, i) break end
  end
  if self.peak > 0 then learn(self.peaks, self.agent, self.peak) end
end

return peaks

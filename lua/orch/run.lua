--- A run is one execution of a script: its id, its folder, its workers, and how it ends.
--
-- Everything that a script does to the outside goes through `run:step`, which writes its
-- kind, key and place into the journal of the run before it is done.

local budget = require "orch.budget"
local calendar = require "orch.calendar"
local core = require "orch.core"
local execute = require "orch.execute"
local failure = require "orch.failure"
local folders = require "orch.folders"
local summary = require "orch.summary"

local run = {}

local Run = {}
Run.__index = Run

local current

-- An observer for a library that nobody looks at.
local NOBODY = {
  event = function() end, close = function() end,
  output = function(_, bytes) return core.output(1, bytes) end,
}

local function new_id(name)
  local unique = core.hash(core.random(16)):sub(1, 6)
  local plain_name = name:gsub("[^%w_]", "_")
  return ("%s-%s-%s"):format(calendar.stamp(core.time()), plain_name, unique)
end

local function keep(self, name, bytes)
  local path = self.folder .. "/" .. name
  local ok, message, code = core.write(path, bytes, { durable = true })
  if not ok then
    failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, code)
  end
end

local function make_folder(self)
  self.folder = folders.runs() .. "/" .. self.id
  local workers = self.folder .. "/workers"
  local ok, message, code = core.make_folder(workers, { parents = true })
  if not ok then
    failure.refuse("environment", "cannot make the run's folder '%s': %s (%s)",
      self.folder, message, code)
  end
  self.lock = core.lock(self.folder .. "/lock")
  if self.source then keep(self, "script.lua", self.source) end
end

--- Open a run: { name =, source = text of the script, words =, options = globals,
-- reserved = their names, config =, pack = folder, progress = observer, context = Context
-- Pack of every worker }.  Return it, or nil and a sentence when the machine refuses.
function run.open(parts)
  local self = setmetatable({
    name = (parts.name or "script"):gsub("%.lua$", ""), source = parts.source,
    words = parts.words or {}, options = parts.options or {},
    reserved = parts.reserved, config = parts.config or {}, pack = parts.pack,
    progress = parts.progress or NOBODY, context = parts.context,
    workers = {}, labels = 0, failures = {}, raw = {}, foreign = {},
    started = core.now(), secret = core.hash(core.random(32)),
    endings = {},              -- functions called when the script has ended: fn(well)
  }, Run)
  self.id = new_id(self.name)
  self.budget = budget.new(self.options.jobs or self.config.jobs)
  local ok, problem = pcall(make_folder, self)
  if not ok then
    if self.folder then core.remove(self.folder, { tree = true }) end
    if self.lock then core.unlock(self.lock) end
    if failure.is(problem) then return nil, problem.reason end
    error(problem, 0)
  end
  current = self
  summary.follow(self)
  self:tell("run", { id = self.id, folder = self.folder, name = self.name })
  return self
end

--- The run of this script; one is opened when a library is used without a command line.
function run.current()
  if not current then
    local opened, problem = run.open { name = "library" }
    if not opened then failure.refuse("environment", "%s", problem) end
  end
  return current
end

--- Tell the observer of something: progress.lua names the kinds.
function Run:tell(kind, record) self.progress:event(kind, record) end

--- Warn of something once in this run.
function Run:warn_once(sentence)
  self.warned = self.warned or {}
  if self.warned[sentence] then return end
  self.warned[sentence] = true
  self:tell("warning", sentence)
end

--- Keep *bytes* in the run's folder, on disk before this returns.
function Run:keep(name, bytes) keep(self, name, bytes) end

--- Write *bytes* to standard output; a failure if they cannot arrive.  *path* is where
-- they are kept, if they are.
function Run:output(bytes, path)
  local done, message, name = self.progress:output(bytes)
  if done then return end
  failure.refuse("output", "cannot write to standard output: %s (%s)%s", message,
    name, path and ("; the result is in '%s'"):format(path) or "")
end

--- Do one thing to the outside: *kind* "ask", "check", "skim" or "race", *key* what is
-- done, *place* the branch it is done in.  The one door for all of them.
function Run:step(kind, key, place, fn)
  self.used = true
  local record = { kind = kind, key = key, branch = place, at = core.time() }
  local bytes = core.json_encode(record) .. "\n"
  local size, message, code = core.append(self.folder .. "/journal", bytes)
  if not size then
    failure.refuse("disk", "cannot write the journal of the run: %s (%s)", message, code)
  end
  return fn()
end

--- A record for a new worker of *role*, labelled by its place in the script, such as
-- "W1 Reviewer".
function Run:new_worker(role)
  self.labels = self.labels + 1
  local title = role:gsub("_", " "):gsub("^%l", string.upper)
  local worker = {
    label = ("W%d %s"):format(self.labels, title), role = role, state = "queued",
    tokens = 0,
    folder = ("%s/workers/W%d-%s"):format(self.folder, self.labels, role),
  }
  self.workers[#self.workers + 1] = worker
  return worker
end

--- Execute *fn* as the script of this run; see execute.lua.
function Run:execute(fn) return execute(self, fn) end

--- The sum of the tokens that the workers have used.
function Run:tokens()
  local sum = 0
  for _, worker in ipairs(self.workers) do sum = sum + (worker.tokens or 0) end
  return sum
end

--- Whether the run has anything in its folder that somebody may want.
function Run:is_worth_keeping()
  return not self.options.dry_run and (self.used or self.delivered ~= nil)
end

--- Leave the run: its lock is freed; its folder goes if the script did nothing with it.
function Run:close()
  self.progress:close()
  folders.forget()
  if not self:is_worth_keeping() then
    core.remove(self.folder, { tree = true })
  end
  if self.lock then core.unlock(self.lock) end
  self.lock = nil
  if current == self then current = nil end
end

Run.__close = Run.close

return run

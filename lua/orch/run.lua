--- A run is one execution of a script: its id, its folder, its workers, and how it ends.
--
-- Everything that a script does to the outside is a step of the run, in its journal; a
-- run that was cut short goes on with what is recorded there.

local amounts = require "orch.budget.amounts"
local beginning = require "orch.run.beginning"
local budget = require "orch.budget"
local core = require "orch.core"
local execute = require "orch.run.execute"
local failure = require "orch.failure"
local folders = require "orch.folders"
local labels = require "orch.run.labels"
local limits = require "orch.budget.limits"
local named_files = require "orch.run.named_files"
local paths = require "orch.paths"
local secrets = require "orch.secrets"
local step = require "orch.run.step"
local summary = require "orch.run.summary"
local task = require "orch.task"

local run = {}

local Run = {}
Run.__index = Run

local current

-- An observer for a library that nobody looks at.
local NOBODY = {
  event = function() end, close = function() end,
  output = function(_, bytes) return core.output(1, bytes) end,
}

--- What bounds the run: its budget, the jobs at once, and the limits of its agents.
local function guard_spending(self)
  local options, config = self.options, self.config
  local function warn(sentence) self:tell("warning", sentence) end
  self.budget = budget.new {
    limits = amounts.merge(config.budget, options.budget),
    jobs = options.jobs or config.jobs, warn = warn,
    tell = function(record) self:tell("budget", record) end,
  }
  self.limits = limits.new {
    max_wait_ms = options.max_wait_ms or config.max_wait_ms,
    left_ms = function() return self.budget:left_ms() end,
    tell = function(record) self:tell("pause", record) end, warn = warn,
  }
end

--- Open a run: { name =, source = text of the script, script = its path, words =,
-- options = globals, reserved = their names, config =, pack = folder, progress =
-- observer, context = Context Pack of every worker, command = the subcommand that has no
-- script, id = of a run that somebody waits for, resume = { folder =, accept =, redo =,
-- retry = } of a run to go on with }.  Return it; or nil, a sentence and a cause.
function run.open(parts)
  local self = setmetatable({
    given_id = parts.id, source = parts.source,
    name = (parts.name or "script"):gsub("%.lua$", ""),
    script = parts.script, command = parts.command,
    words = parts.words or {}, options = parts.options or {},
    reserved = parts.reserved, config = parts.config or {}, pack = parts.pack,
    progress = parts.progress or NOBODY, context = parts.context,
    workers = {}, steps = 0, failures = {}, raw = {}, foreign = {},
    started = core.now(), taken = {}, sources = {},
    endings = { secrets.scrub_rest },    -- called when the script has ended: fn(well)
  }, Run)
  secrets.learn(self.config)
  guard_spending(self)
  local begin = parts.resume and beginning.again or beginning.new
  local ok, problem = pcall(begin, self, parts.resume)
  if not ok then
    if self.folder and not parts.resume then core.remove(self.folder, { tree = true }) end
    if self.lock then core.unlock(self.lock) end
    if failure.is(problem) then return nil, problem.reason, problem.cause end
    error(problem, 0)
  end
  self.named_files = named_files.new(self.folder .. "/files")
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

--- The run of this script, or nil when there is none yet.
function run.active() return current end

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
function Run:keep(name, bytes)
  local path = self.folder .. "/" .. name
  local ok, message, code = core.write(path, secrets.mask(bytes), { durable = true })
  if ok then return end
  failure.refuse("disk", "cannot write '%s': %s (%s)", path, message, code)
end

--- Write *bytes* to standard output; a failure if they cannot arrive.  *path* is where
-- they are kept, if they are.
function Run:output(bytes, path)
  local done, message, name = self.progress:output(bytes)
  if done then return end
  failure.refuse("output", "cannot write to standard output: %s (%s)%s", message,
    name, path and ("; the result is in '%s'"):format(path) or "")
end

--- Begin the step of the running task that does *what*, "ask" or "check", with *key*: see
-- step.lua.
function Run:step(what, key)
  self.used = true
  return step.begin(self, what, key)
end

--- What the running task has found out of the kind *what* and *key*, or is to find out.
function Run:fact(what, key)
  self.used = true
  return step.fact(self, what, core.hash(key))
end

--- Note what is in the files that the run has named, *list* from now on among them;
-- *changed*: it may have changed some of them itself.  Return the name of what is noted.
function Run:note_files(list, changed)
  if self.options.dry_run then return nil end
  return self.named_files:note(self.journal, list, changed)
end

--- Note that *text* at *path*, a template or a module, is a part of what the script does;
-- a copy is kept where that is possible.
function Run:note_source(path, text)
  path = paths.absolute(path)
  local hash = core.hash(text)
  if self.sources[path] == hash or self.options.dry_run then return end
  self.sources[path] = hash
  local name = ("sources/%s-%s"):format(hash:sub(1, 8), path:match "[^/]*$")
  core.make_folder(self.folder .. "/sources")
  if not core.stat(self.folder .. "/" .. name) then
    core.write(self.folder .. "/" .. name, text)
  end
  self.journal:write { kind = "source", path = path, hash = hash }
end

--- A folder for a worker called *name* that no other worker of the run has had.
local function free_folder(self, name)
  local found, count = "workers/" .. name, 1
  while self.taken[found] or self.past and self.past.folders[found] do
    count = count + 1
    found = ("workers/%s.%d"):format(name, count)
  end
  self.taken[found] = true
  return found
end

--- A record for the worker of *role* in the step *its*, labelled by its place in the
-- script, such as "W1 Reviewer".
function Run:new_worker(role, its)
  local number = task.place():next_label()
  local title = role:gsub("_", " "):gsub("^%l", string.upper)
  local before = its.launched
  local folder = before and before.folder or free_folder(self, number .. "-" .. role)
  local worker = {
    label = number .. " " .. title, role = role, state = "queued", tokens = 0,
    folder = self.folder .. "/" .. folder, step = its,
  }
  labels.insert(self.workers, worker)
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
  if self.past then return true end
  if self.options.dry_run then return false end
  return self.used or self.delivered ~= nil or self.given_id ~= nil
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

--- How a run begins, or begins again: its folder, its lock, and its journal.

local calendar = require "orch.time.calendar"
local core = require "orch.core"
local failure = require "orch.failure"
local folders = require "orch.folders"
local journal = require "orch.run.journal"
local past = require "orch.run.past"
local paths = require "orch.paths"
local spent = require "orch.run.spent"

local beginning = {}

local NO_JOURNAL = { write = function() end }   -- of a dry run

--- An id for a run of the script *name*: ids in order are runs in order of their start.
function beginning.new_id(name)
  local unique = core.hash(core.random(16)):sub(1, 6)
  local plain_name = name:gsub("%.lua$", ""):gsub("[^%w_]", "_")
  return ("%s-%s-%s"):format(calendar.stamp(core.time()), plain_name, unique)
end

local function lock(self)
  local handle, message, name = core.lock(self.folder .. "/lock")
  if handle then
    self.lock = handle
    return
  end
  if name == "EWOULDBLOCK" then
    failure.refuse("usage", "the run '%s' is going on: see 'orch-lua show %s', or stop "
      .. "it first", self.id, self.id)
  end
  failure.refuse("environment", "cannot lock the run '%s': %s (%s)", self.id, message,
    name)
end

--- What a later execution of this run must know.
local function record_of(self)
  local options = {}
  for name, value in pairs(self.options) do options[name] = value end
  return {
    id = self.id, name = self.name, version = core.host().version, words = self.words,
    script = self.script and paths.absolute(self.script), options = options,
    script_hash = self.source and core.hash(self.source), pack = self.pack,
    folder = core.host().folder, secret = self.secret, command = self.command,
  }
end

--- *self* is a new run: make its folder and the beginning of its journal.
function beginning.new(self)
  self.id = self.given_id or beginning.new_id(self.name)
  self.folder = folders.runs() .. "/" .. self.id
  local workers = self.folder .. "/workers"
  local ok, message, code = core.make_folder(workers, { parents = true })
  if not ok then
    failure.refuse("environment", "cannot make the run's folder '%s': %s (%s)",
      self.folder, message, code)
  end
  lock(self)
  if self.source then self:keep("script.lua", self.source) end
  self.secret = core.hash(core.random(32))
  self.journal = self.options.dry_run and NO_JOURNAL
    or journal.create(self.folder, record_of(self))
end

--- *self* goes on with the run that *resume* names: { folder =, accept =, redo =,
-- retry = }.
function beginning.again(self, resume)
  self.folder = resume.folder
  self.id = self.folder:match "[^/]*$"
  lock(self)
  local read, problem = journal.read(self.folder)
  if not read then failure.refuse("usage", "%s", problem) end
  self.past = past.new(read.records)
  self.secret, self.steps = self.past.run.secret, self.past.last_n
  self.resuming, self.retry = resume, resume.retry
  self.budget:restore(spent.of(self.past, self.folder))
  if self.options.dry_run then
    self.journal = NO_JOURNAL
    return
  end
  self.journal = journal.continue(self.folder, read)
end

return beginning

-- A stage for runs that are cut short: a world, its agents, and one engine after another.

local core = require "orch.core"
local support = require "support"
local workers = require "orch.rehearsal.workers"

local stage = {}
local Stage = {}
Stage.__index = Stage

local CONFIG = { agent = { ["*"] = { "mine" } }, agents = {
  mine = { argv = { "agent", "-o", "{{last_message}}" }, events = "codex" },
} }

-- What an engine does to the outside: to die between two of these is all there is.
local EFFECTS = {}
for _, name in ipairs { "append", "control", "lock", "make_folder", "move", "output",
  "poll", "release", "remove", "start", "sync", "truncate", "unlock", "write",
} do EFFECTS[name] = true end

--- What a worker's brief asks for: the line after TASK.
function stage.brief_of(program) return program:read_file(program.keeper.spec.stdin) end

function stage.task_of(program) return stage.brief_of(program):match "TASK: ([^\n]*)" end

local function agent(self, behave)
  return function(program)
    local task, files = stage.task_of(program), program.keeper.spec.folder
    self.starts[task] = (self.starts[task] or 0) + 1
    self.attempts[files] = (self.attempts[files] or 0) + 1
    local message = behave(program, task, self.starts[task])
    program:print(core.json_encode { type = "item.completed",
      item = { type = "agent_message", text = message } } .. "\n")
    program:write_file(program.argv[3], message)
    program:print(core.json_encode { type = "turn.completed",
      usage = { input_tokens = 1000, output_tokens = 10 } } .. "\n")
  end
end

--- A stage whose agents do what `behave`(program, task, how often this task was started)
-- says: they return a message, or end by themselves.  With *files* of the project it has
-- git, too.  `starts` counts by task, `attempts` by folder.
function stage.new(behave, files)
  local self = setmetatable({ starts = {}, attempts = {} }, Stage)
  local options = { files = support.templates(),
    programs = { agent = agent(self, behave) } }
  if files then
    workers.install(options, { seed = 1, script = { files = files } })
  end
  self.core = support.world(options)
  return self
end

-- What needs space on the disk.
local FILLING = { append = true, make_folder = true, write = true }

-- Let the engine die, get a signal, or find the disk full from then on, at its effect
-- number *death.at*, before that is done.
local function arm(self, death)
  local count, engine = 0, self.core.world.engine
  self.death = death
  self.core.world.machine:on_call(function(caller, name, path)
    local concerned = caller == engine and self.death == death and EFFECTS[name]
    if not concerned or self.next_core then return end
    count = count + 1
    self.effects = count
    if death.full and count >= death.at and FILLING[name] then return "ENOSPC" end
    if death.full or count ~= death.at then return end
    self.last_effect = ("%s %s"):format(name, tostring(path))
    if death.signal then return self.core.world:signal(death.signal) end
    self.next_core = death.crash and self.core.world:crash(death.crash)
      or self.core.world:kill_engine()
  end)
end

local function observer(self)
  return { event = function(_, kind, record)
    if kind == "note" or kind == "warning" then self.notes[#self.notes + 1] = record end
  end, output = function() return true end, close = function() end }
end

local function perform(self, script, options)
  local load = support.library(self.core)
  local resume = options.resume
  if resume then resume.folder = self.folder end
  local run, problem, cause = load "orch.run".open {
    name = "test", options = options.options or {}, config = CONFIG, resume = resume,
    source = options.source or "the script", progress = observer(self),
  }
  if not run then return { kind = "refused", message = problem, cause = cause } end
  self.folder = run.folder
  if options.kill then
    self.core.world:after(options.kill, function()
      self.next_core = self.core.world:kill_engine()
    end)
  end
  local value
  local outcome = run:execute(function()
    value = script(load "orch", run)
    return value
  end)
  run:close()
  return outcome, run, value
end

--- Execute *script*(orch, run).  With { resume = how } the run goes on; the engine dies
-- after { kill = ms }, or at { death = { at = effect, crash = seed or nil } }, where it
-- gets a `signal` instead if that is named, or finds the disk `full`.  Return the outcome
-- (of kind "killed" when it died), the run and the value.
function Stage:execute(script, options)
  options = options or {}
  self.notes, self.next_core, self.effects = {}, nil, 0
  arm(self, options.death or {})
  local all = table.pack(pcall(perform, self, script, options))
  self.death = nil
  if self.next_core then
    self.core = self.next_core
    return { kind = "killed" }
  end
  assert(all[1], all[2])
  return table.unpack(all, 2, all.n)
end

--- Go on as a user would, until there is an end: resume, or begin what had not begun.
function Stage:go_on(script, options)
  options = options or {}
  local begun = self.folder and self.core.stat(self.folder)
  options.resume = begun and { folder = self.folder } or nil
  local outcome, run, value = self:execute(script, options)
  if outcome.kind == "refused" and outcome.message:find "had not begun" then
    self.folder, options.resume = nil, nil
    outcome, run, value = self:execute(script, options)
  end
  return outcome, run, value
end

--- The user answers the question of step *n*.
function Stage:answer(n, words)
  local journal = support.library(self.core) "orch.run.journal"
  local continued = journal.continue(self.folder, assert(journal.read(self.folder)))
  continued:write({ kind = "answer", of = n, text = words }, { durable = true })
end

--- The records of the run's journal, as the disk has them.
function Stage:journal()
  local records = {}
  for line in (self.core.read(self.folder .. "/journal") or ""):gmatch "[^\n]+" do
    records[#records + 1] = core.json_decode(line)
  end
  return records
end

return stage

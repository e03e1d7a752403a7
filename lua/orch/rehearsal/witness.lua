--- Sees what one rehearsal does: what passes the seam, what the run tells its observer,
--- what the script is given.
--
-- It changes nothing.  What it keeps is for checks.lua and timeline.lua; times are
-- virtual milliseconds.  One witness follows a run through all its engines.

local ledger = require "orch.rehearsal.witness.ledger"
local listen = require "orch.rehearsal.witness.script"
local over = require "orch.rehearsal.witness.seam"
local settle = require "orch.rehearsal.witness.usage"

local witness = {}

local Witness = {}
Witness.__index = Witness

--- A witness of a world's *machine*.
function witness.new(machine)
  return setmetatable({
    machine = machine, engine = 1,
    events = {},           -- { at, who, text }: the timeline
    starts = {},           -- every start of an agent
    latest = {},           -- label -> its latest start
    journal = ledger.new(machine.tools.json_decode),
    unseen_ms = 0,         -- between the last records of killed engines and their ends
    states = {},           -- label -> { state, ... } in order
    failures = {},         -- { at, label, agent, failure } of every worker
    plans = {},            -- the steps after each change
    pauses = {},           -- { at, agent, until }
    steps = {},            -- what each ask gave back
    merges = {},           -- what every merge was given and made
    undelivered = {},      -- titles of findings that a deliverable left out
    unsynced = {},         -- replies that were used too early
    warnings = {}, happened = {}, failed_checks = 0,
  }, Witness)
end

function Witness:now() return self.machine.clock.now end

--- Put a line into the timeline.
function Witness:note(who, text, ...)
  if select("#", ...) > 0 then text = text:format(...) end
  self.events[#self.events + 1] = { at = self:now(), who = who, text = text }
end

--- The *fault* strikes: *sentence* says what it does, *who* names its worker, if any.
function Witness:fault(fault, sentence, who)
  self.happened[#self.happened + 1] = { kind = fault.kind, at_ms = self:now() }
  self:note("fault", "%s%s", sentence, who and (" (%s)"):format(who) or "")
end

--- The engine is gone, and not heard any more.  Another follows: what the journal holds
-- is what the disk has kept.
function Witness:next_engine()
  local last_at = self.journal.last_at or self:now()
  self.unseen_ms = self.unseen_ms + self:now() - last_at
  self.engine = self.engine + 1
  self.journal = ledger.new(self.machine.tools.json_decode)
  local bytes = self.folder and self:read(self.folder .. "/journal") or ""
  self.journal:add(bytes, self:now())
  self.journal:sync()
  self.commands_again = self.commands_again or self.has_commands
    or self.journal:has_open_check()
end

-- ── the disk ────────────────────────────────────────────────────────────────

--- The file or folder at *path*, as the disk has it, or nil.
function Witness:node(path)
  local place = self.machine:files_in("/"):existing(path, true)
  return place and place.node
end

function Witness:read(path)
  local node = self:node(path)
  return node and node.type == "file" and self.machine.disk.bytes(node) or nil
end

--- Whether a power cut now would leave the file at *path* as it is.
function Witness:is_safe(path)
  local node = self:node(path)
  return node ~= nil and node.synced == self.machine.disk.bytes(node)
end

--- The *core* of an engine, listened to.
function Witness:over(core) return over(self, core) end

--- Listen to the library that *find* finds, before its script is executed.
function Witness:listen(find) listen(self, find) end

--- Find out what every start of an agent has used, when all is over.
function Witness:settle() settle(self) end

-- ── what the run tells ──────────────────────────────────────────────────────

local function words_of(record)
  local failure = record.failure
  if failure and failure.state == record.state then
    return ("%s%s: %s"):format(record.state,
      failure.cause and " (" .. failure.cause .. ")" or "", failure.reason or "")
  end
  if record.state == "ok" then return ("ok, %d tokens"):format(record.tokens or 0) end
  if record.waits_for then return record.state .. " for " .. record.waits_for end
  return record.state
end

local on = {}

function on.run(self, record) self.folder = record.folder end

function on.worker(self, record)
  local states = self.states[record.label] or {}
  self.states[record.label] = states
  if states[#states] == record.state then return end
  states[#states + 1] = record.state
  if record.state ~= "starting" then self:note(record.label, words_of(record)) end
  if record.failure and record.failure.state == record.state then
    self.failures[#self.failures + 1] = { at = self:now(), engine = self.engine,
      label = record.label, agent = record.agent, failure = record.failure }
  end
end

function on.plan(self, record)
  self.plans[#self.plans + 1] = record.steps
  for i, step in ipairs(record.steps) do
    if step.status == "in_progress" then
      self:note("plan", "%d/%d %s", i, #record.steps, step.step)
    end
  end
end

function on.check(self, record)
  if record.state == "running" then return end
  if record.state ~= "ok" then self.failed_checks = self.failed_checks + 1 end
  self:note("check", "`%s` %s", record.command, record.state)
end

-- Without an `until` it is over: its time has come, or the agent has answered.
function on.pause(self, record)
  for _, pause in ipairs(self.pauses) do
    if pause.agent == record.agent then pause.over = math.min(pause.over, self:now()) end
  end
  self:note("pause", "%s %s", record.agent, record["until"]
    and "is paused: " .. (record.why or "") or "may be started again")
  if not record["until"] then return end
  self.pauses[#self.pauses + 1] = { at = self:now(), engine = self.engine,
    agent = record.agent, til = record["until"], over = math.huge }
end

function on.budget(self, record) self.budget = record end

function on.warning(self, sentence)
  self.warnings[#self.warnings + 1] = sentence
  self:note("warning", sentence)
end

function on.note(self, sentence) self:note("note", sentence) end

--- The observer of one engine's run.  It has no tick: nobody looks at this display.
function Witness:observer()
  local engine = self.engine
  return {
    event = function(_, kind, record)
      if engine == self.engine and on[kind] then on[kind](self, record) end
    end,
    output = function() return true end,
    message = function() end,
    close = function() end,
  }
end

return witness

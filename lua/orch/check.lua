--- orch.check: run a command as evidence, with its exit code and the end of its output.

local core = require "orch.core"
local environment = require "orch.session.environment"
local failure = require "orch.failure"
local fields = require "orch.fields"
local paths = require "orch.paths"
local run = require "orch.run"
local secrets = require "orch.secrets"
local session = require "orch.session"
local shell = require "orch.session.shell"
local text = require "orch.text"
local workspace = require "orch.workspace"

local Evidence = { __name = "evidence" }
Evidence.__index = Evidence

local TAIL = 4000              -- bytes of output that are kept as evidence
local DEADLINE_MS = 30 * 60 * 1000
local CAP = 64 * 1024 * 1024

--- One line: what was run and how it ended.  It has no time, because it goes into briefs
-- and results, and equal runs give equal ones.
function Evidence:__tostring()
  return ("`%s` %s"):format(self.command, self.pass and "passed" or self.reason)
end

--- Writes itself into a brief: the sentence, and the output as a block.
function Evidence:__brief()
  return tostring(self), self.tail ~= "" and self.tail or nil, "check"
end

local function new_folder(current)
  local folder
  repeat
    current.checks = (current.checks or 0) + 1
    folder = ("%s/checks/%d"):format(current.folder, current.checks)
  until not core.stat(folder)
  local ok, message, name = core.make_folder(folder, { parents = true })
  if not ok then
    failure.refuse("disk", "cannot make the folder '%s': %s (%s)", folder, message, name)
  end
  return folder
end

local function start(current, command)
  return session.start {
    folder = new_folder(current), name = "check", argv = shell(command),
    workdir = workspace.seen(paths.resolve "."),
    tty = false, stdin = "null", stderr = "merge",
    env = environment.of_child({ ORCH_RUN = current.id }, current.config.pass_env),
    rows = 24, cols = 80, lease_ms = 0, deadline_ms = DEADLINE_MS, cap = CAP,
    on_leader_exit = "kill",
  }
end

local function reason_of(self)
  local status = self.status
  local state, reason = self:outcome()
  if status.signal then return "was killed by " .. status.signal end
  if state == "exited" then return ("failed with exit code %d"):format(status.code) end
  return ("could not be finished: %s"):format(reason or state)
end

--- Tell the observer that *record*, the same table each time, is in *state*.
local function tell(current, record, state, evidence)
  record.state = state or evidence.pass and "ok" or "failed"
  record.seconds, record.code = evidence and evidence.seconds, evidence and evidence.code
  current:tell("check", record)
end

--- Tell at the end of its variable that a check which still runs is stopped.
local function tell_stopped(current, record)
  return setmetatable({}, { __close = function()
    if record.state == "running" then tell(current, record, "stopped") end
  end })
end

--- What is recorded of the end of *s*: a command that was not let come to its own end,
-- that was stopped or lost or had no disk, is run again by a later execution.
local function record_of(s, evidence)
  local how = s:outcome()
  local kept = { evidence = evidence, state = evidence.pass and "ok" or "failed" }
  if how == "stopped" or how == "lost" then kept.state = how end
  if how == "failed" then kept.failure = { cause = s.status.ended_by } end
  return kept
end

local function evidence_of(parts) return setmetatable(parts, Evidence) end

local function perform(current, command, step)
  step:launch { command = command }
  local record = { command = command }
  local _ <close> = tell_stopped(current, record)
  local s <close> = start(current, command)
  secrets.expect(s.folder)
  tell(current, record, "running")
  s:settle()
  local clean, problem = secrets.scrub(s.folder)
  if not clean then current:warn_once(problem) end
  local pass = s:outcome() == "exited" and s.status.code == 0
  local found = {
    command = command, pass = pass, code = s.status.code,
    seconds = (s.ended - s.started) / 1000, reason = not pass and reason_of(s) or nil,
    tail = text.clean(s:tail(TAIL)), folder = s.folder,
  }
  current:note_files({}, true)
  step:done(record_of(s, found))
  tell(current, record, nil, found)
  return evidence_of(found)
end

local function rehearsed(command)
  return setmetatable({ command = command, pass = true, code = 0, seconds = 0,
    tail = "(not run: this is a dry run)" }, Evidence)
end

--- Run *command* in a shell and wait for its end.  Return evidence: `.pass`, `.code`,
-- `.seconds`, `.tail`.  It never raises for a command that fails.
local function check(command)
  if type(command) ~= "string" or not command:find "%S" then
    error("orch.check needs a command line, got " .. fields.show(command), 2)
  end
  local current = run.current()
  local step = current:step("check", core.hash(secrets.mask(command)))
  if step.outcome then
    tell(current, { command = command }, nil, step.outcome.evidence)
    return evidence_of(step.outcome.evidence)
  end
  if current.options.dry_run then return rehearsed(command) end
  return perform(current, command, step)
end

return check

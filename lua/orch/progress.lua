--- Shows a run while it goes on, on standard error: live on a terminal, as lines or JSON.
--
-- The observer keeps what the run layer tells it and hands it to one view.  What comes
-- from workers is cleaned here, once, before any view sees it.

local text = require "orch.text"
local words = require "orch.progress.words"

local progress = {}

local Observer = {}
Observer.__index = Observer
Observer.__close = function(self) self:close() end

-- The last lines of the output that a failure shows, at most *most*.
local function last_lines(failure, most)
  local lines = {}
  if type(failure.tail) ~= "string" then return lines end
  for line in (text.clean(failure.tail) .. "\n"):gmatch "(.-)\n" do
    if line:find "%S" then lines[#lines + 1] = line end
  end
  return table.move(lines, math.max(1, #lines - most + 1), #lines, 1, {})
end

local function clean(value)
  return type(value) == "string" and text.clean(value) or nil
end

-- A copy of the record of a worker, safe to print.
local function snapshot(self, record)
  local failure = record.failure
  local waits_for = record.waits_for
  if waits_for then waits_for = text.one_line(text.clean(tostring(waits_for))) end
  return {
    label = clean(record.label) or "worker", about = clean(record.about),
    role = clean(record.role),
    agent = clean(record.agent), state = record.state,
    replayed = record.replayed, followed = record.followed, tokens = record.tokens,
    waits_for = waits_for or nil,
    started = record.started, ended = record.ended, last_output = record.last_output,
    folder = clean(record.folder), live = words.is_live(record.state),
    bad = words.is_bad(record.state), record = record,
    failure = type(failure) == "table" and {
      state = failure.state, cause = clean(failure.cause),
      reason = clean(failure.reason), folder = clean(failure.folder or record.folder),
      tail = last_lines(failure, self.verbose and 200 or 10),
    } or nil,
  }
end

local on = {}

function on.run(self, record)
  self.view:run(record)
end

function on.plan(self, record)
  local steps = {}
  for i, step in ipairs(record.steps or {}) do
    steps[i] = { step = text.one_line(text.clean(step.step)), status = step.status }
  end
  self.steps = steps
  self.view:plan(steps)
end

function on.worker(self, record)
  local at = self.places[record]
  if not at then
    at = #self.workers + 1
    self.places[record] = at
  end
  local before, now = self.workers[at], snapshot(self, record)
  self.workers[at] = now
  self.view:worker(now, before)
end

-- The check that *record* tells of, among those that run: the same record, if the run
-- layer keeps one; equal commands may run at once.
local function place_of_check(self, record, command)
  local by_command
  for i, running in ipairs(self.checks) do
    if running.record == record then return i end
    if running.command == command then by_command = by_command or i end
  end
  return by_command
end

function on.check(self, record)
  local check = {
    command = text.one_line(text.clean(tostring(record.command))), state = record.state,
    seconds = record.seconds, code = record.code, record = record,
  }
  if words.check_ended(check) then
    local at = place_of_check(self, record, check.command)
    if at then table.remove(self.checks, at) end
  else
    self.checks[#self.checks + 1] = check
  end
  self.view:check(check)
end

-- An agent is paused until a time, or no longer.
function on.pause(self, record)
  self.view:pause { agent = clean(record.agent), ends = record["until"],
    clock = record.clock, guess = record.guess,
    why = record.why and text.one_line(text.clean(record.why)) }
end

-- What of its budget the run has spent: the view adds the time since.
function on.budget(self, record)
  self.budget = { limits = record.limits, spent = record.spent, at = self.core.now() }
  self.view:budget(record)
end

function on.note(self, sentence)
  self.view:note(text.clean(sentence))
end

function on.warning(self, sentence)
  self.view:warning(text.clean(sentence))
end

on["end"] = function(self, record)
  self.finish = record
end

--- Tell the observer that something changed.  kind: "run", "plan", "worker", "check",
-- "pause", "budget", "note", "warning" or "end"; a worker's record is the same table each
-- time, a note and a warning are texts.
function Observer:event(kind, record)
  local take = on[kind]
  if not take then error(("the display knows no event '%s'"):format(kind), 2) end
  if not self.closed then take(self, record) end
end

-- New output of a worker is no change that is told: look what the live ones have by now.
local function follow_output(self)
  for _, worker in ipairs(self.workers) do
    if worker.live then
      worker.last_output, worker.tokens = worker.record.last_output, worker.record.tokens
    end
  end
end

--- Time has passed.  Cheap: call it as often as convenient, at least once a second.
function Observer:tick()
  if self.closed then return end
  follow_output(self)
  self.view:tick()
end

--- Say how the run ended, whatever the mode, before what it has cost; nil says nothing.
function Observer:message(message)
  self.told = true
  if message then self.view:message(text.clean(message)) end
end

--- Write the deliverable to standard output without disturbing the display.
function Observer:output(bytes)
  self.view:clear()
  return self.core.output(1, bytes)
end

--- End the display: failures once more, then what the run has cost.  A second call does
-- nothing.
function Observer:close()
  if self.closed then return end
  self.closed = true
  local failed = {}
  for _, worker in ipairs(self.workers) do
    if worker.bad then failed[#failed + 1] = worker end
  end
  self.view:finish(failed, self.finish, self.told)
end

local function mode_of(options, core)
  local mode = options.mode or "auto"
  if mode ~= "auto" then return mode end
  local environment = core.environment()
  local no_color = environment.NO_COLOR
  if environment.TERM == "dumb" or no_color and no_color ~= "" then return "plain" end
  return core.terminal(2) and "tty" or "plain"
end

local views = { tty = "terminal", plain = "plain", quiet = "plain", json = "lines" }

--- Make an observer of { mode = "auto" | "tty" | "plain" | "json" | "quiet", core =,
-- verbose = }; "auto" shows the live display where standard error is a terminal.
function progress.new(options)
  local core = options.core or require "orch.core"
  local mode = mode_of(options, core)
  if not views[mode] then error(("unknown progress mode '%s'"):format(mode), 2) end
  local self = setmetatable({
    core = core, mode = mode, verbose = options.verbose or false, started = core.now(),
    workers = {}, places = {}, steps = {}, checks = {},
  }, Observer)
  self.view = require("orch.progress." .. views[mode]).new(self)
  return self
end

return progress

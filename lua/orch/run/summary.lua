--- What a run looks like from outside: summary.json in its folder, for people and
--- programs, also of other processes.
--
-- It stands between the run and whoever shows it, and hears all that is told.  It is
-- rewritten at most once a second, at once for what a person must see, and for the last
-- time, durably, when the run has ended.

local core = require "orch.core"
local paths = require "orch.paths"
local secrets = require "orch.secrets"

local summary = {}

local FILE = "/summary.json"
local PAUSE_MS = 1000          -- between two writes while nothing is urgent
local URGENT_PAUSE_MS = 50     -- a hundred workers may ask at once

local Follower = {}
Follower.__index = Follower

-- ── what is written ─────────────────────────────────────────────────────────

local function failure_of(worker)
  local failure = worker.failure
  if type(failure) ~= "table" then return nil end
  return { state = failure.state, cause = failure.cause, reason = failure.reason,
    question = failure.question }
end

local function row_of(self, worker)
  local function epoch(ms) return ms and self.epoch + ms / 1000 end
  return {
    label = worker.label, role = worker.role, agent = worker.agent, state = worker.state,
    waits_for = worker.waits_for, tokens = worker.tokens, money = worker.money,
    started = epoch(worker.started), ended = epoch(worker.ended),
    folder = worker.folder:sub(#self.run.folder + 2), failure = failure_of(worker),
  }
end

local function rows_of(self)
  local rows = {}
  for i, worker in ipairs(self.run.workers) do rows[i] = row_of(self, worker) end
  return core.array(rows)
end

local function pauses_of(self)
  local pauses = {}
  for _, agent in ipairs(self.paused) do pauses[#pauses + 1] = self.pauses[agent] end
  return core.array(pauses)
end

--- The state of an ended run in one word.
local function state_at_end(run, code)
  if code == 6 then return "blocked" end
  if code == 129 then return "interrupted" end       -- its workers go on
  if code > 128 then return "stopped" end
  if run.delivered and code <= 1 then return "delivered" end
  if run.delivered and code == 4 then return "partial" end
  return code == 0 and "done" or code == 4 and "limited" or "failed"
end

local function record_of(self)
  local run, finish = self.run, self.finish
  local delivered = run.delivered and run.delivered.data
  return {
    v = 1, id = run.id, name = run.name, folder = self.folder,
    script = run.script and paths.absolute(run.script),
    state = finish and state_at_end(run, finish.code) or "running",
    code = finish and finish.code,
    message = finish and finish.code ~= 0 and finish.outcome or nil,
    started = self.started, ended = finish and core.time(),
    seconds = (core.now() - run.started) / 1000,
    workers = #run.workers, tokens = run:tokens(), money = run.budget:spent().money,
    steps = core.array(self.steps), list = rows_of(self), pauses = pauses_of(self),
    budget = self.budget, findings = delivered and delivered.findings,
  }
end

-- A disk that is full ends the run elsewhere, by what cannot be done without.
local function write(self)
  self.dirty, self.urgent, self.written = false, false, core.now()
  self.tokens = self.run:tokens()
  local bytes = core.json_encode(record_of(self)) .. "\n"
  core.write(self.run.folder .. FILE, secrets.mask(bytes),
    { durable = self.finish ~= nil })
end

-- ── what is heard ───────────────────────────────────────────────────────────

local on = {}

-- A run that goes on again is no longer what it was.
function on.run(self) self.urgent = true end

function on.plan(self, record)
  self.urgent = self.urgent or not self.steps[1]
  self.steps = {}
  for i, step in ipairs(record.steps or {}) do
    self.steps[i] = { step = step.step, status = step.status }
  end
end

function on.worker(self, worker)
  local asks = worker.state == "blocked" or worker.state == "waiting"
  self.urgent = self.urgent or asks or not self.shown_worker
  self.shown_worker = true
end

on["pause"] = function(self, pause)
  if not self.pauses[pause.agent] then self.paused[#self.paused + 1] = pause.agent end
  self.pauses[pause.agent] = pause["until"] and pause or nil
  self.urgent = true
end

function on.budget(self, budget) self.budget = budget end

on["end"] = function(self, record) self.finish = record end

--- Write what has changed, if it is time to.
local function keep_up(self)
  local since = core.now() - self.written
  local due = self.finish or since >= PAUSE_MS or self.urgent and since >= URGENT_PAUSE_MS
  if due and (self.dirty or self.tokens ~= self.run:tokens()) then write(self) end
end

--- Hear of a change, and pass it on to who shows the run.
function Follower:event(kind, record)
  if on[kind] then on[kind](self, record) end
  self.dirty = true
  self.shown:event(kind, record)
  if self.finish or self.urgent or not self.tick then keep_up(self) end
end

-- A run that nobody watches is not woken for this: its changes are written as they come.
local function tick(self)
  self.shown:tick()
  keep_up(self)
end

function Follower:output(bytes) return self.shown:output(bytes) end

function Follower:close() self.shown:close() end

--- When the run of *folder* began: a resumed one began before.
local function began(folder)
  local before = core.json_decode(core.read(folder .. FILE) or "")
  return type(before) == "table" and before.started or core.time()
end

--- Keep the summary of *run* from now on.
function summary.follow(run)
  if run.options.dry_run then return end
  local shown = run.progress
  run.progress = setmetatable({
    run = run, shown = shown, tick = shown.tick and tick,
    steps = {}, pauses = {}, paused = {},
    started = began(run.folder), folder = core.host().folder,
    epoch = core.time() - core.now() / 1000, written = -math.huge,
  }, Follower)
end

--- Say of an interrupted *run*, as runs.read gives it, that it was stopped, and with it
-- the workers of *sessions*, those that were left.  The caller has its lock.
function summary.stopped(run, sessions)
  local record, ended = summary.read(run.path), {}
  if not record then return end
  record.state, record.ended = "stopped", core.time()
  for _, session in ipairs(sessions) do ended[session.label] = record.ended end
  for _, worker in ipairs(record.list) do
    if ended[worker.label] and not worker.ended then
      worker.state, worker.waits_for, worker.ended = "stopped", nil, record.ended
    end
  end
  core.write(run.path .. FILE, core.json_encode(record) .. "\n", { durable = true })
end

--- The summary in a run's *folder*, or nil.
function summary.read(folder)
  local record = core.json_decode(core.read(folder .. FILE) or "")
  return type(record) == "table" and record.v == 1 and record or nil
end

return summary

--- Agents that may not be started now: one answer "limited" pauses an agent for all
--- tasks, one refused login closes it for the rest of the run.
--
-- A pause ends when the agent said that its limit does.  Where it said nothing, the pause
-- is a guess, 30 s at first, doubling to 15 min; after it one worker alone tries whether
-- the limit is over, and the others wait for what it meets.  A success forgets it all.

local clock_time = require "orch.time.clock"
local core = require "orch.core"
local failure = require "orch.failure"
local task = require "orch.task"
local text = require "orch.text"

local limits = {}

local Limits = {}
Limits.__index = Limits

local Turn = {}
Turn.__index = Turn

local FIRST_PAUSE, LONGEST_PAUSE = 30, 15 * 60     -- seconds
local JITTER = 0.2             -- of a guessed pause, so that runs do not knock together
local MAX_WAIT_MS = 6 * 60 * 60 * 1000

--- Limits: { max_wait_ms = how long an agent's pauses may last in all until it answers
-- again, left_ms = function() -> how long the run may still last, tell = function(record)
-- for progress, warn = function(sentence) }.
function limits.new(parts)
  return setmetatable({ max_wait = (parts.max_wait_ms or MAX_WAIT_MS) / 1000,
    left_ms = parts.left_ms, tell = parts.tell, warn = parts.warn, agents = {},
    changed = task.condition(), began = core.time() }, Limits)
end

--- What is known of the agent *name*: { closed = failure, ends = of its pause, cause and
-- why, since = when it was limited first, step = the last guess, trial = whether the end
-- is one, probe = the turn that tries, shown = whether the user was told of the pause,
-- pauses = how many there were }.
local function agent_of(self, name)
  self.agents[name] = self.agents[name] or { pauses = 0 }
  return self.agents[name]
end

-- ── what is told of an agent ────────────────────────────────────────────────

--- Some of *seconds*: all of them, or up to a fifth less.
local function jittered(seconds)
  local chance = ("I4"):unpack(core.random(4)) / 0xFFFFFFFF
  return seconds * (1 - JITTER * chance)
end

--- The end of a pause that begins now, and whether it is a guess.
local function end_of(agent, now, reset)
  local first = agent.step == nil
  agent.step = first and FIRST_PAUSE or math.min(2 * agent.step, LONGEST_PAUSE)
  local guess = now + jittered(agent.step)
  if not reset or reset <= now then return guess, true end
  return first and reset or math.max(reset, guess), false
end

--- The agent *name* answered that it is limited: nothing is started with it until its
-- reset, or for a while.  What a *late* one says, which was started before the pause,
-- does not make it longer, unless it knows of a later end.
function Limits:pause(name, problem, late)
  local agent, now = agent_of(self, name), core.time()
  local paused = agent.ends and (late or agent.ends > now or agent.probe ~= nil)
  local reset = problem.reset
  if paused and (not reset or reset <= math.max(agent.ends, now)) then return end
  agent.since = agent.since or now
  if paused then
    agent.ends, agent.trial = reset, false
  else
    agent.ends, agent.trial = end_of(agent, now, reset)
  end
  agent.why, agent.cause = problem.reason, problem.cause
  agent.pauses, agent.shown = agent.pauses + 1, true
  self.tell { agent = name, ["until"] = agent.ends, why = agent.why,
    clock = clock_time.of(agent.ends), guess = agent.trial }
  self.changed:signal()
end

local function closed_reason(self, name)
  return ("nothing more is started with %s: %s"):format(name,
    agent_of(self, name).closed.reason)
end

--- The agent *name* refused the login: nothing more is started with it.
function Limits:close(name, problem)
  local agent = agent_of(self, name)
  if agent.closed then return end
  agent.closed = problem
  self.warn(closed_reason(self, name))
  self.changed:signal()
end

local function tell_end(self, name)
  local agent = agent_of(self, name)
  if agent.shown then self.tell { agent = name } end
  agent.shown = false
end

--- The agent *name* works: its pauses are forgotten.
local function open(self, name)
  local agent = agent_of(self, name)
  if not agent.ends then return end
  tell_end(self, name)
  self.agents[name] = { closed = agent.closed, pauses = agent.pauses }
  self.changed:signal()
end

-- ── which agent may start ───────────────────────────────────────────────────

--- Whether *agent* may be started, for the one that tries it if that is *turn*.
local function is_open(agent, turn)
  if agent.closed then return false end
  if not agent.ends then return true end
  if agent.ends > core.time() then return false end
  return not agent.trial or agent.probe == nil or agent.probe == turn
end

--- Whether the pause of *agent* is longer than anybody wants to wait.
local function is_hopeless(self, agent)
  if not agent.ends or agent.probe then return false end
  local now = core.time()
  if agent.ends <= now then return false end
  return agent.ends > agent.since + self.max_wait
    or agent.ends > now + self.left_ms() / 1000
end

--- The paused one of *names* that comes back first, and what is known of it; or nil.
local function first_back(self, names)
  local first, known
  for _, name in ipairs(names) do
    local agent = agent_of(self, name)
    local paused = agent.ends and not agent.closed
    if paused and not (known and known.ends <= agent.ends) then
      first, known = name, agent
    end
  end
  return first, known
end

--- Why none of *names* will do, as a failure.
local function refusal(self, names)
  local name, agent = first_back(self, names)
  if not name then
    return failure.new { state = "failed", reason = closed_reason(self, names[1]),
      cause = agent_of(self, names[1]).closed.cause }
  end
  local too_long = agent.ends > agent.since + self.max_wait
  local wait = text.duration(self.max_wait * 1000)
  return failure.new { state = "limited", cause = agent.cause,
    reset = not agent.trial and agent.ends or nil,
    reason = ("%s is limited%s, and %s: %s"):format(name,
      agent.trial and "" or " until " .. clock_time.of(agent.ends),
      too_long and "--max-wait is " .. wait
      or "the minutes of the budget are over before that ends", agent.why) }
end

--- The first of *names* that may start now; else nil, the name that comes back first and
-- when, or nil when none will.
local function choose(self, names)
  local soonest, ends
  for _, name in ipairs(names) do
    local agent = agent_of(self, name)
    if is_open(agent) then return name end
    if not agent.closed and not is_hopeless(self, agent) then
      local at = agent.probe and math.huge or agent.ends
      if not ends or at < ends then soonest, ends = name, at end
    end
  end
  return nil, soonest, ends
end

--- The agent *name* as what a worker waits for, until it *ends*.
local function in_words(self, name, ends)
  if ends == math.huge then return name .. " (limited; one worker tries it)" end
  return ("%s (limited%s %s)"):format(name, agent_of(self, name).trial and "; next try at"
    or " until", clock_time.of(ends))
end

--- Wait until one of the agents *names* may be started: the first of them, else the one
-- that comes back first.  waits(what) is told what for.  Return a turn, to be closed; or
-- nil and a failure, `limited` when all pauses are too long, else that of the login.
function Limits:enter(names, waits)
  while true do
    local name, soonest, ends = choose(self, names)
    if name then
      local agent = agent_of(self, name)
      local turn = setmetatable({ limits = self, name = name, pauses = agent.pauses },
        Turn)
      if agent.trial then agent.probe = turn else tell_end(self, name) end
      return turn
    end
    if not soonest then return nil, refusal(self, names) end
    waits(in_words(self, soonest, ends))
    self.changed:wait((ends - core.time()) * 1000)
  end
end

--- The turn of a worker that an earlier engine has started with the agent *name*.
function Limits:join(name)
  return setmetatable({ limits = self, name = name, earlier = true,
    pauses = agent_of(self, name).pauses }, Turn)
end

--- Whether its agent may still be started.
function Turn:stays()
  return is_open(agent_of(self.limits, self.name), self)
end

-- Failures of an agent that has done its work.
local WORKED = { bad_reply = true, no_message = true }

--- What came of the start, which ended at *ended*, in seconds since 1970: *problem* is
-- its failure, nil when it did well.  What an earlier engine started and what had ended
-- when this one began says nothing of now, but for a limit whose end is known and still
-- to come.
function Turn:told(problem, ended)
  local old = self.earlier and ended and ended < self.limits.began
  local holds = problem and problem.reset and problem.reset > core.time()
  if old and not holds then return end
  local agent = agent_of(self.limits, self.name)
  local late, cause = self.pauses ~= agent.pauses, problem and problem.cause
  if agent.probe == self then agent.probe = nil end
  if cause == "auth" then
    self.limits:close(self.name, problem)
  elseif cause == "quota" or cause == "overload" then
    self.limits:pause(self.name, problem, late)
  elseif not late and (not problem or WORKED[cause] or problem.state == "blocked") then
    open(self.limits, self.name)
  else
    self.limits.changed:signal()
  end
end

--- Leave; who tried an agent and met nothing leaves that to the next.
function Turn:close()
  local agent = agent_of(self.limits, self.name)
  if agent.probe ~= self then return end
  agent.probe = nil
  self.limits.changed:signal()
end

Turn.__close = Turn.close

return limits

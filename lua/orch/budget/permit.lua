--- The permit of one start of an agent: its place, and what is reserved for it.
--
-- What a worker has used is known when its agent has told it.  For one that was cut short
-- before, what was reserved stays so; one that was never started, or was refused at the
-- door, has used nothing.

local core = require "orch.core"
local prices = require "orch.budget.prices"

local permit = {}

local Permit = {}
Permit.__index = Permit

local MINUTE_MS = 60 * 1000

--- The permit that *budget* gives for *request*, for which *need* is reserved.
function permit.new(budget, request, need)
  return setmetatable({ budget = budget, request = request, need = need }, Permit)
end

--- The agent runs in *session* from now on.
function Permit:started(session)
  self.session, self.began = session, core.now()
  self.watch = self.budget.peaks:watch(self.request.agent, session)
end

local function was_refused(problem)
  return problem and (problem.state == "limited" or problem.cause == "auth"
    or problem.cause == "start")
end

--- What it has cost: { tokens, money, minutes }.  One that an earlier engine has started
-- says nothing of the time that it took.
local function cost(self, usage)
  local minutes = (core.now() - self.began) / MINUTE_MS
  return { tokens = usage.tokens, money = prices.cost(self.request.price, usage),
    minutes = not self.request.begun and minutes or nil }
end

--- The worker has ended, with *problem* if it failed.  *usage*: { tokens, input, cached,
-- output, money } as its agent told it, nil when it told nothing.  Return what it has
-- cost, or nil where nobody knows.
function Permit:settle(usage, problem)
  if self.settled then return nil end
  self.settled = true
  if usage then
    local used = cost(self, usage)
    self.budget.estimates:learn(self.request, used)
    self.budget:settle(self.request, self.need, used)
    return used.money
  elseif was_refused(problem) then
    self.budget:settle(self.request, self.need, { tokens = 0 })
  else
    self.budget:keep_reserved(self.need)
  end
end

--- Give the place back, and what was reserved for a worker that never started.
function Permit:close()
  if self.closed then return end
  self.closed = true
  if self.watch then self.watch:close() end
  if self.session then
    self:settle()
  elseif not self.settled then
    self.budget:release(self.request, self.need)
  end
  self.budget.admission:leave()
end

Permit.__close = Permit.close

return permit

--- The permit of one start of an agent: its place, and what is reserved for it.
--
-- What a worker has used is known when it ends well.  One that was cut short, or whose
-- agent never tells, is taken to have used what was reserved; one that was never started
-- or was refused at the door has used nothing.

local core = require "orch.core"
local prices = require "orch.budget.prices"

local permit = {}

local Permit = {}
Permit.__index = Permit

local MINUTE_MS = 60 * 1000
local REFUSED = { limited = true }
local REFUSED_BY = { auth = true, start = true }

--- The permit that *budget* gives for *request*, for which *need* is reserved.
function permit.new(budget, request, need)
  return setmetatable({ budget = budget, request = request, need = need }, Permit)
end

--- The agent runs in *session* from now on.
function Permit:started(session)
  self.session, self.began = session, core.now()
  self.watch = self.budget.peaks:watch(self.request.agent, session)
end

--- What it costs, as the budget counts it: { tokens, money }.
local function cost(self, usage, problem)
  if usage then
    return { tokens = usage.tokens, money = prices.cost(self.request.price, usage) }
  end
  local limits = self.budget.limits
  local nothing = problem and (REFUSED[problem.state] or REFUSED_BY[problem.cause])
  return { tokens = not nothing and limits.tokens and self.need.tokens or 0,
    money = not nothing and limits.money and self.need.money or nil }
end

--- The worker has ended, with *problem* if it failed.  *usage*: { tokens, input, cached,
-- output, money } as its agent told it, nil when it told nothing.  Return what it has
-- cost, or nil where nobody knows.
function Permit:settle(usage, problem)
  if self.settled then return nil end
  self.settled = true
  local used = cost(self, usage, problem)
  if usage then
    local whole = not self.request.begun   -- else it began before this engine
    used.minutes = whole and (core.now() - self.began) / MINUTE_MS or nil
    self.budget.estimates:learn(self.request, used)
  end
  self.budget:settle(self.request, self.need, used)
  return usage and used.money
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

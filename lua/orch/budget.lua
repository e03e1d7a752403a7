--- The budget of a run, and the one door through which every agent starts.
--
-- A worker reserves what it is expected to use before it starts and settles when it has
-- ended, so that no fan-out can pass the budget: workers and minutes are never passed,
-- tokens and money at most by what those already running use beyond their estimate.

local admission = require "orch.budget.admission"
local amounts = require "orch.budget.amounts"
local core = require "orch.core"
local estimates = require "orch.budget.estimates"
local failure = require "orch.failure"
local peaks = require "orch.budget.peaks"
local permit = require "orch.budget.permit"

local budget = {}

local Budget = {}
Budget.__index = Budget

local MINUTE_MS = 60 * 1000
local STOPPING_MS = 8000       -- what a worker that ignores its deadline is given to end

--- A budget: { limits = { tokens =, minutes =, workers =, money = } of which any may be
-- missing, jobs = how many workers run at once, tell = function(record) for progress,
-- warn = function(sentence) }.
function budget.new(parts)
  return setmetatable({
    limits = parts.limits or {}, admission = admission.new(parts.jobs),
    tell = parts.tell or function() end, warn = parts.warn or function() end,
    estimates = estimates.new(), peaks = peaks.new(), started = core.now(), before = 0,
    used = { workers = 0, tokens = 0, money = 0 }, priced = false,
    reserved = { workers = 0, tokens = 0, money = 0 }, counted = {},   -- labels
    unknown = { workers = 0, tokens = 0, money = 0 },   -- reserved for those cut short
  }, Budget)
end

--- What the run has used: { workers, tokens, money, seconds }; `money` is nil as long as
-- no agent has told any and none has a price.
function Budget:spent()
  return { workers = self.used.workers, tokens = self.used.tokens,
    money = self.priced and self.used.money or nil,
    seconds = self.before + (core.now() - self.started) / 1000 }
end

--- Begin with what earlier executions of the run have *spent*, in the shape of `spent`;
-- workers with one of its `labels` are counted in it.
function Budget:restore(spent)
  for _, kind in ipairs { "workers", "tokens", "money" } do
    self.used[kind] = self.used[kind] + (spent[kind] or 0)
  end
  for _, label in ipairs(spent.labels or {}) do self.counted[label] = true end
  self.priced = self.priced or spent.money ~= nil
  self.before = self.before + (spent.seconds or 0)
end

--- Tell the observer how the budget stands.
function Budget:show()
  if next(self.limits) == nil then return end
  self.tell { limits = self.limits, spent = self:spent(), reserved = {
    tokens = self.reserved.tokens, money = self.reserved.money } }
end

--- Milliseconds that are left of the minutes; math.huge without such a budget.
function Budget:left_ms()
  if not self.limits.minutes then return math.huge end
  return self.limits.minutes * MINUTE_MS - self:spent().seconds * 1000
end

-- ── what fits ───────────────────────────────────────────────────────────────

local function refuse(self, kind, spent, reserved, needed)
  local limit = self.limits[kind]
  local function show(number) return amounts.show(kind, number) end
  local reason = ("it does not fit into the budget %s: %s spent, %s reserved, %s left%s")
    :format(amounts.name(kind, limit), show(spent), show(reserved),
    show(math.max(0, limit - spent - reserved)),
    needed and "; it is expected to use " .. show(needed) or "")
  local problem = failure.new { state = "over_budget", budget = kind, reason = reason }
  failure.behind(problem).enough = spent + reserved + (needed or 1)
  error(problem, 0)
end

--- How *kind* stands for a worker that needs *amount* of it: nil when that fits, what the
-- worker waits for when others hold what it needs; raises when it will not fit.
local function obstacle_of(self, kind, amount)
  local limit, used, reserved = self.limits[kind], self.used[kind], self.reserved[kind]
  if not limit or amount == 0 then return nil end
  local lasting = used + self.unknown[kind]
  if lasting + amount > limit then
    refuse(self, kind, used, reserved + self.unknown[kind],
      kind ~= "workers" and amount or nil)
  end
  if lasting + reserved + amount <= limit then return nil end
  return ("the budget %s (%s of it are reserved)"):format(amounts.name(kind, limit),
    amounts.show(kind, reserved))
end

--- What keeps *request* from starting now, and for how many milliseconds that holds at
-- most; raises when it will not fit, whatever those that run leave over.
local function obstacle(self, request)
  local need, left = self.estimates:of(request), self:left_ms()
  if left <= need.minutes * MINUTE_MS then
    refuse(self, "minutes", self:spent().seconds / 60, 0,
      need.minutes > 0 and need.minutes or nil)
  end
  if not self.counted[request.label] then obstacle_of(self, "workers", 1) end
  local tokens = obstacle_of(self, "tokens", need.tokens)
  local money = obstacle_of(self, "money", need.money)
  return tokens or money, left
end

-- ── reserve and settle ──────────────────────────────────────────────────────

--- Move *sign* times what *need* says in the reserve.
local function reserve(self, need, sign)
  self.reserved.tokens = self.reserved.tokens + sign * need.tokens
  self.reserved.money = self.reserved.money + sign * need.money
end

--- Wait until a worker may start, and reserve what it will use.  *request*: { role,
-- agent, label = its worker's, price = of its work or nil, waits = function(what) to be
-- told what it waits for, stays = function() -> whether it still wants to start, news =
-- what tells that this may have changed, begun = whether an earlier engine has started
-- it, so that it needs no leave }.  Return a permit, to be closed when the worker has
-- ended; nil when it no longer wants to.  Raise a failure `over_budget`.
function Budget:dispatch(request)
  local entered = self.admission:enter {
    memory = self.peaks:need(request.agent), waits = request.waits, begun = request.begun,
    stays = request.stays, news = request.news,
    obstacle = function() return obstacle(self, request) end,
  }
  if not entered then return nil end
  local need = self.estimates:of(request)
  need.workers = self.counted[request.label] and 0 or 1
  self.counted[request.label] = true
  self.used.workers = self.used.workers + need.workers
  reserve(self, need, 1)
  self:show()
  return permit.new(self, request, need)
end

--- A worker of *request* never started.
function Budget:release(request, need)
  reserve(self, need, -1)
  self.used.workers = self.used.workers - need.workers
  if need.workers > 0 then self.counted[request.label] = nil end
  self:show()
end

--- Say of each kind that it is passed, and by how much.
local function tell_overshoot(self, label, need, used)
  for _, kind in ipairs { "tokens", "money" } do
    local limit, sum = self.limits[kind], self.used[kind]
    local function show(number) return amounts.show(kind, number) end
    if limit and sum > limit and (used[kind] or 0) > 0 then
      self.warn(("the budget %s is passed by %s: %s used %s, %s were reserved for it; "
        .. "nothing more is started"):format(amounts.name(kind, limit), show(sum - limit),
        label, show(used[kind]), show(need[kind])))
    end
  end
end

--- A worker has ended, of which nobody knows what it has used: what was reserved stays.
function Budget:keep_reserved(need)
  reserve(self, need, -1)
  self.unknown.tokens = self.unknown.tokens + need.tokens
  self.unknown.money = self.unknown.money + need.money
  self:show()
end

--- A worker has ended: give back what it *need*ed and count what it has *used*, { tokens,
-- money }.
function Budget:settle(request, need, used)
  reserve(self, need, -1)
  self.used.tokens = self.used.tokens + used.tokens
  self.used.money = self.used.money + (used.money or 0)
  self.priced = self.priced or used.money ~= nil
  tell_overshoot(self, request.label, need, used)
  self:show()
end

--- The time that a worker gets which may take *ms*: no more than is left of the minutes,
-- less what it is given to end.
function Budget:deadline(ms)
  local left = self:left_ms()
  if left == math.huge then return ms end
  return math.max(1, math.floor(math.min(ms, left - math.min(STOPPING_MS, left / 4))))
end

return budget

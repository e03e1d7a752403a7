--- What a worker is expected to use: what nine of ten in its role, with its agent, have
--- used so far in this run; a fixed guess for the first.
--
-- Of time it is what the quickest has used: a start that cannot end in time is a waste.

local prices = require "orch.budget.prices"

local estimates = {}

local Estimates = {}
Estimates.__index = Estimates

local FIRST_TOKENS = 60000
local FIRST_MONEY = 0.5        -- of an agent that tells its costs only when it has ended

function estimates.new()
  return setmetatable({ seen = {} }, Estimates)
end

local function insert_sorted(list, number)
  local at = #list
  while at > 0 and list[at] > number do at = at - 1 end
  table.insert(list, at + 1, number)
end

local function seen_of(self, request)
  local key = request.role .. "\0" .. request.agent.name
  self.seen[key] = self.seen[key] or { tokens = {}, money = {} }
  return self.seen[key]
end

--- Learn from a worker of *request* that told what it has *used*, { tokens, money,
-- minutes }.
function Estimates:learn(request, used)
  local seen = seen_of(self, request)
  insert_sorted(seen.tokens, used.tokens)
  if used.money then insert_sorted(seen.money, used.money) end
  if used.minutes then
    seen.minutes = math.min(seen.minutes or math.huge, used.minutes)
  end
end

--- The value that nine of ten in the sorted *list* do not pass, or nil when it is empty.
local function ninth_tenth(list)
  return list[math.ceil(#list * 0.9)]
end

local function first_money(request, tokens)
  if request.agent.money == "free" then return 0 end
  return request.price and prices.guess(request.price, tokens) or FIRST_MONEY
end

--- What a worker of *request*, { role, agent, price }, will use: { tokens, money,
-- minutes }.
function Estimates:of(request)
  local seen = seen_of(self, request)
  local tokens = ninth_tenth(seen.tokens) or FIRST_TOKENS
  return { tokens = tokens, minutes = seen.minutes or 0,
    money = ninth_tenth(seen.money) or first_money(request, tokens) }
end

return estimates

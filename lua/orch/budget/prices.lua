--- What work costs: by the price table of the user's configuration, by model or agent, or
--- as the agent itself tells it.
--
--   prices = { ["gpt-5"] = { input = 1.25, cached = 0.125, output = 10 } }
--
-- Prices are per million tokens; `cached` is the input that the agent's provider knew
-- already.  A price of the user's counts before what an agent tells, so that all amounts
-- are in one currency.

local prices = {}

local MILLION = 1000000

--- The price of work by *agent* with *model* (or nil) in *table*, or nil.
function prices.of(table, agent, model)
  local own = agent.model or model
  return table and (own and table[own] or table[agent.name])
end

--- What *usage* ({ input, cached, output, money }, of which any may be missing) costs at
-- *price*, or by its own word; nil where nobody knows.
function prices.cost(price, usage)
  if not (price and (usage.input or usage.output)) then return usage.money end
  local cached = price.cached or price.input
  return ((usage.input or 0) * price.input + (usage.cached or 0) * cached
    + (usage.output or 0) * price.output) / MILLION
end

--- What *tokens* that nobody has told apart may cost at *price*: mostly what is read.
function prices.guess(price, tokens)
  return tokens * (0.9 * price.input + 0.1 * price.output) / MILLION
end

--- Why the cost of work by *agent* cannot be known, in words, or nil.
function prices.mistake(table, agent, model)
  if agent.money == "free" then return nil end
  local price = prices.of(table, agent, model)
  if price and agent.events then return nil end
  if agent.money == "told" then return nil end
  if price then
    return ("'%s' does not tell what it uses, so that the budget of money cannot be kept")
      :format(agent.name)
  end
  local name = agent.model or model or agent.name
  return ("nobody knows what '%s' costs, so that the budget of money cannot be kept: "
    .. "your configuration may say it, per million tokens: "
    .. "prices = { [\"%s\"] = { input = 1.25, output = 10 } }"):format(agent.name, name)
end

return prices

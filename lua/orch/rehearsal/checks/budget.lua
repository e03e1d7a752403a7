--- What must hold of a budget: what is passed, and what is counted.

local MS = 60000

-- What the sessions of workers have used, by their own words: a list of { label, from,
-- til, tokens }.
local function uses(run)
  local list = {}
  for _, start in ipairs(run.witness.starts) do
    if start.keeper then
      list[#list + 1] = { label = start.label, from = start.at, tokens = start.used,
        til = start.ended }
    end
  end
  return list
end

local workers_kept = {
  name = "workers of the budget",
  promise = "no more workers are started than the budget allows",
}

function workers_kept.broken(run, say)
  local most = run.limits.workers
  if not most then return end
  local seen, count = {}, 0
  for _, use in ipairs(uses(run)) do
    if not seen[use.label] then seen[use.label], count = true, count + 1 end
  end
  if count > most then
    say("%d workers were started, the budget allows %d", count, most)
  end
end

local minutes_kept = {
  name = "minutes of the budget",
  promise = "no worker runs after the minutes of the budget",
}

function minutes_kept.broken(run, say)
  local most = run.limits.minutes
  if not most then return end
  for _, use in ipairs(uses(run)) do
    if use.til > most * MS + 1000 then
      say("%s ran until %.1f minutes, the budget allows %g", use.label, use.til / MS,
        most)
    end
  end
end

local tokens_kept = {
  name = "tokens of the budget",
  promise = "once the tokens of the budget are used, nobody is started; they are passed "
    .. "at most by those that ran by then",
}

function tokens_kept.broken(run, say)
  local most, list = run.limits.tokens, uses(run)
  if not most then return end
  for _, use in ipairs(list) do
    local spent = 0
    for _, other in ipairs(list) do
      if other.til < use.from then spent = spent + other.tokens end
    end
    if spent >= most then
      say("%s was started when %d tokens of %d were used", use.label, spent, most)
    end
  end
end

local counted_once = {
  name = "counted once",
  promise = "the budget counts what every agent has used, and counts it once",
}

function counted_once.broken(run, say)
  if not run.spent then return end
  local sum = 0
  for _, use in ipairs(uses(run)) do sum = sum + use.tokens end
  if run.spent.tokens ~= sum then
    say("the budget counts %d tokens, the agents used %d", run.spent.tokens, sum)
  end
end

return { workers_kept, minutes_kept, tokens_kept, counted_once }

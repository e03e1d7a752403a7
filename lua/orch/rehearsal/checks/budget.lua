--- What must hold of a budget: what is passed, and what is counted.

local MS = 60000

-- What the sessions of workers have used, by their own words: a list of { label, from,
-- til, tokens, told }.
local function uses(run)
  local list = {}
  for _, start in ipairs(run.witness.starts) do
    if start.keeper then
      list[#list + 1] = { label = start.label, from = start.at, tokens = start.used,
        told = start.told, til = start.ended }
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

local GRACES_MS = 10000        -- until a worker that does not end when asked is killed

local minutes_kept = {
  name = "minutes of the budget",
  promise = "no worker runs after the minutes of the budget and the graces after them",
}

-- What passed between the last record of a killed engine and its end is known to nobody.
function minutes_kept.broken(run, say)
  local most = run.limits.minutes
  if not most then return end
  for _, use in ipairs(uses(run)) do
    if use.til > most * MS + run.witness.unseen_ms + GRACES_MS then
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

-- Where tokens are limited, who never told is taken to have used what was reserved; what
-- a killed engine has not seen the end of is counted when its worker is taken up again.
function counted_once.broken(run, say)
  local complete = run.resumes == 0 or run.outcome.kind == "delivered"
  if not run.spent or not complete then return end
  local sum, all_told = 0, true
  for _, use in ipairs(uses(run)) do
    sum, all_told = sum + use.tokens, all_told and use.told
  end
  local exact = all_told or not run.limits.tokens
  if run.spent.tokens < sum or exact and run.spent.tokens > sum then
    say("the budget counts %d tokens, the agents used %d", run.spent.tokens, sum)
  end
end

return { workers_kept, minutes_kept, tokens_kept, counted_once }

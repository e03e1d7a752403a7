--- One seed again: with what it brings, with a part of it, or with as little as it takes.

local lots = require "orch.rehearsal.lots"
local rehearse = require "orch.rehearsal.rehearse"
local shrink = require "orch.rehearsal.shrink"

local replay = {}

local function once(plan, seed, list)
  return rehearse.once(plan.subject, { seed = seed, faults = list, options = plan.options,
    config = plan.config, agents = plan.agents })
end

--- The record of *seed*, with those of its faults that the plan names; or nil and a
-- message.
function replay.of(plan, seed)
  local list, wrong = lots.draw(seed, plan.kinds), nil
  if plan.only then list, wrong = lots.only(list, plan.only) end
  if not list then return nil, ("seed %d: %s"):format(seed, wrong) end
  return once(plan, seed, list)
end

local function breaks(record, name)
  for _, problem in ipairs(record.problems) do
    if problem.name == name then return true end
  end
  return false
end

--- The failing *digest*, with the fewest faults that still break the first promise that
-- it broke.  Return the record.
function replay.shrink(plan, digest)
  local name = digest.problems[1].name
  local list = shrink(lots.draw(digest.seed, plan.kinds), function(shorter)
    return breaks(once(plan, digest.seed, shorter), name)
  end)
  return once(plan, digest.seed, list)
end

return replay

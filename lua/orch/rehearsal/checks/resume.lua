--- What must hold when the engine is killed and the run is resumed.

local nothing_twice = {
  name = "nothing twice",
  promise = "a resume starts no worker that has finished, and none that still runs",
}

function nothing_twice.broken(run, say)
  for _, start in ipairs(run.witness.starts) do
    if start.again == "alive" then
      say("%s was started while it ran", start.label)
    elseif start.again == "done" then
      say("%s was started again, though it had finished", start.label)
    end
  end
end

local written_first = {
  name = "written first",
  promise = "a start of an agent is in the journal, and synced, before it happens",
}

function written_first.broken(run, say)
  for _, start in ipairs(run.witness.starts) do
    if start.unwritten then
      say("%s was started before the journal said so", start.label)
    end
  end
end

local same_result = {
  name = "same result",
  promise = "an engine that is killed and resumed delivers what it would have delivered",
}

-- A check that was cut short is made again, as are commands of the script's own, and may
-- then end in another way.
local function is_comparable(run)
  for _, fault in ipairs(run.faults) do
    if fault.kind ~= "kill_engine" then return false end
  end
  return run.resumes > 0 and not run.witness.commands_again
end

-- Who still fits into a budget is a matter of order, which a kill changes.
function same_result.broken(run, say)
  if not is_comparable(run) or next(run.limits) then return end
  local other = run.undisturbed()
  if other.outcome.kind ~= run.outcome.kind or other.outcome.code ~= run.outcome.code then
    return say("it ended as '%s' (%d), undisturbed as '%s' (%d): %s", run.outcome.kind,
      run.outcome.code, other.outcome.kind, other.outcome.code,
      run.outcome.message or "")
  end
  if other.result ~= run.result then
    say("result.json differs from that of the undisturbed run")
  end
end

return { nothing_twice, written_first, same_result }

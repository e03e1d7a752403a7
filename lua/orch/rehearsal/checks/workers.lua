--- What must hold of workers: typed states, evidence for ok, deadlines, limits, places.

local LIVE = { queued = true, starting = true, running = true, waiting = true }
local ENDED = {
  ok = true, failed = true, blocked = true, limited = true, over_budget = true,
  timed_out = true, stopped = true, lost = true,
}
local CAUSES = {
  auth = true, quota = true, overload = true, request = true, crash = true,
  no_message = true, bad_reply = true, scope = true, wrote = true, conflict = true,
  disk = true, memory = true, start = true, environment = true, output = true,
  usage = true, deadline = true, changed = true,
}

local typed_states = {
  name = "typed states",
  promise = "a worker is in one of the typed states, and ended when the run has",
}

function typed_states.broken(run, say)
  local leased = run.outcome.code == 129
  for _, worker in ipairs(run.workers) do
    for _, state in ipairs(worker.states) do
      if not LIVE[state] and not ENDED[state] then
        say("%s was in a state '%s'", worker.label, tostring(state))
      end
    end
    if not ENDED[worker.state] and not leased then
      say("%s is '%s' after the end", worker.label, tostring(worker.state))
    end
  end
  for _, seen in ipairs(run.witness.failures) do
    local problem = seen.failure
    if not ENDED[problem.state] or problem.state == "ok" then
      say("%s failed as '%s'", seen.label, tostring(problem.state))
    end
    if problem.cause and not CAUSES[problem.cause] then
      say("%s failed because of '%s'", seen.label, tostring(problem.cause))
    end
    if not (problem.reason or ""):find "%S" then
      say("%s failed without a reason", seen.label)
    end
  end
end

local only_evidence = {
  name = "only evidence makes ok",
  promise = "a worker is ok only with an exit record of code 0 and a message",
}

-- Whether this start of an agent ended as a worker must that is ok.
local function is_evident(run, start)
  local record = start.keeper and start.keeper.record
  if not record or record.code ~= 0 or record.ended_by ~= "self" then return false end
  local message = run.witness:read(start.folder .. "/last_message")
    or run.witness:read(start.folder .. "/transcript")
  return message ~= nil and message:find "%S" ~= nil
end

function only_evidence.broken(run, say)
  local evident = {}
  for _, start in ipairs(run.witness.starts) do
    if is_evident(run, start) then evident[start.label] = true end
  end
  for _, worker in ipairs(run.workers) do
    if worker.state == "ok" and not evident[worker.label] then
      say("%s is ok, but none of its agents ended well with a message", worker.label)
    end
  end
end

local every_wait_ends = {
  name = "every wait ends",
  promise = "no worker runs for longer than its deadline and the graces after it",
}

local GRACES_MS = 10000

function every_wait_ends.broken(run, say)
  for _, start in ipairs(run.witness.starts) do
    local ms = math.min(start.ended, run.ms) - start.at
    if start.keeper and start.deadline_ms > 0 and ms > start.deadline_ms + GRACES_MS then
      say("%s ran for %d s, its deadline was %d s", start.label, ms // 1000,
        start.deadline_ms // 1000)
    end
  end
end

local limits_hold = {
  name = "limits hold",
  promise = "after its answer that it is limited, no agent is started before the reset",
}

-- When an agent must not be started: a list of { at = ms, til = civil time, over = ms
-- when it was forgotten, agent, engine = which must not }.  An engine that resumes the
-- run begins anew; who waits for a terminal since before has been decided on.
local function closed_times(run)
  local list = {}
  for _, seen in ipairs(run.witness.failures) do
    local problem = seen.failure
    if problem.state == "limited" and problem.reset then
      list[#list + 1] = { at = seen.at, engine = seen.engine, agent = seen.agent,
        til = problem.reset, over = math.huge }
    end
  end
  for _, pause in ipairs(run.witness.pauses) do
    if pause.til then list[#list + 1] = pause end
  end
  return list
end

function limits_hold.broken(run, say)
  for _, closed in ipairs(closed_times(run)) do
    for _, start in ipairs(run.witness.starts) do
      local early = start.decided > closed.at and start.at < closed.over
        and start.time < closed.til - 0.01
      local same = start.engine == closed.engine and start.program == closed.agent
      if early and same then
        say("%s was started with %s, %.0f s before the end of its limit", start.label,
          start.program, closed.til - start.time)
      end
    end
  end
end

local one_writer = {
  name = "one writer",
  promise = "no two workers edit the same folder at once",
}

function one_writer.broken(run, say)
  local writers = {}
  for _, start in ipairs(run.witness.starts) do
    if start.keeper and start.brief:find "\nSCOPE: may edit " then
      for _, other in ipairs(writers) do
        local at_once = other.ended > start.at
        if other.workdir == start.workdir and at_once then
          say("%s was started in '%s' while %s wrote there", start.label, start.workdir,
            other.label)
        end
      end
      writers[#writers + 1] = start
    end
  end
end

return { typed_states, only_evidence, every_wait_ends, limits_hold, one_writer }

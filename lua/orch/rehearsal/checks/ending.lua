--- What must hold of the end of a run: its reason, its deliverable, its plan, its rest.

local KINDS = {
  delivered = true, nothing = true, error = true, worker = true, limit = true,
  environment = true, question = true, signal = true, partial = true,
}

local stated_reason = {
  name = "stated reason",
  promise = "the script ends for a stated reason, never by a mistake in it",
}

function stated_reason.broken(run, say)
  local outcome = run.outcome
  if run.stopped then return say("%s", run.stopped) end
  if not KINDS[outcome.kind] then
    return say("it ended as '%s': %s", outcome.kind, outcome.message or "no message")
  end
  local silent = not outcome.message or not outcome.message:find "%S"
  if silent and outcome.kind ~= "delivered" then
    say("it ended as '%s' without a word", outcome.kind)
  end
end

local nobody_left = {
  name = "nobody left",
  promise = "no process that a run started outlives it",
}

function nobody_left.broken(run, say)
  local leased = run.outcome.kind == "signal" and run.outcome.code == 129   -- SIGHUP
  local alive = {}
  for _, keeper in pairs(run.witness.machine.keepers) do
    local left_to_lease = leased and keeper.spec.lease_ms > 0
    if not keeper.over and not left_to_lease then
      alive[#alive + 1] = keeper.spec.name or keeper.spec.folder
    end
  end
  table.sort(alive)
  for _, name in ipairs(alive) do say("'%s' still runs after the end", name) end
end

local plan_rule = {
  name = "plan rule",
  promise = "a plan has 3 to 6 steps, exactly one in progress until all are completed",
}

function plan_rule.broken(run, say)
  for _, steps in ipairs(run.witness.plans) do
    local count = { pending = 0, in_progress = 0, completed = 0 }
    for _, step in ipairs(steps) do
      count[step.status] = (count[step.status] or 0) + 1
    end
    if #steps < 3 or #steps > 6 then say("the plan has %d steps", #steps) end
    local over = count.completed == #steps
    if not over and count.in_progress ~= 1 then
      say("%d steps of the plan are in progress", count.in_progress)
    end
  end
end

local failures_told = {
  name = "failures are told",
  promise = "a worker that failed is named in the deliverable, or its failure is the end",
}

local QUIET = { ok = true, stopped = true }

function failures_told.broken(run, say)
  if run.outcome.kind ~= "delivered" and run.outcome.kind ~= "nothing" then return end
  local named = {}
  for _, problem in ipairs(run.data and run.data.failures or {}) do
    named[problem.label or ""] = true
  end
  for _, worker in ipairs(run.workers) do
    if not QUIET[worker.state] and not named[worker.label] then
      say("%s ended as '%s', and the deliverable does not say so", worker.label,
        tostring(worker.state))
    end
  end
end

local verdict_needs_verifier = {
  name = "verdict needs a verifier",
  promise = "a verifier that could not run gives 'unverified', never pass or fail",
}

function verdict_needs_verifier.broken(run, say)
  local state = run.data and run.data.verdict and run.data.verdict.state
  local asked, answered, checked = false, false, run.witness.failed_checks > 0
  for _, worker in ipairs(run.workers) do
    asked = asked or worker.role == "verifier"
    answered = answered or worker.role == "verifier" and worker.state == "ok"
  end
  if not asked or answered then return end
  if state == "pass" or state == "fail" and not checked then
    say("the verdict is '%s', but no verifier answered", state)
  end
end

return { stated_reason, nobody_left, plan_rule, failures_told, verdict_needs_verifier }

--- What a run still delivers that a budget, a limit or its deadline has cut short: all
--- that was finished, marked as partial.

local failure = require "orch.failure"
local farewell = require "orch.run.farewell"
local findings = require "orch.findings"
local handover = require "orch.deliver.handover"
local report = require "orch.deliver.report"

local partial = {}

local CUT = { limited = true, over_budget = true }

local function is_cut(problem)
  return CUT[problem.state] or problem.cause == "deadline"
end

--- Whether a worker of *run* could not be had for its budget or a limit.
function partial.is(run)
  for _, problem in ipairs(run.failures) do
    if is_cut(problem) then return true end
  end
  return false
end

local function finished_of(run)
  local finished = {}
  for _, worker in ipairs(run.workers) do
    if worker.state == "ok" then finished[#finished + 1] = worker end
  end
  return finished
end

--- One list of what the *finished* reviewers found; nil when there were none.
local function findings_of(finished)
  local replies = {}
  for _, worker in ipairs(finished) do
    local reply = worker.reply
    local reviewed = reply and not reply.verdict and type(reply.findings) == "table"
    if reviewed then replies[#replies + 1] = reply end
  end
  return replies[1] and findings.merge(replies) or nil
end

local function paths_of(finished)
  local lines = {}
  for i, worker in ipairs(finished) do
    lines[i] = ("%s: %s/reply.md"):format(worker.label, worker.folder)
  end
  return lines
end

local function sentence(run, finished, problem)
  return ("The run ended when %d of its %d workers had finished: %s."):format(#finished,
    #run.workers, (problem.reason:gsub("%.$", "")))
end

local function next_step(run, problem)
  return ("%s from here: `%s`."):format(problem.budget and "Raise the budget and go on"
    or "Go on", farewell.way_on(run, problem))
end

--- Deliver what is finished, if the script has not delivered and *problem*, with which it
-- ended, has cut it short.
function partial.deliver(run, problem)
  if run.delivered or run.options.dry_run then return end
  local finished = finished_of(run)
  if not (failure.is(problem) and is_cut(problem) and finished[1]) then return end
  handover(run, report.data(run, {
    result = sentence(run, finished, problem), partial = true,
    next_step = next_step(run, problem), findings = findings_of(finished),
    finished = paths_of(finished),
  }))
end

return partial

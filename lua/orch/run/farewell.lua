--- What the user is told when a run has ended without its result: where the finished
--- replies are, and how to go on.

local amounts = require "orch.budget.amounts"
local failure = require "orch.failure"

local farewell = {}

--- The command that goes on with *run*, which *problem*, a failure or nil, ended: with
-- twice the budget, or what one more worker needs, where it is spent.
function farewell.way_on(run, problem)
  local command, kind = "orch-lua resume " .. run.id, problem and problem.budget
  if not kind then return command end
  local enough = math.ceil(1.1 * (failure.behind(problem).enough or 0))
  return ("%s --budget %s"):format(command, amounts.name(kind,
    math.max(2 * run.budget.limits[kind], enough)))
end

--- Nothing that was finished is lost: say where it is.
local function name_finished(run)
  local lines = {}
  for _, worker in ipairs(run.workers) do
    if worker.state == "ok" then
      lines[#lines + 1] = ("%s: %s/reply.md"):format(worker.label, worker.folder)
    end
  end
  if lines[1] then
    run:tell("note", "finished replies are kept:\n  " .. table.concat(lines, "\n  "))
  end
end

--- The commands that go on: an answer to each question, else a resume.
local function ways_on(run, outcome)
  local lines = {}
  for _, worker in ipairs(run.workers) do
    if worker.state == "blocked" and outcome.code == 6 then
      lines[#lines + 1] = ("orch-lua answer %s %s 'YOUR ANSWER'"):format(run.id,
        worker.label:match "^%S+")
    end
  end
  if not lines[1] then lines[1] = farewell.way_on(run, outcome.failure) end
  return lines
end

--- Tell of the *outcome* of *run*.
function farewell.tell(run, outcome)
  local refused = run.past and not run.goes_on
  if outcome.code == 0 or run.delivered or refused or not run.used then return end
  if run.options.dry_run then return end
  name_finished(run)
  run:tell("note", "go on with: " .. table.concat(ways_on(run, outcome), "\n  or with: "))
end

return farewell

--- The tries of one worker: what is started for it, and what follows one that failed.
--
-- A refused reply is asked for once more, report only and read-only; a read-only worker
-- that was lost is run once again; one that met a limit is, by whoever may.  What an
-- earlier engine had begun is gone on with; if it was cut short it is done again from
-- where it began.

local attempt = require "orch.attempt"
local brief = require "orch.brief"
local core = require "orch.core"
local leftovers = require "orch.leftovers"
local relay = require "orch.relay"

local tries = {}

local DEADLINE_MS = 60 * 60 * 1000

--- What attempt *number* of the worker *record* is to do in *place*, with the agent of
-- *start* (see relay.lua): see attempt.lua.
function tries.job(current, record, request, place, number, start)
  local folder = ("%s/%d"):format(record.folder, number)
  return {
    number = number, brief_file = folder .. "/brief",
    last_message = folder .. "/last_message", brief = place:words(request.brief),
    agent = start.agent, program = start.program, permit = start.permit, files = folder,
    folder = place.folder,
    scope = request.scope.kind, edit = request.scope.paths[1] and request.scope.paths,
    template = core.hash(request.template.source), grammar = request.reply.grammar,
    deadline_ms = request.deadline_ms or DEADLINE_MS, web = request.template.web,
    model = current.options.model or current.config.model,
  }
end

--- Ask for the report again: in the agent's own conversation where it keeps one, else
-- with the first brief's task and the refused message as material.
local function report_only(current, request, job, refused)
  job.scope, job.edit = "read-only", nil
  local known = refused.conversation
  if job.agent.continues and known and known.id and known.agent == job.agent then
    job.conversation, job.used_before = known.id, known.used
  end
  job.brief = brief.again(current, request, refused.missing, refused.message,
    job.conversation)
  return job
end

--- What follows an attempt, which was to be *this*, that failed with *problem*: "report",
-- "again" or nothing.  *begun*: an earlier engine had begun it; *tried* what was tried
-- before.
local function what_next(request, problem, this, begun, tried)
  if relay.hands_over(problem) then return this == "report" and this or "again" end
  local cut_short = problem.state == "lost" or problem.state == "stopped"
  if begun and cut_short then return "again" end
  if tried then return nil end
  if problem.missing then return "report" end
  if problem.state == "lost" and request.scope.kind ~= "edit" then return "again" end
end

--- Try until there is a reply, or nothing more to be done, in *place*.  Return the reply
-- and its message, or nil and a failure.
function tries.perform(current, record, request, place)
  local number, next_is, tried, refused, last = 0, "first", nil, nil, nil
  while true do
    number = number + 1
    local start <close>, none = relay.enter(current, record, request, number, last)
    if not start then return nil, none end
    local job = tries.job(current, record, request, place, number, start)
    job.deadline_ms = start:deadline(job.deadline_ms)
    local begun = record.step.attempts[number] ~= nil
    if next_is == "report" then job = report_only(current, request, job, refused) end
    local anew = next_is == "again" or next_is == "first" and place.resumed
    if anew and not begun then place:restore() end
    if job.edit and not begun then leftovers.stop(current, { writers = true }) end
    place:name(job.files)
    local reply, problem, message, conversation = attempt.perform(current, record, job)
    start:told(not reply and problem or nil)
    if reply then return reply, problem end
    local follows = what_next(request, problem, next_is, begun, tried)
    if not follows then return nil, problem end
    local met_limit = relay.hands_over(problem)
    last = met_limit and problem or nil
    tried = tried or not (begun or met_limit) or follows == "report"
    if follows == "report" and not met_limit then
      refused = { missing = problem.missing, message = message,
        conversation = conversation }
    end
    next_is = follows
  end
end

return tries

--- The tries of one worker: what is started for it, and what follows one that failed.
--
-- A refused reply is asked for once more, report only and read-only; a read-only worker
-- that was lost is run once again; a question that the user has answered is gone on
-- after; one that met a limit is tried again by whoever may.  What an earlier engine had
-- begun is gone on with, or done again if it was cut short.

local attempt = require "orch.worker.attempt"
local brief = require "orch.worker.brief"
local core = require "orch.core"
local leftovers = require "orch.run.leftovers"
local relay = require "orch.worker.relay"

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

--- Go on in the agent's own conversation, where it keeps one.
local function go_on_in(job, known)
  if job.agent.continues and known and known.id and known.agent == job.agent then
    job.conversation, job.used_before = known.id, known.used
  end
end

-- What is asked of an attempt, by the kind of what follows *cause*, a failed one.
local follow = {}

function follow.again() end

--- Ask for the report again: in the agent's own conversation, else with the first brief's
-- task and the refused message as material.
function follow.report(current, request, job, cause)
  job.scope, job.edit = "read-only", nil
  go_on_in(job, cause.conversation)
  job.brief = brief.again(current, request, cause.problem.missing, cause.message,
    job.conversation)
end

--- Tell it the answer to its question.
function follow.answer(current, request, job, cause, place)
  go_on_in(job, cause.conversation)
  job.brief = place:words(brief.answered(current, request, cause.problem.question,
    cause.answer, job.conversation))
end

-- What the machine did to a worker says nothing of its work.
local OF_MACHINE = { disk = true, start = true, memory = true }

local function was_cut_short(problem)
  return problem.state == "lost" or problem.state == "stopped"
    or OF_MACHINE[problem.cause] == true
end

--- What follows *failed*, an attempt of kind *kind* that ended so: "report", "again",
-- "answer" or nothing.  *tried*: it was given its second chance.
local function what_follows(request, failed, kind, tried)
  local problem = failed.problem
  if relay.hands_over(problem) then return kind or "again" end
  if problem.state == "blocked" then return failed.answer and "answer" end
  if failed.begun and was_cut_short(problem) then return kind or "again" end
  if tried then return nil end
  if problem.missing then return "report" end
  if problem.state == "lost" and request.scope.kind ~= "edit" then return "again" end
end

--- Make ready for *job*, which nobody has begun: a writer that begins anew finds what it
-- found at first, and no other writer beside it.
local function make_ready(current, job, place, next_one)
  local kind = next_one.kind
  local anew = kind == "again" or next_one.cut or not kind and place.resumed
  if anew and job.edit then place:restore() end
  if job.edit then leftovers.stop(current, { writers = true }) end
end

--- Make start number *number*, which *next_one* says what to ask of: { kind, cause,
-- refusal = the failure of the start before, if that met a limit, cut = whether an
-- earlier engine had begun the same and was cut short }.  Return the reply and its
-- message; nil and what there is to know of the failed attempt; or nil, nil and why there
-- was no start.
local function try(current, record, request, place, number, next_one)
  local start <close>, none = relay.enter(current, record, request, number,
    next_one.refusal)
  if not start then return nil, nil, none end
  local job = tries.job(current, record, request, place, number, start)
  job.deadline_ms = start:deadline(job.deadline_ms)
  local begun, kind = record.step.attempts[number] ~= nil, next_one.kind
  if kind then follow[kind](current, request, job, next_one.cause, place) end
  if not begun then make_ready(current, job, place, next_one) end
  place:name(job.files)
  local reply, problem, message, conversation = attempt.perform(current, record, job)
  start:told(not reply and problem or nil)
  if reply then return reply, problem end
  return nil, { problem = problem, message = message, conversation = conversation,
    begun = begun }
end

--- The user's answer to the question of *failed*, the next one that was asked.
local function answer_of(record, failed, state)
  if failed.problem.state ~= "blocked" then return nil end
  state.questions = state.questions + 1
  return record.step.answers[state.questions]
end

--- Say that a worker was lost, where it is started again for that.
local function tell_lost(current, record, problem)
  if problem.state ~= "lost" then return end
  current:tell("warning", ("%s was lost: %s; it is started again"):format(record.label,
    problem.reason))
end

--- *failed* may have gone on in the conversation of *cause*: what that has used by now is
-- what the next one to go on there does not count.
local function count_on(cause, failed)
  local known, now = cause and cause.conversation, failed.conversation
  if known and now.used.told and now.id == known.id then known.used = now.used end
end

--- Try until there is a reply, or nothing more to be done, in *place*.  Return the reply
-- and its message, or nil and a failure.
function tries.perform(current, record, request, place)
  local number, next_one = 0, {}
  local state = { questions = 0, tried = false }
  while true do
    number = number + 1
    local reply, second, none = try(current, record, request, place, number, next_one)
    if reply then return reply, second end
    if none then return nil, none end
    count_on(next_one.cause, second)
    second.answer = answer_of(record, second, state)
    local kind = what_follows(request, second, next_one.kind, state.tried)
    if not kind then return nil, second.problem end
    tell_lost(current, record, second.problem)
    local cut = second.begun and was_cut_short(second.problem)
    if relay.hands_over(second.problem) then
      next_one = { kind = kind, cause = next_one.cause, refusal = second.problem }
    elseif cut then            -- the same is asked once more
      next_one = { kind = kind, cause = next_one.cause, cut = true }
    else
      next_one = { kind = kind, cause = second }
      local counts = kind == "report" or kind == "again" and not second.begun
      state.tried = state.tried or counts
    end
  end
end

return tries

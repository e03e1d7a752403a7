--- The tries of one worker: what is started for it, and what follows one that failed.
--
-- A refused reply is asked for once more, report only and read-only; a read-only worker
-- that was lost is run once again.  What an earlier engine had begun is gone on with; if
-- it was cut short it is done again from where it began.

local agents = require "orch.agents"
local attempt = require "orch.attempt"
local brief = require "orch.brief"
local core = require "orch.core"
local leftovers = require "orch.leftovers"

local tries = {}

--- The agent of attempt *number*: the one that began it, else the one that was chosen.
local function agent_of(current, record, request, number)
  local begun = record.step.attempts[number]
  if not begun then return request.agent, request.program end
  return agents.named(begun.agent, current.config.agents or {})
end

--- What attempt *number* of the worker *record* is to do in *place*: see attempt.lua.
function tries.job(current, record, request, place, number)
  local folder = ("%s/%d"):format(record.folder, number)
  local agent, program = agent_of(current, record, request, number)
  record.agent = agent.name
  return {
    number = number, brief_file = folder .. "/brief",
    last_message = folder .. "/last_message", brief = place:words(request.brief),
    agent = agent, program = program, files = folder, folder = place.folder,
    scope = request.scope.kind, edit = request.scope.paths[1] and request.scope.paths,
    template = core.hash(request.template.source), grammar = request.reply.grammar,
    deadline_ms = request.deadline_ms, web = request.template.web,
    model = current.options.model or current.config.model,
  }
end

--- Ask for the report again: in the agent's own conversation where it keeps one, else
-- with the first brief's task and the refused message as material.
local function report_only(current, request, job, refused)
  job.scope, job.edit = "read-only", nil
  local conversation = refused.conversation
  if job.agent.continues and conversation and conversation.id then
    job.conversation, job.tokens_before = conversation.id, conversation.tokens
  end
  job.brief = brief.again(current, request, refused.missing, refused.message,
    job.conversation)
  return job
end

--- What follows an attempt that failed with *problem*: "report", "again" or nothing.
-- *begun*: an earlier engine had begun it; *tried* what was tried before.
local function what_next(request, problem, begun, tried)
  local cut_short = problem.state == "lost" or problem.state == "stopped"
  if begun and cut_short then return "again" end
  if tried then return nil end
  if problem.missing then return "report" end
  if problem.state == "lost" and request.scope.kind ~= "edit" then return "again" end
end

--- Try until there is a reply, or nothing more to be done, in *place*.  Return the reply
-- and its message, or nil and a failure.
function tries.perform(current, record, request, place)
  local number, next_is, tried, refused = 0, "first", nil, nil
  while true do
    number = number + 1
    local job = tries.job(current, record, request, place, number)
    local begun = record.step.attempts[number] ~= nil
    if next_is == "report" then job = report_only(current, request, job, refused) end
    local anew = next_is == "again" or next_is == "first" and place.resumed
    if anew and not begun then place:restore() end
    if job.edit and not begun then leftovers.stop(current, { writers = true }) end
    place:name(job.files)
    local reply, problem, message, conversation = attempt.perform(current, record, job)
    if reply then return reply, problem end
    local follows = what_next(request, problem, begun, tried)
    if not follows then return nil, problem end
    tried = tried or not begun or follows == "report"
    if follows == "report" then
      refused = { missing = problem.missing, message = message,
        conversation = conversation }
    end
    next_is = follows
  end
end

return tries

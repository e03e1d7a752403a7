--- Workers: a role and its fields become a brief, an agent, a session and a reply.
--
-- A refused reply is asked for once more, report only and read-only; a read-only worker
-- that was lost is run once again.  What cannot be had is a typed failure.

local agents = require "orch.agents"
local attempt = require "orch.attempt"
local brief = require "orch.brief"
local core = require "orch.core"
local failure = require "orch.failure"
local fields = require "orch.fields"
local fanout = require "orch.fanout"
local run = require "orch.run"
local session = require "orch.session"
local task = require "orch.task"
local text = require "orch.text"
local workspace = require "orch.workspace"

local worker = {}

-- The fields of every ask that are not a matter of its template or its brief.
local CHECKED = { agent = fields.string, deadline_ms = fields.milliseconds }

local Handle = { __name = "worker" }
Handle.__index = Handle

local function tell(current, record, state)
  record.state, record.waits_for, record.ended = state, nil, core.now()
  current:tell("worker", record)
end

-- ── one worker, from its brief to its reply ─────────────────────────────────

local function job_of(current, record, request, place, number)
  local folder = ("%s/%d"):format(record.folder, number)
  return {
    brief_file = folder .. "/brief", last_message = folder .. "/last_message",
    brief = place:words(request.brief), agent = request.agent, program = request.program,
    files = folder, folder = place.folder, scope = request.scope.kind,
    grammar = request.reply.grammar, deadline_ms = request.deadline_ms,
    model = current.options.model or current.config.model, web = request.template.web,
  }
end

--- Ask for the report again: in the agent's own conversation where it keeps one, else
-- with the first brief's task and the refused message as material.
local function ask_again(current, record, request, place, refused)
  local job = job_of(current, record, request, place, 2)
  job.scope = "read-only"
  if request.agent.continues and refused.conversation then
    job.conversation = refused.conversation.id
    job.tokens_before = refused.conversation.tokens
  end
  job.brief = brief.again(current, request, refused.missing, refused.message,
    job.conversation)
  return attempt.perform(current, record, job)
end

local function may_run_again(request, problem)
  return problem.state == "lost" and request.scope.kind ~= "edit"
end

local function perform(current, record, request, place)
  local job = job_of(current, record, request, place, 1)
  place:name(job.files)
  local reply, problem, message, conversation = attempt.perform(current, record, job)
  if reply then return reply, problem end
  if problem.missing then
    return ask_again(current, record, request, place,
      { missing = problem.missing, message = message, conversation = conversation })
  end
  if may_run_again(request, problem) then
    return attempt.perform(current, record, job_of(current, record, request, place, 2))
  end
  return nil, problem
end

--- Perform it in the workspace; what it did there may make it a failure.
local function perform_in_workspace(current, record, request)
  local place <close> = workspace.enter {
    run = current, scope = request.scope, agent = request.agent, record = record,
    waits = function(what)
      record.state, record.waits_for = "waiting", what
      current:tell("worker", record)
    end,
  }
  local ok, reply, second = pcall(perform, current, record, request, place)
  if not ok and not failure.is(reply) then error(reply, 0) end
  local problem = not ok and reply or not reply and second or nil
  local broken = place:settle(problem ~= nil)
  if broken and problem then
    current:tell("warning", ("%s: %s"):format(record.label, broken.reason))
  end
  if problem or broken then return nil, problem or broken end
  return reply, second
end

--- Whether a text of a reply could pass for an order; a path or a name could not.
local function is_prose(value)
  return value:find "%S%s+%S+%s+%S" ~= nil
end

--- Remember what a worker said: raw messages may not be delivered whole, and its prose
-- is foreign when it goes into another brief.
local function remember(current, record, reply, message)
  current.raw[text.trim(message)] = record.label
  local function visit(value)
    if type(value) == "string" and is_prose(value) then current.foreign[value] = true end
    if type(value) == "table" then for _, inner in pairs(value) do visit(inner) end end
  end
  visit(reply)
  record.changed = {}
  for i, change in ipairs(reply.changed or {}) do
    record.changed[i] = change.path .. (change.what and " - " .. change.what or "")
  end
end

local function settle(current, record, reply, message)
  current:keep(record.folder:sub(#current.folder + 2) .. "/reply.md", message)
  remember(current, record, reply, message)
  tell(current, record, "ok")
  return brief.reply(reply, record, message)
end

local function give_up(current, record, problem)
  record.failure = problem
  current.failures[#current.failures + 1] = problem
  tell(current, record, problem.state)
  error(problem, 0)
end

--- Run the worker of *request*; return its reply or raise its failure.
local function work(current, request)
  local record = current:new_worker(request.role)
  record.agent, record.spent = request.agent.name, 0
  current:tell("worker", record)
  if current.options.dry_run then
    local job = job_of(current, record, request, workspace.anywhere(request.scope), 1)
    return brief.rehearse(current, record, request, job.agent.argv(job))
  end
  local _ <close> = setmetatable({}, { __close = function()
    local goes_on = record.ended or session.are_left()
    if not goes_on then tell(current, record, "stopped") end
  end })
  local ok, reply, second = pcall(perform_in_workspace, current, record, request)
  if not ok and not failure.is(reply) then error(reply, 0) end
  if not ok then give_up(current, record, reply) end
  if not reply then give_up(current, record, second) end
  return settle(current, record, reply, second)
end

local function request_of(role, given, level)
  local what = ("worker '%s'"):format(tostring(role))
  fields.check_some(what, given or {}, CHECKED, level + 1)
  local current = run.current()
  local request, problem = brief.request(current, role, given or {})
  if not request then error(problem, level + 1) end
  request.agent, request.program = agents.choose(role, current, given and given.agent)
  return current, request
end

local function perform_step(current, request)
  return current:step("ask", request.key, task.branch(), function()
    return work(current, request)
  end)
end

-- ── the verbs ───────────────────────────────────────────────────────────────

--- Ask a worker in *role*, a template's name, with the template's fields.  Waits for its
-- reply and returns it; raises its failure.
function worker.ask(role, given)
  local current, request = request_of(role, given, 2)
  return perform_step(current, request)
end

--- Like ask, but a failure of the worker is returned: reply, or nil and the failure.
function worker.try(role, given)
  local current, request = request_of(role, given, 2)
  local ok, reply = pcall(perform_step, current, request)
  if ok then return reply end
  if failure.is(reply) then return nil, reply end
  error(reply, 0)
end

--- Start a worker and go on.  It belongs to the task that started it: `:wait()` returns
-- its reply or raises, `:poll()` returns its state, `:stop()` ends it.
function worker.start(role, given)
  local current, request = request_of(role, given, 2)
  local branch = fanout.branch(fanout.number(), 1)
  if not current.options.dry_run then
    workspace.prepare(current, request.scope, branch)
  end
  local member = task.spawn(function()
    return perform_step(current, request)
  end, { branch = branch })
  return setmetatable({ role = role, task = member }, Handle)
end

--- The reply; its failure is raised.  What it wrote is taken over now.
function Handle:wait()
  self.task:join()
  fanout.land(self.task, {})
  return self.task:result()
end

--- "running", "ok", or the state of its failure.
function Handle:poll()
  if not self.task.ended then return "running" end
  if self.task.ok then return "ok" end
  return failure.is(self.task.error) and self.task.error.state or "failed"
end

--- Ask for its end; what it had is kept in its folder.
function Handle:stop()
  self.task:cancel(failure.new { state = "stopped", reason = "the script stopped it" })
end

Handle.__close = Handle.stop

return worker

--- One asking: a request becomes a step of the run, a worker in a workspace, and a reply.
--
-- What was answered before, in an earlier execution of the run, is not asked again; what
-- cannot be had is a typed failure.

local agents = require "orch.agents"
local brief = require "orch.worker.brief"
local core = require "orch.core"
local failure = require "orch.failure"
local forecast = require "orch.run.forecast"
local relay = require "orch.worker.relay"
local session = require "orch.session"
local task = require "orch.task"
local text = require "orch.text"
local tries = require "orch.worker.tries"
local workspace = require "orch.workspace"

local asking = {}

local function tell(current, record, state)
  record.state, record.waits_for, record.ended = state, nil, core.now()
  current:tell("worker", record)
end

--- Perform it in the workspace; what it did there may make it a failure.
local function perform_in_workspace(current, record, request)
  local place <close> = workspace.enter {
    run = current, scope = request.scope, record = record,
    agent = relay.least_confined(request.agents),
    waits = function(what)
      record.state, record.waits_for = "waiting", what
      current:tell("worker", record)
    end,
  }
  if place:is_anew() then record.step:start_anew(record.folder) end
  record.named, record.files = request.named, current:note_files(request.named)
  local ok, reply, second = pcall(tries.perform, current, record, request, place)
  if not ok and not failure.is(reply) then error(reply, 0) end
  local problem = not ok and reply or not reply and second or nil
  local looked, broken = pcall(place.settle, place, problem ~= nil)
  if not looked and not failure.is(broken) then error(broken, 0) end
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

--- A writer has ended: its branch knows of it, and of what is in the files now.
local function note_writer(current, record, request)
  if request.scope.kind ~= "edit" or not record.step.n then return end
  task.place():saw(record.step.n)
  if not record.step.outcome then current:note_files(request.scope.paths, true) end
end

local function settle(current, record, request, reply, message)
  current:keep(record.folder:sub(#current.folder + 2) .. "/reply.md", message)
  remember(current, record, reply, message)
  note_writer(current, record, request)
  record.step:done { state = "ok", tokens = record.tokens, money = record.money,
    reply = core.hash(message) }
  tell(current, record, "ok")
  record.reply = brief.reply(reply, record, message)
  return record.reply
end

-- The parts of a failure that a later execution tells again.
local KEPT = { "state", "cause", "reason", "question", "folder", "transcript", "tail",
  "patch", "undo", "paths", "patches", "reset" }

local function give_up(current, record, request, problem)
  local kept = {}
  for _, name in ipairs(KEPT) do kept[name] = problem[name] end
  failure.behind(problem).step = record.step.n
  problem.label = problem.label or record.label
  record.failure = problem
  current.failures[#current.failures + 1] = problem
  tell(current, record, problem.state)
  note_writer(current, record, request)
  if record.step.n and not record.step.outcome and problem.state ~= "stopped" then
    record.step:done { state = problem.state, tokens = record.tokens,
      money = record.money, failure = kept }
  end
  error(problem, 0)
end

--- What fn(current, record, request, ...) returns; a failure that it raises is that of
-- *record*.
local function perform_for(current, record, request, fn, ...)
  local results = table.pack(pcall(fn, current, record, request, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  if not failure.is(results[2]) then error(results[2], 0) end
  give_up(current, record, request, results[2])
end

local function recall_files(current, record, request)
  workspace.recall(current, request.scope, record)
end

--- What the step of *record* has answered before: its reply, or its failure raised.
-- Nothing when the answer is no longer there as it was.
local function recall(current, record, request)
  local outcome = record.step.outcome
  record.replayed, record.tokens, record.money = true, outcome.tokens or 0, outcome.money
  local last = record.step.attempts[#record.step.attempts]
  record.agent = last and last.agent
  if outcome.state ~= "ok" then
    outcome.failure.label = record.label
    give_up(current, record, request, failure.new(outcome.failure))
  end
  local message = core.read(record.folder .. "/reply.md")
  local reply = message and core.hash(message) == outcome.reply
    and request.reply.grammar(message)
  if not reply then
    record.replayed = nil
    return nil
  end
  perform_for(current, record, request, recall_files)
  remember(current, record, reply, message)
  note_writer(current, record, request)
  tell(current, record, "ok")
  record.reply = brief.reply(reply, record, message)
  return record.reply
end

--- The agents that may work on *request*, chosen when they are needed: what was answered
-- before needs none.
local function chain_of(current, request)
  request.agents = request.agents
    or agents.chain(request.role, current, request.wanted_agent)
  return request.agents
end

--- The step in which *request* is asked.  A failure when no agent can be used for it.
function asking.begin(current, request)
  local step = current:step("ask", request.key)
  if not step.outcome then chain_of(current, request) end
  return step
end

--- Perform the *step* of that asking: return the reply, or raise the failure.
function asking.perform(current, request, step)
  local record = current:new_worker(request.role, step)
  record.about = request.about
  record.spent = 0
  local _ <close> = setmetatable({}, { __close = function()
    local goes_on = record.ended or session.are_left() or current.options.dry_run
    if not goes_on then tell(current, record, "stopped") end
  end })
  if step.outcome then
    local reply = recall(current, record, request)
    if reply and current.options.dry_run then
      forecast.recall(current, record, request, reply)
    end
    if reply then return reply end
    current:tell("warning", ("the reply of %s is not as it was: it is asked again")
      :format(record.label))
    step:forget()
  end
  local first = chain_of(current, request)[1]
  record.agent = first.agent.name
  current:tell("worker", record)
  if current.options.dry_run then
    if current.past then return forecast.ask(current, record, request) end
    local job = tries.job(current, record, request, workspace.anywhere(request.scope), 1,
      first)
    return brief.rehearse(current, record, request, job.agent.argv(job))
  end
  local reply, second = perform_for(current, record, request, perform_in_workspace)
  if not reply then give_up(current, record, request, second) end
  return perform_for(current, record, request, settle, reply, second)
end

return asking

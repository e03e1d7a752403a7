--- The verbs of workers: ask for a reply and wait, try, or start one and go on.

local asking = require "orch.worker.asking"
local brief = require "orch.worker.brief"
local failure = require "orch.failure"
local fanout = require "orch.task.fanout"
local fields = require "orch.fields"
local run = require "orch.run"
local task = require "orch.task"
local workspace = require "orch.workspace"

local worker = {}

-- The fields of every ask that are not a matter of its template or its brief.
local CHECKED = { agent = fields.string, deadline_ms = fields.milliseconds }

local Handle = { __name = "worker" }
Handle.__index = Handle

local function request_of(role, given, level)
  local what = ("worker '%s'"):format(tostring(role))
  fields.check_some(what, given or {}, CHECKED, level + 1)
  local current = run.current()
  local request, problem = brief.request(current, role, given or {})
  if not request then error(problem, level + 1) end
  request.wanted_agent = given and given.agent
  return current, request
end

--- Ask a worker in *role*, a template's name, with the template's fields.  Waits for its
-- reply and returns it; raises its failure.
function worker.ask(role, given)
  local current, request = request_of(role, given, 2)
  return asking.perform(current, request, asking.begin(current, request))
end

--- Like ask, but a failure of the worker is returned: reply, or nil and the failure.
function worker.try(role, given)
  local current, request = request_of(role, given, 2)
  local ok, reply = pcall(asking.perform, current, request,
    asking.begin(current, request))
  if ok then return reply end
  if failure.is(reply) then return nil, reply end
  error(reply, 0)
end

--- Start a worker and go on.  It belongs to the task that started it: `:wait()` returns
-- its reply or raises, `:poll()` returns its state, `:stop()` ends it.
function worker.start(role, given)
  local current, request = request_of(role, given, 2)
  local places = task.place():fork(1)
  if not current.options.dry_run then
    workspace.prepare(current, request.scope, places[1].path)
  end
  local member = task.spawn(function()
    return asking.perform(current, request, asking.begin(current, request))
  end, { place = places[1] })
  return setmetatable({ role = role, task = member, places = places }, Handle)
end

--- The reply; its failure is raised.  What it wrote is taken over now.
function Handle:wait()
  self.task:join()
  fanout.land(self.task, {})
  task.place():join(self.places)
  return self.task:result()
end

local function state_of(member)
  if not member.ended then return "running" end
  if member.ok then return "ok" end
  return failure.is(member.error) and member.error.state or "failed"
end

--- "running", "ok", or the state of its failure.  What was answered is recorded, since
-- the script may go another way for it.
function Handle:poll()
  local fact = run.current():fact("poll", self.places[1].path)
  local state = fact.value or state_of(self.task)
  fact:record(state)
  return state
end

--- Ask for its end; what it had is kept in its folder.
function Handle:stop()
  self.task:cancel(failure.new { state = "stopped", reason = "the script stopped it" })
end

Handle.__close = Handle.stop

return worker

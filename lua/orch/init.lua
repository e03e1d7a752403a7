--- The public names of orch-lua, and nothing else.  types.lua describes them.

local check = require "orch.check"
local context = require "orch.context"
local deliver = require "orch.deliver"
local exec_command = require "orch.session.exec_command"
local failure = require "orch.failure"
local fanout = require "orch.task.fanout"
local findings = require "orch.findings"
local options = require "orch.options"
local paths = require "orch.paths"
local plan = require "orch.plan"
local points = require "orch.points"
local reply = require "orch.reply"
local run = require "orch.run"
local session = require "orch.session"
local skim = require "orch.skim"
local sleep = require "orch.task.sleep"
local slices = require "orch.slices"
local task = require "orch.task"
local text = require "orch.text"
local verify = require "orch.verify"
local wait = require "orch.session.wait"
local worker = require "orch.worker"
local workspace = require "orch.workspace"

local orch = {}

local HERE = debug.getinfo(1, "S").short_src:gsub("%p", "%%%0")

--- Raise *problem* again; what blames a line of this file is meant for our caller's.
local function raise(problem)
  local said = type(problem) == "string" and problem:match("^" .. HERE .. ":%d+: (.*)$")
  error(said or problem, said and 3 or 0)
end

--- Outside of any task, as in a plain Lua program, a call runs a loop of its own.
local function entry(fn)
  return function(...)
    if task.current() then return fn(...) end
    local arguments = table.pack(...)
    local ok, results = pcall(task.main, function()
      return table.pack(fn(table.unpack(arguments, 1, arguments.n)))
    end, { loose = true })
    if not ok then raise(results) end
    return table.unpack(results, 1, results.n)
  end
end

orch.ask = entry(worker.ask)
orch.try = entry(worker.try)
orch.verify = entry(verify)
orch.check = entry(check)
orch.skim = entry(skim)
orch.deliver = entry(deliver)
orch.exec_command = entry(exec_command.exec_command)
orch.write_stdin = entry(exec_command.write_stdin)
orch.wait = entry(wait)
orch.sleep = entry(sleep)
orch.all = entry(fanout.all)
orch.each = entry(fanout.each)
orch.race = entry(fanout.race)

orch.main = task.main
orch.sessions = session.list
orch.similar = text.similar
orch.reply = reply
orch.failure = failure.is

--- Start a worker that goes on, and that its task owns.
function orch.start(role, given)
  if not task.current() then
    error("orch.start needs a task that owns the worker: call it inside orch.main", 2)
  end
  return worker.start(role, given)
end

--- Read the words of the command line as the options that *declared* describes.
function orch.options(declared)
  local current = run.current()
  local opt, problem = options.parse(declared, current.words,
    { script = current.name, reserved = current.reserved, level = 3 })
  if not opt then failure.refuse("usage", "%s", problem) end
  return opt
end

--- Begin the plan of the run: 3 to 6 steps.  Work on nothing but what skim found trivial
-- has none to show.
function orch.plan(steps)
  local current = run.current()
  if current.planned then error("a run has one plan; change it with plan:revise", 2) end
  local function notify(now) current:tell("plan", { steps = now }) end
  local made = plan.new(steps, not current.trivial and notify or nil, 3)
  current.planned, current.plan = true, not current.trivial and made or nil
  return made
end

--- A Context Pack of the guide: { goal =, non_goals =, constraints =, pointers =, ... }.
function orch.context(parts)
  local pack, problem = context.new(parts)
  if not pack then error(problem, 2) end
  return pack
end

--- Merge the findings of replies into one ranked list without duplicates.
function orch.findings(replies)
  return findings.merge(replies)
end

--- Number what researchers claim, with their sources; a claim without one is marked.
function orch.points(replies)
  return points.collect(replies)
end

--- Slices of a task, each a path or a list of paths, which may all be edited at once: an
-- error if two share or contain a path, or one lies outside of *within*.  In a dry run a
-- scout's slices are a sample, which may lie anywhere.
function orch.slices(list, within)
  if run.current().options.dry_run then within = nil end
  local made, problem = slices.new(list, { resolve = paths.resolve, within = within })
  if made and made[1] then
    local scope
    scope, problem = workspace.scope("edit", made.paths)
    made = scope and made
  end
  return made or error(problem, 2)
end

return orch

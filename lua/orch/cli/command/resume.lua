--- `orch-lua resume RUN`: goes on with a run that was cut short, stopped or has failed.
--
-- The script runs again from its top, with the words and in the folder of its first
-- start; what is finished answers from the run's journal and is not paid again.

local amounts = require "orch.budget.amounts"
local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local journal = require "orch.run.journal"
local say = require "orch.cli.say"

local resume = {
  usage = "resume RUN [--accept | --redo] [--retry]",
  summary = "Go on with a run; what is finished is not paid again.",
  help = "--dry-run tells what would be asked again and what it may cost.\n"
    .. "--accept  go on though somebody else has changed files that the run is about\n"
    .. "--redo    ask again what was said about files that somebody else has changed\n"
    .. "--retry   ask again every worker that failed",
}

local FLAGS = { ["--accept"] = true, ["--redo"] = true, ["--retry"] = true }

-- Options that a run keeps; those that are given now come before them.
local KEPT = {
  "agent", "model", "context", "jobs", "deadline_ms", "max_wait_ms", "json",
}

local function options_of(first, given)
  for _, name in ipairs(KEPT) do
    if given[name] == nil then given[name] = first.options[name] end
  end
  given.budget = amounts.merge(first.options.budget, given.budget)
  return given
end

--- The script of the run: the file in its place, or the text that was kept.
local function script_of(first, folder)
  local source = first.script and core.read(first.script)
  if source then return first.script, source end
  local kept = core.read(folder .. "/script.lua")
  if not kept then
    return nil, ("the script '%s' is gone, and no copy was kept"):format(first.script)
  end
  if first.script then
    core.output(2, ("orch-lua: '%s' is gone: the copy in '%s' is used\n")
      :format(first.script, folder))
  end
  return first.script or first.command or "script", kept
end

--- Go on with the run in *folder*; how = { accept, redo, retry }.  Return the exit code.
function resume.go_on(folder, how, globals)
  local read, problem = journal.read(folder)
  if not read then return say.fail(2, problem) end
  local first = read.records[1]
  local moved, message = core.change_folder(first.folder)
  if not moved then
    return say.fail(2, ("the folder '%s', in which the run was started, cannot be "
      .. "entered: %s"):format(first.folder, message))
  end
  local path, source = script_of(first, folder)
  if not path then return say.fail(2, source) end
  local finish = first.command == "ask" and require "orch.cli.command.ask".finish(globals)
  return require "orch.cli.launch".script({
    name = first.name, path = path, source = source, pack = first.pack,
    words = first.words, command = first.command, finish = finish or nil,
    resume = { folder = folder, accept = how.accept, redo = how.redo, retry = how.retry },
  }, options_of(first, globals))
end

function resume.run(given, globals)
  local found, wrong = chosen.words(resume, given, { "RUN" }, FLAGS)
  if not found then return say.fail(2, wrong) end
  if found.accept and found.redo then
    return say.fail(2, "--accept and --redo say different things: choose one")
  end
  return resume.go_on(found.path, found, globals)
end

return resume

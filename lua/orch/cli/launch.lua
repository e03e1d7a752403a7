--- Runs a script from the command line: everything around it, from configuration to exit
-- code.

local core = require "orch.core"
local amounts = require "orch.budget.amounts"
local arguments = require "orch.cli.arguments"
local agents = require "orch.agents"
local config = require "orch.config"
local context_file = require "orch.context.file"
local detach = require "orch.cli.detach"
local progress = require "orch.progress"
local repeatable = require "orch.script.repeatable"
local say = require "orch.cli.say"
local script = require "orch.script"
local templates = require "orch.templates"

local launch = {}

-- A worker that orchestrates would spend the user's budget without being asked to.
local function refusal()
  local label = core.environment().ORCH_WORKER
  if not label or label == "" then return end
  return ("this is worker '%s' of a run, and a worker starts no other workers: "
    .. "do the assigned task and report back"):format(label)
end

-- What is wrong with the agents that the command line or the configuration names, or nil.
local function wrong_agents(pack, globals, settings)
  local roles, own = {}, settings.agents or {}
  for i, found in ipairs(templates.list(pack)) do roles[i] = found.name end
  return agents.mistake(globals.agent, own, roles) or agents.mistake(settings.agent, own)
end

-- Why a budget of money could not be kept, or nil.
local function unpriced(globals, settings)
  local limits = amounts.merge(settings.budget, globals.budget)
  if not limits.money then return nil end
  return agents.unpriced(settings, globals.model, globals.agent or {},
    settings.agent or {})
end

-- Words are refused early when the script's text has nothing that could read them.
local function useless_words(loaded, words)
  local source = loaded.source
  if not words[1] or source:find "options" or source:find("...", 1, true)
    or source:find "%f[%w_]arg%f[^%w_]" then
    return
  end
  return ("'%s' has no options, but was given '%s'"):format(loaded.path, words[1])
end

-- How the run ended, in words, or nil when there is nothing to say.
local function words_of(spec, outcome, loaded, globals)
  local message = outcome.message and loaded.positions(tostring(outcome.message))
  if message and spec.source then
    -- The user has written no script whose line could help.
    message = message:gsub("^" .. spec.path .. ":%d+: ", "")
  end
  local trace = outcome.traceback and loaded.positions(outcome.traceback)
  if not trace or outcome.kind ~= "bug" and not globals.verbose then return message end
  if not globals.verbose then
    trace = trace:gsub("\n[^\n]-lua/orch/script%.lua:.*$", "")
  end
  -- A traceback of debug.traceback repeats the message it was made for.
  if not message or trace:sub(1, #message) == message then return trace end
  return message .. "\n" .. trace
end

-- Say how the run ended, in the observer's way, and return the exit code.
local function report(spec, outcome, loaded, observer, globals)
  local message = words_of(spec, outcome, loaded, globals)
  if spec.finish and outcome.kind == "nothing" then message = nil end
  local unwritten = outcome.failure and outcome.failure.cause == "output"
  if message and not unwritten then message = say.with_hint(outcome.code, message) end
  observer:message(message and "orch-lua: " .. message)
  return outcome.code
end

-- Load the script and look at all that can be wrong before a run is opened.
-- Return it, or nil and a message.
local function prepare(spec, observer, globals, settings)
  local loaded, message = script.load(spec.path, {
    source = spec.source, words = spec.words, pack = spec.pack,
    note = function(text) observer:event("note", text) end,
    loaded = function(path, text)
      require "orch.run".current():note_source(path, text)
    end,
  })
  if not loaded then return nil, message .. "; nothing was started" end
  repeatable.install(loaded.environment)
  local useless = useless_words(loaded, spec.words)
  local wrong = useless or wrong_agents(loaded.pack, globals, settings)
    or unpriced(globals, settings)
  if wrong then return nil, wrong end
  if globals.context then
    loaded.context, message = context_file.read(globals.context)
    if not loaded.context then return nil, message end
  end
  return loaded
end

local function open_run(spec, loaded, observer, globals, settings)
  return require "orch.run".open {
    id = spec.id, name = spec.name, source = loaded.source, words = spec.words,
    options = globals,
    reserved = arguments.reserved(), config = settings, pack = loaded.pack,
    progress = observer, context = loaded.context, command = spec.command,
    script = not spec.command and spec.path or nil, resume = spec.resume,
  }
end

-- Run the script and return its outcome and its value.  A sentence that the script itself
-- raised is no mistake in it, though it may look as if it began with a position.
local function execute(run, loaded)
  local value
  local outcome = run:execute(function()
    value = loaded.run()
    return value
  end)
  local mistake = outcome.kind == "bug" or outcome.kind == "usage"
  if mistake and loaded.raised(outcome.message) then
    outcome = { kind = "error", code = 1, message = outcome.message }
  end
  return outcome, value
end

-- A dry run of a resume: what would be asked again.
local function show_forecast(run, globals)
  local forecast = require "orch.run.forecast"
  if globals.json then
    return say.out(core.json_encode(forecast.data(run), { pretty = true }))
  end
  return say.out(table.concat(forecast.lines(run), "\n"))
end

--- Run a script.  spec: name = what the run is called; path = the script, as given;
-- source = its text when there is no such file, and pack = the folder of its pack then;
-- words = its own words; command = the subcommand that has made the text; resume = the
-- run to go on with, as for run.open; finish = function(value) -> exit code that is told
-- what the script returned, once the display is closed.  Return the exit code.
function launch.script(spec, globals)
  local refused = refusal()
  if refused then return say.fail(2, refused) end
  local settings, wrong = config.load()
  if not settings then return say.fail(2, wrong) end
  for _, key in ipairs { "deadline_ms", "jobs", "model" } do
    if globals[key] == nil then globals[key] = settings[key] end
  end

  local background = detach.take(globals)
  spec.id = background.id
  local other = detach.mistake(spec)
  if other then return say.fail(2, other) end
  local mode = globals.quiet and "quiet" or globals.progress
  if background.id and mode == "tty" then mode = "plain" end
  local observer <close> = progress.new { mode = mode, core = core,
    verbose = globals.verbose }
  local loaded, mistake = prepare(spec, observer, globals, settings)
  if not loaded then return say.fail(2, mistake) end
  if background.wanted then return detach.start(spec, background.line, globals) end
  local run, trouble, cause = open_run(spec, loaded, observer, globals, settings)
  if not run then return say.fail(cause == "usage" and 2 or 5, trouble) end

  local outcome, value = execute(run, loaded)
  local code = report(spec, outcome, loaded, observer, globals)
  run:close()
  observer:close()
  local foretold = run.past and globals.dry_run and code == 0
  if foretold then return show_forecast(run, globals) end
  if spec.finish and code == 0 then return spec.finish(value) end
  return code
end

return launch

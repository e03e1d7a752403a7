--- One rehearsal: a script, a seed and some faults go in, what came of it comes out.
--
-- The script and the library run unchanged, in a world of their own.  When the engine is
-- killed there, the library is loaded anew over the next one and the run is resumed, as a
-- user would do.

local calls = require "orch.rehearsal.calls"
local checks = require "orch.rehearsal.checks"
local faults = require "orch.rehearsal.faults"
local load_over = require "orch.load"
local lots = require "orch.rehearsal.lots"
local patience = require "orch.rehearsal.patience"
local script_options = require "orch.options"
local subjects = require "orch.rehearsal.subject"
local timeline = require "orch.rehearsal.timeline"
local witness = require "orch.rehearsal.witness"
local workers = require "orch.rehearsal.workers"
local world = require "orch.rehearsal.world"

local rehearse = {}

local MOST_RESUMES = 20

local function new_world(subject, seed, agents)
  return world.new(workers.install({}, { seed = seed, share = subject.share,
    pack = subject.pack, files = subject.files, script = subject.script,
    agents = agents }))
end

-- ── one engine ──────────────────────────────────────────────────────────────

-- What the script asked of `orch.options` before anything else, or nil.
local Declared = {}

-- The options that the script declares, seen by running it as far as that.
local function declared_by(subject)
  local core = new_world(subject, 0)
  local orch, find = load_over(core)
  local function stop(entries) error(setmetatable({ entries = entries }, Declared), 0) end
  local seen = setmetatable({ options = stop }, { __index = function(_, name)
    local value = orch[name]
    return type(value) == "function" and function() stop() end or value
  end })
  local loaded, message = find "orch.script".load(subject.path, { source = subject.source,
    pack = subject.pack, words = subject.words,
    require = function(name) return name == "orch" and seen or find(name) end })
  if not loaded then return nil, message end
  local co = coroutine.create(loaded.run)
  core.guard(co)
  local ok, problem = coroutine.resume(co)
  core.guard(nil)
  return not ok and getmetatable(problem) == Declared and problem.entries or nil
end

local function warn_of_calls(scene, environment)
  calls.watch(environment, function(name)
    if scene.called[name] then return end
    scene.called[name] = true
    scene.called[#scene.called + 1] = name
  end)
end

-- How the script ended on this engine, as launch.lua has it.
local function execute(run, loaded)
  local outcome = run:execute(loaded.run)
  local mistake = outcome.kind == "bug" or outcome.kind == "usage"
  if mistake and loaded.raised(outcome.message) then
    outcome = { kind = "error", code = 1, message = outcome.message }
  end
  return outcome
end

local function perform(scene, core, resume)
  local subject = scene.subject
  local _, find = load_over(core, scene.replacements)
  local loaded, message = find "orch.script".load(subject.path, {
    source = subject.source, pack = subject.pack, words = subject.words, require = find,
    note = function(text) scene.witness:note("script", text) end,
  })
  if not loaded then return { kind = "usage", code = 2, message = message } end
  find "orch.script.repeatable".install(loaded.environment)
  warn_of_calls(scene, loaded.environment)
  local run, trouble = find "orch.run".open {
    name = subject.name, source = subject.source, words = subject.words,
    options = scene.options, config = scene.config, pack = subject.pack,
    script = subject.path, progress = scene.witness:observer(), resume = resume,
  }
  if not run then return { kind = "environment", code = 5, message = trouble } end
  scene.run = run
  scene.witness:listen(find)
  local outcome = execute(run, loaded)
  outcome.message = outcome.message and loaded.positions(tostring(outcome.message))
  if (outcome.message or ""):find("the script has computed for ", 1, true) then
    scene.stopped = scene.stopped or outcome.message
  end
  scene.spent = run.budget.spent and run.budget:spent() or nil
  run:close()
  return outcome
end

-- ── the engines of a run, one after the other ───────────────────────────────

local function listened(scene, core)
  return patience.over(scene, scene.witness:over(core))
end

-- Whether a resumed run asks what is to become of files that somebody else has changed.
local function asks_to_accept(scene, outcome, resume)
  return scene.resumes > 0 and outcome.kind == "usage" and not (resume or {}).accept
    and outcome.message:find("somebody else has changed files", 1, true) ~= nil
end

-- What follows a killed engine: the run goes on if it had begun, else it begins anew.
local function next_resume(scene)
  local folder = scene.witness.folder
  scene.resumes = scene.resumes + 1
  scene.witness:note("resume", folder and "the run is resumed"
    or "the run had not begun and is started again")
  return folder and { folder = folder } or nil
end

-- Run and resume until an engine comes to the end of the script.
local function perform_all(scene)
  local resume
  for _ = 0, MOST_RESUMES do
    scene.killed = false
    local fine, outcome = pcall(perform, scene, listened(scene, scene.core), resume)
    if scene.killed then
      resume = next_resume(scene)
    elseif not fine then
      local message = tostring(outcome):gsub("\nstack traceback:.*", "")
      return { kind = "bug", code = 2, message = message }
    elseif asks_to_accept(scene, outcome, resume) then
      scene.witness:note("resume", "the user accepts what has changed")
      resume = { folder = scene.witness.folder, accept = true }
    else
      return outcome
    end
  end
  return { kind = "bug", code = 2, message = "it was killed and resumed too often" }
end

local function arm(scene, core)
  scene.core = core
  local _, armed = lots.split(scene.faults)
  faults.arm(core, armed, function(sentence, fault, who)
    scene.witness:fault(fault, sentence, who)
  end, { on_kill = function(fault)
    scene.core = faults.kill(scene.core, fault)
    scene.witness:next_engine()
    scene.killed = true
  end })
end

-- ── the record ──────────────────────────────────────────────────────────────

local function workers_of(scene)
  local list = {}
  for i, worker in ipairs(scene.run and scene.run.workers or {}) do
    local starts = 0
    for _, start in ipairs(scene.witness.starts) do
      if start.label == worker.label and not start.refused then starts = starts + 1 end
    end
    list[i] = { label = worker.label, role = worker.role, agent = worker.agent,
      state = worker.state, states = scene.witness.states[worker.label] or {},
      starts = starts, tokens = worker.tokens or 0 }
  end
  return list
end

local function sum_of(list, field)
  local sum = 0
  for _, one in ipairs(list) do sum = sum + (one[field] or 0) end
  return sum
end

local function deliverable(scene)
  local folder = scene.witness.folder
  local bytes = folder and scene.witness:read(folder .. "/result.json")
  return bytes and scene.witness.machine.tools.json_decode(bytes) or nil, bytes
end

local function record_of(scene, outcome)
  scene.witness:settle()
  local data, result = deliverable(scene)
  local list = workers_of(scene)
  return {
    seed = scene.seed, faults = scene.faults, happened = scene.witness.happened,
    outcome = { kind = outcome.kind, code = outcome.code,
      message = outcome.message and scene.subject.real(outcome.message) },
    workers = list, data = data, result = result, resumes = scene.resumes,
    ms = scene.witness:now(), tokens = sum_of(list, "tokens"),
    starts = #scene.witness.starts, warnings = scene.witness.warnings,
    calls = scene.called, stopped = scene.stopped, timeline = scene.witness.events,
    witness = scene.witness, spent = scene.spent,
    limits = scene.options.budget or {},
  }
end

-- ── rehearsals ──────────────────────────────────────────────────────────────

--- Prepare the *subject* for rehearsals: the words for what its options require.  Return
-- it, or nil and a message; *reserved* are the options of orch-lua.
function rehearse.prepare(subject, reserved)
  local entries, message = declared_by(subject)
  if message then return nil, message end
  subject.words = subjects.words(subject.words, entries or {})
  local declared, values, wrong = pcall(script_options.parse, entries or {},
    subject.words, { script = subject.name, reserved = reserved })
  if entries and declared and not values then return nil, wrong end
  return subject
end

local function new_scene(subject, plan)
  local options = {}
  for key, value in pairs(plan.options or {}) do options[key] = value end
  local list = plan.faults or lots.draw(plan.seed, plan.kinds or {})
  for key, value in pairs((lots.split(list))) do
    if options[key] == nil then options[key] = value end
  end
  return {
    subject = subject, seed = plan.seed, options = options, config = plan.config,
    faults = list, replacements = plan.replacements, resumes = 0, called = {},
  }
end

--- Rehearse *subject* once.  plan: seed; faults = a list, or kinds = what they are drawn
-- from; options and config = of the run; agents = the voices of the user's own, as for
-- workers.install; replacements = as for orch.load.  The record: seed, faults, happened,
-- outcome { kind, code, message }, workers { label, role, agent, state, states, starts,
-- tokens }, data and result (of the deliverable, its bytes), resumes, ms (virtual),
-- tokens, starts, timeline, problems { name, promise, text }.
function rehearse.once(subject, plan)
  local scene = new_scene(subject, plan)
  local core = new_world(subject, plan.seed, plan.agents)
  scene.witness = witness.new(core.world.machine)
  arm(scene, core)
  local outcome = perform_all(scene)
  scene.witness:note("end", "%s%s", outcome.kind,
    outcome.message and ": " .. subject.real(tostring(outcome.message)) or "")
  local record = record_of(scene, outcome)
  record.problems = checks.run(record, subject.script.always, function()
    return rehearse.once(subject, { seed = plan.seed, faults = {}, options = plan.options,
      replacements = plan.replacements, config = plan.config, agents = plan.agents })
  end)
  return record
end

--- The timeline of *record*, as lines.
function rehearse.lines(record) return timeline.lines(record.timeline) end

return rehearse

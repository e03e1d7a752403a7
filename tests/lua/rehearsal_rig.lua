-- rehearsal_rig.lua - plays a pattern of this tree in a world of scripted workers.
--
--     local seen = rig.play("review_fix", 7, { faults = { { kind = "hang", at = 1 } } })
--
-- It returns what came of it: outcome, run, core, warnings, told (what the faults said).

local core = require "orch.core"
local faults = require "orch.rehearsal.faults"
local workers = require "orch.rehearsal.workers"
local world = require "orch.rehearsal.world"

local rig = {}

local WORDS = {
  review_fix = { "--artefact", "src" }, triangulated_review = { "--artefact", "src" },
  options_sprint = { "--task", "Do it." },
  research_synthesis = { "--question", "What?" },
  scout_act_verify = { "--task", "Do it." }, split_sections = { "--task", "Do it." },
}

--- The patterns, in order.
rig.patterns = { "options_sprint", "research_synthesis", "review_fix", "scout_act_verify",
  "split_sections", "triangulated_review" }

local share

--- What orch-lua installs, as path -> bytes.
function rig.share()
  if share then return share end
  share = {}
  local source = core.environment().ORCH_SOURCE or core.host().folder
  for _, folder in ipairs { "worker-templates", "patterns" } do
    for _, name in ipairs(assert(core.list(source .. "/" .. folder))) do
      local path = folder .. "/" .. name
      if name:find "%.lua$" then
        share[path] = assert(core.read(source .. "/" .. path))
      end
    end
  end
  return share
end

local function observer(seen)
  return {
    event = function(_, kind, record)
      if kind == "warning" then seen.warnings[#seen.warnings + 1] = record end
    end,
    close = function() end,
    output = function(_, bytes) return seen.core.output(1, bytes) end,
  }
end

-- One engine: open the run, or resume it, and execute the script.
local function perform(seen, options, resume)
  local load = select(2, require "orch.load"(seen.core))
  local path = workers.places.share .. "/patterns/" .. seen.pattern .. ".lua"
  local loaded = assert(load "orch.script".load(path,
    { require = load, source = options.source }))
  seen.load, seen.run = load, assert(load "orch.run".open {
    name = seen.pattern, pack = loaded.pack, words = options.words or WORDS[seen.pattern],
    source = loaded.source, config = options.config, progress = observer(seen),
    script = path, resume = resume,
  })
  seen.folder = seen.run.folder
  seen.outcome = seen.run:execute(loaded.run)
end

--- Play *pattern* with *seed*; a killed engine is followed by another that resumes the
-- run.  options: words, script = a rehearsal script, faults = a list, agents, config,
-- world = more options of the world, source = text of a script in place of the pattern.
function rig.play(pattern, seed, options)
  options = options or {}
  local given = options.world or {}
  given.core = core
  local seen = { pattern = pattern, warnings = {}, told = {}, resumes = 0 }
  seen.core = world.new(workers.install(given, { seed = seed, share = rig.share(),
    script = options.script, agents = options.agents }))
  faults.arm(seen.core, options.faults or {}, function(sentence)
    seen.told[#seen.told + 1] = sentence
  end, { on_kill = function(fault)
    seen.core, seen.killed = faults.kill(seen.core, fault), true
  end })
  local resume
  repeat
    seen.killed = false
    local fine, problem = pcall(perform, seen, options, resume)
    if not fine and not seen.killed then error(problem, 0) end
    resume = seen.folder and { folder = seen.folder } or nil
    seen.resumes = seen.resumes + (seen.killed and 1 or 0)
  until not seen.killed
  return seen
end

return rig

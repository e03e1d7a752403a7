--- `orch-lua rehearse SCRIPT`: a script under many seeds and faults, before it costs.

local cast = require "orch.cli.rehearsal.cast"
local core = require "orch.core"
local rehearse = require "orch.rehearsal.rehearse"
local replay = require "orch.cli.rehearsal.replay"
local report = require "orch.cli.rehearsal.report"
local say = require "orch.cli.say"
local seeds = require "orch.cli.rehearsal.seeds"
local subject = require "orch.rehearsal.subject"
local words = require "orch.cli.rehearsal.words"

local command = {
  usage = "rehearse SCRIPT [--option value ...] [--seeds N] [--seed S] [--faults LIST]",
  summary = "Run a script in a world of its own, with scripted workers and faults.",
  help = [[
The script runs unchanged; its workers are actors, hours pass in milliseconds, nothing
outside is touched and nothing is paid.  After every run it is checked that each promise
of orch-lua held and that the script ended for a stated reason.

  --seeds N      how many rehearsals (200)
  --seed S       the first seed (1); alone: this one, with its timeline
  --faults LIST  all (the default), none, or kinds: limited,kill_engine,...
  --only LIST    of what the seed brings only this, such as dies@2
  --jobs N       how many processes share the seeds (one for each processor)
  --json         the summary as JSON
  --from RUN     what if: the script, as it is now, over the replies of that run; what
                 would be asked again is told with its cost, and nothing is started

Options of the script that must be given and are not are made up.  Exit: 0 when
everything held in every rehearsal, 1 when not, 2 for a mistake in the words or the
script.]],
}

-- A part of the seeds for another process of ours: one line of JSON for each.
local function run_part(plan)
  for seed = plan.first + plan.part - 1, plan.last, plan.parts do
    core.output(1, core.json_encode(seeds.digest(plan, seed)) .. "\n")
  end
  return 0
end

local function run_one(plan, globals)
  local record, message = replay.of(plan, plan.first)
  if not record then return say.fail(2, message) end
  local code = say.out(globals.json and report.record_json(record)
    or report.record(record, plan))
  if code ~= 0 then return code end
  return record.problems[1] and 1 or 0
end

local function run_many(plan, globals)
  local tally = seeds.run(plan, not globals.quiet)
  local smallest = tally:smallest()
  local shrunk = smallest and replay.shrink(plan, smallest)
  local code = say.out(globals.json and report.json(tally, plan, shrunk)
    or report.summary(tally, plan, shrunk))
  if code ~= 0 then return code end
  return smallest and 1 or 0
end

-- The script over what a run was answered.
local function run_from(plan, globals)
  local found, message = require "orch.rehearsal.what_if".of(plan.subject, plan.from)
  if not found then return say.fail(2, message) end
  local code = say.out(globals.json and report.what_if_json(found)
    or report.what_if(found, plan))
  return code ~= 0 and code or found.outcome.code
end

function command.run(given, globals)
  local plan, message = words.read(given, globals)
  if not plan then return say.fail(2, message) end
  plan.subject, message = subject.of(plan.path, plan.words)
  if plan.subject and plan.from then return run_from(plan, globals) end
  if plan.subject then
    cast.add_named(plan, plan.subject.source, plan.own_agents)
    plan.subject, message = rehearse.prepare(plan.subject, words.reserved())
  end
  if not plan.subject then return say.fail(2, message) end
  if plan.part then return run_part(plan) end
  if plan.single then return run_one(plan, globals) end
  return run_many(plan, globals)
end

return command

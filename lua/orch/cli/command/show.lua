--- `orch-lua show RUN`: a run as one would tell somebody of it, and how to go on.

local chosen = require "orch.cli.chosen"
local core = require "orch.core"
local run_words = require "orch.cli.run_words"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local text = require "orch.text"
local width = require "orch.progress.width"
local words = require "orch.progress.words"

local show = {
  usage = "show RUN",
  summary = "Show a run, and how to go on with it.",
  help = "RUN is its id, the beginning of no other id, or 'last'.  --json gives data.",
}

local MARKS = { completed = "x", in_progress = ">", pending = " " }

local function ago(seconds) return run_words.age(core.time() - seconds) .. " ago" end

local function add_head(lines, run)
  local took = text.duration(run_words.seconds(run) * 1000)
  lines[1] = ("%s: %s, begun %s, %s %s"):format(run.id, run.state, ago(run.started),
    run.alive and "running for" or "took", took)
  if run.message then lines[#lines + 1] = "  " .. run_words.line(run.message) end
  if run.script then lines[#lines + 1] = "  script:  " .. run_words.line(run.script) end
  if run.folder then lines[#lines + 1] = "  run in:  " .. run_words.line(run.folder) end
  local cost = words.count(run.tokens or 0) .. " tokens"
  local money = run_words.money(run)
  lines[#lines + 1] = "  used:    " .. cost .. (money and ", " .. money or "")
  local budget = run_words.budget(run)
  if budget then lines[#lines + 1] = "  budget:  " .. budget end
  lines[#lines + 1] = "  files:   " .. run.path
end

local function add_plan(lines, run)
  if not run.steps[1] then return end
  lines[#lines + 1] = "\nplan"
  for _, step in ipairs(run.steps) do
    lines[#lines + 1] = ("  [%s] %s"):format(MARKS[step.status] or "?",
      run_words.line(step.step))
  end
end

-- What a worker has done so far, in a few words.
local function details_of(run, worker)
  local parts, now = {}, core.time()
  local used = words.used({
    started = worker.started and worker.started * 1000, tokens = worker.tokens,
    ended = (worker.ended or run.alive and now or run.ended or now) * 1000 }, 0)
  if used ~= "" then parts[1] = used end
  if worker.agent then parts[#parts + 1] = worker.agent end
  return table.concat(parts, ", ")
end

local function state_of(run, worker, is_living)
  if is_living and not run.alive then return "left running" end
  if is_living and worker.state == "unknown" then return "running" end
  local over = not words.is_live(worker.state)
  return (run.alive or over) and words.state(worker.state) or "cut short"
end

local function add_worker(lines, run, worker, living, widest)
  local state = state_of(run, worker, living[worker.label])
  lines[#lines + 1] = ("  %s  %-9s  %s"):format(width.pad(worker.label, widest), state,
    details_of(run, worker)):gsub(" +$", "")
  local failure = type(worker.failure) == "table" and worker.failure or {}
  local need = run_words.need(worker)
  if need and (run.alive or worker.state == "blocked") then
    lines[#lines + 1] = "      " .. need
  elseif failure.reason then
    lines[#lines + 1] = "      " .. run_words.line(failure.reason)
  end
  local folder = run.path .. "/" .. worker.folder
  local reply = folder .. "/reply.md"
  lines[#lines + 1] = "      " .. (core.stat(reply) and reply or folder)
end

local function add_workers(lines, run)
  local workers, living, widest = runs.workers(run), {}, 0
  if not workers[1] then return end
  for _, session in ipairs(runs.living(run)) do living[session.label] = true end
  for _, worker in ipairs(workers) do
    widest = math.max(widest, width.of(worker.label))
  end
  lines[#lines + 1] = "\nworkers"
  for _, worker in ipairs(workers) do add_worker(lines, run, worker, living, widest) end
end

local function add_findings(lines, run)
  if type(run.findings) ~= "table" or not run.findings[1] then return end
  lines[#lines + 1] = "\nfindings"
  for _, finding in ipairs(run.findings) do
    local where = finding.path and run_words.line(finding.path)
      .. (finding.line and ":" .. tostring(finding.line) or "") .. " " or ""
    lines[#lines + 1] = ("  %s [%s] %s%s%s"):format(finding.id or "-",
      finding.severity or "?", where, run_words.line(finding.title or ""),
      finding.state and ": " .. finding.state or "")
  end
end

local function add_result(lines, run)
  local path = run.path .. "/result.md"
  local bytes = core.read(path)
  if not bytes then return end
  lines[#lines + 1] = ("\nresult (%s)"):format(path)
  lines[#lines + 1] = text.indent(text.clean(bytes):gsub("%s+$", ""), 2)
end

local function next_of(run)
  return run_words.next(run, runs.living(run)[1] ~= nil)
end

local function add_next(lines, run)
  lines[#lines + 1] = "\nto go on"
  for _, call in ipairs(next_of(run)) do
    lines[#lines + 1] = ("  %s\n      %s"):format(call[1], call[2])
  end
end

local function data_of(run)
  run.needs = core.array((run_words.needs(run)))
  run.next = core.array {}
  for i, call in ipairs(next_of(run)) do run.next[i] = call[1] end
  return core.json_encode(run, { pretty = true })
end

function show.run(given, globals)
  local found, wrong = chosen.words(show, given, { "RUN" })
  if not found then return say.fail(2, wrong) end
  local run, lines = runs.read(found.path), {}
  if globals.json then return say.out(data_of(run)) end
  for _, add in ipairs { add_head, add_plan, add_workers, add_findings, add_result,
    add_next } do
    add(lines, run)
  end
  return say.out(table.concat(lines, "\n"))
end

return show

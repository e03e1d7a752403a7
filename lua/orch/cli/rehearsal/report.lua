--- What came of rehearsals, for people and as JSON.

local calls = require "orch.rehearsal.calls"
local core = require "orch.core"
local lots = require "orch.rehearsal.lots"
local text = require "orch.text"
local timeline = require "orch.rehearsal.timeline"
local words = require "orch.cli.rehearsal.words"

local report = {}

-- 1234567 as 1.2M.
local function amount(number)
  if number >= 1e6 then return ("%.1fM"):format(number / 1e6) end
  if number >= 1e4 then return ("%dk"):format(number // 1000) end
  return ("%d"):format(number)
end

local function counted(counts)
  local names = text.sorted_keys(counts)
  table.sort(names, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = ("%s: %d"):format(name, counts[name]) end
  return table.concat(parts, ", ")
end

-- ── one rehearsal ───────────────────────────────────────────────────────────

local function worker_line(worker)
  return ("  %s  %s, %d %s, %s tokens"):format(worker.label,
    table.concat(worker.states, " > "), worker.starts,
    worker.starts == 1 and "start" or "starts", amount(worker.tokens))
end

-- What the script does round orch-lua, by line where its text shows it.
local function call_lines(plan, called)
  local found, shown, lines = calls.of(plan.subject.source), {}, {}
  for _, call in ipairs(found) do
    shown[call.name] = true
    lines[#lines + 1] = ("warning: %s:%d: %s goes round orch-lua: it is really done, in "
      .. "every rehearsal, and again by a resume"):format(plan.path, call.line, call.name)
  end
  for _, name in ipairs(called) do
    if not shown[name] then
      lines[#lines + 1] = ("warning: %s: %s was called: it goes round orch-lua")
        :format(plan.path, name)
    end
  end
  return lines
end

local function problem_lines(problems)
  local lines = {}
  for _, problem in ipairs(problems) do
    lines[#lines + 1] = ("  %s: %s"):format(problem.name, text.clean(problem.text))
    lines[#lines + 1] = ("    (%s)"):format(problem.promise)
  end
  return lines
end

local function add(lines, more)
  return table.move(more, 1, #more, #lines + 1, lines)
end

-- A record: its faults, its timeline, its workers and what it broke.
local function story(record)
  local lines = {}
  for _, fault in ipairs(record.faults) do
    lines[#lines + 1] = ("  %s: %s"):format(lots.name(fault), text.clean(
      text.shorten(lots.describe(fault), 200)))
  end
  lines[#lines + 1] = ""
  add(lines, timeline.lines(record.timeline))
  lines[#lines + 1] = ""
  for _, worker in ipairs(record.workers) do lines[#lines + 1] = worker_line(worker) end
  return lines
end

--- One rehearsal, with its timeline.
function report.record(record, plan)
  local lines = { ("seed %d, %d %s"):format(record.seed, #record.faults,
    #record.faults == 1 and "fault" or "faults") }
  add(lines, story(record))
  lines[#lines + 1] = ""
  if record.problems[1] then
    lines[#lines + 1] = "broken:"
    add(lines, problem_lines(record.problems))
  else
    lines[#lines + 1] = "every promise held."
  end
  return table.concat(add(lines, call_lines(plan, record.calls)), "\n")
end

local function record_data(record)
  local faults = core.array {}
  for i, fault in ipairs(record.faults) do
    faults[i] = { name = lots.name(fault), text = lots.describe(fault) }
  end
  for _, worker in ipairs(record.workers) do core.array(worker.states) end
  return {
    seed = record.seed, faults = faults, outcome = record.outcome,
    workers = core.array(record.workers), tokens = record.tokens, ms = record.ms,
    starts = record.starts, resumes = record.resumes, data = record.data,
    problems = core.array(record.problems),
    timeline = core.array(timeline.data(record.timeline)),
  }
end

function report.record_json(record)
  return core.json_encode(record_data(record), { pretty = true })
end

-- ── what if ─────────────────────────────────────────────────────────────────

--- What a script makes of the replies of a run.
function report.what_if(found, plan)
  local lines = { ("%s over the replies of %s"):format(plan.script,
    plan.from:match "[^/]*$") }
  for _, line in ipairs(found.lines) do lines[#lines + 1] = "  " .. line end
  lines[#lines + 1] = "\n" .. (found.markdown or ("it ends as '%s': %s"):format(
    found.outcome.kind, text.clean(found.outcome.message or "")))
  return table.concat(lines, "\n")
end

function report.what_if_json(found)
  return core.json_encode({ outcome = found.outcome, forecast = found.forecast,
    data = found.data }, { pretty = true })
end

-- ── many rehearsals ─────────────────────────────────────────────────────────

-- Tokens, and money where there is a price or the agent tells it.
local function cost(used)
  local tokens = amount(used.tokens) .. " tokens"
  return used.money and ("%s and %.2f of money"):format(tokens, used.money) or tokens
end

local function head(sum, plan)
  local unseen = sum:unseen()
  return {
    ("%d rehearsals of %s, seeds %d to %d, faults: %s"):format(sum.seeds, plan.script,
      plan.first, plan.last, plan.faults or "all"),
    "  ended       " .. counted(sum.outcomes),
    ("  workers     %d, %d starts, %d resumes of a killed engine"):format(sum.workers,
      sum.starts, sum.resumes),
    ("  time        %.0f virtual hours; the longest is seed %d: %s"):format(
      sum.ms / 3600000, sum.longest.seed, timeline.clock(sum.longest.ms)),
    ("  cost        %s; the dearest is seed %d: %s"):format(cost(sum), sum.dearest.seed,
      cost(sum.dearest)),
    "  states      " .. counted(sum.states),
    "  never seen  " .. (unseen[1] and table.concat(unseen, ", ") or "none"),
    "  faults      " .. (next(sum.happened) and counted(sum.happened) or "none"),
  }
end

-- The promises that were broken: how often, and one example of each.
local function broken_lines(sum)
  local order, by_name = {}, {}
  for _, digest in ipairs(sum.failing) do
    local seen = {}
    for _, problem in ipairs(digest.problems) do
      local entry = by_name[problem.name]
      if not entry then
        entry = { count = 0, problem = problem, seed = digest.seed }
        by_name[problem.name], order[#order + 1] = entry, entry
      end
      if not seen[problem.name] then entry.count = entry.count + 1 end
      seen[problem.name] = true
    end
  end
  local lines = { ("%d of %d rehearsals broke a promise:")
    :format(#sum.failing, sum.seeds) }
  for _, entry in ipairs(order) do
    lines[#lines + 1] = ("  %s, in %d: %s"):format(entry.problem.name, entry.count,
      entry.problem.promise)
    lines[#lines + 1] = ("    seed %d: %s"):format(entry.seed,
      text.clean(entry.problem.text))
  end
  return lines
end

local function shrunk_lines(record, plan)
  local lines = { "", ("the smallest is seed %d; it takes %s:"):format(record.seed,
    record.faults[1] and "no more than" or "no fault") }
  add(lines, story(record))
  lines[#lines + 1] = ""
  add(lines, problem_lines(record.problems))
  lines[#lines + 1] = "\nreplay it: " .. words.replay(plan, record.seed, record.faults)
  return lines
end

--- All of it for people; *shrunk* is the record of the smallest failure, if there is one.
function report.summary(sum, plan, shrunk)
  local lines = head(sum, plan)
  lines[#lines + 1] = ""
  if shrunk then
    add(lines, broken_lines(sum))
    add(lines, shrunk_lines(shrunk, plan))
  else
    lines[#lines + 1] = "every promise held in every rehearsal."
  end
  return table.concat(add(lines, call_lines(plan, text.sorted_keys(sum.calls))), "\n")
end

function report.json(sum, plan, shrunk)
  return core.json_encode({
    script = plan.script, first = plan.first, last = plan.last, seeds = sum.seeds,
    outcomes = sum.outcomes, workers = sum.workers, starts = sum.starts,
    resumes = sum.resumes, tokens = sum.tokens, virtual_hours = sum.ms / 3600000,
    longest = { seed = sum.longest.seed, ms = sum.longest.ms },
    money = sum.money, dearest = { seed = sum.dearest.seed, tokens = sum.dearest.tokens,
      money = sum.dearest.money },
    states = sum.states, never_seen = core.array(sum:unseen()), happened = sum.happened,
    calls = core.array(calls.of(plan.subject.source)),
    failing = #sum.failing, smallest = shrunk and record_data(shrunk) or nil,
    replay = shrunk and words.replay(plan, shrunk.seed, shrunk.faults) or nil,
  }, { pretty = true })
end

return report

--- Compares orch-lua with the kernel's limit and with its peers, in one run: everything
--- is measured in every round, in an order that is shuffled, so that what else the
--- machine does meets all alike.  Only ratios within a round say much.
---
---   orch-lua --lua bench.lua BUILD_FOLDER SCRATCH_FOLDER ROUNDS [RESULTS.json]

package.path = (arg[0]:match "^.*/" or "./") .. "?.lua;" .. package.path

local contenders = require "contenders"
local core = require "orch.core"
local goals = require "goals"
local orch = require "orch"
local text = require "orch.text"

local build, scratch, rounds, results_file = table.unpack(arg)
rounds = assert(tonumber(rounds), "bench.lua needs a number of rounds")

local LIMIT_MS = 180000        -- for one measurement
local taken = {}               -- "jobs of orch-lua" -> { [round] = figures }
local failed = {}              -- the same keys -> what went wrong at first

local function shuffled(list)
  local copy = table.move(list, 1, #list, 1, {})
  for i = #copy, 2, -1 do
    local j = math.random(i)
    copy[i], copy[j] = copy[j], copy[i]
  end
  return copy
end

--- Take one measurement in a folder of its own.  Return its figures, or nil and a reason.
local function take(contender)
  local folder = scratch .. "/now"
  assert(core.make_folder(folder))
  local argv = { "taskset", "-c", contender.cpus }
  table.move(contender.argv, 1, #contender.argv, #argv + 1, argv)
  local done = orch.exec_command {
    argv = argv, workdir = folder, tty = false, yield_time_ms = LIMIT_MS,
    deadline_ms = LIMIT_MS,
    env = { XDG_RUNTIME_DIR = folder, ORCH_STATE_DIR = folder, TMPDIR = folder },
  }
  core.remove(folder, { tree = true })
  local last = done.output:match "([^\n]*)\n?$"
  local figures = done.exit_code == 0 and core.json_decode(last)
  if figures then return figures end
  return nil, done.output
end

local function key_of(contender) return contender.measure .. " of " .. contender.who end

local function run_round(round)
  io.stderr:write(("bench: round %d of %d\n"):format(round, rounds))
  for _, contender in ipairs(shuffled(contenders.list(build))) do
    local key = key_of(contender)
    local figures, problem = take(contender)
    taken[key] = taken[key] or {}
    taken[key][round] = figures or {}
    if problem then failed[key] = failed[key] or problem end
  end
end

-- ── from rounds to one figure ───────────────────────────────────────────────

local function median(list)
  if #list == 0 then return nil end
  table.sort(list)
  return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

--- What one contender gave in each round that it finished.
local function each_round(measure, who, figure)
  local values = {}
  for round, figures in pairs(taken[measure .. " of " .. who] or {}) do
    values[round] = figures[figure]
  end
  return values
end

local summary = {}

--- The values of all rounds, the least first.
function summary.values(measure, who, figure)
  local list = {}
  for _, value in pairs(each_round(measure, who, figure)) do list[#list + 1] = value end
  table.sort(list)
  return list
end

function summary.median(measure, who, figure)
  return median(summary.values(measure, who, figure))
end

--- The median of the ratios of two in the same round; each is { measure, who }.
function summary.ratio(above, below, figure)
  local ratios = {}
  local under = each_round(below[1], below[2], figure)
  for round, value in pairs(each_round(above[1], above[2], figure)) do
    if under[round] then ratios[#ratios + 1] = value / under[round] end
  end
  return median(ratios)
end

-- ── the report ──────────────────────────────────────────────────────────────

local function number(value)
  if not value then return "-" end
  if value >= 1000 then return ("%.0f"):format(value) end
  return ("%.4g"):format(value)
end

local function print_measures(rows)
  local line = "%-17s %-11s %9s %-7s %9s   %s"
  print(line:format("", "", "median", "", "/ref", "all rounds"))
  for _, row in ipairs(rows) do
    print(line:format(row.measure, row.who, number(row.median), row.unit,
      row.ratio and ("%.2f"):format(row.ratio) or "",
      number(row.least) .. " - " .. number(row.most)))
  end
end

local function rows_of_measures()
  local rows = {}
  for _, contender in ipairs(contenders.list(build)) do
    local measure, who, figure = contender.measure, contender.who, contender.figure
    local values = summary.values(measure, who, figure)
    rows[#rows + 1] = {
      measure = measure, who = who, unit = contender.unit, least = values[1],
      most = values[#values], median = summary.median(measure, who, figure),
      ratio = who ~= "reference" and summary.ratio({ measure, who },
        { measure, "reference" }, figure) or nil,
      failed = failed[key_of(contender)],
    }
  end
  return rows
end

local function print_goals(checked)
  print(("\n%-58s %9s %9s"):format("goal", "wanted", "measured"))
  for _, goal in ipairs(checked) do
    print(("%-58s %9s %9s  %s"):format(goal.text, goal.wanted, number(goal.value),
      goal.met and "" or "MISSED"))
  end
end

local function print_failures()
  for key, problem in text.sorted_pairs(failed) do
    print(("\n%s failed:\n%s"):format(key, problem))
  end
end

orch.main(function()
  for round = 1, rounds do run_round(round) end
  local rows, checked = rows_of_measures(), goals.check(summary)
  print_measures(rows)
  print_goals(checked)
  print_failures()
  local data = { rounds = rounds, measures = rows, goals = checked, figures = taken }
  if results_file then
    assert(core.write(results_file, core.json_encode(data, { pretty = true }) .. "\n"))
  end
end)

-- find_planted.lua MOST - looks for every planted fault within MOST seeds, and prints the
-- seed and the shrunk timeline of each.

local core = require "orch.core"
local lots = require "orch.rehearsal.lots"
local planted = require "planted"
local rehearse = require "orch.rehearsal.rehearse"
local subject = require "orch.rehearsal.subject"
local support = require "support"

local most = tonumber(arg[1])

local function prepare()
  local folder <close> = support.folder()
  assert(core.write(folder.path .. "/crew.lua", planted.script))
  return assert(rehearse.prepare(assert(subject.of(folder.path .. "/crew.lua", {}))))
end

local crew = prepare()

local missed = 0
for _, one in ipairs(planted.list) do
  local seed, record = planted.find(crew, one, most)
  core.output(1, ("== %s: %s\n"):format(one.name, seed and "seed " .. seed or "missed"))
  if not seed then
    missed = missed + 1
  else
    for _, fault in ipairs(record.faults) do
      core.output(1, ("%s: %s\n"):format(lots.name(fault), lots.describe(fault)))
    end
    local lines = rehearse.lines(record)
    core.output(1, table.concat(lines, "\n", 1, math.min(#lines, 60)) .. "\n")
    for _, problem in ipairs(record.problems) do
      core.output(1, ("-> %s: %s\n"):format(problem.name, problem.text))
    end
  end
end
os.exit(missed == 0 and 0 or 1)

--- Measures what it costs that runs survive, and how fast one looks back and goes on.
---
---   orch-lua --lua survival.lua PROGRAM SCRATCH_FOLDER ROUNDS [RESULTS.json]
---
--- The scratch folder must be on the disk whose syncs are to be measured.  Offline
--- workers run with the journal as it is and with all syncs off, in turns; a finished run
--- of a thousand workers is resumed; a thousand runs are listed.

local core = require "orch.core"

local program, scratch, rounds, results_file = table.unpack(arg)

local WORKERS, MANY = 200, 1000
local LIMIT_MS = 600000        -- for one measurement
local GOALS = { resume = 1000, runs = 300 }    -- ms

-- ── one engine, as a process of its own ─────────────────────────────────────

-- What a process without syncs has instead: this file again, with the word `engine`.
local function without_syncs()
  local other = {}
  for name, value in pairs(core) do other[name] = value end
  local function plain(name, at)
    other[name] = function(...)
      local arguments = table.pack(...)
      local options = {}
      for key, value in pairs(arguments[at] or {}) do options[key] = value end
      options.durable = nil
      arguments[at] = options
      return core[name](table.unpack(arguments, 1, math.max(arguments.n, at)))
    end
  end
  plain("append", 3)
  plain("write", 3)
  plain("start", 1)
  other.sync = function() return true end
  return other
end

local function cpu_ms()
  local fields = {}
  for field in core.read("/proc/self/stat"):match "%) (.*)":gmatch "%S+" do
    fields[#fields + 1] = field
  end
  return (fields[12] + fields[13]) * 10
end

--- Run the workers over this core, or one without syncs; print the figures.
local function engine(syncs, count)
  local _, find = require "orch.load"(syncs == "yes" and core or without_syncs())
  local orch, list = find "orch", {}
  for i = 1, math.tointeger(count) do list[i] = i end
  local run = assert(find "orch.run".open { name = "survival", options = { jobs = 4 },
    config = { agent = { ["*"] = { "offline" } } } })
  local began = core.now()
  local outcome = run:execute(function()
    orch.all(list, function(i)
      return orch.ask("reviewer", { artefact = "one.c", lens = "lens " .. i })
    end)
  end)
  local ms = core.now() - began
  run:close()
  assert(outcome.code == 0, outcome.message)
  core.output(1, core.json_encode { ms = ms, cpu_ms = cpu_ms() } .. "\n")
end

if program == "engine" then return engine(scratch, rounds) end

-- ── the measurements ────────────────────────────────────────────────────────

rounds = assert(tonumber(rounds), "survival.lua needs a number of rounds")
local here = debug.getinfo(1, "S").source:sub(2)
if here:sub(1, 1) ~= "/" then here = core.host().folder .. "/" .. here end
local state = scratch .. "/state"

--- Run *argv* to its end; return its milliseconds and what it printed.
local function timed(argv)
  local folder = scratch .. "/session"
  assert(core.make_folder(folder))
  local began = core.now()
  local handle = assert(core.start {
    folder = folder, argv = argv, workdir = scratch .. "/work", tty = false,
    env = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" .. scratch, "LANG=C.UTF-8",
      "ORCH_STATE_DIR=" .. state, "XDG_CONFIG_HOME=" .. scratch .. "/config" },
    stdin = "null", stderr = "file", lease_ms = 0, deadline_ms = LIMIT_MS, cap = 1 << 26,
    on_leader_exit = "kill",
  })
  repeat
    core.poll(-1)
    local status = core.status(handle)
  until status.state == "ended" or status.state == "lost"
  local ms = core.now() - began
  local output = core.read(folder .. "/transcript") or ""
  assert(core.status(handle).code == 0, output .. core.read(folder .. "/stderr"))
  core.release(handle)
  core.remove(folder, { tree = true })
  return ms, output
end

local function write(path, bytes)
  assert(core.make_folder(path:match "^(.*)/", { parents = true }))
  assert(core.write(path, bytes, { atomic = false }))
end

local function median(values)
  table.sort(values)
  return (values[(#values + 1) // 2] + values[#values // 2 + 1]) / 2
end

local function run_engine(syncs)
  core.remove(state, { tree = true })
  local _, printed = timed { program, "--lua", here, "engine", syncs, tostring(WORKERS) }
  return assert(core.json_decode(printed:match "[^\n]+"))
end

--- Both kinds in turns: the medians of each, and of the ratios of the rounds.
local function compare_syncs()
  local with, without = { ms = {}, cpu_ms = {} }, { ms = {}, cpu_ms = {} }
  local ratios = { ms = {}, cpu_ms = {} }
  run_engine "yes"             -- to warm up
  for round = 1, rounds do
    local first = round % 2 == 0 and "yes" or "no"
    local one = run_engine(first)
    local other = run_engine(first == "yes" and "no" or "yes")
    local a, b = one, other
    if first == "no" then a, b = other, one end
    for _, figure in ipairs { "ms", "cpu_ms" } do
      with[figure][round], without[figure][round] = a[figure], b[figure]
      ratios[figure][round] = a[figure] / b[figure]
    end
  end
  local figures = {}
  for _, figure in ipairs { "ms", "cpu_ms" } do
    figures["synced_" .. figure] = median(with[figure])
    figures["unsynced_" .. figure] = median(without[figure])
    figures["ratio_" .. figure] = median(ratios[figure])
  end
  return figures
end

local THOUSAND = [[
local orch = require "orch"
local list = {}
for i = 1, %d do list[i] = i end
local results = orch.all(list, function(i)
  return orch.ask("worker", { task = "Do part " .. i .. "." })
end)
return orch.deliver { result = #results .. " parts are done.", next_step = "None." }
]]

local CONFIG = [[
return { agent = "short", agents = { short = { argv = { "/bin/sh", "-c",
  "cat >/dev/null; echo RESULT: It is done." } } } }
]]

local function least_of(words)
  local least = math.huge
  for _ = 1, rounds do least = math.min(least, (timed(words))) end
  return least
end

--- A finished run of a thousand workers is resumed.
local function resume_many()
  core.remove(state, { tree = true })
  write(scratch .. "/project/thousand.lua", THOUSAND:format(MANY))
  timed { program, "thousand.lua", "--jobs", "16", "--progress", "quiet" }
  return least_of { program, "resume", "last", "--progress", "quiet" }
end

--- A thousand runs, each a copy of what such a list reads of a finished one, are listed.
local function list_many()
  core.remove(state, { tree = true })
  timed { program, "ask", "worker", "--task", "Do it.", "--progress", "quiet" }
  local id
  for _, name in ipairs(core.list(state)) do
    if name:sub(1, 1) ~= "." then id = name end
  end
  for i = 1, MANY - 1 do
    local copy = ("%s/%s%06x"):format(state, id:sub(1, -7), i)
    for _, name in ipairs { "lock", "journal", "summary.json" } do
      write(copy .. "/" .. name, assert(core.read(("%s/%s/%s"):format(state, id, name))))
    end
  end
  return least_of { program, "runs" }, least_of { program, "runs", "--all" }
end

write(scratch .. "/project/one.c", "int f(char *a) { return gets(a) != 0; }\n")
write(scratch .. "/config/orch-lua/config.lua", CONFIG)
local results = compare_syncs()
print(("%d offline workers, four at once, synced and not: %.2f s and %.2f s, ratio %.3f")
  :format(WORKERS, results.synced_ms / 1000, results.unsynced_ms / 1000,
  results.ratio_ms))
print(("  the engine's CPU: %.0f ms and %.0f ms, ratio %.3f")
  :format(results.synced_cpu_ms, results.unsynced_cpu_ms, results.ratio_cpu_ms))
results.resume_ms = resume_many()
print(("resume of a finished run of %d workers: %.0f ms (wanted: < %d)"):format(MANY,
  results.resume_ms, GOALS.resume))
results.runs_ms, results.all_runs_ms = list_many()
print(("runs, of %d: %.0f ms, all of them %.0f ms (wanted: < %d)"):format(MANY,
  results.runs_ms, results.all_runs_ms, GOALS.runs))
if results_file then
  assert(core.write(results_file, core.json_encode(results, { pretty = true }) .. "\n"))
end
if results.resume_ms >= GOALS.resume or results.all_runs_ms >= GOALS.runs then
  os.exit(1)
end

--- Measures fifty reviewers of a real source tree, eight at once, beside `xargs -P 8`
--- that runs the same command lines of the same agent on the same briefs, in turns.
---
---   orch-lua --lua reviewers.lua PROGRAM SOURCE SCRATCH_FOLDER ROUNDS [RESULTS.json]
---
--- Two sizes of work: each reviewer reads the whole tree, or one file of it.  The first
--- is what one does with lenses; in the second hardly anything but the machinery is left.

local core = require "orch.core"

local program, source, scratch, rounds, results_file = table.unpack(arg)
rounds = assert(tonumber(rounds), "reviewers.lua needs a number of rounds")

local REVIEWERS, AT_ONCE = 50, 8
local GOAL = 1.15              -- of the time of xargs, where each reads the whole tree
local LIMIT_MS = 300000        -- for one measurement
local DEFECT = "int planted(char *name) { return gets(name) != 0; }\n"

-- What orch-lua runs: the words are the artefacts.  It tells what the engine has used.
local SCRIPT = [[
local core = require "orch.core"
local orch = require "orch"
local opt = orch.options { artefacts = { "what to review", list = true } }
local reviews = orch.all(opt.artefacts, function(artefact)
  return orch.ask("reviewer", { artefact = artefact, lens = "correctness" })
end)
local findings = orch.findings(reviews)
local said = {}
for _, finding in ipairs(findings) do
  for _, label in ipairs(finding.sources) do said[label] = true end
end
local heard = 0
for _ in pairs(said) do heard = heard + 1 end
local fields = {}
for field in core.read("/proc/self/stat"):match "%) (.*)":gmatch "%S+" do
  fields[#fields + 1] = field
end
core.write("engine.json", core.json_encode {
  cpu_ms = (fields[12] + fields[13]) * 10, heard = heard, findings = #findings,
  rss_kb = tonumber(core.read("/proc/self/status"):match "VmHWM:%s*(%d+)"),
})
return orch.deliver { result = findings:summary(), next_step = "Read it.",
  findings = findings }
]]

-- What xargs runs for each number: the command line that orch-lua has run, on its brief.
-- In a session of its own as there: on a busy machine the kernel shares out by sessions.
local WORKER = [[
exec setsid "$1" agent offline exec --json -s read-only -C "$2" -o "$3/message-$4" - \
  <"$3/brief-$4" >"$3/events-$4" 2>"$3/stderr-$4"
]]

local tree, desk = scratch .. "/tree", scratch .. "/desk"

local function write(path, bytes)
  assert(core.make_folder(path:match "^(.*)/", { parents = true }))
  assert(core.write(path, bytes, { atomic = false }))
end

-- ── the tree ────────────────────────────────────────────────────────────────

--- Copy what is source of *from* to *to*; add the paths of the files to *files*.
local function copy(from, to, files)
  for _, name in ipairs(assert(core.list(from))) do
    local path = from .. "/" .. name
    local found = assert(core.stat(path))
    if found.type == "folder" then
      copy(path, to .. "/" .. name, files)
    elseif found.type == "file" and name:find "%.%a+$" then
      write(to .. "/" .. name, assert(core.read(path)))
      files[#files + 1] = to .. "/" .. name
    end
  end
end

--- A copy of this project's sources with a defect at the end of fifty files.
local function make_tree()
  local files, chosen = {}, {}
  for _, folder in ipairs { "core", "lua", "patterns", "worker-templates" } do
    copy(source .. "/" .. folder, tree .. "/" .. folder, files)
  end
  for i = 1, REVIEWERS do
    local path = files[1 + (i - 1) * #files // REVIEWERS]
    local defective = path:gsub("%.%a+$", "_planted.c")
    write(defective, core.read(path) .. DEFECT)
    chosen[i] = defective:sub(#tree + 2)
  end
  return chosen
end

-- ── the two ─────────────────────────────────────────────────────────────────

--- Run *argv* to its end; its wall time in seconds.
local function run(argv, workdir)
  local folder = scratch .. "/session"
  assert(core.make_folder(folder))
  local began = core.now()
  local handle = assert(core.start {
    folder = folder, argv = argv, workdir = workdir, tty = false, stdin = "null",
    env = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" .. scratch, "LANG=C.UTF-8",
      "ORCH_STATE_DIR=" .. scratch .. "/state" },
    stderr = "merge", lease_ms = 0, deadline_ms = LIMIT_MS, cap = 1 << 26,
    on_leader_exit = "kill",
  })
  repeat
    core.poll(-1)
    local status = core.status(handle)
  until status.state == "ended" or status.state == "lost"
  local seconds = (core.now() - began) / 1000
  local output = core.read(folder .. "/transcript") or ""
  assert(core.status(handle).code == 0, output)
  core.release(handle)
  core.remove(folder, { tree = true })
  return seconds, output
end

local function run_ours(artefacts)
  core.remove(scratch .. "/state", { tree = true })
  local seconds = run({ program, scratch .. "/script.lua", "--artefacts",
    table.concat(artefacts, ","), "--jobs", tostring(AT_ONCE), "--agent", "offline",
    "--progress", "quiet" }, tree)
  local figures = core.json_decode(core.read(tree .. "/engine.json"))
  core.remove(tree .. "/engine.json")
  assert(figures.heard == REVIEWERS, "the merged list lacks some of the reviewers")
  figures.seconds = seconds
  return figures
end

local function run_xargs()
  local seconds = run({ "/bin/sh", "-c",
    ("seq %d | xargs -P %d -n 1 sh '%s' '%s' '%s' '%s'"):format(REVIEWERS, AT_ONCE,
      desk .. "/worker.sh", program, tree, desk) }, tree)
  for i = 1, REVIEWERS do
    local said = core.read(("%s/message-%d"):format(desk, i)) or ""
    assert(said:find "unsafe call", "a reviewer under xargs said nothing")
  end
  return { seconds = seconds }
end

--- Take the briefs from what orch-lua has just run, the only run in its state folder.
local function take_briefs()
  local workers
  for _, name in ipairs(core.list(scratch .. "/state")) do
    local folder = ("%s/state/%s/workers"):format(scratch, name)
    if core.stat(folder) then workers = folder end
  end
  for i = 1, REVIEWERS do
    local brief = core.read(("%s/W%d-reviewer/1/brief"):format(workers, i))
    write(("%s/brief-%d"):format(desk, i), assert(brief))
  end
end

local function median(list, figure)
  local values = {}
  for i, item in ipairs(list) do values[i] = item[figure] end
  table.sort(values)
  return (values[(#values + 1) // 2] + values[#values // 2 + 1]) / 2
end

local function measure(artefacts, count)
  run_ours(artefacts)          -- to warm up, and for the briefs
  take_briefs()
  local ours, theirs, ratios = {}, {}, {}
  for round = 1, count do
    local first, second = run_ours, run_xargs
    if round % 2 == 0 then first, second = second, first end
    local a, b = first(artefacts), second(artefacts)
    if round % 2 == 0 then a, b = b, a end
    ours[round], theirs[round] = a, b
    ratios[round] = { ratio = a.seconds / b.seconds }
  end
  return { seconds = median(ours, "seconds"), xargs_seconds = median(theirs, "seconds"),
    ratio = median(ratios, "ratio"), cpu_ms = median(ours, "cpu_ms"),
    rss_kb = median(ours, "rss_kb"), findings = ours[1].findings, heard = ours[1].heard }
end

write(scratch .. "/script.lua", SCRIPT)
write(desk .. "/worker.sh", WORKER)
local files, whole = make_tree(), {}
for i = 1, REVIEWERS do whole[i] = "." end

local results, met = {}, true
for _, what in ipairs {
  { of = "the whole tree", artefacts = whole, rounds = rounds, goal = GOAL },
  { of = "one file", artefacts = files, rounds = 5 * rounds },
} do
  local figures = measure(what.artefacts, what.rounds)
  results[what.of] = figures
  print(("%d reviewers of %s, %d at once: %.2f s, xargs %.2f s, ratio %.3f%s"):format(
    REVIEWERS, what.of, AT_ONCE, figures.seconds, figures.xargs_seconds, figures.ratio,
    what.goal and (" (wanted: <= %g)"):format(what.goal) or ""))
  print(("  the engine: %d ms CPU, %.1f MiB RSS at most; %d findings, said by %d")
    :format(figures.cpu_ms, figures.rss_kb / 1024, figures.findings, figures.heard))
  if what.goal and figures.ratio > what.goal then met = false end
end
if results_file then
  assert(core.write(results_file, core.json_encode(results, { pretty = true }) .. "\n"))
end
os.exit(met and 0 or 1, true)

--- `orch-lua runs`: the runs there have been, newest first; `runs prune` forgets some.

local core = require "orch.core"
local flags = require "orch.cli.flags"
local run_words = require "orch.cli.run_words"
local runs = require "orch.runs"
local say = require "orch.cli.say"
local width = require "orch.progress.width"
local words = require "orch.progress.words"

local command = {
  usage = "runs [--all] | runs prune",
  summary = "List the runs and what they wait for, or forget old ones.",
  help = "The newest 20, or with --all every one.  --json gives all that is known.\n\n"
    .. "runs prune [--older 30d | --keep N] [--dry-run] removes runs that have ended:\n"
    .. "those older than 30 days, or all but the newest N.  What lives, has living\n"
    .. "workers or waits for an answer stays.",
}

local NEWEST = 20

-- ── the list ────────────────────────────────────────────────────────────────

local function workers_of(run)
  local counts, parts = run_words.counts(run), {}
  if not run.alive then
    counts.live = run.state == "interrupted" and #runs.living(run) or 0
    counts.waiting = 0
  end
  if counts.live > 0 then parts[1] = counts.live .. " at work" end
  for _, kind in ipairs { "waiting", "ok", "blocked", "stopped", "failed" } do
    if counts[kind] > 0 then parts[#parts + 1] = counts[kind] .. " " .. kind end
  end
  return parts[1] and table.concat(parts, ", ") or tostring(run.workers or 0)
end

local function row_of(run, now)
  local used = (run.tokens or 0) > 0 and words.count(run.tokens) or "-"
  return { run.id, run.state, run_words.age(now - run.started), workers_of(run), used,
    run_words.money(run) or "-" }
end

local HEAD = { "RUN", "STATE", "AGE", "WORKERS", "TOKENS", "MONEY" }

-- A column in which nobody has anything is not shown.
local function column_widths(rows)
  local widths = {}
  for column, title in ipairs(HEAD) do
    local widest, used = #title, column <= 4
    for _, row in ipairs(rows) do
      widest = math.max(widest, width.of(row[column]))
      used = used or row[column] ~= "-"
    end
    widths[column] = used and widest or 0
  end
  return widths
end

local function line_of(row, widths)
  local cells = {}
  for column, cell in ipairs(row) do
    if widths[column] > 0 then cells[#cells + 1] = width.pad(cell, widths[column]) end
  end
  return (table.concat(cells, "  "):gsub(" +$", ""))
end

local function table_of(list)
  local rows, now = {}, core.time()
  for i, run in ipairs(list) do rows[i] = row_of(run, now) end
  local widths = column_widths(rows)
  local lines = { line_of(HEAD, widths) }
  for i, run in ipairs(list) do
    lines[#lines + 1] = line_of(rows[i], widths)
    local first, others = run_words.needs(run)
    for _, need in ipairs(first) do lines[#lines + 1] = "    " .. need end
    if others > 0 then
      lines[#lines + 1] = ("    %d more %s"):format(others,
        others == 1 and "waits for its turn" or "wait for their turn")
    end
  end
  return lines
end

local function data_of(list)
  local now = core.time()
  for _, run in ipairs(list) do
    run.age, run.needs = now - run.started, core.array((run_words.needs(run)))
  end
  return core.json_encode(core.array(list), { pretty = true })
end

local function show(most, globals)
  local list, count = runs.list(most)
  if globals.json then return say.out(data_of(list)) end
  if not list[1] then return say.out "no runs yet" end
  local lines = table_of(list)
  if count > #list then
    lines[#lines + 1] = ("and %d older: orch-lua runs --all"):format(count - #list)
  end
  return say.out(table.concat(lines, "\n"))
end

-- ── the command ─────────────────────────────────────────────────────────────

local function prune(given, globals)
  local options = { ["--older"] = flags.age, ["--keep"] = flags.count }
  local found, wrong = flags.split(given, {}, options)
  if not found then return say.fail(2, "runs prune: " .. wrong) end
  if found.older and found.keep then
    return say.fail(2, "runs prune: --older and --keep exclude each other")
  end
  return require "orch.cli.prune"(found, globals)
end

function command.run(given, globals)
  if given[1] == "prune" then
    return prune(table.move(given, 2, #given, 1, {}), globals)
  end
  local found, wrong = flags.split(given, { "[prune]" }, { ["--all"] = true })
  if not found then return say.fail(2, "runs: " .. wrong) end
  if found[1] then
    return say.unknown("word", found[1], { "prune" },
      ("runs lists them all, orch-lua show %s shows one"):format(found[1]))
  end
  return show(not found.all and NEWEST or nil, globals)
end

return command

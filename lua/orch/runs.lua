--- The runs there have been, newest first, as their folders tell of them.
--
-- A run's id begins with the time of its start, so that names in order are runs in order.
-- A run whose summary says "running" and whose lock nobody holds was interrupted.

local calendar = require "orch.time.calendar"
local core = require "orch.core"
local folders = require "orch.folders"
local labels = require "orch.run.labels"
local summary = require "orch.run.summary"
local text = require "orch.text"

local runs = {}

local STAMP = #"20260101-000000"
local FEW = 5                  -- names that an error lists
local NEAR = 200               -- the newest runs among which the nearest is looked for

-- Order the ids from *first* to *last*, which name the same second, by their summaries.
local function settle_second(ids, first, last)
  if first == last then return end
  local same, started = table.move(ids, first, last, 1, {}), {}
  for _, id in ipairs(same) do
    local found = summary.read(folders.runs() .. "/" .. id)
    started[id] = found and found.started or 0
  end
  table.sort(same, function(a, b)
    return started[a] > started[b] or started[a] == started[b] and a > b
  end)
  table.move(same, 1, #same, first, ids)
end

--- The ids of all runs, newest first.
function runs.ids()
  local ids, names = {}, core.list(folders.runs()) or {}
  for i = #names, 1, -1 do
    if names[i]:sub(1, 1) ~= "." then ids[#ids + 1] = names[i] end
  end
  local first = 1
  for i = 2, #ids + 1 do
    if not ids[i] or ids[i]:sub(1, STAMP) ~= ids[first]:sub(1, STAMP) then
      settle_second(ids, first, i - 1)
      first = i
    end
  end
  return ids
end

-- ── one run ─────────────────────────────────────────────────────────────────

--- The seconds since the epoch that an id begins with, or nil.
local function began(id)
  local year, month, day, hour, minute, second =
    id:match "^(%d%d%d%d)(%d%d)(%d%d)%-(%d%d)(%d%d)(%d%d)"
  if not year then return nil end
  return calendar.days(year // 1, month // 1, day // 1) * 86400
    + hour * 3600 + minute * 60 + second
end

--- What a folder without a summary tells: it was cut short before there was one, or that
-- was lost.
local function without_summary(folder, id)
  local found = core.stat(folder .. "/lock") or core.stat(folder)
  local state = core.stat(folder .. "/result.json") and "delivered" or "running"
  return {
    v = 1, id = id, name = id:match "^%d+%-%d+%-(.*)%-%x+$" or id, state = state,
    started = began(id) or found and found.mtime or 0, workers = 0, tokens = 0,
    steps = core.array {}, list = core.array {}, pauses = core.array {},
  }
end

--- The run in *folder*: its summary, and `path` = that folder, `alive` = whether an
-- engine has it; `state` is "interrupted" where none has a run that did not end.
function runs.read(folder)
  local id = folder:match "[^/]*$"
  local run = summary.read(folder) or without_summary(folder, id)
  run.id, run.path = id, folder
  run.alive = run.state == "running" and core.locked(folder .. "/lock") or false
  if run.state == "running" and not run.alive then run.state = "interrupted" end
  return run
end

--- The newest *most* runs (default: all), newest first, and how many there are.
function runs.list(most)
  local list, ids, parent = {}, runs.ids(), folders.runs()
  for i = 1, math.min(#ids, most or #ids) do
    list[i] = runs.read(parent .. "/" .. ids[i])
  end
  return list, #ids
end

-- ── finding one ─────────────────────────────────────────────────────────────

local function unknown(word, ids)
  local newest = table.move(ids, 1, math.min(#ids, NEAR), 2, { "last" })
  local near = text.nearest(word, newest)
  return ("there is no run '%s': %s"):format(word, near
    and ("did you mean '%s'?"):format(near) or "orch-lua runs lists them")
end

local function ambiguous(word, found)
  local names = table.move(found, 1, math.min(#found, FEW), 1, {})
  local more = #found > FEW and (" and %d more"):format(#found - FEW) or ""
  return ("'%s' begins the ids of %d runs: %s%s"):format(word, #found,
    table.concat(names, ", "), more)
end

--- The folder of the run that *word* means: its id, the beginning of no other id, or
-- "last"; or nil and a sentence.
function runs.find(word)
  local ids, found = runs.ids(), {}
  if word == "last" then
    if not ids[1] then return nil, "there is no run yet" end
    return folders.runs() .. "/" .. ids[1]
  end
  for _, id in ipairs(ids) do
    if id == word then found = { id } break end
    if word ~= "" and id:sub(1, #word) == word then found[#found + 1] = id end
  end
  if not found[1] then return nil, unknown(word, ids) end
  if found[2] then return nil, ambiguous(word, found) end
  return folders.runs() .. "/" .. found[1]
end

-- ── its workers and their sessions ──────────────────────────────────────────

local function numbers_in(folder)
  local numbers = {}
  for _, name in ipairs(core.list(folder) or {}) do
    if name:find "^%d+$" then numbers[#numbers + 1] = math.tointeger(name) end
  end
  table.sort(numbers)
  return numbers
end

--- "W12 Reviewer" and its role for the folder "W12-reviewer".
local function label_of(name)
  local number, role = name:match "^(W[%d.]+)%-([^.]*)"
  if not number then return nil end
  return number .. " " .. role:gsub("_", " "):gsub("^%l", string.upper), role
end

--- The workers of *run* in order, also those that its summary does not know yet: rows of
-- its summary.
function runs.workers(run)
  local list, known = table.move(run.list, 1, #run.list, 1, {}), {}
  for _, row in ipairs(list) do known[row.folder] = true end
  for _, name in ipairs(core.list(run.path .. "/workers") or {}) do
    local label, role = label_of(name)
    local folder = "workers/" .. name
    if label and not known[folder] then
      local replied = core.stat(("%s/%s/reply.md"):format(run.path, folder))
      list[#list + 1] = { label = label, role = role, folder = folder,
        state = replied and "ok" or "unknown" }
    end
  end
  table.sort(list, function(a, b) return labels.stand_in_order(a.label, b.label) end)
  return list
end

--- The attempts of a worker, oldest first: { label, number, folder }.
function runs.attempts(run, worker)
  local list, folder = {}, run.path .. "/" .. worker.folder
  for i, number in ipairs(numbers_in(folder)) do
    list[i] = { label = worker.label, number = number, folder = folder .. "/" .. number }
  end
  return list
end

--- Whether a keeper lives that follows the session in *folder*.
function runs.is_living(folder)
  return core.locked(folder .. "/transcript") or false
end

--- The sessions of *run* that live: attempts of workers, and checks.
function runs.living(run)
  local living = {}
  for _, worker in ipairs(runs.workers(run)) do
    for _, attempt in ipairs(runs.attempts(run, worker)) do
      if runs.is_living(attempt.folder) then living[#living + 1] = attempt end
    end
  end
  for _, number in ipairs(numbers_in(run.path .. "/checks")) do
    local folder = ("%s/checks/%d"):format(run.path, number)
    if runs.is_living(folder) then
      living[#living + 1] = { label = "check " .. number, number = 1, folder = folder }
    end
  end
  return living
end

return runs

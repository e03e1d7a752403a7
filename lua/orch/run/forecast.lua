--- What a resume would do, without doing it: who answers as before, who is asked again
--- and why, and what that may cost.
--
-- The script runs; a worker that would be asked again answers what it answered before, or
-- its template's sample.  What reads that is less certain: it is asked again only if the
-- new answer is another.

local core = require "orch.core"
local brief = require "orch.worker.brief"
local text = require "orch.text"

local forecast = {}

local TELLING = 8             -- bytes of a text that does not recur by chance
local GUESS = 60000            -- tokens of a worker that nothing is known of

--- The newest finished record of the worker called *label*, or nil.
local function finished_before(past, label)
  for i = #past.entries, 1, -1 do
    local entry = past.entries[i]
    local done = entry.launch.label == label and entry.done
    if done and done.state == "ok" then return entry end
  end
end

--- Why *record* would be asked again, in words, and whether it still lives.
local function reason_of(run, record, request, before)
  local entry = record.step.entry
  if entry and not entry.done then
    local files = ("%s/%s/%d"):format(run.folder, entry.launch.folder,
      math.max(1, #entry.attempts))
    if core.stat(files .. "/transcript") and core.locked(files .. "/transcript") then
      return "it lives, and is gone on with", true
    end
    return "it was cut short"
  end
  if entry and entry.answered then return "its question is answered" end
  if entry and entry.redo then return "files that it is about have changed" end
  if entry and entry.done then return "it was " .. text.one_line(entry.done.state) end
  if not before then return "it was not asked yet" end
  local changed = before.launch.template ~= core.hash(request.template.source)
  return changed and "its template has changed" or "what it is asked has changed"
end

local function reply_of(run, request, before)
  local message = before and core.read(("%s/%s/reply.md"):format(run.folder,
    before.launch.folder))
  local parsed = message and request.reply.grammar(message)
  if parsed then return parsed, message end
  return assert(request.reply.grammar(request.reply.sample)), request.reply.sample
end

--- Remember the texts of a reply that may become another: who reads one is less certain.
local function remember(run, value)
  if type(value) == "string" and #value >= TELLING then
    run.uncertain_texts[#run.uncertain_texts + 1] = value
  elseif type(value) == "table" then
    for _, inner in pairs(value) do remember(run, inner) end
  end
end

--- Note that the worker *record* of *request* would be asked again in *run*; return the
-- reply that stands for its new one.
function forecast.ask(run, record, request)
  local before = finished_before(run.past, record.label)
  local reason, lives = reason_of(run, record, request, before)
  run.forecast, run.uncertain_texts = run.forecast or {}, run.uncertain_texts or {}
  table.insert(run.forecast, {
    label = record.label, reason = reason, lives = lives,
    tokens = before and before.done.tokens or GUESS, known = before ~= nil,
  })
  record.state = "ok"
  local parsed, message = reply_of(run, request, before)
  remember(run, parsed)
  return brief.reply(parsed, record, message)
end

local function reads_uncertain(run, request)
  for _, piece in ipairs(run.uncertain_texts or {}) do
    if request.brief:find(piece, 1, true) then return true end
  end
end

--- Note that *record* of *request* answers *reply* as before, unless it reads a new one.
function forecast.recall(run, record, request, reply)
  if not reads_uncertain(run, request) then return end
  remember(run, reply)
  table.insert(run.forecast, { label = record.label, perhaps = true, known = true,
    tokens = record.step.outcome.tokens or 0,
    reason = "only if an answer that it reads is another" })
end

--- The items that are certain, those that are not, and the tokens of the first.
local function divide(run)
  local certain, perhaps, tokens = {}, {}, 0
  for _, item in ipairs(run.forecast or {}) do
    local list = item.perhaps and perhaps or certain
    list[#list + 1] = item
    if not item.perhaps and not item.lives then tokens = tokens + item.tokens end
  end
  return certain, perhaps, tokens
end

local function line_of(item)
  local cost = item.lives and "" or (", about %d tokens%s"):format(item.tokens,
    item.known and " as before" or "")
  return ("%s: %s%s"):format(item.label, item.reason, cost)
end

--- What *run* would do, as lines for people.
function forecast.lines(run)
  local certain, perhaps, tokens = divide(run)
  local kept = #run.workers - #certain - #perhaps
  local lines = { ("%d %s not paid again"):format(kept, kept == 1
    and "worker answers as before and is" or "workers answer as before and are") }
  for _, item in ipairs(certain) do lines[#lines + 1] = "again: " .. line_of(item) end
  for _, item in ipairs(perhaps) do lines[#lines + 1] = "perhaps: " .. line_of(item) end
  lines[#lines + 1] = certain[1] and ("in all about %d tokens"):format(tokens)
    or "nothing is asked again"
  return lines
end

--- The same as data.
function forecast.data(run)
  local list = core.array {}
  for i, item in ipairs(run.forecast or {}) do
    list[i] = { label = item.label, reason = item.reason, tokens = item.tokens,
      lives = item.lives or false, perhaps = item.perhaps or false }
  end
  return { kept = #run.workers - #list, again = list }
end

return forecast

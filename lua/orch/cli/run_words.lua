--- The words for a run that one looks back at: what it is doing, what it waits for, what
--- it has cost.  What workers said is cleaned here, once.

local amounts = require "orch.budget.amounts"
local core = require "orch.core"
local text = require "orch.text"
local words = require "orch.progress.words"

local run_words = {}

local REASON = require "orch.session.silence".REASON
local DAY = 24 * 3600
local LONGEST = 200            -- bytes of what a worker asks or waits for

--- Foreign text as one short line that is safe to print.
function run_words.line(foreign)
  return text.shorten(text.one_line(text.clean(tostring(foreign))), LONGEST)
end

--- "12 s", "3 min", "2 h", "5 d": how long ago *seconds* is.
function run_words.age(seconds)
  if seconds < 60 then return ("%d s"):format(math.max(0, seconds // 1)) end
  if seconds < 3600 then return ("%d min"):format(seconds // 60) end
  if seconds < DAY then return ("%d h"):format(seconds // 3600) end
  return ("%d d"):format(seconds // DAY)
end

--- Seconds that the run has taken, from its start to its end or to now.
function run_words.seconds(run)
  return math.max(0, (run.ended or core.time()) - run.started)
end

--- What the run has cost in money, or nil where nothing is known of it.
function run_words.money(run)
  return type(run.money) == "number" and amounts.show("money", run.money) or nil
end

--- What it has spent of its budget, or nil where it has none.
function run_words.budget(run)
  local budget = run.budget
  if type(budget) ~= "table" or type(budget.spent) ~= "table" then return nil end
  return words.budget({ limits = budget.limits or {}, spent = budget.spent, at = 0 }, 0)
end

--- What a worker asks or waits for, in words, or nil: "W2 asks: Which file?".
function run_words.need(worker)
  local name, failure = worker.label:match "^%S+", worker.failure
  if worker.state == "blocked" then
    local question = type(failure) == "table" and (failure.question or failure.reason)
    return ("%s asks: %s"):format(name, run_words.line(question or "?"))
  elseif worker.waits_for and words.is_live(worker.state) then
    return ("%s waits for %s"):format(name, run_words.line(worker.waits_for))
  end
end

local function is_first(worker)
  local waits_for = tostring(worker.waits_for or "")
  return worker.state == "blocked" or waits_for:sub(1, #REASON) == REASON
end

--- What *run* waits for, a sentence each; first what a person must do something about.
-- Workers that wait for each other only, or for memory, are counted.
function run_words.needs(run)
  local first, others = {}, 0
  if run.state == "running" or run.state == "blocked" then
    for _, worker in ipairs(run.list) do
      local need = run_words.need(worker)
      if need and is_first(worker) then
        first[#first + 1] = need
      elseif need then
        others = others + 1
      end
    end
  end
  for _, pause in ipairs(run.state == "running" and run.pauses or {}) do
    first[#first + 1] = run_words.line(words.pause { agent = pause.agent,
      ends = pause["until"], guess = pause.guess, clock = pause.clock, why = pause.why })
  end
  return first, others
end

--- How many workers there are of each kind: { live =, ok =, blocked =, stopped =,
-- failed = }.
function run_words.counts(run)
  local counts = { live = 0, waiting = 0, ok = 0, blocked = 0, stopped = 0, failed = 0 }
  for _, worker in ipairs(run.list) do
    local waits = worker.state == "queued" or worker.state == "waiting"
    local kind = waits and "waiting" or words.is_live(worker.state) and "live"
      or counts[worker.state] and worker.state
      or words.is_bad(worker.state) and "failed" or "ok"
    counts[kind] = counts[kind] + 1
  end
  return counts
end

--- The commands that go on with *run*, each with what it does.  *left*: whether workers
-- of an interrupted one still live.
function run_words.next(run, left)
  local calls = {}
  local function add(call, why) calls[#calls + 1] = { "orch-lua " .. call, why } end
  if run.alive then
    add("logs -f " .. run.id, "follow what its workers print")
    add("stop " .. run.id, "end its workers, and the run")
    return calls
  end
  for _, worker in ipairs(run.list) do
    if worker.state == "blocked" then
      add(("answer %s %s TEXT"):format(run.id, worker.label:match "^%S+"),
        "answer its question, and go on")
    end
  end
  local over = run.state == "delivered" or run.state == "done"
  if not over then
    add("resume " .. run.id, "go on; what is finished is not paid again")
  end
  if left then add("stop " .. run.id, "end the workers that are left") end
  add("logs " .. run.id, "what its workers printed")
  return calls
end

return run_words

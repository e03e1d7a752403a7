--- The words of the display: states, counts and sentences.  Pure.

local amounts = require "orch.budget.amounts"
local text = require "orch.text"

local words = {}

local live = { queued = true, starting = true, running = true, waiting = true }
local bad = {
  failed = true, blocked = true, limited = true, over_budget = true, timed_out = true,
  lost = true,
}
local spoken = { over_budget = "over budget", timed_out = "timed out" }

--- Is a worker in *state* still to come or at work?
function words.is_live(state) return live[state] or false end

--- Did *state* end a worker that was to reply?  A question to the user is such an end;
-- one that was stopped, such as the loser of a race, had no longer to.
function words.is_bad(state) return bad[state] or false end

function words.state(state) return spoken[state] or tostring(state) end

--- 950, 12.3k, 1.2M
function words.count(number) return text.count(number or 0) end

--- Where the files of a worker are, if it has any: one that never started has none.
local function folder_of(worker)
  local refused = worker.state == "over_budget" or worker.state == "limited"
  if refused and not worker.started then return nil end
  return worker.failure and worker.failure.folder or worker.folder
end

local function several(number, name)
  return ("%d %s%s"):format(number, name, number == 1 and "" or "s")
end

--- What a worker has used: "1m 20s, 12.3k tokens", or "" when it did not start.
function words.used(worker, now)
  local parts = {}
  if worker.started then
    parts[1] = text.duration((worker.ended or now) - worker.started)
  end
  if (worker.tokens or 0) > 0 then
    parts[#parts + 1] = words.count(worker.tokens) .. " tokens"
  end
  return table.concat(parts, ", ")
end

--- How a worker is called where several are seen: "W2 Reviewer (risks)".
function words.name(worker)
  return worker.about and ("%s (%s)"):format(worker.label, worker.about) or worker.label
end

--- One change of a worker: "W1 Reviewer: waiting for memory".
function words.worker(worker, now)
  local state = words.state(worker.state)
  if worker.waits_for then state = state .. " for " .. worker.waits_for end
  if worker.replayed then state = state .. ", as before" end
  if worker.followed and worker.live then state = state .. " since before" end
  local used = worker.live and "" or words.used(worker, now)
  if worker.live and worker.agent and not worker.waits_for then used = worker.agent end
  if used ~= "" then state = ("%s (%s)"):format(state, used) end
  return words.name(worker) .. ": " .. state
end

local function reason_of(worker)
  local failure = worker.failure
  if not failure then return "" end
  local said = failure.reason and text.one_line(failure.reason) or ""
  if failure.cause and failure.cause ~= "" then
    said = said == "" and failure.cause or ("%s [%s]"):format(said, failure.cause)
  end
  return said ~= "" and ": " .. said or ""
end

--- How a worker failed, in one line.
function words.failure(worker)
  return worker.label .. " " .. words.state(worker.state) .. reason_of(worker)
end

--- All that helps to see why a worker failed: a list of lines.
function words.failure_lines(worker)
  local lines = { words.failure(worker) }
  local failure = worker.failure or {}
  for _, line in ipairs(failure.tail or {}) do lines[#lines + 1] = "  | " .. line end
  local folder = folder_of(worker)
  if folder then lines[#lines + 1] = "  its files are in " .. folder end
  return lines
end

function words.check_ended(check) return check.state ~= "running" end

function words.check(check)
  local parts = {}
  if check.code and check.code ~= 0 then parts[1] = "exit code " .. check.code end
  if check.seconds then parts[#parts + 1] = text.duration(check.seconds * 1000) end
  return ("check '%s': %s%s"):format(check.command, words.state(check.state),
    parts[1] and " (" .. table.concat(parts, ", ") .. ")" or "")
end

function words.run(record) return ("run %s: %s"):format(record.id, record.name) end

--- "2/3 Review it", or nil when no step is in progress.
function words.step(steps)
  for i, step in ipairs(steps) do
    if step.status == "in_progress" then
      return ("%d/%d %s"):format(i, #steps, step.step)
    end
  end
end

--- The failures once more, for a run of several workers: a list of lines.  Those that
-- never started, for one reason, are one line.
function words.failures(failed)
  if not failed[1] then return {} end
  local lines = { several(#failed, "worker") .. " did not succeed:" }
  local alike = text.grouped(failed, function(worker)
    return not folder_of(worker) and worker.state .. reason_of(worker) or nil
  end)
  for _, group in ipairs(alike) do
    local first, names = group[1], {}
    for i, worker in ipairs(group) do names[i] = worker.label end
    lines[#lines + 1] = ("  %s %s%s"):format(text.and_more(names),
      words.state(first.state), reason_of(first))
    local folder = folder_of(first)
    if folder then lines[#lines + 1] = "    " .. folder end
  end
  return lines
end

--- "codex is limited until 14:05: 429 Too Many Requests", or that it no longer is.
function words.pause(pause)
  if not pause.ends then return ("%s may be started again"):format(pause.agent) end
  local line = ("%s is limited%s %s"):format(pause.agent,
    pause.guess and "; next try at" or " until", pause.clock)
  return pause.why and line .. ": " .. pause.why or line
end

--- *amount* of *kind*, and of how much: "120k of 500k".
local function of_limit(kind, amount, limits)
  local shown = amounts.show(kind, amount)
  if not (limits and limits[kind]) then return shown end
  return shown .. " of " .. amounts.show(kind, limits[kind])
end

--- What of a *budget* is spent *now*: "120k of 500k tokens, 12 of 60 min"; nil without.
function words.budget(budget, now)
  local limits, spent = budget.limits, budget.spent
  local minutes = (spent.seconds + (now - budget.at) / 1000) / 60
  local parts = {}
  local function add(kind, amount, format)
    if not limits[kind] then return end
    parts[#parts + 1] = format:format(of_limit(kind, amount, limits))
  end
  add("tokens", spent.tokens, "%s tokens")
  add("minutes", minutes, "%s min")
  add("workers", spent.workers, "%s workers")
  add("money", spent.money or 0, "cost %s")
  return parts[1] and table.concat(parts, ", ")
end

--- The last line: what the run has cost, and of how much; nil when it was called wrongly
-- and did nothing.
function words.cost(finish)
  if finish.code == 2 and (finish.workers or 0) == 0 then return nil end
  local limits = finish.limits or {}
  local outcome = (finish.code or 0) == 0 and "done" or "ended"
  local line = ("%s in %s"):format(outcome, text.duration((finish.seconds or 0) * 1000))
  if limits.minutes then line = line .. (" of %g min"):format(limits.minutes) end
  line = ("%s, %s"):format(line, limits.workers
    and of_limit("workers", finish.started or 0, limits) .. " workers"
    or several(finish.workers or 0, "worker"))
  if (finish.workers or 0) > 0 then
    line = ("%s, %s tokens"):format(line, of_limit("tokens", finish.tokens or 0, limits))
  end
  if finish.money then
    line = ("%s, cost %s"):format(line, of_limit("money", finish.money, limits))
  end
  return finish.folder and line .. "; kept in " .. finish.folder or line
end

--- "no output of W1 Reviewer for 5 min", for all of *workers*.
function words.silence(workers, now)
  local parts = {}
  for i, worker in ipairs(workers) do
    parts[i] = ("%s for %s"):format(worker.label, text.duration(now - worker.last_output))
  end
  return "no output of " .. table.concat(parts, ", ")
end

return words

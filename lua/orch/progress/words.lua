--- The words of the display: states, counts and sentences.  Pure.

local text = require "orch.text"

local words = {}

local live = { queued = true, starting = true, running = true, waiting = true }
local bad = {
  failed = true, blocked = true, limited = true, over_budget = true, timed_out = true,
  stopped = true, lost = true,
}
local spoken = { over_budget = "over budget", timed_out = "timed out" }

--- Is a worker in *state* still to come or at work?
function words.is_live(state) return live[state] or false end

--- Did *state* end a worker without a reply?  A question to the user is such an end.
function words.is_bad(state) return bad[state] or false end

function words.state(state) return spoken[state] or tostring(state) end

--- 950, 12.3k, 1.2M
function words.count(number)
  number = number or 0
  if number < 1000 then return ("%d"):format(number // 1) end
  if number < 999950 then return ("%.1fk"):format(number / 1000) end
  return ("%.1fM"):format(number / 1000000)
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

--- One change of a worker: "W1 Reviewer: waiting for memory".
function words.worker(worker, now)
  local state = words.state(worker.state)
  if worker.waits_for then state = state .. " for " .. worker.waits_for end
  local used = worker.live and "" or words.used(worker, now)
  if worker.live and worker.agent and not worker.waits_for then used = worker.agent end
  if used ~= "" then state = ("%s (%s)"):format(state, used) end
  return worker.label .. ": " .. state
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
  local folder = failure.folder or worker.folder
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

--- The failures once more, for a run of several workers: a list of lines.
function words.failures(failed)
  if not failed[1] then return {} end
  local lines = { several(#failed, "worker") .. " did not succeed:" }
  for _, worker in ipairs(failed) do
    local folder = worker.failure and worker.failure.folder or worker.folder
    lines[#lines + 1] = "  " .. words.failure(worker)
    if folder then lines[#lines + 1] = "    " .. folder end
  end
  return lines
end

--- The last line: what the run has cost; nil when it was called wrongly and did nothing.
function words.cost(finish)
  if finish.code == 2 and (finish.workers or 0) == 0 then return nil end
  local outcome = (finish.code or 0) == 0 and "done" or "ended"
  local line = ("%s in %s, %s"):format(outcome,
    text.duration((finish.seconds or 0) * 1000), several(finish.workers or 0, "worker"))
  if (finish.workers or 0) > 0 then
    line = ("%s, %s tokens"):format(line, words.count(finish.tokens))
  end
  return finish.folder and line .. "; kept in " .. finish.folder or line
end

return words

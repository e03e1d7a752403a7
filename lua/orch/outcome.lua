--- Judges how a worker ended.  Only evidence makes `ok`: a record with code 0, the
--- agent's own event of success, a message that this attempt wrote, and a reply that its
--- template's grammar accepts.  Anything else is a typed failure.

local reply = require "orch.reply"

local outcome = {}

local TAIL = 2000              -- bytes of stderr in which signs of a limit are looked for

local function failed(cause, reason, state)
  return { state = state or "failed", cause = cause, reason = reason }
end

--- What the end of the process alone says, or nil when it ended well.
local function of_process(state, status)
  if state == "lost" then
    return failed("crash", "its keeper is gone and left no record", "lost")
  end
  local by = status.ended_by
  if by == "deadline" then return failed(nil, "its deadline passed", "timed_out") end
  if by == "stop" then return failed(nil, "it was stopped", "stopped") end
  if by == "engine" or by == "lease" then
    return failed(nil, "nobody was there to follow it and its lease ended", "stopped")
  end
  if by == "disk" then return failed("disk", "the disk is full") end
  if by == "start" then return failed("start", "it could not be started") end
  if status.signal then return failed("crash", "it was killed by " .. status.signal) end
  if status.code ~= 0 then
    return failed("crash", ("it exited with %d"):format(status.code))
  end
end

local LIMIT_STATE = { quota = "limited", limit = "limited", overload = "limited" }

--- The sign of a limit in what the agent itself reported, never in a model's text.
local function of_limits(limits, reader, stderr)
  local texts = table.move(reader.errors, 1, #reader.errors, 1, {})
  texts[#texts + 1] = stderr:sub(-TAIL)
  for _, sign in ipairs(limits) do
    for _, line in ipairs(texts) do
      if line:find(sign[1]) then
        return failed(sign[2], line:match "[^\n]*" , LIMIT_STATE[sign[2]])
      end
    end
  end
end

local function of_events(agent, reader)
  if not agent.events or reader.finished == "ok" then return nil end
  if reader.finished == "failed" then
    return failed("crash", reader.errors[#reader.errors] or "its turn failed")
  end
  return failed("crash", "it ended without saying that its turn was complete")
end

local function of_message(message, reader)
  if not message or not message:find "%S" then
    return failed("no_message", "it ended without a final message")
  end
  if reader.message and reader.message ~= message then
    return failed("no_message", ("its final message is torn: %d bytes in the file, "
      .. "%d in its events"):format(#message, #reader.message))
  end
end

--- Judge an ended worker.  *seen*: { state = "ended" | "lost", status = exit record,
-- agent =, reader =, message = bytes or nil, stderr = text, grammar = function }.
-- Return the parsed reply, or nil and the parts of a failure; `bad_reply` failures name
-- in `missing` what a second asking should ask for.
function outcome.judge(seen)
  local problem = of_process(seen.state, seen.status)
  local crashed = problem and problem.state == "failed" and problem.cause == "crash"
  if not problem or crashed then
    local own = of_events(seen.agent, seen.reader)
    local limit = (problem or own)
      and of_limits(seen.agent.limits, seen.reader, seen.stderr)
    problem = limit or own or problem or of_message(seen.message, seen.reader)
  end
  if problem then return nil, problem end
  local question = reply.question(seen.message)
  if question then
    local asked = failed(nil, "it asks: " .. question, "blocked")
    asked.question = question
    return nil, asked
  end
  local parsed, missing = seen.grammar(seen.message)
  if parsed then return parsed end
  local refused = failed("bad_reply", "its reply was refused: " .. missing)
  refused.missing = missing
  return nil, refused
end

return outcome

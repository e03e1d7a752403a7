--- Judges how a worker ended.  Only evidence makes `ok`: a record with code 0, the
--- agent's own event of success, a message that this attempt wrote, and a reply that its
--- template's grammar accepts.  Anything else is a typed failure.

local ending = require "orch.session.ending"
local reply = require "orch.reply"
local text = require "orch.text"

local outcome = {}

local TAIL = 2000              -- bytes of stderr in which signs of a cause are looked for

local function failed(cause, reason, state)
  return { state = state or "failed", cause = cause, reason = reason }
end

--- What the end of the process alone says, or nil when it ended well.
local function of_process(status, spec)
  local state, reason = ending.of(spec, status, true)
  if state == "lost" then return failed("crash", reason, state) end
  if state == "failed" then return failed(status.ended_by, reason) end   -- disk, start
  if state ~= "exited" then return failed(nil, reason or "it was stopped", state) end
  if status.signal then return failed("crash", "it was killed by " .. status.signal) end
  if status.code ~= 0 then
    return failed("crash", ("it exited with %d"):format(status.code))
  end
end

local STATES = { quota = "limited", overload = "limited" }

-- Signs that every agent gives: of what it could not write, it tells as the system does.
local COMMON = { { "[Nn]o space left on device", "disk" } }

--- What the agent reported, the newest first: its last error if that ended its turn, else
-- (when it was *cut* short, too) all of them and its stderr.  Never a model's text.
local function reports(reader, stderr, cut)
  local count = #reader.errors
  if reader.finished == "failed" and not cut then return { reader.errors[count] } end
  local list = {}
  for i = count, 1, -1 do list[#list + 1] = reader.errors[i] end
  local lines = text.lines(stderr:sub(-TAIL))
  for i = #lines, 1, -1 do list[#list + 1] = lines[i] end
  return list
end

--- When the limit ends that *sign* tells of; nil where that is not known, or the user's
-- own function does not know.
local function end_of(sign, captured, told)
  if not sign[3] then return nil end
  local ok, time = pcall(sign[3], captured, told)
  return ok and type(time) == "number" and time == time and time or nil
end

--- The cause that a sign of the agent gives: { pattern, cause, reset }, where `reset`
-- turns what the pattern captured, and when the process of *seen* ended, into seconds
-- since the epoch.
local function of_signs(signs, seen, cut)
  local reader = seen.reader
  for _, line in ipairs(reports(reader, seen.stderr, cut)) do
    for _, sign in ipairs(signs) do
      local captured = line:match(sign[1])
      if captured then
        local problem = failed(sign[2], line, STATES[sign[2]])
        problem.reset = end_of(sign, captured, seen.status.ended) or reader.reset
        return problem
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

--- What went wrong before there was a reply to read, or nil.
local function of_run(seen)
  local problem = of_process(seen.status, seen.spec)
  local crashed = problem and problem.state == "failed" and problem.cause == "crash"
  local late = problem and problem.state == "timed_out"
  if problem and not crashed and not late then return problem end
  local own = of_events(seen.agent, seen.reader)
  local sign = (problem or own)
    and (of_signs(seen.agent.signs, seen, late)
      or of_signs(COMMON, seen, late))
  if late then
    if sign then
      problem.cause, problem.reset = sign.cause, sign.reset
      problem.reason = problem.reason .. "; it had reported: " .. sign.reason
    end
    return problem
  end
  return sign or own or problem or of_message(seen.message, seen.reader)
end

--- Judge an ended worker.  *seen*: { status = of its session, spec = what that was asked
-- for, agent =, reader =, message = bytes or nil, stderr = text, grammar = function }.
-- Return the parsed reply, or nil and the parts of a failure; `bad_reply` failures name
-- in `missing` what a second asking should ask for, and limits in `reset` when they end,
-- in seconds since the epoch, where the agent told it.
function outcome.judge(seen)
  local problem = of_run(seen)
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

--- How the end of a script becomes an outcome with an exit code: { kind, code, message,
--- failure, traceback }.

local failure = require "orch.failure"
local task = require "orch.task"

local ended = {}

--- What the exit code says of a failure.
local function failure_code(problem)
  if problem.cause == "usage" then return 2, "usage" end
  if problem.state == "blocked" then return 6, "question" end
  local cause, state = problem.cause, problem.state
  if cause == "environment" or cause == "auth" or cause == "output" then
    return 5, "environment"
  end
  if state == "limited" or state == "over_budget" or cause == "deadline" then
    return 4, "limit"
  end
  return 3, "worker"
end

--- Whether an error string is a bug of Lua code rather than a mistake that the library
-- reported at the user's line.
local function is_bug(message)
  local where, said = message:match "^([^\n]-):%d+: (.*)$"
  if where:find("lua/orch/", 1, true) then return true end
  return (said:find "^attempt to " or said:find "^bad argument "
    or said:find "stack overflow") ~= nil
end

--- What a script has raised that is neither a failure nor a text, in words.
local function raised(value)
  local meta = getmetatable(value)
  local fine, words = pcall(tostring, value)
  if fine and type(meta) == "table" and meta.__tostring then return words end
  return ("the script raised %s: raise a sentence instead")
    :format(value == nil and "nil" or "a " .. type(value))
end

--- The outcome of a script that has raised *problem*.
function ended.of_error(problem)
  if failure.is(problem) then
    local code, kind = failure_code(problem)
    return { kind = kind, code = code, failure = problem, message = problem.label
      and ("the script ended because %s %s"):format(problem.label,
        (problem.state:gsub("_", " ")))
      or problem.reason }
  end
  local message = type(problem) == "string" and problem or raised(problem)
  if not message:find "^[^\n]-:%d+: " then
    return { kind = "error", code = 1, message = message }
  end
  local trace = task.failed_trace
  return {
    kind = is_bug(message) and "bug" or "usage", code = 2, message = message,
    traceback = trace and trace.value == problem and trace.text or nil,
  }
end

--- The outcome of a script that came to its end and has *delivered* that, or nothing.
function ended.of_delivery(delivered)
  if not delivered then
    return { kind = "nothing", code = 0, message = "the script delivered nothing" }
  end
  local verdict = delivered.verdict
  local bad = verdict and verdict.state ~= "pass"
  return { kind = "delivered", code = delivered.partial and 4 or bad and 1 or 0 }
end

return ended

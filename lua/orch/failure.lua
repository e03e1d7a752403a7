--- A failure is what a worker or a command raises when the world is at fault, not the
--- script.
--
-- It is a table, so that a pattern can look at its parts, and reads as a sentence.  An
-- error that is not a failure is a mistake in the script.

local failure = {}

local Failure = { __name = "failure" }
Failure.__index = Failure

function Failure:__tostring()
  local who = self.label and self.label .. " " or ""
  return who .. (self.state or "failed") .. ": " .. (self.reason or "no reason is known")
end

--- Make a failure of { state =, cause =, reason =, label =, folder =, tail =, ... }.
-- types.lua lists the words of `state` and `cause`; `reason` is a sentence for people.
function failure.new(parts)
  return setmetatable(parts, Failure)
end

local behind = setmetatable({}, { __mode = "k" })

--- What the library itself knows of *problem*: `step`, the number of its step; `beside`,
-- the failures of the same fan-out; `conversation`, which an answer goes on with;
-- `enough`, what of a budget would have let one worker start.
function failure.behind(problem)
  behind[problem] = behind[problem] or {}
  return behind[problem]
end

function failure.is(value)
  return getmetatable(value) == Failure
end

--- Raise a failure made of *parts*.
function failure.raise(parts)
  error(failure.new(parts), 0)
end

--- Raise a failure of state `failed` with *cause* and the sentence format(...).
function failure.refuse(cause, format, ...)
  failure.raise { state = "failed", cause = cause, reason = format:format(...) }
end

return failure

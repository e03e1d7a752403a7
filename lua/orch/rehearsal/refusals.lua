--- In which words agents say that their account or their service refuses them.  Pure.
--
-- A problem is { kind = "limited", "overload" or "auth_lost", status = of HTTP, now = in
-- seconds since the epoch, resets = the same of the end of a limit, if that is told }.
-- The words are those of the real programs, whose local time is UTC in a world.

local calendar = require "orch.time.calendar"

local refusals = {}

local SOON = 120               -- seconds; so short is a limit of the rate
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
  "Nov", "Dec" }
local ORDINALS = { ["1"] = "st", ["2"] = "nd", ["3"] = "rd" }

local function ordinal(day)
  local ending = day // 10 ~= 1 and ORDINALS[tostring(day % 10)]
  return day .. (ending or "th")
end

-- "5:46 PM" on the same day, else "Mar 17th, 2030 5:46 PM".  Seconds are left out, so
-- that it may be tried again a little too early.
local function moment(at, now)
  local year, month, day, hour, minute =
    calendar.stamp(at):match "^(%d%d%d%d)(%d%d)(%d%d)%-(%d%d)(%d%d)"
  hour = tonumber(hour)
  local time = ("%d:%s %s"):format((hour + 11) % 12 + 1, minute,
    hour < 12 and "AM" or "PM")
  if at // 86400 == now // 86400 then return time end
  return ("%s %s, %s %s"):format(MONTHS[tonumber(month)], ordinal(tonumber(day)), year,
    time)
end

local codex = {}

function codex.limited(problem)
  local left = (problem.resets or math.huge) - problem.now
  if left <= SOON then
    return ("rate limit exceeded: Rate limit reached for gpt-5.5 on tokens per min "
      .. "(TPM). Please try again in %.3fs."):format(left)
  end
  return "You’ve hit your usage limit. Visit https://chatgpt.com/settings/usage to "
    .. "purchase more credits or try again "
    .. (problem.resets and "at " .. moment(problem.resets, problem.now) or "later") .. "."
end

function codex.overload()
  return "Selected model is at capacity. Please try a different model."
end

function codex.auth_lost()
  return "unexpected status 401 Unauthorized: Missing bearer or basic authentication"
end

--- What codex says of *problem*.
function refusals.codex(problem) return codex[problem.kind](problem) end

local claude = {
  limited = "You've hit your session limit",
  overload = "API Error: 529 Overloaded",
  auth_lost = "Failed to authenticate. API Error: 401 invalid x-api-key",
}

--- What claude says of *problem*; when a limit ends is not in its words.
function refusals.claude(problem) return claude[problem.kind] end

return refusals

--- When a limit ends, from the words in which an agent tells it, and from when it did
--- (seconds since the epoch; by default now): one may read them much later.

local calendar = require "orch.time.calendar"
local core = require "orch.core"
local zone = require "orch.time.zone"

local reset = {}

local DAY = 86400
local UNITS = {
  ms = 0.001, s = 1, second = 1, seconds = 1, m = 60, minute = 60, minutes = 60,
  h = 3600, hour = 3600, hours = 3600, day = DAY, days = DAY,
}
local MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"

--- Seconds since the epoch of a local time, given as if it were UTC.
local function from_local(seconds)
  local guess = seconds - zone.offset(seconds)
  return seconds - zone.offset(guess)
end

--- The end of a pause such as "11.054s", "2 minutes", "1h30m".
function reset.after(words, told)
  local total
  for count, unit in words:gmatch "(%d+%.?%d*)%s*(%a+)" do
    if not UNITS[unit] then break end
    total = (total or 0) + tonumber(count) * UNITS[unit]
  end
  return total and (told or core.time()) + total
end

--- The time that "Mar 17th, 2030 5:46 PM" or, on the same day, "5:46 PM" means here.
function reset.at(words, told)
  local hour, minute, half = words:match "(%d+):(%d+)%s*([AP])M"
  if not hour then return nil end
  local within = (hour % 12 + (half == "P" and 12 or 0)) * 3600 + minute * 60
  local month, day, year = words:match "^(%a%a%a)%a*%s+(%d+)%a*,%s*(%d+)"
  local index = month and MONTHS:find(month, 1, true)
  if index then
    local days = calendar.days(tonumber(year), (index + 2) // 3, tonumber(day))
    return from_local(days * DAY + within)
  end
  local now = math.floor(told or core.time())
  local here = now + zone.offset(now)
  local time = here - here % DAY + within
  -- A minute that has just begun is now, not tomorrow.
  return from_local(time < here - 3600 and time + DAY or time)
end

return reset

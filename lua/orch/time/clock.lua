--- When something is, as the user's clock shows it: "14:05", "Tue 09:30", "2026-12-24".

local calendar = require "orch.time.calendar"
local core = require "orch.core"
local zone = require "orch.time.zone"

local clock_time = {}

local DAY = 86400
local WEEKDAYS = { [0] = "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" }  -- from day 0

--- The local time of *seconds* since the epoch, with as much of its date as is needed
-- from now.
function clock_time.of(seconds)
  local now = core.time()
  local here = math.floor(seconds) + zone.offset(math.floor(seconds))
  local today = (math.floor(now) + zone.offset(math.floor(now))) // DAY
  local day = here // DAY
  local time = ("%02d:%02d"):format(here % DAY // 3600, here % 3600 // 60)
  if day == today then return time end
  if day > today and day < today + 7 then return WEEKDAYS[day % 7] .. " " .. time end
  local date = calendar.stamp(here)
  return ("%s-%s-%s %s"):format(date:sub(1, 4), date:sub(5, 6), date:sub(7, 8), time)
end

return clock_time

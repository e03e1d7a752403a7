--- Dates from seconds since the epoch, in UTC: pure arithmetic, so that no locale or time
--- zone of the machine shows.

local calendar = {}

--- Year, month, day of a day number, day 0 being 1970-01-01 (Howard Hinnant's algorithm).
local function civil(days)
  local z = days + 719468
  local era = z // 146097
  local day_of_era = z - era * 146097
  local year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524
    - day_of_era // 146096) // 365
  local day_of_year = day_of_era
    - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local shifted = (5 * day_of_year + 2) // 153
  local day = day_of_year - (153 * shifted + 2) // 5 + 1
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return year_of_era + era * 400 + (month <= 2 and 1 or 0), month, day
end

--- The day number of a date; the inverse of civil.
function calendar.days(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  local year_of_era = year % 400
  local leap_days = year_of_era // 4 - year_of_era // 100
  return era * 146097 + year_of_era * 365 + leap_days + day_of_year - 719468
end

--- "20261122-205547" of *seconds* since the epoch.
function calendar.stamp(seconds)
  seconds = math.floor(seconds)
  local year, month, day = civil(seconds // 86400)
  local rest = seconds % 86400
  return ("%04d%02d%02d-%02d%02d%02d")
    :format(year, month, day, rest // 3600, rest % 3600 // 60, rest % 60)
end

return calendar

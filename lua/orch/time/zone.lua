--- The machine's time zone, for dates that a program wrote in local time.
--
-- Only the table of the zone file is read (RFC 8536), not the rule at its end: Debian's
-- tables reach to 2037.

local core = require "orch.core"

local zone = {}

local FOLDER = "/usr/share/zoneinfo/"
local HEADER = ">c4 c16 I4 I4 I4 I4 I4 I4"   -- magic, version, six counts

local function zone_file()
  local name = core.environment().TZ
  if not name or name == "" then return "/etc/localtime" end
  name = name:gsub("^:", "")
  if name:sub(1, 1) == "/" then return name end
  return FOLDER .. name
end

--- The offset that holds at *time* in the table *bytes*, whose second half has 64 bits.
local function look_up(bytes, time)
  local magic, _, utc, standard, leaps, times, types, chars = HEADER:unpack(bytes)
  if magic ~= "TZif" then return nil end
  local second = 45 + times * 5 + types * 6 + chars + leaps * 8 + standard + utc
  magic, _, _, _, _, times, types = HEADER:unpack(bytes, second)
  if magic ~= "TZif" or types == 0 then return nil end
  local at = second + 44
  local kind = 0
  for i = 1, times do
    if (">i8"):unpack(bytes, at + (i - 1) * 8) > time then break end
    kind = bytes:byte(at + times * 8 + i - 1)
  end
  return ((">i4"):unpack(bytes, at + times * 9 + kind * 6))
end

--- Seconds that local time is ahead of UTC at *time*, seconds since the epoch; 0 where
-- the machine does not tell.
function zone.offset(time)
  local bytes = core.read(zone_file())
  if not bytes then return 0 end
  local ok, offset = pcall(look_up, bytes, time)
  return ok and offset or 0
end

return zone

--- The time and chance of a script: a run that goes on finds both as they were.
--
-- What the clock has said is recorded; chance comes from the run's secret and the place
-- in the script, so that it is another in each run and the same whenever that goes on.

local core = require "orch.core"
local run = require "orch.run"
local task = require "orch.task"

local repeatable = {}

local MANTISSA = 52            -- bits of chance in a number from 0 to 1

--- Seconds since the epoch, as they were when the script first asked here.
local function seconds()
  local fact = run.current():fact("clock", "")
  local value = fact.value or math.floor(core.time())
  fact:record(value)
  return value
end

--- The next number from 0 up to 1 in the running branch.
local function fraction()
  local place = task.place()
  place.drawn = (place.drawn or 0) + 1
  local seed = place.seed or run.current().secret
  local digits = core.hash(("%s %s %d"):format(seed, place.path, place.drawn))
  return tonumber(digits:sub(1, MANTISSA // 4), 16) / (1 << MANTISSA)
end

--- math.random of a script.
local function random(...)
  local count = select("#", ...)
  if count == 0 then return fraction() end
  local low, high = ...
  if count == 1 then low, high = 1, low end
  local from, to = math.tointeger(low), math.tointeger(high)
  if not from or not to then
    error("bad argument to 'random' (whole numbers expected)", 2)
  end
  if count == 1 and to == 0 then return math.floor(fraction() * (1 << MANTISSA)) end
  if from > to then error("bad argument to 'random' (interval is empty)", 2) end
  return from + math.floor(fraction() * (to - from + 1))
end

--- math.randomseed of a script: chance of its own in the running branch.
local function seed(...)
  local place, words = task.place(), table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  place.seed, place.drawn = words.n > 0 and "seed " .. table.concat(words, " ") or nil, 0
end

--- Give *environment* a clock and chance that can be repeated.
function repeatable.install(environment)
  local host = environment.os
  local plain_time, plain_date = host.time, host.date
  function host.time(...)
    if select("#", ...) > 0 and ... ~= nil then return plain_time(...) end
    return seconds()
  end
  function host.date(format, at) return plain_date(format, at or seconds()) end
  environment.math.random, environment.math.randomseed = random, seed
end

return repeatable

--- Stops a script that never ends: one that computes for ever, or that asks again and
--- again and waits for nothing.  Its line is named.

local blame = require "orch.rehearsal.blame"

local patience = {}

local MOST_POLLS, MOST_STARTS = 40000, 1000 -- of one rehearsal
local LONGEST_MS = 30 * 24 * 3600 * 1000     -- of virtual time

-- Whether a function of the script's own is on the stack of *co*.
local function is_of_script(co)
  local level, at = 0, debug.getinfo(co, 0, "S")
  while at do
    if at.what ~= "C" and not at.source:find("lua/orch/", 1, true) then return true end
    level = level + 1
    at = debug.getinfo(co, level, "S")
  end
end

-- Raise *sentence* at the next instruction of *co*, and at each one after it.
local function stop(self, co, sentence)
  debug.sethook(co, function()
    self.stopped = self.stopped or blame(sentence, 2)
    error(self.stopped, 0)
  end, "", 1)
end

--- The *core* with a limit to how long its script may go on.  self.stopped becomes the
-- sentence about a script that was stopped.
function patience.over(self, core)
  local heard, polls, starts, endless = {}, 0, 0, nil
  for name, value in pairs(core) do heard[name] = value end
  function heard.poll(ms)
    polls = polls + 1
    if polls > MOST_POLLS then
      endless = "the script goes on without end: it has waited 40,000 times"
    elseif core.now() > LONGEST_MS then
      endless = "the script goes on without end: 30 days have passed"
    end
    return core.poll(ms)
  end
  function heard.start(spec)
    starts = starts + 1
    if starts > MOST_STARTS then
      endless = "the script goes on without end: it has started 1,000 processes"
    end
    return core.start(spec)
  end
  function heard.guard(co, limit_ms)
    core.guard(co, limit_ms)
    if endless and co and is_of_script(co) then stop(self, co, endless) end
  end
  return heard
end

return patience

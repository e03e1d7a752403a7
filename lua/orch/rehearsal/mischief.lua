--- Where faults wait for the agents of a machine: each for one start, or for every start
--- until something has passed.

local mischief = {}

--- What is armed on *machine*: starts = agents started so far; waiting = list of
-- functions(part) -> whether it struck; moods = list of functions(part), asked at every
-- start.
function mischief.of(machine)
  machine.mischief = machine.mischief or { starts = 0, waiting = {}, moods = {} }
  return machine.mischief
end

--- Have strike(part) asked at every start of an agent until it has struck, once.
function mischief.wait(machine, strike)
  table.insert(mischief.of(machine).waiting, strike)
end

--- An agent is about to play *part*: let the faults that are meant for it change that.
function mischief.work_on(part)
  local armed = mischief.of(part.program.keeper.machine)
  armed.starts = armed.starts + 1
  part.start = armed.starts
  for _, mood in ipairs(armed.moods) do mood(part) end
  local still = {}
  for _, strike in ipairs(armed.waiting) do
    if not strike(part) then still[#still + 1] = strike end
  end
  armed.waiting = still
end

return mischief

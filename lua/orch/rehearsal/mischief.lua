--- Where faults wait for the agents of a machine: by the number of the agent start that
--- they are for, or for every start of an agent until something passes.

local mischief = {}

--- What is armed on *machine*: starts = agents started so far; by_start = number -> list
-- of functions(part); moods = list of functions(part), asked at every start.
function mischief.of(machine)
  machine.mischief = machine.mischief or { starts = 0, by_start = {}, moods = {} }
  return machine.mischief
end

--- An agent is about to play *part*: let the faults that are meant for it change that.
function mischief.work_on(part)
  local armed = mischief.of(part.program.keeper.machine)
  armed.starts = armed.starts + 1
  part.start = armed.starts
  for _, mood in ipairs(armed.moods) do mood(part) end
  for _, change in ipairs(armed.by_start[armed.starts] or {}) do change(part) end
end

return mischief

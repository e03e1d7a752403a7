--- Runs many commands at once and says how many answered; for tests that take away what
--- commands need.
---
---   orch-lua crowd.lua COMMANDS [pipe]

local orch = require "orch"

local commands, kind = ...
local numbers, most_queued = {}, 0
for i = 1, tonumber(commands) do numbers[i] = i end

local function count_queued()
  local queued = 0
  for _, s in ipairs(orch.sessions()) do
    if s:outcome() == "queued" then queued = queued + 1 end
  end
  most_queued = math.max(most_queued, queued)
end

local results = orch.each(numbers, function(i)
  local result = orch.exec_command {
    cmd = "sleep 0.2; echo answer " .. i, tty = kind ~= "pipe", yield_time_ms = 100,
  }
  count_queued()
  local output = result.output
  while result.session_id do
    result = orch.write_stdin { session_id = result.session_id, yield_time_ms = 60000 }
    output = output .. result.output
  end
  assert(result.state == "exited" and result.exit_code == 0, result.state)
  assert(output == "answer " .. i .. "\n", output)
  return true
end)
assert(#results == #numbers, #results)
print(("%d commands answered, up to %d of them waited for their turn"):format(
  #results, most_queued))
assert(most_queued > 0, "nothing was scarce")

--- A command is over at most 500 ms after its exit, though a grandchild of it lives on
--- and holds its terminal or pipe, silent or chattering, deaf to signals or not.

local orch = require "orch"

local RUNS, LIMIT = 20, 0.5
local KINDS = {
  silent = "sleep 600 &",
  deaf = "(trap '' INT TERM HUP; exec sleep 600) &",
  detached = "setsid sh -c 'trap \"\" INT TERM HUP; sleep 600 & sleep 600' &",
  chattering = "(trap '' INT TERM HUP; while sleep 0.02; do echo tick; done) &",
}

local function latest()
  local all = orch.sessions()
  return all[#all]
end

-- How long after its last words the session's record was written.
local function delay(kind, tty)
  local result = orch.exec_command { cmd = KINDS[kind] .. " date +exit=%s.%N", tty = tty }
  local exit = tonumber(result.output:match "exit=([%d.]+)")
  local status = latest():refresh()
  assert(result.state == "exited" and result.exit_code == 0, result.state)
  assert(status.left > 0, "nobody held it")
  assert(status.survivors == 0, "somebody holds it still")
  return status.ended - exit
end

for kind in pairs(KINDS) do
  for _, tty in ipairs { true, false } do
    local longest = 0
    for _ = 1, RUNS do longest = math.max(longest, delay(kind, tty)) end
    local line = ("%s grandchild, %s: %d runs, done at most %.0f ms after the exit")
      :format(kind, tty and "terminal" or "pipe", RUNS, longest * 1000)
    if longest > LIMIT then error(line) end
    print(line)
  end
end

--- 2,000 children print and exit while nobody reads; afterwards all of it is there.
---
--- Half of them run on terminals and half on pipes; each prints 2 bytes to 100 kB.

local orch = require "orch"

local CHILDREN, AT_ONCE, LONGEST = 2000, 40, 18000

-- What `seq` prints, and where each of its lines ends.
local lines, ends, length = {}, {}, 0
for i = 1, LONGEST do
  lines[i] = i .. "\n"
  length = length + #lines[i]
  ends[i] = length
end
local printed = table.concat(lines)

local function check(session, count)
  local expected = printed:sub(1, ends[count])
  local seen = session:read(0, #expected + 1)
  if seen ~= expected then
    error(("seq %d: %d bytes, not %d"):format(count, #seen, #expected))
  end
  return #seen
end

local sum = 0
for first = 1, CHILDREN, AT_ONCE do
  local sessions, counts = {}, {}
  for i = first, first + AT_ONCE - 1 do
    local count = i * 7919 % LONGEST + 1
    local argv = { "seq", tostring(count) }
    orch.exec_command { argv = argv, tty = i % 2 == 0, yield_time_ms = 0 }
    local all = orch.sessions()
    sessions[#sessions + 1], counts[#counts + 1] = all[#all], count
  end
  for i, s in ipairs(sessions) do
    orch.wait(s)
    assert(s:outcome() == "exited", s:outcome())
    sum = sum + check(s, counts[i])
  end
end
print(("%d children exited with unread output: %d bytes, 0 lost"):format(CHILDREN, sum))

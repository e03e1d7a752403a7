--- 30,000,000 bytes in three million lines are accounted for to the byte.

local orch = require "orch"

for _, tty in ipairs { true, false } do
  local result = orch.exec_command {
    cmd = "yes 123456789 | head -n 3000000", tty = tty, yield_time_ms = 60000,
  }
  local marker = result.output:match "\n%[%.%.%. [^\n]*\n"
  local left_out = tonumber(marker:match "(%d+) bytes")
  local bytes = left_out + #result.output - #marker
  assert(result.state == "exited" and result.exit_code == 0, result.state)
  assert(result.original_token_count == 7500000, result.original_token_count)
  assert(bytes == 30000000 and result.next == bytes, bytes)
  print(("%s: %d tokens, %d bytes shown and left out, in %.1f s"):format(
    tty and "terminal" or "pipe", result.original_token_count, bytes, result.wall_time))
end

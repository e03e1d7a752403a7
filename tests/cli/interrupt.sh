#!/bin/sh
# interrupt.sh - Ctrl-C and SIGTERM: all trees end, the exit code tells which.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
cat >tree.lua <<'LUA'
local orch = require "orch"
orch.ask("worker", { task = "first", agent = "good" })
orch.each({ 1, 2, 3 }, function()
  return orch.ask("worker", { task = "x", agent = "hang" })
end)
LUA
# A command that hears the interrupt, says so a while later, and goes on.
cat >deaf.lua <<'LUA'
require "orch".check [[
  trap 'sleep 0.2; touch heard' INT
  trap '' TERM
  touch deaf
  while :; do sleep 1; done
]]
LUA

begin tree.lua
eventually heard 4 ": running"
kill -INT "$engine"
finish
[ "$code" = 130 ] || fail "SIGINT: exit $code"
nobody_lives || fail "SIGINT: something is still running"
says "stopped by Ctrl-C; what was done is in $folder/state/"
says "workers/W1-worker/reply.md"

begin tree.lua
eventually heard 4 ": running"
kill -TERM "$engine"
finish
[ "$code" = 143 ] || fail "SIGTERM: exit $code"
nobody_lives || fail "SIGTERM: something is still running"
says "stopped by SIGTERM"

# The first waits for the graces, the second does not.
begin deaf.lua
eventually test -e deaf
kill -INT "$engine"
eventually heard 1 "waiting for 1 process to end"
eventually test -e heard
nobody_lives && fail "it is gone before the second Ctrl-C"
began=$(milliseconds)
kill -INT "$engine"
finish
[ "$code" = 130 ] || fail "SIGINT twice: exit $code"
[ $(($(milliseconds) - began)) -lt 1500 ] || fail "the second Ctrl-C waited"
nobody_lives || fail "SIGINT twice: something is still running"
eventually no_keepers

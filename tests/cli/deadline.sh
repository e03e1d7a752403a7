#!/bin/sh
# deadline.sh - --deadline ends the run with 4, and everything that it started.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
cat >tree.lua <<'LUA'
local orch = require "orch"
orch.all({ 1, 2 }, function(i)
  if i == 2 then return orch.check "setsid sleep 300 & sleep 300" end
  return orch.ask("worker", { task = "x", agent = "hang" })
end)
LUA
began=$(milliseconds)
ends 4 tree.lua --deadline 1s
took=$(($(milliseconds) - began))
says "the deadline of the run passed after 1.0 s; what was done is in $folder/state/"
nobody_lives || fail "something is still running"
[ "$took" -ge 1000 ] || fail "it ended after $took ms"
[ "$took" -lt 8000 ] || fail "it took $took ms to end"

# A run that is faster is not held up; a worker's own deadline is not that of the run.
ends 0 ask worker --task x --agent good --deadline 1h
cat >own.lua <<'LUA'
local orch = require "orch"
local reply, failure = orch.try("worker",
  { task = "x", agent = "hang", deadline_ms = 300 })
assert(not reply and failure.state == "timed_out", tostring(failure))
LUA
ends 0 own.lua
nobody_lives || fail "the worker is still running"
eventually no_keepers

#!/bin/sh
# interrupt_anywhere.sh - Ctrl-C at any moment of a run: nothing is left alive.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
cat >run.lua <<'LUA'
local orch = require "orch"
orch.check "setsid sleep 0.05 & sleep 0.01"
orch.each({ "good", "hang", "second" }, function(agent)
  return orch.ask("worker", { task = "x", agent = agent })
end)
LUA
# Until env has made way for orch-lua, an interrupt may still be ignored.
engine_runs() { [ "$(cat "/proc/$engine/comm")" = orch-lua ]; }

# Moments 4 ms apart, from before the first line of Lua to long after the last start.
moment=0
while [ "$moment" -lt 30 ]; do
  begin run.lua
  eventually engine_runs
  sleep "0.$(printf '%03d' $((moment * 4)))"
  kill -INT "$engine"
  finish
  [ "$code" = 130 ] || fail "moment $moment: exit $code"
  nobody_lives || fail "moment $moment: something is still running"
  moment=$((moment + 1))
done
eventually no_keepers

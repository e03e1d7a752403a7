#!/bin/sh
# engine_killed.sh - kill -9 of the engine: a plain command ends at once, whatever it is.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

cat >run.lua <<'LUA'
require "orch".check [[
  trap '' INT TERM HUP
  setsid sleep 300 &
  touch begun
  sleep 300
  sleep 300
]]
LUA
begin run.lua
eventually test -e begun
kill -KILL "$engine"
finish
[ "$code" = 137 ] || fail "exit $code"
began=$(milliseconds)
eventually nobody_lives
[ $(($(milliseconds) - began)) -lt 3000 ] || fail "the command lived on for too long"
grep -q '"ended_by":"engine"' state/*/checks/1/exit || fail "why it ended is not recorded"
eventually no_keepers

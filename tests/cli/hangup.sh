#!/bin/sh
# hangup.sh - SIGHUP leaves the workers under their lease, and says so.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
begin ask worker --task x --agent tree
eventually heard 1 ": running"
eventually grep -qs thread.started state/*/workers/*/1/transcript
kill -HUP "$engine"
finish
[ "$code" = 129 ] || fail "SIGHUP: exit $code"
says "running workers go on under their lease"
says_not "stopped"
nobody_lives && fail "the worker is gone"

# It is still recorded: its keeper writes how it ended.
set -- state/*/workers/*/1
[ ! -s "$1/exit" ] || fail "there is a record of a living worker"
for place in $(alive); do
  tr '\0' ' ' <"${place%environ}cmdline" | grep -q '^sleep' || continue
  pid=${place#/proc/}
  kill -KILL "${pid%/environ}"
done
eventually nobody_lives
eventually grep -qs '"signal":"SIGKILL"' "$1/exit"
eventually no_keepers

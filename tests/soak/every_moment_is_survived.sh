#!/bin/sh
# every_moment_is_survived.sh - engines of a world die at every single moment of a run.
#
# Each is killed, or loses its power with all that was not synced, before each of its
# effects on the outside; or several in a row die at random.
set -eu
unset ORCH_WORKER
cd "$ORCH_SOURCE"
busted=$(command -v busted) || {
  echo "skipped: there is no busted"
  exit 77
}
LUA_PATH="$ORCH_SOURCE/tests/lua/?.lua;;" ORCH_MOMENTS=every \
  "$ORCH_LUA" --lua "$busted" --output=plainTerminal tests/lua/moments_spec.lua

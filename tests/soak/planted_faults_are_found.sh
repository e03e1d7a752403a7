#!/bin/sh
# planted_faults_are_found.sh [SEEDS] - each fault that is planted into a copy of the
# library is found by rehearsal within SEEDS (1000) seeds; prints the timeline of each.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
cd "$ORCH_SOURCE"
LUA_PATH="$ORCH_SOURCE/tests/lua/?.lua;;" exec "$ORCH_LUA" --lua \
  tests/soak/scripts/find_planted.lua "${1:-1000}"

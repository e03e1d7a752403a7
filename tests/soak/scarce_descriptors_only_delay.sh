#!/bin/sh
# scarce_descriptors_only_delay.sh - 200 commands at once answer with 64 descriptors.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ulimit -n 64
"$ORCH_LUA" "$here/scripts/crowd.lua" 200
"$ORCH_LUA" "$here/scripts/crowd.lua" 200 pipe

#!/bin/sh
# every_pattern_survives_all_faults.sh [SEEDS] - each shipped pattern and each example of
# patterns/README.md is rehearsed with all faults, SEEDS (1000) times; every promise holds.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
seeds=${1:-1000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME="$folder" ORCH_STATE_DIR="$folder/state" XDG_CONFIG_HOME="$folder"
unset ORCH_WORKER

# The examples: each ends up in the file that the command above it runs.
awk -v to="$folder" '
  /^    orch-lua \.\/[a-z_]*\.lua/ { name = $2; sub(/.*\//, "", name) }
  /^```lua/ && name { writing = to "/" name; next }
  /^```/ { writing = ""; next }
  writing { print > writing }
' "$ORCH_SOURCE/patterns/README.md"
ls "$folder"/*.lua >/dev/null

bad=0
for script in "$ORCH_SOURCE"/patterns/*.lua "$folder"/*.lua; do
  case $script in *.rehearsal.lua) continue ;; esac
  echo "== $(basename "$script")"
  (cd "$folder" && "$ORCH_LUA" rehearse "$script" --seeds "$seeds" -q) || bad=1
done
exit $bad

#!/bin/sh
# a_normal_end_leaves_records.sh - a script that ends with 64 sessions leaves a record of
# each, and none of their processes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset ORCH_WORKER
export ORCH_STATE_DIR="$folder/state" XDG_RUNTIME_DIR="$folder"
mark=orch-end-$$

cat >script.lua <<'LUA'
local core = require "orch.core"
local orch = require "orch"
local session = require "orch.session"
local folder, mark = ...
for i = 1, 64 do
  local place = ("%s/s%d"):format(folder, i)
  core.make_folder(place)
  local s = session.start { folder = place, workdir = folder, tty = i % 2 == 0,
    argv = { "sh", "-c", "setsid sh -c 'echo ready; exec sleep 600' & exec sleep 600" },
    env = { "PATH=/usr/bin:/bin", "ORCH_TREE=" .. mark } }
  assert(orch.wait(s, { on = "ready" }).on == "pattern")
end
LUA
"$ORCH_LUA" script.lua "$folder" "$mark" 2>err || { cat err; exit 1; }

survivors=$(grep -lsza "^ORCH_TREE=$mark" /proc/[0-9]*/environ | wc -l)
records=$(cat s*/exit | grep -c '"ended_by":"stop".*"survivors":0')
echo "64 sessions at a normal end: $records records, $survivors survivors"
[ "$records" = 64 ] && [ "$survivors" = 0 ]

#!/bin/sh
# a_full_disk_is_told.sh - a disk that fills ends what needs it, and says so.
#
# The disk is one of 1 MB, mounted in a mount namespace of our own.
set -eu
if [ "${1-}" != inside ]; then
  unshare --mount true 2>/dev/null || {
    echo "skipped: only root can mount a small disk"
    exit 77
  }
  exec unshare --mount sh "$0" inside
fi
folder=$(mktemp -d)
trap 'umount "$folder/small"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir small big config config/orch-lua
unset ORCH_WORKER
export XDG_CONFIG_HOME="$folder/config"
mark=orch-disk-$$
mount -t tmpfs -o size=1m,mode=700 tmpfs small

cat >config/orch-lua/config.lua <<'LUA'
return { pass_env = { "ORCH_TREE" }, agents = {
  loud = { argv = { "sh", "-c", "cat >/dev/null; setsid sleep 600 & exec yes" } },
  good = { argv = { "sh", "-c", "cat >/dev/null; echo RESULT: fine" } },
} }
LUA
cat >command.lua <<'LUA'
local orch = require "orch"
local result = orch.exec_command { cmd = "setsid sleep 600 & exec yes",
  env = { ORCH_TREE = os.getenv "ORCH_TREE" } }
error(result.state .. ": " .. result.reason)
LUA
echo 'require "orch".ask("worker", { task = "Talk.", agent = "loud" })' >worker.lua
cat >later.lua <<'LUA'
local orch = require "orch"
orch.ask("worker", { task = "Be short.", agent = "good" })
os.execute "cat /dev/zero >small/fill 2>/dev/null"
orch.ask("worker", { task = "Be short again.", agent = "good" })
LUA
cat >deliver.lua <<'LUA'
os.execute "cat /dev/zero >small/fill 2>/dev/null"
return require "orch".deliver { result = "The work is done.", next_step = "Look at it." }
LUA

fail() { echo "a_full_disk_is_told.sh: $*" >&2; cat err >&2; exit 1; }
fill() { cat /dev/zero >small/fill 2>/dev/null || :; }

# ends CODE MESSAGE STATE RUNTIME SCRIPT: how a script ends, with its folders there.
ends() {
  code=0
  ORCH_TREE=$mark ORCH_STATE_DIR=$folder/$3 XDG_RUNTIME_DIR=$folder/$4 \
    "$ORCH_LUA" "$5" >out 2>err </dev/null || code=$?
  [ "$code" = "$1" ] || fail "$5: exit code $code, not $1"
  grep -qF "$2" err || fail "$5 does not say: $2"
  alive=$(grep -lsza "^ORCH_TREE=$mark" /proc/[0-9]*/environ || :)
  [ -z "$alive" ] || fail "$5 left $alive"
  echo "$5, exit $1: $(grep -F "$2" err | tail -n 1 | sed "s|$folder/||g")"
  rm -rf small/*
}

ends 1 "failed: the disk is full" big small command.lua
ends 3 "W1 Worker failed: the disk is full" small big worker.lua
fill
ends 5 "no space left on device (ENOSPC)" small big worker.lua
fill
ends 3 "no space left on device (ENOSPC)" big small command.lua
ends 3 "finished replies are kept" small big later.lua
ends 3 "result.md': no space left on device (ENOSPC)" small big deliver.lua
grep -q "The work is done." out || fail "the result is not on stdout"

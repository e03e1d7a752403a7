#!/bin/sh
# user.sh - an ordinary user: the key path works, and what may not be read is said.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

as_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  command -v setpriv >/dev/null || fail "setpriv is not here"
  chown -R 65534:65534 "$folder"
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
fi
as_user test -x "$ORCH_LUA" || {
  echo "user.sh: skipped: the build folder cannot be reached by other users" >&2
  exit 0
}

user_ends() {
  expected=$1
  shift
  code=0
  XDG_CACHE_HOME=$mark as_user "$ORCH_LUA" "$@" >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'$*': exit $code, not $expected"
}

as_user sh -c "echo 'a line ' >text.txt; echo 'a line ' >shut.txt; chmod 0 shut.txt
  mkdir -p team/patterns team/worker-templates
  cp '$ORCH_SOURCE/worker-templates/worker.lua' team/worker-templates/
  chmod 0 team/worker-templates/worker.lua
  echo 'require \"orch\".ask(\"worker\", { task = \"x\" })' >team/patterns/x.lua
  echo 'Goal: x' >shut.md; chmod 0 shut.md
  echo 'print(1)' >shut.lua; chmod 0 shut.lua"
user_ends 0 review_fix --artefact text.txt
grep -qx 'a line' text.txt || fail "the artefact is not fixed"
open=$(find state -perm /077)
[ -z "$open" ] || fail "others may read $open"

user_ends 2 review_fix --artefact shut.txt
says "shut.txt"
says "permission denied"
user_ends 2 ask reviewer --artefact text.txt --context shut.md
says "cannot read the context 'shut.md': permission denied"
user_ends 2 team/patterns/x.lua
says "cannot read the template 'team/worker-templates/worker.lua': permission denied"
user_ends 2 shut.lua
says "cannot read the script 'shut.lua': permission denied"

# A state folder that may not be written, and one of somebody else.
as_user mkdir shut
as_user chmod 500 shut
ORCH_STATE_DIR=$folder/shut/state user_ends 5 ask reviewer --artefact text.txt
says "$folder/shut/state"
says "set ORCH_STATE_DIR to a folder of yours"
if [ "$(id -u)" = 0 ]; then
  mkdir -m 777 others
  ORCH_STATE_DIR=$folder/others user_ends 5 ask reviewer --artefact text.txt
  says "it belongs to somebody else"
fi

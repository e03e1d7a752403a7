#!/bin/sh
# agent.sh - the offline agent as a program, also inside a worker; ask, without a script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir home
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state"
unset XDG_CONFIG_HOME ORCH_WORKER

fail() { echo "agent.sh: $*" >&2; exit 1; }

code=0
"$ORCH_LUA" agent </dev/null >out 2>err || code=$?
[ "$code" = 2 ] || fail "agent without a name: exit $code"

# Inside a worker it answers a brief that it cannot do, rather than being refused.
printf 'CONTEXT: WORKER\n\nTASK: nothing\n' >brief
ORCH_WORKER=W1 "$ORCH_LUA" agent offline <brief >out 2>err || true
! grep -q "starts no other workers" err || fail "the offline agent is refused in a worker"

# ask: one worker, its reply on stdout, its progress on stderr.
printf 'A line with trailing space. \nTODO: the the end\n' >text.md
"$ORCH_LUA" ask reviewer --agent offline --artefact text.md --lens correctness \
  >out 2>err </dev/null || { cat err; fail "ask failed"; }
grep -q "FINDINGS" out || { cat out; fail "the reply is not on stdout"; }
grep -q "W1 Reviewer" err || { cat err; fail "the worker is not on stderr"; }
[ ! -s home/.config ] || fail "something was written to the home folder"

# An unknown role and an unknown field are usage errors with the nearest name.
code=0
"$ORCH_LUA" ask reviewr --agent offline --artefact text.md >out 2>err </dev/null || code=$?
[ "$code" = 2 ] || { cat err; fail "unknown role: exit $code"; }
grep -q "^orch-lua: there is no worker template.*'reviewer'" err ||
  { cat err; fail "unknown role: no suggestion"; }

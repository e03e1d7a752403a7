#!/bin/sh
# version.sh - --version: what it prints, that it is quick, and that it works anywhere.
set -eu

fail() { echo "version.sh: $*" >&2; exit 1; }

[ "$("$ORCH_LUA" --version)" = "orch-lua 0.1.0" ] || fail "wrong version"
[ "$("$ORCH_LUA" -q list --version)" = "orch-lua 0.1.0" ] || fail "not behind other words"
[ "$(ORCH_WORKER=W1 "$ORCH_LUA" --version)" = "orch-lua 0.1.0" ] || fail "not in a worker"
[ "$(cd / && env -i "$ORCH_LUA" --version </dev/null)" = "orch-lua 0.1.0" ] ||
  fail "not without an environment"

# A hundred starts: a version that loads the library, or waits for something, takes longer.
start=$(date +%s)
i=0
while [ "$i" -lt 100 ]; do
  "$ORCH_LUA" --version >/dev/null
  i=$((i + 1))
done
[ $(($(date +%s) - start)) -le 10 ] || fail "100 starts took more than 10 s"

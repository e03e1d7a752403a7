#!/bin/sh
# memory_that_ends_is_told.sh - whichever allocation fails, orch-lua says so and ends: it
# neither crashes nor hangs, and a run does not claim success without its result.
#
# Three places are not ours and crash: libuv when a loop begins (it aborts on purpose), and
# glibc twice when it looks up the user's name.
set -eu
command -v cc >/dev/null || exit 77
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "memory_that_ends_is_told.sh: $*" >&2; exit 1; }

shim=$folder/fail_nth.so
cc -O2 -shared -fPIC -o "$shim" "$here/scripts/fail_nth.c"
cd "$folder"
export ORCH_STATE_DIR="$folder/state" XDG_RUNTIME_DIR="$folder" HOME="$folder"
unset ORCH_WORKER

# The first thing that is asked for, then a run in a world.
list() { "$ORCH_LUA" list; }
world() { "$ORCH_LUA" --lua "$here/scripts/world_run.lua" "$ORCH_SOURCE"; }

# attempt WHAT FAIL_AT [on]: one run; its exit code must be one that we give.
attempt() {
  code=0
  (
    [ -z "${3-}" ] || export FAIL_ON=1
    export FAIL_AT="$2" LD_PRELOAD="$shim"
    ulimit -c 0
    $1 >out 2>err </dev/null
  ) || code=$?
  case $code in
    0)
      # A list leaves out what it cannot read.
      [ "$1" = list ] || cmp -s out expected ||
        fail "$1, allocation $2 ${3-}: success without its result"
      ;;
    134 | 139) crashed=$((crashed + 1)) ;;
    2 | 5) [ -s err ] || fail "$1, allocation $2 ${3-}: exit $code without a word" ;;
    *) cat err >&2; fail "$1, allocation $2 ${3-}: exit $code" ;;
  esac
  told=$((told + (code != 0)))
}

for what in list world; do
  LD_PRELOAD=$shim $what >out 2>err 9>count || { cat err >&2; fail "$what fails as it is"; }
  mv out expected
  count=$(tail -n 1 count)
  [ "$count" -gt 1000 ] || fail "$what: only $count allocations were seen"
  at=1 told=0 runs=0 crashed=0
  while [ "$at" -le "$count" ]; do
    attempt "$what" "$at" ''
    attempt "$what" "$at" on
    runs=$((runs + 2))
    # Each of the first ones, then ever fewer.
    at=$((at + 1 + at / 150))
  done
  echo "$what: $count allocations, $runs runs with failures, $told of them said so"
  [ "$crashed" -le 6 ] || fail "$what: $crashed crashes"
  [ "$told" -gt $((runs / 3)) ] || fail "$what: hardly a failure was noticed"
done

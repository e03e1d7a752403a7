#!/bin/sh
# stdout.sh - a standard output that is full or closed: said, exit 5, and nothing is lost.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

echo 'return require "orch".deliver { result = "All is well.", next_step = "None." }' >d.lua
echo 'a line ' >text.txt

# lost OUTPUT WORDS...: orch-lua with that standard output ("closed" for none).
lost() {
  output=$1
  shift
  code=0
  if [ "$output" = closed ]; then
    marked "$@" >&- 2>err </dev/null || code=$?
  else
    marked "$@" >"$output" 2>err </dev/null || code=$?
  fi
  [ "$code" = 5 ] || fail "'$*' with a $output standard output: exit $code"
  says "orch-lua: cannot write to standard output: "
}

for output in /dev/full closed; do
  for words in --version --help list "ask reviewer --artefact text.txt" \
    "ask reviewer --artefact text.txt --dry-run" d.lua "d.lua --json"; do
    rm -rf state
    # shellcheck disable=SC2086
    lost "$output" $words
  done
  lost "$output" d.lua
  set -- state/*/result.md
  says "the result is in '$folder/state/"
  grep -qF "All is well." "$1" || fail "the result is not where it is said to be"
done

# A reader that leaves early is no reason to hang or to crash.
{
  code=0
  marked review_fix --artefact text.txt --dry-run 2>err </dev/null || code=$?
  echo "$code" >code
} | true
[ "$(cat code)" = 5 ] || [ "$(cat code)" = 0 ] || fail "a reader that left: exit $(cat code)"

# Nobody to tell anything: the result still comes, and the exit code.
code=0
marked d.lua 2>&- >out </dev/null || code=$?
[ "$code" = 0 ] || fail "without standard error: exit $code"
prints "All is well."
code=0
marked d.lua 2>/dev/full >out </dev/null || code=$?
[ "$code" = 0 ] || fail "with a full standard error: exit $code"
code=0
marked d.lua >&- 2>&- <&- || code=$?
[ "$code" = 5 ] || fail "without any: exit $code"

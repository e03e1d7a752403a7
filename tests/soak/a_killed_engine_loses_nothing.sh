#!/bin/sh
# a_killed_engine_loses_nothing.sh [KILLS] - kill -9 at random moments, then resume.
#
# The engine's whole process group is killed, up to four times in one run, KILLS (default
# 120) times in all, over patterns that read, edit in place and edit in work trees.  The
# run then goes on to its end: every agent was started once, the result and the files are
# those of a run that nobody disturbed.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"
kills=${1:-120}
counted_agents

cat >twelve.lua <<'LUA'
--- Twelve reviewers, four at a time.
local orch = require "orch"
local list = {}
for i = 1, 12 do list[i] = i end
local reviews = orch.all(list, function(i)
  return orch.ask("reviewer", { artefact = orch.skim(("abc"):sub(i % 3 + 1, i % 3 + 1)),
    lens = "lens " .. i })
end)
local findings = orch.findings(reviews)
return orch.deliver { result = findings:summary(), next_step = "Look at them.",
  findings = findings }
LUA

# round CODE WORDS...: one run, killed at some moments of it.
round() {
  expected=$1
  shift
  fresh_work
  left=$((1 + $(random_below 4)))
  told=
  while [ "$left" -gt 0 ]; do
    moment=$(random_below "$lasts")
    go_on "$@"
    nap "$moment"
    kill_apart
    told="$told $moment"
    killed=$((killed + 1))
    left=$((left - 1))
  done
  go_on "$@"
  finish
  what="$* killed after$told ms"
  [ "$code" = "$expected" ] || fail "$what: exit $code, not $expected"
  same_end "$what"
}

# kill_often CODE WORDS...: a quarter of all kills.
kill_often() {
  undisturbed "$@"
  killed=0 rounds=0
  while [ $((killed * 4)) -lt "$kills" ]; do
    round "$@"
    rounds=$((rounds + 1))
  done
  shift
  echo "$1: $killed kills in $rounds runs of $lasts ms, $(wc -l <starts) starts each, as" \
    "without them"
}

kill_often 1 review_fix --artefact a --check true
kill_often 0 triangulated_review --artefact .
kill_often 1 split_sections --task "Fix mechanical defects." --slices a,b,c
kill_often 0 ../twelve.lua --jobs 4
eventually no_keepers

#!/bin/sh
# review_check.sh - review_fix --check: a check that fails is never a pass.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

# round CODE COMMAND: review_fix of a fresh artefact with that check.
round() {
  printf 'cd /tmp\nrm -rf $1\n' >clean.sh
  ends "$1" review_fix --artefact clean.sh --check "$2"
}

round 0 'test -s clean.sh'
prints "- \`test -s clean.sh\` passed"
[ "$(grep -c 'test -s clean.sh' out)" = 1 ] || fail "the evidence is there twice"
says "check 'test -s clean.sh'"

# It failed before, and the fix made it pass.
round 0 'grep -q :? clean.sh'
prints "- \`grep -q :? clean.sh\` passed"

# It passed before, and the fix broke it: the verifier's own pass does not count.
round 1 'grep -q "rf \$1" clean.sh'
prints "failed with exit code 1"
prints_not "it failed before as well"

round 1 'echo told; exit 3'
prints "failed with exit code 3; it failed before as well"
round 1 'kill -SEGV $$'
prints "was killed by SIGSEGV"
round 1 '/nowhere/program'
prints "failed with exit code 127"

# What a check leaves behind in its shell does not stay.
round 0 'sleep 300 >/dev/null 2>&1 & true'
eventually nobody_lives

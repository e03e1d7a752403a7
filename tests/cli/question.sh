#!/bin/sh
# question.sh - a worker that asks: exit 6, and the question is shown.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
ends 6 ask worker --task 'do it' --agent question
says "W1 Worker blocked: it asks: Which file?"
[ ! -s out ] || fail "a question was taken for a reply"
ends 6 ask worker --task 'do it' --agent question --progress json
grep -q '"state":"blocked"' err || fail "the JSON does not say that it is blocked"

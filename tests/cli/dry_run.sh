#!/bin/sh
# dry_run.sh - --dry-run shows every brief and command line, and starts nothing.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

printf 'a line \n' >text.txt
cp text.txt before
cat >config/orch-lua/config.lua <<LUA
return { agents = { toucher = { argv = { "/usr/bin/touch", "$folder/started" } } } }
LUA

ends 0 review_fix --artefact text.txt --check 'touch checked' --dry-run
cmp -s text.txt before || fail "the artefact was changed"
[ ! -e checked ] || fail "the check ran"
for label in "W1 Reviewer, read-only" "W2 Implementer, may edit text.txt" \
  "W3 Verifier, read-only"; do
  prints "=== $label"
done
[ "$(grep -c '^CONTEXT: WORKER$' out)" = 3 ] || fail "not three briefs"
[ "$(grep -c '^\$ .*agent offline exec' out)" = 3 ] || fail "not three command lines"
says "3 workers, 0 tokens"
[ -z "$(ls state)" ] || fail "it left a run folder"
nobody_lives || fail "something was started"

# An agent of the user's own is named with its words, and not called.
ends 0 ask reviewer --artefact text.txt --agent toucher --dry-run
prints "\$ /usr/bin/touch $folder/started"
prints "TASK: Review text.txt"
[ ! -e started ] || fail "the agent was started"

# What is wrong is wrong in a dry run as well.
ends 2 ask reviewer --lens correctness --dry-run
says "needs 'artefact'"

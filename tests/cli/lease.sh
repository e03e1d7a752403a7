#!/bin/sh
# lease.sh - workers whose engine was killed end with their lease, and run again on resume.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"

counted_agents 1s
undisturbed 0 triangulated_review --artefact .

# The same agents, which do not end until `starts.go` is there.
mv counted.sh works.sh
cat >counted.sh <<'SH'
[ ! -e "$2.go" ] || exec /bin/sh "${0%/*}/works.sh" "$@"
echo "$5" >>"$2.hung"
exec sleep 300
SH
fresh_work
begin_apart triangulated_review --artefact .
all_hang() { [ "$(cat starts.hung 2>/dev/null | wc -l)" = 3 ]; }
eventually all_hang
kill_apart
began=$(milliseconds)
nobody_lives && fail "they did not outlive their engine"
eventually nobody_lives
eventually no_keepers
lived=$(($(milliseconds) - began))
[ "$lived" -ge 700 ] && [ "$lived" -lt 4000 ] || fail "they lived for $lived ms"
place=$(run_folder)
[ "$(cat "$place"/workers/*/1/exit | grep -c '"ended_by":"lease".*"survivors":0')" = 3 ] ||
  fail "not every end is recorded: $(cat "$place"/workers/*/1/exit)"

touch starts.go
go_on
finish
[ "$code" = 0 ] || fail "resume: exit $code"
[ "$(sort starts | tr '\n' ' ')" = "W1-reviewer/2 W2-reviewer/2 W3-reviewer/2 " ] ||
  fail "the starts are: $(cat starts)"
cmp -s good/result.json "$place/result.json" || fail "the result is another"

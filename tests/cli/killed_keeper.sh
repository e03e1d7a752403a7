#!/bin/sh
# killed_keeper.sh - kill -9 of a keeper: its worker is lost, and runs again.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"

counted_agents
undisturbed 0 triangulated_review --artefact .
mv counted.sh works.sh
cat >counted.sh <<'SH'
case $5 in
  *W2-reviewer/1/*) [ -e "${0%/*}/go" ] || { echo $$ >"${0%/*}/pid"; exec sleep 300; } ;;
esac
exec /bin/sh "${0%/*}/works.sh" "$@"
SH
# kill_keeper: that of the worker which hangs.
kill_keeper() {
  eventually test -s pid
  kill -KILL "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$(cat pid)/status")"
  rm pid
}
# once_more: the lost worker was run again, the others were not, and all is well.
once_more() {
  [ "$code" = 0 ] || fail "$1: exit $code"
  [ "$(sort starts | tr '\n' ' ')" = "W1-reviewer/1 W2-reviewer/2 W3-reviewer/1 " ] ||
    fail "$1: the starts are: $(sort starts)"
  [ ! -s "$(run_folder)/workers/W2-reviewer/1/exit" ] ||
    fail "$1: a lost worker has a record"
  cmp -s good/result.json "$(run_folder)/result.json" || fail "$1: the result is another"
  nobody_lives || fail "$1: somebody lives"
}

# Beside a living engine, a reader is run again at once.
fresh_work
begin_apart triangulated_review --artefact .
kill_keeper
finish
once_more "a living engine"
says "W2 Reviewer was lost: its keeper is gone and left no record; it is started again"

# When the engine is gone as well, it is run again on resume.
fresh_work
rm -f go
begin_apart triangulated_review --artefact .
eventually test -s pid
kill_apart
kill_keeper
eventually nobody_lives
go_on
finish
once_more "resume"

# A writer that is lost is not run again by the engine that saw it: it may have edited.
# On resume it finds what it found at first.
cat >counted.sh <<'SH'
[ ! -e "${0%/*}/go" ] && echo half >>"$4/a/one.c" && echo $$ >"${0%/*}/pid" && exec sleep 300
exec /bin/sh "${0%/*}/works.sh" "$@"
SH
fresh_work
rm -f go
begin_apart ask implementer --task "Fix mechanical defects." --edit a
kill_keeper
finish
[ "$code" = 3 ] || fail "a lost writer: exit $code"
says "W1 Implementer lost"
[ ! -s starts ] || fail "a lost writer was run again: $(cat starts)"
touch go
go_on
finish
[ "$code" = 0 ] || fail "resume of a lost writer: exit $code"
[ "$(cat starts)" = "W1-implementer.2/1" ] || fail "a lost writer: starts $(cat starts)"
! grep -q half "$work/a/one.c" || fail "half an edit is left"
grep -q '^+half' "$(run_folder)"/workers/*/left.1.patch || fail "the half is not kept"

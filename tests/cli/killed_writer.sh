#!/bin/sh
# killed_writer.sh - the engine is killed while its implementer edits, or has just edited.
#
# What is finished is not done twice, half an edit is taken back and done anew, and
# somebody else's edit in between stops the run until the user says what to make of it.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"

counted_agents 1s
pattern="review_fix --artefact a --check true"
# shellcheck disable=SC2086
undisturbed 1 $pattern

# The implementer edits by halves: it waits for `half.go` in between, and for `whole.go`
# when it has edited and answered.
mv counted.sh works.sh
cat >counted.sh <<'SH'
cd "${0%/*}"
[ "$3" = edit ] && [ ! -e done.once ] || exec /bin/sh works.sh "$@"
attempt=${5%/last_message}
echo "${attempt##*/workers/}" >>"$2"
echo half >>"$4/a/one.c"
touch half
until [ -e half.go ]; do sleep 0.01; done
git -C "$4" checkout -q a/one.c
touch done.once
"$1" agent offline exec --json -s workspace-write -C "$4" -o "$5" -
touch whole
until [ -e whole.go ]; do sleep 0.01; done
SH
# lease LENGTH: of the workers to come.
lease() { sed -i "s/lease = \"[^\"]*\"/lease = \"$1\"/" config/orch-lua/config.lua; }
# until_killed FILE: the run, killed when its implementer has made FILE.
until_killed() {
  fresh_work
  rm -f half half.go whole whole.go done.once
  [ "$1" = half ] || touch half.go
  # shellcheck disable=SC2086
  begin_apart $pattern
  eventually test -e "$1"
  kill_apart
  place=$(run_folder)
}
# ends_well STARTS: the run goes on to the end that it has without a kill.
ends_well() {
  [ "$code" = 1 ] || fail "resume: exit $code"
  [ "$(tr '\n' ' ' <starts)" = "$1 W3-verifier/1 W4-implementer/1 W5-verifier/1 " ] ||
    fail "the starts are: $(cat starts)"
  diff good/result.json "$place/result.json" >&2 || fail "result.json differs"
  diff -r --exclude=.git good/work "$work" >&2 || fail "the files differ"
}
once="W1-reviewer/1 W2-implementer/1"

# It has edited, and lives on: it is gone on with.
lease 15m
until_killed whole
touch whole.go
go_on
finish
ends_well "$once"

# It has edited and ended while nobody was there.
until_killed whole
touch whole.go
eventually nobody_lives
go_on
finish
ends_well "$once"

# Its lease ends half way in its edit: that is kept, taken back, and done anew.
lease 1s
until_killed half
eventually nobody_lives
grep -q half "$work/a/one.c" || fail "there is no half of an edit"
touch half.go whole.go
go_on
finish
ends_well "$once W2-implementer/2"
grep -q '^+half' "$place"/workers/W2-implementer/left.1.patch || fail "the half is not kept"
says "what it had left is kept in"

# Twice so: what the first time left is still there after the second.
until_killed half
eventually nobody_lives
rm half
begin_apart resume last
eventually test -e half
kill_apart
eventually nobody_lives
touch half.go whole.go
go_on
finish
ends_well "$once W2-implementer/2 W2-implementer/3"
for left in 1 2; do
  grep -q '^+half' "$place/workers/W2-implementer/left.$left.patch" ||
    fail "half $left is not kept"
done

# Somebody else's edit of a file that the run is about, when the implementer has ended and
# its verifier is at work: it is named, and nothing is started.
cp counted.sh by_halves.sh
cat >counted.sh <<'SH'
case $5 in
  *verifier*) [ -e "${0%/*}/checked" ] || { touch "${0%/*}/whole"; exec sleep 300; } ;;
esac
exec /bin/sh "${0%/*}/works.sh" "$@"
SH
# changed_between: killed while the verifier is at work, and refused after the edit.
changed_between() {
  lease 1s
  rm -f checked
  until_killed whole
  eventually nobody_lives
  touch checked
  sed -i 's/^# Notes/# My notes/' "$work/a/notes.md"
  printf 'mine\n' >"$work/b/notes.md"
  cp starts before
  go_on
  finish
  [ "$code" = 2 ] || fail "somebody else's edit: exit $code"
  says "$work/a/notes.md"
  says "--accept"
  says_not "b/notes.md"
  cmp -s before starts || fail "somebody was started: $(cat starts)"
}
changed_between
go_on --accept
finish
[ "$code" = 1 ] || fail "--accept: exit $code"
[ "$(head -n 3 starts | tr '\n' ' ')" = "$once W3-verifier/2 " ] ||
  fail "--accept: the starts are: $(cat starts)"
grep -q '^# My notes' "$work/a/notes.md" || fail "--accept: the edit is gone"

changed_between
go_on --redo
finish
[ "$code" = 1 ] || fail "--redo: exit $code"
[ "$(sed -n '3,4p' starts | tr '\n' ' ')" = "W1-reviewer.2/1 W2-implementer.2/1 " ] ||
  fail "--redo: the starts are: $(cat starts)"
grep -q '^# My notes' "$work/a/notes.md" || fail "--redo: the edit is gone"

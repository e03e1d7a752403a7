#!/bin/sh
# review.sh - review_fix with the offline agent: planted defects are found and fixed.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

cat >list.c <<'C'
#include <stdio.h>

void show(const char *name) {
  printf(name);   
}
C
printf 'cd /tmp\nrm -rf $1\n' >clean.sh
printf '# Notes\n\nRead the the manual.\n' >notes.md
printf 'import os\n\ndef f():\n    return 1 \n\n\n\nx = 1' >tool.py
printf 'local x = 1\t\nreturn x' >part.lua
chmod 640 list.c
chmod 751 clean.sh

# What is mechanical is fixed, nothing else is touched, and the result says who did it.
for file in list.c clean.sh notes.md tool.py part.lua; do
  cp -p "$file" before
  ends 0 review_fix --artefact "$file"
  prints "fixed. Nothing material is open."
  prints "**Next step:**"
  prints "## Verdict"
  prints "offline"
  says "the offline agent does the work"
  says "W3 Verifier: ok"
  ! cmp -s before "$file" || fail "$file was not changed"
  [ "$(stat -c %a before)" = "$(stat -c %a "$file")" ] || fail "the mode of $file changed"
done
grep -qF 'printf("%s", name);' list.c || fail "the format string of list.c is not fixed"
grep -qF 'rm -rf "${1:?}"' clean.sh || fail "the variable of clean.sh is not quoted"
grep -qx 'Read the manual.' notes.md || fail "the doubled word of notes.md is there"
! grep -q '[[:blank:]]$' tool.py part.lua || fail "there is trailing space"
[ -z "$(tail -c 1 part.lua)" ] || fail "the last line of part.lua does not end"

# A second look finds nothing, and changes nothing.
for file in list.c clean.sh notes.md part.lua; do
  cp -p "$file" before
  ends 0 review_fix --artefact "$file" -q
  prints "Nothing is worth fixing."
  cmp -s before "$file" || fail "$file was changed again"
done

# What needs judgement stays open, is named with its place, and is no pass.
printf '<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n' >merge.py
cp merge.py before
ends 1 review_fix --artefact merge.py -q
prints "[critical] \`merge.py:1\` unresolved merge conflict"
prints "(open)"
prints "fail"
cmp -s before merge.py || fail "a side of the conflict was chosen"

# A folder, a name that must be quoted, and a missing artefact.
mkdir 'two words'
printf 'a line \n' >'two words/a b.txt'
ends 0 review_fix --artefact 'two words' -q
grep -qx 'a line' 'two words/a b.txt' || fail "the file in the folder is not fixed"
ends 2 review_fix --artefact none.c
says "none.c"
[ ! -s out ] || fail "there is a result about a missing artefact"

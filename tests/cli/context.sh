#!/bin/sh
# context.sh - --context FILE: what every worker is told, and what is refused before any.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

echo text >text.txt
review() {
  ends "$1" review_fix --artefact text.txt --context "$2" --check 'touch checked'
}

cat >good.md <<'MD'
# Context

## Goal
A text that can be read aloud.

## Non-goals
- no new words

## Pointers
- text.txt - the text
- https://example.org/manual
MD
ends 0 review_fix --artefact text.txt --context good.md --dry-run
[ "$(grep -c '^Goal: A text that can be read aloud.$' out)" = 3 ] ||
  fail "not in every brief"
prints "Non-goals: no new words"
prints "- text.txt - the text"

printf 'Read it aloud.\n' >bare.md
ends 0 ask reviewer --artefact text.txt --context bare.md --dry-run
prints "Goal: Read it aloud."

printf '## Goal\nx\n\n## Gaol\ny\n' >heading.md
review 2 heading.md
says "the heading 'Gaol' is no part of a context; did you mean 'Goal'?"

{
  printf 'Goal: x\nConstraints:\n'
  yes -- '- a rule that is one of far too many' | head -n 900
} >big.md
review 2 big.md
says "the largest part is 'constraints'"
says "its limit of 16.0 KiB"

printf 'Goal: x\nPointers:\n- text.txt\n- none.txt - gone\n' >pointer.md
review 2 pointer.md
says "the context points to 'none.txt', which does not exist"

review 2 none.md
says "cannot read the context 'none.md'"
review 2 home
says "the context 'home' is a folder"
review 2 /dev/zero
says "the context '/dev/zero' is a device"

[ ! -e checked ] || fail "a check ran before the context was read"
[ ! -e state ] || [ -z "$(ls state)" ] || fail "a run was opened"

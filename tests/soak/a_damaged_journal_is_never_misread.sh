#!/bin/sh
# a_damaged_journal_is_never_misread.sh [FLIPS] - a real run's journal, cut or changed.
#
# It is cut at every byte of its last record, and one byte is changed at FLIPS (default
# 1000) random places.  `orch-lua resume` goes on with what is whole and starts nobody who
# has answered, or says where the damage is, starts nobody and changes nothing.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"
flips=${1:-1000}
counted_agents
undisturbed 0 triangulated_review --artefact .
place=$(run_folder)
cp "$place/journal" whole
cp -r "$place" kept
size=$(wc -c <whole)
last=$(tail -n 1 whole | wc -c)

# again: resume what is in `damaged`.
again() {
  rm -rf "$place"
  cp -r kept "$place"
  cp damaged "$place/journal"
  begin_apart resume "$(basename "$place")"
  finish
}
goes_on() {
  [ "$code" = 0 ] || fail "$1: exit $code"
  diff good/result.json "$place/result.json" >&2 || fail "$1: result.json differs"
  [ "$(wc -l <starts)" = 3 ] || fail "$1: somebody was started: $(cat starts)"
}

# Without its end, and without the record before it: a worker's, who is not asked again.
for records in 1 2; do
  head -n "-$((records - 1))" whole >shorter
  size=$(wc -c <shorter)
  last=$(tail -n 1 shorter | wc -c)
  at=$((size - last))
  while [ "$at" -lt "$size" ]; do
    head -c "$at" shorter >damaged
    again
    goes_on "cut at $at"
    at=$((at + 1))
  done
  echo "cut at every byte of '$(tail -n 1 shorter | grep -o '"kind":"[a-z]*"')': goes on"
done

size=$(wc -c <whole)
last=$(tail -n 1 whole | wc -c)
went_on=0 refused=0
while [ $((went_on + refused)) -lt "$flips" ]; do
  at=$(random_below "$size")
  cp whole damaged
  old=$(od -An -tu1 -j "$at" -N 1 whole | tr -d ' ')
  new=$(((old + 1 + $(random_below 255)) % 256))
  printf "\\$(printf %03o "$new")" | dd of=damaged bs=1 seek="$at" conv=notrunc 2>dd.err
  again
  what="byte $at from $old to $new"
  if [ "$code" = 0 ]; then
    [ "$at" -ge $((size - last)) ] || fail "$what: it went on"
    goes_on "$what"
    went_on=$((went_on + 1))
  else
    [ "$code" = 2 ] || fail "$what: exit $code"
    grep -qE "is damaged at byte [0-9]+|had not begun|written by a newer" err ||
      fail "$what: it does not say what is wrong"
    cmp -s damaged "$place/journal" || fail "$what: the journal was changed"
    [ "$(wc -l <starts)" = 3 ] || fail "$what: somebody was started: $(cat starts)"
    refused=$((refused + 1))
  fi
done
echo "$flips bytes changed: $refused times refused, $went_on times (last record) gone on"

#!/bin/sh
# a_full_disk_loses_nothing.sh [TIMES] - the disk of the runs fills at random moments.
#
# It is one of 8 MB, mounted in a mount namespace of our own.  TIMES (default 20) times for
# each pattern it fills while a run is at work: the run ends by itself and says why.  When
# there is space again, resume comes to the end of an undisturbed run, and who had answered
# is not asked again.
set -eu
if [ "${2-}" != inside ]; then
  unshare --mount true 2>/dev/null || {
    echo "skipped: only root can mount a small disk"
    exit 77
  }
  exec unshare --mount sh "$0" "${1:-20}" inside
fi
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"
trap 'umount "$folder/state"; clean_up' EXIT
mkdir state
mount -t tmpfs -o size=8m,mode=700 tmpfs state
counted_agents

# fill_up EXPECTED WORDS...: one run whose disk is full at some moment.
fill_up() {
  expected=$1
  shift
  fresh_work
  moment=$(random_below "$lasts")
  begin_apart "$@"
  nap "$moment"
  cat /dev/zero >state/.fill 2>/dev/null || :
  finish
  what="$1: full after $moment ms"
  place=$(run_folder)
  told="$told $code"
  case $code in
    "$expected") ;;
    1 | 2 | 3 | 5)
      grep -qE "ENOSPC|[Nn]o space|disk is full|Out of diskspace" err || fail "$what: it does not say why" ;;
    *) fail "$what: exit $code" ;;
  esac
  eventually nobody_lives
  done_before=
  if [ -n "$place" ]; then done_before=$(finished); fi
  rm state/.fill
  go_on "$@"
  finish
  [ "$code" = "$expected" ] || fail "$what, resume: exit $code"
  same_result "$what"
  for worker in $done_before; do
    [ "$(grep -c "^$worker[./]" starts)" = 1 ] || fail "$what: $worker was asked again"
  done
}

# each EXPECTED WORDS...
each() {
  undisturbed "$@"
  round=0 told=
  while [ "$round" -lt "$times" ]; do
    fill_up "$@"
    round=$((round + 1))
  done
  echo "$2: full at $times moments, exit codes$told"
}
times=$1
each 0 triangulated_review --artefact .
each 1 review_fix --artefact a --check true
each 1 split_sections --task "Fix mechanical defects." --slices a,b,c

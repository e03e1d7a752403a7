#!/bin/sh
# a_signalled_run_goes_on.sh [SIGNALS] - Ctrl-C, SIGTERM or SIGHUP at random moments of a
# run, which is resumed.
#
# Each comes SIGNALS (default 20) times.  Who had answered before is not asked again, and
# the end is that of an undisturbed run.  After SIGHUP nobody at all is started twice.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
. "$ORCH_SOURCE/tests/cli/support/kills.sh"
times=${1:-20}
counted_agents

# disturb SIGNAL EXPECTED WORDS...: one run that gets the signal, and goes on.
disturb() {
  signal=$1 number=$2 expected=$3
  shift 3
  fresh_work
  moment=$(random_below "$lasts")
  begin_apart "$@"
  nap "$moment"
  kill "-$signal" "$engine" 2>/dev/null || :
  finish
  what="$1: SIG$signal after $moment ms"
  place=$(run_folder)
  case $code in
    "$number" | "$expected") ;;
    *) fail "$what: exit $code" ;;
  esac
  [ "$signal" = HUP ] || nobody_lives || fail "$what: somebody lives"
  done_before=
  if [ -n "$place" ]; then done_before=$(finished); fi
  go_on "$@"
  finish
  [ "$code" = "$expected" ] || fail "$what, resume: exit $code"
  if [ "$signal" = HUP ]; then same_end "$what"; else same_result "$what"; fi
  for worker in $done_before; do
    [ "$(grep -c "^$worker[./]" starts)" = 1 ] || fail "$what: $worker was asked again"
  done
}

# each EXPECTED WORDS...
each() {
  undisturbed "$@"
  for signal in INT TERM HUP; do
    case $signal in INT) number=130 ;; TERM) number=143 ;; HUP) number=129 ;; esac
    round=0
    while [ "$round" -lt "$times" ]; do
      disturb "$signal" "$number" "$@"
      round=$((round + 1))
    done
  done
  echo "$2: $times times each of SIGINT, SIGTERM and SIGHUP"
}

each 1 review_fix --artefact a --check true
each 0 triangulated_review --artefact .
each 1 split_sections --task "Fix mechanical defects." --slices a,b,c
eventually no_keepers

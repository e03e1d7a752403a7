#!/bin/sh
# unusable_state.sh - a state folder that cannot be used is the environment's fault: told in
# a sentence, with exit code 5, by every command that needs it.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
ends 0 ask worker --task 'do it' --agent good
run=$(ls state)

: >a_file
for call in "runs" "show last" "logs last" "stop last" "resume last" "runs prune" \
  "ask worker --task x --agent good"; do
  ORCH_STATE_DIR=$folder/a_file
  # shellcheck disable=SC2086
  ends 5 $call
  says "cannot write in '$folder/a_file': it is no folder"
  says_not "a mistake in orch-lua"
  ORCH_STATE_DIR=$folder/a_file/below
  # shellcheck disable=SC2086
  ends 5 $call
  says "cannot write in '$folder/a_file/below': not a directory"
done
ORCH_STATE_DIR=$folder/state

# A run whose lock cannot be made is not a wrong word of the user's.
rm "state/$run/lock"
mkdir "state/$run/lock"
ends 5 resume "$run"
says "cannot lock the run '$run': "

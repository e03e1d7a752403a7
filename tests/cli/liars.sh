#!/bin/sh
# liars.sh - agents that only look as if they had done their work: none is believed.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
# An agent whose second attempt leaves the message of another turn in its place.
cat >stale.sh <<'SH'
last=$1
cat >/dev/null
echo '{"type":"thread.started","thread_id":"t"}'
case $last in
  */1/*) echo 'RESULT: old' >"${last%/1/*}/old"; echo 'no sections' >"$last" ;;
  *) cp "${last%/2/*}/old" "${last%/2/*}/1/last_message" ;;
esac
echo '{"type":"turn.completed","usage":{}}'
SH
cat >more <<LUA
  stale = { argv = { "/bin/sh", "$folder/stale.sh", "{{last_message}}" },
    events = "codex" },
  mute = { argv = { "/bin/true" } },
  broken = { argv = { "/bin/sh", "-c", "echo RESULT: done; exit 1" } },
LUA
sed '/agents = {$/r more' config/orch-lua/config.lua >all.lua
mv all.lua config/orch-lua/config.lua

refused() {
  ends 3 ask worker --task 'do it' --agent "$1"
  [ ! -s out ] || fail "the word of '$1' was taken"
  says "W1 Worker failed: $2"
  says "its files are in $folder/state/"
}
refused no-message "it ended without a final message"
refused empty "it ended without a final message"
refused stale "it ended without a final message"
refused mute "it ended without a final message"
refused torn "its final message is torn: 14 bytes in the file, 26 in its events"
refused ungrammatical "its reply was refused: the section RESULT is missing"
refused killed "it was killed by SIGKILL"
refused exit7 "it exited with 7"
refused broken "it exited with 1"
refused no-event "it ended without saying that its turn was complete"

# The honest one is, and one that is right when it is asked again.
ends 0 ask worker --task 'do it' --agent good
prints "RESULT: The work is done."
ends 0 ask worker --task 'do it' --agent second
prints "RESULT: The work is done."

# A verifier that could not run is neither pass nor fail.
echo 'a line ' >text.txt
ends 1 review_fix --artefact text.txt --agent verifier=killed
prints "unverified"
prints_not "pass"
grep -qx 'a line' text.txt || fail "the fix is gone"

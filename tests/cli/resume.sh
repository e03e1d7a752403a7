#!/bin/sh
# resume.sh - a run goes on after its engine was killed, was stopped, or met a mistake.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

# Outside of the folder that the run works in: readers must not change that.
mkdir work signs
cat >signs/agent.sh <<'SH'
brief=$(cat)
task=$(printf '%s\n' "$brief" | sed -n 's/^TASK: //p' | head -n 1)
echo "$task" >>"${0%/*}/starts"
until [ -e "${0%/*}/go-$task" ]; do sleep 0.02; done
case $brief in
*"THE ANSWER"*) echo "RESULT: $task, as was answered." ;;
*) case $task in ask*) echo "QUESTION: Which one?" ;; *) echo "RESULT: $task is done." ;; esac ;;
esac
SH
cat >config/orch-lua/config.lua <<LUA
return { agent = "mine", lease = "20s",
  agents = { mine = { argv = { "/bin/sh", "$folder/signs/agent.sh" } } } }
LUA
cat >work/run.lua <<'LUA'
local orch = require "orch"

local both = orch.all({ "one", "two" }, function(task)
  return orch.ask("worker", { task = task })
end)
local last = orch.ask("worker", { task = "three", material = both })
return orch.deliver { result = last.result, next_step = "None.", by = { both[1].label,
  both[2].label, last.label } }
LUA
starts() { sort "$folder/signs/starts" | tr '\n' ' '; }
has_started() { grep -qx "$1" "$folder/signs/starts" 2>/dev/null; }
may() { for task; do : >"$folder/signs/go-$task"; done; }
fresh() { rm -rf "$ORCH_STATE_DIR" "$folder"/signs/starts "$folder"/signs/go-*; }
cd work

# -- killed while two work: they live on, and are gone on with --------------------------
may one two three
ends 0 run.lua
cp out undisturbed
cp "$ORCH_STATE_DIR"/2*/result.json undisturbed.json
fresh

begin run.lua
eventually has_started one
eventually has_started two
kill -KILL "$engine"
finish
begin resume last
eventually heard 2 "Worker: running since before (mine)"
says_not "W1 Worker: starting"
may one two three
finish
[ "$code" = 0 ] || fail "resume: exit $code"
cmp -s out undisturbed || fail "the result differs from that of an undisturbed run"
cmp -s "$ORCH_STATE_DIR"/2*/result.json undisturbed.json || fail "result.json differs"
[ "$(starts)" = "one three two " ] || fail "started: $(starts)"
ends 0 resume last
[ "$(starts)" = "one three two " ] || fail "a finished run was paid again: $(starts)"
says "W3 Worker: ok, as before"
ends 0 resume last --dry-run
prints "3 workers answer as before and are not paid again"
prints "nothing is asked again"

# -- from another folder -----------------------------------------------------------------
(cd / && "$ORCH_LUA" resume last >/dev/null 2>&1) || fail "not from another folder"

# -- a reply that is gone is asked again, and not called as before ---------------------------
rm "$ORCH_STATE_DIR"/2*/workers/W1-worker/reply.md
ends 0 resume last
says "the reply of W1 Worker is not as it was: it is asked again"
grep -q "^\[.*W1 Worker: ok" err || fail "W1 did not end"
! grep -q "W1 Worker: .*as before" err || fail "a new answer is told as an old one"

# -- while it goes on, nobody else may ---------------------------------------------------
fresh
begin run.lua
eventually has_started two
code=0
"$ORCH_LUA" resume last >out2 2>err2 </dev/null || code=$?
[ "$code" = 2 ] || fail "a second engine: exit $code"
grep -q "is going on" err2 || fail "a second engine is not told why it is refused"
kill -INT "$engine"
finish
says "go on with: orch-lua resume"
may one two three
ends 0 resume last
[ "$(starts)" = "one one three two two " ] || fail "after Ctrl-C: $(starts)"

# -- a changed script asks again only what it asks differently -----------------------------
sed 's/"two"/"six"/' run.lua >run2.lua && mv run2.lua run.lua
may six
ends 0 resume last --dry-run
prints "1 worker answers as before and is not paid again"
prints "again: W2 Worker: what it is asked has changed"
prints "perhaps: W3 Worker"
! has_started six || fail "a dry run has started a worker"
ends 0 resume last
says "has changed since"
[ "$(starts)" = "one one six three three two two " ] || fail "changed: $(starts)"

# -- a question ---------------------------------------------------------------------------
fresh
may ask
ends 6 ask worker --task ask
says "orch-lua answer"
ends 6 resume last
[ "$(starts)" = "ask " ] || fail "a question was asked twice: $(starts)"
ends 2 answer last W2 "The second."
says "'W2' has asked nothing; there is a question of W1"
ends 2 answer last W1 " "
ends 0 answer last w1 "-- the second."
prints "ask, as was answered."
[ "$(starts)" = "ask ask " ] || fail "answered: $(starts)"
ends 2 answer last W1 "Again."
says "no worker of this run waits for an answer"

# -- mistakes -----------------------------------------------------------------------------
ends 2 resume
says "RUN is missing"
ends 2 resume lats
says "did you mean 'last'?"
ends 2 resume last --accept --redo
says "say different things"
printf '{"format":9}\n' >"$(echo "$ORCH_STATE_DIR"/2*/journal)"
ends 2 resume last
says "was written by a newer orch-lua"

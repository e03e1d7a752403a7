#!/bin/sh
# looking_back.sh - runs, show, logs, stop and prune: on living, killed and ended runs.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

fake_agents
cat >mixed.lua <<'LUA'
local orch = require "orch"
local plan = orch.plan { "Look around", "Ask them all", "Sum it up" }
plan:next()
local replies = orch.each({ "good", "question", "exit7" }, function(agent)
  return orch.ask("worker", { task = "x", agent = agent })
end)
plan:next()
return orch.deliver { result = #replies .. " answered.", next_step = "None." }
LUA
newest() { basename "$(ls -td state/*/ | head -n 1)"; }
# refuses MESSAGE WORDS...: exit 2 and that sentence.
refuses() {
  message=$1
  shift
  ends 2 "$@"
  says "$message"
}

ends 0 runs
prints "no runs yet"
refuses "there is no run yet" show last
refuses "there is no run '2026'" show 2026
refuses "RUN is missing; call it so: orch-lua show RUN" show
ends 0 runs prune
prints "there is nothing to prune"

# A run that has ended, with a reply, a question and a failure.
ends 0 mixed.lua
run=$(newest)
ends 0 runs
prints "$run  delivered"
prints "1 ok, 1 blocked, 1 failed"
ends 0 show last
for words in "$run: delivered" "[x] Look around" "W1 Worker  ok" "W2 asks: Which file?" \
  "it exited with 7" "workers/W1-worker/reply.md" "1 answered." \
  "orch-lua answer $run W2 TEXT" "orch-lua logs $run"; do
  prints "$words"
done
ends 0 show "$run" --json
"$ORCH_LUA" --lua /dev/stdin <<'LUA' || fail "the JSON of show"
local shown = require "orch.core".json_decode(require "orch.core".read "out")
assert(shown.state == "delivered" and #shown.list == 3 and not shown.alive)
assert(shown.needs[1] == nil and shown.list[2].failure.question == "Which file?")
LUA
ends 0 logs last
prints "==> W1 Worker <=="
prints "==> W3 Worker <=="
ends 0 logs "$run" w2
prints "QUESTION: Which file?"
prints_not "W1 Worker"
ends 0 logs "$run" "W3 Worker" -f
prints "turn.completed"
refuses "has no worker 'W9': did you mean 'W1'?" logs last W9
refuses "'worker' is the role of several workers: name W1, W2 or W3" logs last worker
refuses "unknown option '--folow'; did you mean '--follow'?" logs last --folow
refuses "'x' is one word too many" logs last W1 x
refuses "did you mean 'last'?" logs lst
refuses "did you mean 'prune'?" runs prnue
refuses "unknown option '--al'; did you mean '--all'?" runs --al
refuses "attach needs a terminal" attach last W1
ends 0 stop last
says "has ended already: delivered"

# One whose id begins like another's.
ends 0 mixed.lua
other=$(newest)
refuses "begins the ids of 2 runs: $other, $run" show 20

# A living run, stopped by somebody else.
begin ask worker --task x --agent tree
eventually heard 1 ": running"
living=$(newest)
is_at_work() {
  "$ORCH_LUA" runs >out 2>/dev/null
  grep -F "$living  running" out | grep -qF "1 at work"
}
eventually is_at_work
"$ORCH_LUA" runs prune --keep 0 --dry-run >out
prints_not "$living"
"$ORCH_LUA" stop "$living" >out 2>why
finish
[ "$code" = 143 ] || fail "a stopped engine: exit $code"
grep -q "waiting for W1 Worker to end" why || fail "it does not say what it waits for"
prints "run $living is stopped"
prints "orch-lua resume $living"
nobody_lives || fail "stop left something running"
"$ORCH_LUA" runs >out 2>/dev/null
sed -n 2p out | grep -q " 1 stopped" || fail "a stopped worker is not told as one"

# The loser of a race did not fail: it had no longer to answer.
cat >race.lua <<'LUA'
local orch = require "orch"
local reply = orch.race({ "good", "hang" }, function(name)
  return orch.ask("worker", { task = "x", agent = name })
end)
return orch.deliver { result = reply.result, next_step = "None." }
LUA
ends 0 race.lua
says "W2 Worker: stopped"
says_not "did not succeed"
"$ORCH_LUA" runs >out 2>/dev/null
prints "1 ok, 1 stopped"

# An engine that was killed: its worker goes on, and is found.
begin ask worker --task x --agent tree
eventually heard 1 ": running"
eventually grep -qs thread.started state/*/workers/*/1/transcript
kill -KILL "$engine"
finish
killed=$(newest)
ends 0 runs
prints "$killed  interrupted"
prints "1 at work"
ends 0 show last
prints "left running"
prints "orch-lua stop $killed"
ends 0 runs prune --keep 0 --dry-run
prints_not "$killed"
(marked logs last -f >followed; echo over >>followed) &
follower=$!
eventually grep -qs thread.started followed
grep -q over followed && fail "logs -f left a worker that lives"
ends 0 stop last
says "waiting for W1 Worker to end"
prints "run $killed is stopped: W1 Worker ended"
eventually grep -q over followed
wait "$follower"
nobody_lives || fail "stop left something of a killed engine"
grep -q '"ended_by":"stop"' "state/$killed/workers/W1-worker/1/exit" ||
  fail "why it ended is not recorded"
ends 0 runs
prints "$killed  stopped"

# A run that blocked everything waits for an answer, and stays.
ends 6 ask worker --task x --agent question
blocked=$(newest)
ends 0 runs
prints "$blocked  blocked"
prints "    W1 asks: Which file?"
refuses "--older: '30' is no age" runs prune --older 30
refuses "--older and --keep exclude each other" runs prune --older 1d --keep 3
ends 0 runs prune
prints "there is nothing to prune"
ends 0 runs prune --keep 0 --dry-run
prints "would remove 5 runs"
[ -d "state/$run" ] || fail "a dry run removed something"
ends 0 runs prune --keep 0
prints "removed 5 runs"
[ "$(ls state)" = "$blocked" ] || fail "what is left: $(ls state)"
eventually no_keepers

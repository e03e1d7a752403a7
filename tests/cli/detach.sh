#!/bin/sh
# detach.sh - detached from one terminal, watched from another, stopped from a third.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
command -v tmux >/dev/null || fail "tmux is not here"
t() { timeout 60 tmux -f /dev/null -S "$folder/socket" "$@"; }
trap 't kill-server 2>/dev/null || true; clean_up' EXIT

fake_agents
# Workers look at `work` while this test writes beside it.
mkdir work
cat >work/slow.lua <<'LUA'
local orch = require "orch"
local opt = orch.options { agents = { "who is asked", list = true } }
local replies = orch.all(opt.agents, function(agent)
  return orch.ask("worker", { task = "x", agent = agent })
end)
return orch.deliver { result = #replies .. " answered.", next_step = "None." }
LUA
runs_there() { ls state 2>/dev/null | wc -l; }
# detaches CODE WORDS...: as `ends`, of slow.lua in the background.
detaches() {
  expected=$1 code=0
  shift
  (cd work && marked slow.lua --detach "$@") >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'$*': exit $code, not $expected"
}

# What is wrong is told here, with its exit code, and nothing goes on or is left.
detaches 2
says "slow needs --agents"
detaches 2 --agent nobody
says "nobody"
ends 2 none.lua --detach
says "there is no such file"
detaches 2 --dry-run
says "--dry-run starts nothing that could be detached"
[ "$(runs_there)" = 0 ] || fail "something is left: $(ls state)"

# A run that is over at once tells so, and is kept.
detaches 0 --agents good
prints "orch-lua show "
eventually grep -qs "W1 Worker: ok" state/*/log
detaches 0 --agents good -q
id=$(cat out)
over() { ends 0 runs && grep -q "^$id  delivered" out; }
eventually over
prints_not "running"
grep -q "1 answered." "state/$id/result.md" || fail "there is no result"
detaches 0 --agents good --json
grep -q '"id":"' out || fail "--json does not tell the id"
eventually nobody_lives

# Three terminals.
cat >first.sh <<'SH'
cd work
XDG_CACHE_HOME=$mark "$ORCH_LUA" slow.lua --agents good --agents tree --detach
tmux -S ../socket wait-for -S detached
SH
unset TMUX
export TERM=xterm mark ORCH_LUA
t new-session -d -s first "sh first.sh >first.out 2>&1; exec sleep 60"
t wait-for detached
cp first.out out
prints "goes on in the background"
id=$(sed -n 's/^run \([^ ]*\) goes on.*/\1/p' first.out)
for call in "orch-lua show $id" "orch-lua logs -f $id" "orch-lua stop $id" \
  "orch-lua resume $id"; do
  prints "$call"
done
t kill-session -t first

t new-session -d -s second -x 120 -y 40 "\"$ORCH_LUA\" logs -f $id 2>&1 | tee second.out
  echo ended >>second.out; exec sleep 60"
eventually grep -qs "==> W1 Worker <==" second.out
eventually grep -qs "==> W2 Worker <==" second.out
t new-session -d -s third -x 120 -y 40 "\"$ORCH_LUA\" attach $id W2 2>&1
  stty -a >modes; exec sleep 60"
on_third() { t capture-pane -p -t third | grep -qF -- "$1"; }
eventually on_third "W2 Worker of $id"
eventually on_third "thread.started"
t send-keys -t third "x"
eventually on_third "nothing in W2 Worker reads what is typed"
t send-keys -t third "C-]"
eventually on_third "left W2 Worker, which goes on"
eventually grep -qs icanon modes
! grep -qE -- '-(icanon|echo|isig)( |$)' modes || fail "the terminal is not as it was"
"$ORCH_LUA" runs >out
prints "$id  running"
! grep -q ended second.out || fail "logs -f has ended before the run"

ends 0 stop "$id"
prints "run $id is stopped"
eventually grep -qs ended second.out
eventually nobody_lives
ends 0 runs
prints "$id  stopped"

# What was stopped goes on in the background, too; what is finished is not done again.
ends 0 resume "$id" --detach -q
[ "$(cat out)" = "$id" ] || fail "resume --detach: $(cat out)"
is_running() { "$ORCH_LUA" runs | grep -q "^$id  running .*1 at work, 1 ok"; }
eventually is_running
[ "$(ls "state/$id/workers/W1-worker" | grep -c '^[0-9]')" = 1 ] || fail "W1 ran again"
ends 2 resume "$id"
says "is going on"
ends 0 stop last
prints "run $id is stopped"
eventually nobody_lives
eventually no_keepers

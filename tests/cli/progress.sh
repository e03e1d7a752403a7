#!/bin/sh
# progress.sh - how a run is shown: plain, json, quiet, and live at two sizes of terminal.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
command -v tmux >/dev/null || fail "tmux is not here"
t() { timeout 60 tmux -f /dev/null -S "$folder/socket" "$@"; }
trap 't kill-server 2>/dev/null || true; clean_up' EXIT

fake_agents
cat >run.lua <<'LUA'
local orch = require "orch"
local plan = orch.plan { "Look around", "Ask them all", "Sum it up" }
plan:next()
local replies, failures = orch.each({ "good", "second", "exit7" }, function(agent)
  return orch.ask("worker", { task = "x", agent = agent })
end)
plan:next()
return orch.deliver { result = #replies .. " answered.", next_step = "None." }
LUA

ends 0 run.lua --progress plain
says "step 2/3 Ask them all"
says "W1 Worker: ok"
says "W3 Worker failed: it exited with 7"
! LC_ALL=C grep -q "$(printf '\033')" err || fail "plain has control codes"
cp out plain.out

ends 0 run.lua --progress quiet
says_not "W1 Worker"
says_not "step"
says "W3 Worker failed: it exited with 7"
ends 0 run.lua
cmp -s out plain.out || fail "stdout depends on the mode"

ends 0 run.lua --progress json
cat >read.lua <<'LUA'
local core = require "orch.core"
local seen, last = {}, nil
for line in core.read("err"):gmatch "[^\n]+" do
  last = assert(core.json_decode(line), line)
  assert(type(last.event) == "string" and math.type(last.at_ms) == "integer", line)
  seen[last.event .. (last.state and " " .. last.state or "")] = true
end
for _, event in ipairs { "run", "plan", "worker running", "worker ok", "worker failed" } do
  assert(seen[event], event)
end
assert(last.event == "end" and last.code == 0 and last.workers == 3)
LUA
"$ORCH_LUA" --lua read.lua >out 2>why || fail "$(cat why)"
ends 0 run.lua -q --json
[ "$("$ORCH_LUA" --lua /dev/stdin <<'LUA'
print(require "orch.core".json_decode(require "orch.core".read "out").result)
LUA
)" = "2 answered." ] || fail "--json gives another result"

# Live: the same end on screen at every size, nothing drawn is left behind.
cat >show.sh <<'SH'
echo before
XDG_CACHE_HOME=$mark "$ORCH_LUA" run.lua
echo "exit $?"
tmux -S socket wait-for -S "ended-$1"
tmux -S socket wait-for never
SH
unset TMUX
export TERM=xterm mark
for size in 80x24 200x50; do
  t new-session -d -s "s$size" -x "${size%x*}" -y "${size#*x}" "sh show.sh $size"
  t wait-for "ended-$size"
  t capture-pane -p -S - -t "s$size" >screen
  cp screen out
  for words in before "2 answered." "exit 0" "W1 Worker: ok" "W3 Worker failed"; do
    grep -qF "$words" screen || fail "$size: '$words' is not on the screen"
  done
  ! grep -q '^W[123] Worker  *\(queued\|starting\|running\)' screen ||
    fail "$size: a live line is left"
  [ "$(t display-message -p -t "s$size" '#{cursor_flag}')" = 1 ] ||
    fail "$size: the cursor is hidden"
done

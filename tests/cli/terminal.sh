#!/bin/sh
# terminal.sh - the live display in a real terminal: what is left of it when a run is over.
set -eu
command -v tmux >/dev/null || { echo "terminal.sh: tmux is not here" >&2; exit 1; }
folder=$(mktemp -d)
# A server of our own, and no wait without an end.
t() { timeout 60 tmux -f /dev/null -S "$folder/socket" "$@"; }
trap 't kill-server 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mkdir home

fail() { echo "terminal.sh: $*" >&2; cat screen >&2; exit 1; }

cat >run.lua <<'LUA'
local orch = require "orch"
local plan = orch.plan { "Look", "Wait a while", "End" }
plan:next()
print "first note"
orch.sleep(300)
os.execute("tmux -f /dev/null -S socket wait-for -S drawn")
os.execute("tmux -f /dev/null -S socket wait-for go")
orch.sleep(300)
print "second note"
LUA
cat >show.sh <<'SH'
echo before
HOME=$PWD/home ORCH_STATE_DIR=$PWD/state "$ORCH_LUA" run.lua
echo "exit $?"
tmux -f /dev/null -S socket wait-for -S ended
tmux -f /dev/null -S socket wait-for never
SH

unset NO_COLOR TMUX ORCH_WORKER
export ORCH_LUA TERM=xterm
t new-session -d -s t -x 60 -y 12 "sh show.sh"
t wait-for drawn || { : >screen; fail "nothing was drawn"; }
t capture-pane -p -t t >screen
grep -q '^first note' screen || fail "the note is not there"
grep -q '^2/3 Wait a while' screen || fail "the current step is not there"
[ "$(t display-message -p -t t '#{cursor_flag}')" = 0 ] || fail "the cursor is not hidden"

# Narrower: lines are cut, none is left behind.
t resize-window -t t -x 30 -y 12
t wait-for -S go
t wait-for ended || fail "it did not end"
t capture-pane -p -S - -t t >screen
[ "$(head -n 1 screen)" = before ] || fail "something above the display was erased"
grep -q '^first note' screen || fail "the first note is gone"
grep -q '^second note' screen || fail "the second note is not there"
! grep -q 'Wait a while' screen || fail "the live line is still there"
grep -q '^exit 0' screen || fail "it did not end well"
[ "$(t display-message -p -t t '#{cursor_flag}')" = 1 ] || fail "the cursor is hidden"

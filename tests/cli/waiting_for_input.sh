#!/bin/sh
# waiting_for_input.sh - a tool that asks at its terminal is seen, shown and answered.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
command -v tmux >/dev/null || fail "tmux is not here"
t() { timeout 60 tmux -f /dev/null -S "$folder/socket" "$@"; }
trap 't kill-server 2>/dev/null || true; clean_up' EXIT

cat >config/orch-lua/config.lua <<'LUA'
return { agents = { asks = { argv = { "/bin/sh", "-c", [[
  cat >/dev/null
  sh -c 'printf "Overwrite? [y/N] "; read answer; echo; echo "RESULT: $answer it is."' \
    </dev/tty
]] } } } }
LUA
# Workers look at `work` while this test writes beside it.
mkdir work
# begin_there WORDS...: as `begin`, in `work`.
begin_there() {
  : >err
  (cd work && XDG_CACHE_HOME=$mark exec env --default-signal=INT "$ORCH_LUA" "$@") \
    >answer 2>err </dev/null &
  engine=$!
}
need='W1 waits for input on its terminal: "Overwrite? [y/N]"'
is_waiting() { "$ORCH_LUA" runs >out && grep -qF -- "$need" out; }

begin_there ask worker --task x --agent asks
eventually heard 1 ": running"
began=$(milliseconds)
eventually is_waiting
[ $(($(milliseconds) - began)) -lt 5000 ] || fail "it took more than 5 s to see it"
says 'W1 Worker: waiting for input on its terminal: "Overwrite? [y/N]"'
"$ORCH_LUA" show last >out
prints "W1 Worker  waiting"
"$ORCH_LUA" runs --json >out
grep -qF 'input on its terminal' out || fail "the JSON does not tell what it waits for"

# The user comes, answers, and leaves when it has ended.
unset TMUX
export TERM=xterm mark
t new-session -d -s user -x 120 -y 40 "\"$ORCH_LUA\" attach last W1 2>&1; exec sleep 60"
on_screen() { t capture-pane -p -t user | grep -qF -- "$1"; }
eventually on_screen "Overwrite? [y/N]"
t send-keys -t user "yes" Enter
eventually on_screen "W1 Worker has ended"
finish
[ "$code" = 0 ] || fail "exit $code"
grep -q "RESULT: yes it is." state/*/workers/W1-worker/reply.md ||
  fail "the answer did not arrive"

# A command of a script that asks is shown as well; Ctrl-C ends it as anything else.
cat >work/ask.lua <<'LUA'
require "orch".exec_command { cmd = "printf 'Password: '; read x </dev/tty",
  yield_time_ms = 30000 }
LUA
begin_there ask.lua
eventually heard 1 'waits for input on its terminal: "Password:"'
kill -INT "$engine"
finish
[ "$code" = 130 ] || fail "Ctrl-C: exit $code"
nobody_lives || fail "something is still running"

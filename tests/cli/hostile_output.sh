#!/bin/sh
# hostile_output.sh - what workers write never reaches the terminal as commands to it.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
command -v tmux >/dev/null || fail "tmux is not here"
t() { timeout 60 tmux -f "$folder/tmux.conf" -S "$folder/socket" "$@"; }
trap 't kill-server 2>/dev/null || true; clean_up' EXIT
echo 'set -g set-clipboard on' >tmux.conf

# A title, the clipboard, questions to the terminal, a scroll region, the other screen, an
# 8-bit control sequence, text that turns round, a line without an end, a bell.
cat >agent.sh <<'SH'
cat >/dev/null
hostile() {
  printf '\033]0;owned\007\033]2;owned\033\\\033]52;c;b3duZWQ=\007\033[6n\033[c\033[5n'
  printf '\033[2;4r\033[?1049h\033[?25l\2330c\302\2336n\033P$q"p\033\\\033[31;1m\007\016'
  printf '\342\200\256desrever\342\201\246 %s\n' "$1"
}
hostile 'RESULT of nothing' >&2
case $1 in
  bad) hostile 'no sections'; head -c 300000 /dev/zero | tr '\0' x; exit 1 ;;
  good) printf 'RESULT: '; hostile 'the work is done' ;;
esac
SH
cat >config/orch-lua/config.lua <<LUA
return { agents = {
  bad = { argv = { "/bin/sh", "$folder/agent.sh", "bad" } },
  good = { argv = { "/bin/sh", "$folder/agent.sh", "good" } },
} }
LUA
cat >deliver.lua <<'LUA'
local orch = require "orch"
local reply = orch.ask("worker", { task = "x", agent = "good" })
local evidence = orch.check "sh agent.sh bad"
print(reply.result, evidence.tail)
return orch.deliver { result = "Its first word: " .. reply.result:sub(-40),
  next_step = "None.", output = evidence.tail:sub(1, 400) }
LUA
cat >show.sh <<'SH'
printf '\033]2;mine\033\\'
for words in "ask worker --task x --agent good" "ask worker --task x --agent bad" \
  "ask worker --task x --agent bad -v" deliver.lua "deliver.lua --json" \
  "deliver.lua --progress plain" "deliver.lua --progress json" "deliver.lua -q"; do
  XDG_CACHE_HOME=$mark "$ORCH_LUA" $words </dev/null 2>&1 | tee -a bytes >/dev/null
  XDG_CACHE_HOME=$mark "$ORCH_LUA" $words
done
tmux -S socket wait-for -S ended
read -r answer
printf 'answer: %s\n' "$answer" | od -c >answered
tmux -S socket wait-for -S answered
tmux -S socket wait-for never
SH
unset TMUX
export TERM=xterm mark
t new-session -d -s t -x 80 -y 24 "sh show.sh"
t wait-for ended
# is VALUE FORMAT WORDS: the pane has that value, or the test fails with these words.
is() { [ "$(t display-message -p -t t "$2")" = "$1" ] || fail "$3"; }
is mine '#{pane_title}' "the title was changed"
is 0 '#{alternate_on}' "it is on the other screen"
is 1 '#{cursor_flag}' "the cursor is hidden"
is "0 23" '#{scroll_region_upper} #{scroll_region_lower}' "the scroll region was changed"
[ -z "$(t show-buffer 2>/dev/null)" ] || fail "the clipboard was set"
t capture-pane -p -S - -t t >screen
grep -q 'the work is done' screen || fail "the worker's words are not there"
grep -q 'orch-lua: the script ended' screen || fail "the failure is not there"
# Nothing had been typed by the terminal in answer to a question.
t send-keys -t t Enter
t wait-for answered
grep -q 'r *: *\\n$' answered || fail "the terminal answered: $(cat answered)"

# What went to a file or a pipe has no control codes at all, whatever the mode.
LC_ALL=C tr -d '\n\t -~\200-\377' <bytes | od -c >controls
[ "$(wc -l <controls)" = 1 ] || { head controls; fail "control codes in the output"; }
unseen=$(printf '\302[\200-\237]|\342\200[\252-\256]|\342\201[\246-\251]')
! LC_ALL=C grep -qE "$unseen" bytes ||
  fail "C1 or bidirectional controls in the output"

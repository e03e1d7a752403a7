# rig.sh - a scratch place for a black-box test, and words for what must hold.  Sourced.
#
# Every process that `marked` starts has a mark in its environment, which its descendants
# inherit: `alive` finds them, wherever they have gone.
here=$(basename "$0")
folder=$(mktemp -d)
folder=$(cd "$folder" && pwd -P)
mark=$folder/mark

alive() { grep -lzsxF "XDG_CACHE_HOME=$mark" /proc/[0-9]*/environ || true; }
end_alive() {
  for place in $(alive); do
    pid=${place#/proc/}
    kill -KILL "${pid%/environ}" 2>/dev/null || true
  done
}
clean_up() {
  end_alive
  rm -rf "$folder"
}
trap clean_up EXIT

cd "$folder"
mkdir -m 700 home config config/orch-lua runtime
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state" XDG_CONFIG_HOME="$folder/config"
export XDG_RUNTIME_DIR="$folder/runtime" PATH=/usr/bin:/bin
unset ORCH_WORKER ORCH_RUN NO_COLOR CODEX_HOME OPENAI_API_KEY CODEX_API_KEY
unset CLAUDE_CONFIG_DIR ANTHROPIC_API_KEY
fake=$ORCH_SOURCE/tests/agents/fake.sh

fail() {
  echo "$here: $*" >&2
  for shown in out err; do
    [ ! -s "$folder/$shown" ] || sed "s/^/  $shown: /" "$folder/$shown" | tail -n 40 >&2
  done
  exit 1
}

marked() { XDG_CACHE_HOME=$mark "$ORCH_LUA" "$@"; }

# ends CODE WORDS...: run orch-lua with its output in `out` and `err`; expect that code.
ends() {
  expected=$1
  shift
  code=0
  marked "$@" >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'$*': exit $code, not $expected"
}
says() { grep -qF -- "$1" err || fail "stderr does not say: $1"; }
says_not() { ! grep -qF -- "$1" err || fail "stderr says: $1"; }
prints() { grep -qF -- "$1" out || fail "stdout does not say: $1"; }
prints_not() { ! grep -qF -- "$1" out || fail "stdout says: $1"; }

# eventually COMMAND...: try it until it succeeds, for 20 s at most.
eventually() {
  until=$(($(date +%s) + 20))
  until "$@"; do
    [ "$(date +%s)" -lt "$until" ] || fail "in vain: $*"
    sleep 0.02
  done
}
nobody_lives() { [ -z "$(alive)" ]; }
# Keepers have no environment; what they hold open is in the state folder.
no_keepers() { [ -z "$(find /proc/[0-9]*/fd -lname "$folder/*" 2>/dev/null)" ]; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# begin WORDS...: orch-lua in the background, as $engine, with a fresh `err`.  What a shell
# starts there ignores SIGINT, if nobody sees to it.
begin() {
  : >err
  XDG_CACHE_HOME=$mark env --default-signal=INT "$ORCH_LUA" "$@" >out 2>err </dev/null &
  engine=$!
}
# finish: wait for $engine, its exit code is in $code.
finish() {
  code=0
  wait "$engine" || code=$?
}
# heard NUMBER WORDS: stderr has that many lines with WORDS.
heard() { [ "$(grep -cF -- "$2" err)" -ge "$1" ]; }

# fake_agents: the modes of fake.sh as agents of the configuration, named like them.
fake_agents() {
  {
    echo 'return { agents = {'
    for mode in $(sed -n 's/^  \([a-z0-9-]*\)).*/\1/p' "$fake"); do
      printf '  ["%s"] = { argv = { "/bin/sh", "%s", "%s", "{{last_message}}" },\n' \
        "$mode" "$fake" "$mode"
      echo '    events = "codex" },'
    done
    echo '} }'
  } >config/orch-lua/config.lua
}

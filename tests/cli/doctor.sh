#!/bin/sh
# doctor.sh - a sound machine has no problem; planted ones are found, with what mends them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -m 700 home state bin run
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state" XDG_RUNTIME_DIR="$folder/run"
export PATH="$folder/bin:/usr/local/bin:/usr/bin:/bin"
unset XDG_CONFIG_HOME ORCH_WORKER ORCH_RUN CODEX_HOME NO_COLOR OPENAI_API_KEY CODEX_API_KEY

fail() { cat out err 2>/dev/null || true; echo "doctor.sh: $*" >&2; exit 1; }

# doctor EXPECTED WORDS...: run it, with the exit code EXPECTED.
doctor() {
  expected=$1
  shift
  code=0
  "$ORCH_LUA" doctor "$@" >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'doctor $*': exit $code instead of $expected"
  [ ! -s err ] || fail "something on stderr"
}

# A sound machine, apart from agents that may be missing.
doctor 0
grep -q '^ok       session         a session on a terminal works$' out || fail "no session"
grep -q '^ok       keeper ' out || fail "no keeper"
grep -q '^no problems, ' out || fail "no sum"
! grep -q "$(printf '\033')" out || fail "colour in a file"
[ -z "$(find state run/orch-lua -mindepth 1)" ] || fail "something is left behind"

# Four planted problems, each with the command that mends it.
printf '#!/bin/sh\necho codex-cli 1.2.3\n' >bin/codex
chmod +x bin/codex
: >file
export ORCH_WORKER="W1 Reviewer" ORCH_STATE_DIR="$folder/file/state"
export CODEX_HOME="$folder/codex" TMPDIR="$folder"
mkdir codex
: >codex/auth.json
(ulimit -n 48 && doctor 5)

# finds NAME TEXT COMMAND: the problem NAME says TEXT, and the next line COMMAND.
finds() {
  grep -A 1 "^problem  $1 " out >found || fail "$1 is no problem"
  grep -qF "$2" found || fail "$1 does not say: $2"
  grep -qF "to mend it: $3" found || fail "$1 is not mended by: $3"
}
finds 'open files' '48 may be open' 'sudo prlimit --nofile='
finds 'outermost' "this is worker 'W1 Reviewer'" 'unset ORCH_WORKER'
finds 'state folder' "$folder/file/state" 'export ORCH_STATE_DIR='
finds 'codex home' 'below the temporary folder' 'export TMPDIR='
grep -q '^ok       codex  *codex-cli 1.2.3, .*, logged in$' out || fail "no version of codex"
grep -q '^4 problems, ' out || fail "not four problems"

# The same for programs.
doctor 5 --json
grep -q '"problems": 3' out || fail "not three problems in JSON"
unset ORCH_WORKER CODEX_HOME TMPDIR

# A run that the machine refuses points here; wrong words do not run.
echo 'require("orch").check "true"' >script.lua
code=0
"$ORCH_LUA" script.lua >out 2>err </dev/null || code=$?
[ "$code" = 5 ] || fail "a run without a state folder: exit $code"
grep -q "'orch-lua doctor' says what this machine lacks" err || fail "no hint to doctor"
code=0
"$ORCH_LUA" doctor --depe >out 2>err </dev/null || code=$?
[ "$code" = 2 ] || fail "unknown word: exit $code"
grep -q "did you mean '--deep'" err || fail "no suggestion"

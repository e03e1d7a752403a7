#!/bin/sh
# help.sh - help, --help, SCRIPT --help and list: texts on stdout, nothing run.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir home
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state"

fail() { echo "help.sh: $*" >&2; exit 1; }
# has WORDS: the last output holds them.
has() { grep -qF -- "$1" out || { cat out; fail "'$1' is missing"; }; }
has_not() { ! grep -qF -- "$1" out || { cat out; fail "'$1' is there"; }; }

for words in help --help -h "-q --help"; do
  # shellcheck disable=SC2086
  "$ORCH_LUA" $words >out 2>err || fail "'$words' failed"
  [ ! -s err ] || fail "'$words' wrote to stderr"
  has "usage: orch-lua"
  has "--agent [ROLE=]NAME"
  has "ask ROLE"
  has "resume RUN"
done
cp out all

# Without words the same text goes to stderr, and it is an error.
code=0
"$ORCH_LUA" >out 2>err || code=$?
[ "$code" = 2 ] || fail "no words: exit $code"
[ ! -s out ] || fail "no words: something on stdout"
cmp -s err all || fail "no words: not the help"

"$ORCH_LUA" ask --help >out
has "usage: orch-lua ask ROLE"
"$ORCH_LUA" ask reviewer --help >out
has "A reviewer: one artefact"
has "--artefact TEXT"
has "the file or folder to review (required)"
if "$ORCH_LUA" ask revewer --help >out 2>err; then fail "ask revewer --help succeeded"; fi
grep -qF "did you mean 'reviewer'?" err || fail "the role that was meant is not named"
"$ORCH_LUA" help list >out
has "usage: orch-lua list"

cat >told.lua <<'LUA'
#!/usr/bin/env orch-lua
--- Count the words.
--- Nothing more.

local orch = require "orch"
local opt = orch.options {
  artefact = { "the file to count" },
  top = { "how many", 5 },
}
io.open("touched", "w"):write(opt.artefact):close()
LUA
"$ORCH_LUA" ./told.lua --help >out
has "Count the words."
has "Nothing more."
has "--artefact"
has "the file to count"
has "default: 5"
"$ORCH_LUA" --help told.lua >again
cmp -s out again || fail "--help before the script differs"
"$ORCH_LUA" help told.lua >again
cmp -s out again || fail "help SCRIPT differs"
ORCH_WORKER=W1 "$ORCH_LUA" told.lua --help >again
cmp -s out again || fail "--help in a worker differs"

# A script without options shows its header, and nothing of it that acts is run.
cat >acts.lua <<'LUA'
--- Touches a file.
-- options: none
io.open("touched", "w"):close()
os.execute "touch touched"
LUA
"$ORCH_LUA" ./acts.lua --help >out
has "Touches a file."
cat >asks.lua <<'LUA'
--- Asks at once.
local orch = require "orch"
orch.ask("reviewer", { artefact = "." })
orch.options { late = { "too late" } }
LUA
"$ORCH_LUA" ./asks.lua --help >out
has "Asks at once."
has_not "late"
[ ! -e touched ] || fail "--help ran the script"
[ ! -e state ] || fail "--help opened a run"

code=0
echo 'local orch = require "orch" orch.options(nil + 1)' >bad.lua
"$ORCH_LUA" bad.lua --help >out 2>err || code=$?
[ "$code" = 2 ] || fail "help of a broken script: exit $code"
grep -q '^orch-lua: bad.lua:1: ' err || fail "help of a broken script: no position"

# The API: all of it, one name of it, and the nearest to a word that is none.
"$ORCH_LUA" help api >out
has "  orch.exec_command  Run a command in a session of its own"
has "  orch.session"
"$ORCH_LUA" help api exec_command >out
has "orch.exec_command(fields) -> orch.output"
has 'Guide: "Background PTY terminals'
"$ORCH_LUA" help api orch.exec_command_fields >out
has "deadline_ms?"
code=0
"$ORCH_LUA" help api exec_comand >out 2>err || code=$?
[ "$code" = 2 ] || fail "an unknown name of the API: exit $code"
grep -qF "did you mean 'exec_command'?" err || fail "no suggestion for a name of the API"

# Patterns and templates: a pattern and a team's own folder.
"$ORCH_LUA" list >out
has "patterns in $ORCH_SOURCE/patterns"
has "worker templates in $ORCH_SOURCE/worker-templates"
has "  reviewer"
has_not "  preamble"
mkdir patterns
cp told.lua patterns/
"$ORCH_LUA" list >out
has "patterns in patterns, run by their path"
has "told  Count the words."
code=0
"$ORCH_LUA" told >out 2>err || code=$?
[ "$code" = 2 ] || fail "a pattern of the folder one stands in ran by its bare name"

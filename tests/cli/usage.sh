#!/bin/sh
# usage.sh - wrong words: exit 2, one sentence, the nearest right word, nothing started.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir home
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state"
unset XDG_CONFIG_HOME

fail() { echo "usage.sh: $*" >&2; exit 1; }

# refuses MESSAGE WORDS...: exit 2, nothing on stdout, MESSAGE in the one line on stderr.
refuses() {
  message=$1
  shift
  code=0
  "$ORCH_LUA" "$@" >out 2>err </dev/null || code=$?
  [ "$code" = 2 ] || { cat err; fail "'$*': exit $code"; }
  [ ! -s out ] || fail "'$*' wrote to stdout"
  grep -q '^orch-lua: ' err || { cat err; fail "'$*' does not begin with orch-lua:"; }
  [ "$(wc -l <err)" = 1 ] || { cat err; fail "'$*' says more than a line"; }
  grep -qF -- "$message" err || { cat err; fail "'$*' does not say: $message"; }
}

echo 'print "ran"' >plain.lua

refuses "did you mean '--jobs'?" --job 3 plain.lua
refuses "did you mean '--dry-run'?" --dryrun plain.lua
refuses "unknown option '--xyzzy'" --xyzzy
refuses "'--model' needs a value" plain.lua --model
refuses "'many' is not a whole number" plain.lua --jobs many
refuses "such as 90s, 30m or 2h" --deadline 90 plain.lua
refuses "auto, tty, plain, json, quiet" --progress loud plain.lua
refuses "there is no budget 'token'; did you mean 'tokens'?" --budget token=5 plain.lua
refuses "a whole number above 0 was expected" --budget workers=some plain.lua
refuses "such as 90s, 30m or 2h" --max-wait long plain.lua
refuses "cannot read the script 'none.lua': there is no such file" none.lua
refuses "cannot read the script './home'" ./home
refuses "did you mean 'list'?" lst
refuses "unknown option '--jsn'; did you mean '--json'?" runs --jsn
refuses "unknown subcommand or pattern 'xyzzy'" xyzzy
refuses "a script is never read from standard input" -
refuses "did you mean 'offline'?" agent ofline
refuses "ask needs a role" ask
refuses "'--lens' needs a value" ask reviewer --lens
refuses "cannot read the context 'none.md'" --context none.md plain.lua
refuses "'plain.lua' has no options, but was given '--lens'" plain.lua --lens x
cp plain.lua bare
refuses "write './bare'" bare
refuses "the script of this folder, write 'plain.lua'" plain
printf 'local x = 1\nlocal = 2\n' >syntax.lua
refuses "syntax.lua:2:" syntax.lua
refuses "syntax.lua:2:" ./syntax.lua --progress json

# A configuration with a mistake is not ignored.
mkdir -p home/.config/orch-lua
echo 'return { job = 3 }' >home/.config/orch-lua/config.lua
refuses "did you mean 'jobs'?" plain.lua
echo 'while true do end' >home/.config/orch-lua/config.lua
refuses "your configuration stopped: " plain.lua
rm home/.config/orch-lua/config.lua

# A worker does not orchestrate.
export ORCH_WORKER="W1 Reviewer"
refuses "this is worker 'W1 Reviewer'" plain.lua
refuses "starts no other workers" ask reviewer --artefact .
unset ORCH_WORKER

[ ! -e state ] || fail "a run was opened"

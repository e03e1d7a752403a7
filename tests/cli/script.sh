#!/bin/sh
# script.sh - running scripts: where print goes, how a script ends, and its exit code.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir home
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state"
unset XDG_CONFIG_HOME ORCH_WORKER

fail() { echo "script.sh: $*" >&2; exit 1; }

# ends CODE WORDS...: run orch-lua and expect that exit code.
ends() {
  expected=$1
  shift
  code=0
  "$ORCH_LUA" "$@" >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || { cat out err; fail "'$*': exit $code, not $expected"; }
}
says() { grep -qF -- "$1" err || { cat err; fail "stderr does not say: $1"; }; }
says_not() { ! grep -qF -- "$1" err || { cat err; fail "stderr says: $1"; }; }

# print goes to stderr, as Lua separates it, and stdout is the deliverable only.
echo 'print("one", 2, nil)' >print.lua
ends 0 print.lua
printf 'one\t2\tnil\n' >expected
grep -qxF "$(cat expected)" err || { cat err; fail "print is not on stderr"; }
[ ! -s out ] || fail "print is on stdout"
says "delivered nothing"
ends 0 -q print.lua
says_not "one"

cat >deliver.lua <<'LUA'
#!/usr/bin/env orch-lua
local orch = require "orch"
print "working"
return orch.deliver { result = "All is well.", next_step = "Leave it." }
LUA
ends 0 deliver.lua
grep -qF "All is well." out || fail "the result is not on stdout"
! grep -q "working" out || fail "print is in the deliverable"
ends 0 deliver.lua --progress json
while IFS= read -r line; do
  case $line in
    "{"*"}") ;;
    *) fail "not a JSON object: $line" ;;
  esac
done <err
ends 0 deliver.lua --json
grep -q '^{' out || fail "--json gives no JSON"

# A sentence is the script's own word: exit 1, no position, no traceback.
echo 'error "fewer than two reviewers answered"' >sentence.lua
ends 1 sentence.lua
says "orch-lua: fewer than two reviewers answered"
says_not "sentence.lua:"
says_not "traceback"
echo 'error "see a.c:12: it is wrong"' >sentence.lua
ends 1 sentence.lua

# A mistake in the script: exit 2, the position as it was given, a traceback of the script.
mkdir -p pack/patterns pack/lua
cat >pack/patterns/bug.lua <<'LUA'
local helper = require "helper"
local function inner(x) return helper(x) end
print(inner(nil) .. "")
LUA
echo 'return function(x) return x.y end' >pack/lua/helper.lua
ends 2 pack/patterns/bug.lua
says "orch-lua: pack/lua/helper.lua:1: attempt to index a nil value"
says "stack traceback:"
says "pack/patterns/bug.lua:3:"
says_not "lua/orch/"

# Long names are not shortened in messages.
long=$folder/$(printf 'n%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)/p/a/t/h
mkdir -p "$long"
echo 'local x = nil + 1' >"$long/bug.lua"
ends 2 "$long/bug.lua"
says "orch-lua: $long/bug.lua:1: attempt"

# A mistake that the library reports: the user's line, no traceback unless asked for.
printf 'local orch = require "orch"\norch.plan { "one" }\n' >plan.lua
ends 2 plan.lua
says "orch-lua: plan.lua:2: "
says_not "traceback"

cat >each.lua <<'LUA'
local orch = require "orch"
local results = orch.each({ 1 }, function()
  return orch.ask("reviewer", { lenz = "x" })
end)
return results
LUA
ends 2 each.lua
says "each.lua:3: "
says_not "lua/orch/"
printf 'local orch = require "orch"\n\nreturn orch.deliver { result = "x" }\n' >last.lua
ends 2 last.lua
says "orch-lua: last.lua:3: "

# Words of the script: wrong ones name the nearest.
cat >words.lua <<'LUA'
local orch = require "orch"
local opt = orch.options { lens = { "what to look for" } }
print("lens=" .. opt.lens)
LUA
ends 0 words.lua --lens speed
says "lens=speed"
ends 0 --progress plain words.lua -q --lens=--jobs --progress plain -v
ends 0 words.lua -- --lens last
says "lens=last"
ends 2 words.lua --lense speed
says "did you mean '--lens'?"
ends 2 words.lua
says "--lens"

# Standard input is never read.
printf 'line\n' >input
{ "$ORCH_LUA" print.lua 2>/dev/null; cat; } <input >out
grep -qx line out || fail "orch-lua took its standard input"

# A state folder that cannot be written (a file is in its place, which stops root as well).
: >file
code=0
ORCH_STATE_DIR=$folder/file/state "$ORCH_LUA" print.lua >out 2>err || code=$?
[ "$code" = 5 ] || { cat err; fail "no state folder: exit $code"; }
says "file/state"
says "ORCH_STATE_DIR"
says_not "one"

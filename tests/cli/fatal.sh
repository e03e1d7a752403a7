#!/bin/sh
# fatal.sh - what nobody catches: a mistake in Lua exits with 2, a lack of memory with 5.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { cat err; echo "fatal.sh: $*" >&2; exit 1; }

# ends EXPECTED MESSAGE FILE: run a Lua file as lua5.4 would.
ends() {
  code=0
  "$ORCH_LUA" --lua "$3" >out 2>err </dev/null || code=$?
  [ "$code" = "$1" ] || fail "$3: exit $code instead of $1"
  grep -q "^orch-lua: .*$2" err || fail "$3 does not say: $2"
}

echo 'local nothing; nothing.field = 1' >mistake.lua
echo 'error(setmetatable({}, { __tostring = error }))' >twice.lua
echo 'local s = ("x"):rep(1 << 20); local t = {}; while true do t[#t + 1] = s .. #t end' \
  >full.lua
echo 'syntax error' >syntax.lua

ends 2 "mistake.lua:1: attempt to index a nil value" mistake.lua
ends 2 "syntax.lua:1:" syntax.lua
ends 2 "" twice.lua
ends 2 "cannot open none.lua" none.lua
if "$ORCH_LUA" --version >/dev/null 2>&1 && (ulimit -v 200000) 2>/dev/null; then
  # The sanitizers need far more room than that for themselves.
  if (ulimit -v 200000 && "$ORCH_LUA" --version) >/dev/null 2>&1; then
    (ulimit -v 200000 && ends 5 "not enough memory" full.lua)
  fi
fi

#!/bin/sh
# busy_script.sh - a script that computes and never waits: it is ended and says where.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

cat >busy.lua <<'LUA'
print "begun"
local n = 0
while true do
  n = n + 1
end
LUA
cat >caught.lua <<'LUA'
print "begun"
local function again()
  pcall(function() while true do end end)
  return again()
end
again()
LUA

for script in busy caught; do
  begin "$script.lua"
  eventually heard 1 begun
  began=$(milliseconds)
  kill -INT "$engine"
  finish
  [ "$code" = 130 ] || fail "Ctrl-C in $script: exit $code"
  [ $(($(milliseconds) - began)) -lt 3000 ] || fail "Ctrl-C in $script took too long"
done

# Both at once: each takes the ten seconds.
begin caught.lua
began=$(milliseconds)
marked busy.lua >out 2>busy.err </dev/null && fail "it ended well"
[ $(($(milliseconds) - began)) -ge 9000 ] || fail "it was not given ten seconds"
grep -q '^orch-lua: busy.lua:[345]: the script has computed for 10 s' busy.err ||
  fail "it does not say where: $(cat busy.err)"
finish
[ "$code" = 2 ] || fail "the one that catches errors: exit $code"
says "the script has computed for 10 s without waiting"

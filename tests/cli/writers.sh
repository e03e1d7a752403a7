#!/bin/sh
# writers.sh - two runs that edit one folder: one writes, the other waits, both finish.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

: >log.txt
printf 'begun.*\nerr*\nout*\ngo\n' >.gitignore
cat >agent.sh <<'SH'
cat >/dev/null
cd "$1"
echo "begin $2" >>log.txt
touch "begun.$2"
while [ ! -e go ]; do sleep 0.01; done
echo "end $2" >>log.txt
printf 'CHANGED:\n- log.txt - a line\n'
SH
cat >config/orch-lua/config.lua <<LUA
return { agents = {
  one = { argv = { "/bin/sh", "$folder/agent.sh", "$folder", "one" } },
  two = { argv = { "/bin/sh", "$folder/agent.sh", "$folder", "two" } },
} }
LUA
begin ask implementer --task 'add a line' --edit log.txt --agent one
first=$engine
eventually test -e begun.one
mv err err.one
mv out out.one
begin ask implementer --task 'add a line' --edit log.txt --agent two
eventually heard 1 "waiting for a writer of another run"
[ ! -e begun.two ] || fail "the second writes as well"
touch go
finish
[ "$code" = 0 ] || fail "the second: exit $code"
code=0
wait "$first" || code=$?
[ "$code" = 0 ] || fail "the first: exit $code"
printf 'begin one\nend one\nbegin two\nend two\n' >expected
cmp -s expected log.txt || fail "they wrote at once: $(cat log.txt)"

# A reader waits for nobody.
rm -f go begun.*
begin ask implementer --task 'add a line' --edit log.txt --agent one
eventually test -e begun.one
XDG_CACHE_HOME=$mark "$ORCH_LUA" ask reviewer --artefact log.txt --agent offline \
  >/dev/null 2>err.reader </dev/null || { cat err.reader; fail "the reader failed"; }
touch go
finish
[ "$code" = 0 ] || fail "the writer beside a reader: exit $code"

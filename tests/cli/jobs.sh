#!/bin/sh
# jobs.sh - --jobs N: never more than N workers at once, and N of them if there is work.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

mkdir running
cat >agent.sh <<'SH'
cd "$1"
cat >/dev/null
touch "running/$$"
ls running | wc -l >>seen
# Who comes waits until as many as may come have been here at once.
n=0
until [ -e full ] || [ "$n" -ge 1000 ]; do
  [ "$(ls running | wc -l)" -lt "$2" ] || touch full
  n=$((n + 1))
  sleep 0.01
done
ls running | wc -l >>seen
rm "running/$$"
echo 'RESULT: done'
SH
cat >many.lua <<'LUA'
local orch = require "orch"
orch.each({ 1, 2, 3, 4, 5, 6 }, function(i)
  return orch.ask("worker", { task = "number " .. i })
end)
return orch.deliver { result = "All came.", next_step = "None." }
LUA
most() {
  cat >config/orch-lua/config.lua <<LUA
return { agent = "a",
  agents = { a = { argv = { "/bin/sh", "$folder/agent.sh", "$folder", "$2" } } } }
LUA
  : >seen
  rm -f full
  ends 0 many.lua --jobs "$1"
  says "6 workers"
  [ "$(wc -l <seen)" = 12 ] || fail "not six workers"
  most_seen=$(sort -n seen | tail -n 1)
  [ "$most_seen" = "$2" ] || fail "--jobs $1: $most_seen at once"
}
most 1 1
most 3 3
says "queued"

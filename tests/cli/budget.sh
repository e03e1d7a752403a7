#!/bin/sh
# budget.sh - real processes: what does not fit into the budget does not start; a limited
# agent is not started before its reset; a chain hands over.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

mkdir starts
# An agent that notes its start, and from its third one on is limited for three seconds.
cat >agent.sh <<'SH'
cd "$1"
cat >/dev/null
now=$(date +%s)
echo "$now $2" >"starts/$$"
case $2 in
  walled)
    if [ "$(cat starts/* | grep -c walled)" -ge 3 ] && [ ! -e reset ]; then
      echo $((now + 3)) >reset
    fi
    if [ -e reset ] && [ "$now" -lt "$(cat reset)" ]; then
      echo "usage limit until $(cat reset)" >&2
      exit 1
    fi ;;
  closed) echo 'usage limit' >&2; exit 1 ;;
  refused) echo '401 Unauthorized' >&2; exit 1 ;;
  slow) exec sleep 60 ;;
esac
echo 'RESULT: done'
SH
{
  echo 'return { agents = {'
  for mode in good walled closed refused slow; do
    echo "  $mode = { argv = { '/bin/sh', '$folder/agent.sh', '$folder', '$mode' },"
    echo "    signs = { { 'until (%d+)', 'quota', function(at) return at + 0 end } } },"
  done
  echo '} }'
} >config/orch-lua/config.lua
cat >many.lua <<'LUA'
local orch = require "orch"
local opt = orch.options { count = { "how many", 8 } }
local items = {}
for i = 1, opt.count do items[i] = i end
local replies = orch.each(items, function(i)
  return orch.ask("worker", { task = "number " .. i })
end)
return orch.deliver { result = #replies .. " came.", next_step = "None." }
LUA
started() { cat starts/* 2>/dev/null | grep -c "$1" || true; }
afresh() { rm -f starts/* reset; }

# Five of fifty, and the result says that it is partial.
ends 4 many.lua --count 50 --agent good --budget workers=5
[ "$(started good)" = 5 ] || fail "$(started good) started, not 5"
prints "5 came."
prints "This result is partial."
says "over budget: it does not fit into the budget workers=5: 5 spent, 0 reserved, 0 left"
says "5 of 5 workers"

# Gone on with under a larger budget, nothing is paid for twice.
ends 0 resume last --budget workers=50
prints "50 came."
[ "$(started good)" = 50 ] || fail "$(started good) started in all, not 50"
says "50 of 50 workers"

# The command that goes on names a budget that lets it.
ends 4 ask scout --find it --agent offline --budget tokens=1k
says "over budget"
# shellcheck disable=SC2046
ends 0 $(sed -n 's/^go on with: orch-lua //p' err)
afresh

# A wall at the third start, one at a time: nobody starts before the reset, none is lost.
afresh
ends 0 many.lua --agent walled --jobs 1
prints "8 came."
[ "$(started walled)" = 9 ] || fail "$(started walled) starts, not 8 and the refused one"
reset=$(cat reset)
early=$(cat starts/* | awk -v reset="$reset" '$1 < reset' | wc -l)
[ "$early" = 3 ] || fail "$early starts before the reset"
says "walled is limited until"
says "waiting for walled (limited until"
says "walled may be started again"

# A chain: what meets the wall goes on with the next agent, and nobody tries it again.
afresh
ends 0 many.lua --agent closed,good --jobs 2
prints "8 came."
[ "$(started closed)" -le 2 ] || fail "the limited agent was started again"
[ "$(started good)" = 8 ] || fail "the next agent was not started for all"

# A refused login closes an agent: the next, or exit 5.
afresh
ends 0 many.lua --agent refused,good --jobs 1
[ "$(started refused)" = 1 ] || fail "an agent whose login was refused was started again"
afresh
ends 5 many.lua --agent refused --jobs 1
[ "$(started refused)" = 1 ] || fail "an agent whose login was refused was started again"

# A wait that is too long ends the run, with the time at which the limit ends.
afresh
ends 4 many.lua --agent closed --max-wait 5s
says "limited: closed is limited, and --max-wait is 5.0 s: usage limit"

# Minutes end workers, too.
afresh
begun=$(milliseconds)
ends 4 many.lua --agent slow --budget minutes=0.05
[ $(($(milliseconds) - begun)) -lt 20000 ] || fail "the minutes are over, and it runs"
says "the minutes of the budget were over before it had ended"
nobody_lives || fail "a worker outlives the budget"

# Programs are told as well; money that nobody can count is refused.
afresh
ends 0 many.lua --agent walled --jobs 1 --budget workers=9 --progress json
says '"event":"budget"'
says '"event":"pause"'
ends 2 many.lua --agent good --budget money=3
says "nobody knows what 'good' costs"

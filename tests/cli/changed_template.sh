#!/bin/sh
# changed_template.sh - a template of a finished run is edited: what was asked with it, and
# what depends on the answers, is asked again, and nothing else.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

mkdir -p work pack/patterns pack/worker-templates
cat >agent.sh <<'SH'
attempt=${2%/last_message}
echo "${attempt##*/workers/}" >>"$1"
printf 'RESULT: %s\n' "$(cksum | tr ' ' -)" >"$2"
SH
cat >config/orch-lua/config.lua <<LUA
return { agent = "sum", agents = { sum = {
  argv = { "/bin/sh", "$folder/agent.sh", "$folder/starts", "{{last_message}}" } } } }
LUA
for name in digger counter; do
  sed "s/^TASK: /TASK ($name): /" "$ORCH_SOURCE/worker-templates/worker.lua" \
    >pack/worker-templates/$name.lua
done
cat >pack/patterns/six.lua <<'LUA'
--- Six workers: three diggers, a counter beside them, one of each after them.
local orch = require "orch"
local dug = orch.all({ "a", "b", "c" }, function(task)
  return orch.ask("digger", { task = task })
end)
orch.ask("counter", { task = "of nothing" })
local counted = orch.ask("counter", { task = "of what was dug", material = dug })
local last = orch.ask("worker", { task = "of what was counted", material = counted })
return orch.deliver { result = last.result, next_step = "None." }
LUA

ends() { # in a folder where nothing changes
  code=0
  expected=$1
  shift
  (cd work && marked "$@") >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'$*': exit $code, not $expected"
}
ends 0 ../pack/patterns/six.lua
[ "$(wc -l <starts)" = 6 ] || fail "the starts are: $(cat starts)"
ends 0 resume last
[ "$(wc -l <starts)" = 6 ] || fail "nothing has changed, and yet: $(cat starts)"
cp out unchanged

# asks_again STARTS: what a resume starts, and what its dry run says before.
asks_again() {
  : >starts
  ends 0 resume last --dry-run
  [ ! -s starts ] || fail "--dry-run starts $(cat starts)"
  cp out foretold
  ends 0 resume last
  [ "$(sort starts | tr '\n' ' ')" = "$1" ] || fail "the starts are: $(cat starts)"
}
sed -i 's/^TASK (digger): /TASK (deep digger): /' pack/worker-templates/digger.lua
asks_again "W1-digger.2/1 W2-digger.2/1 W3-digger.2/1 W5-counter.2/1 W6-worker.2/1 "
says "worker-templates/digger.lua' has changed since"
[ "$(sed -n 's/^again: \([^:]*\):.*/\1/p' foretold | tr '\n' ',')" = \
  "W1 Digger,W2 Digger,W3 Digger," ] || {
  cat foretold
  fail "--dry-run foretells others"
}
[ "$(sed -n 's/^perhaps: \([^:]*\):.*/\1/p' foretold | tr '\n' ',')" = \
  "W5 Counter,W6 Worker," ] || {
  cat foretold
  fail "--dry-run does not tell who reads the new answers"
}
cmp -s out unchanged && fail "the result is the old one"

sed -i 's/^TASK (counter): /TASK (strict counter): /' pack/worker-templates/counter.lua
asks_again "W4-counter.2/1 W5-counter.3/1 W6-worker.3/1 "

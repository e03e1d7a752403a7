#!/bin/sh
# templates.sh - a pack's own templates come first, and what is wrong in them is said.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

mkdir -p team/patterns team/worker-templates elsewhere
cat >team/patterns/say.lua <<'LUA'
local orch = require "orch"
local reply = orch.ask("worker", { task = "say so" })
return orch.deliver { result = "It says " .. reply.result, next_step = "None." }
LUA
cat >config/orch-lua/config.lua <<'LUA'
return { agent = "echo", agents = {
  echo = { argv = { "/bin/echo", "RESULT: hello" } },
  wrong = { argv = { "/bin/echo", "hello" } },
} }
LUA

# template PROMPT [MORE]: the pack's template of the role worker.
template() {
  cat >team/worker-templates/worker.lua <<LUA
return {
  fields = { task = "what to say" },
  prompt = [[$1]],
  reply = require "orch".reply.report,$2
}
LUA
}
say() { code_wanted=$1; shift; ends "$code_wanted" team/patterns/say.lua "$@"; }

say 0
prints "It says hello"
template 'TASK: ours, {{task}}
OUTPUT:
{{output}}
' ''
say 0 --dry-run
prints "TASK: ours, say so"
cd elsewhere
code=0
marked ../team/patterns/say.lua --dry-run >../out 2>../err </dev/null || code=$?
cd ..
[ "$code" = 0 ] || fail "from another folder: exit $code"
prints "TASK: ours, say so"
# A script of nobody's pack has orch-lua's own.
cp team/patterns/say.lua elsewhere/
ends 0 elsewhere/say.lua --dry-run
prints "TASK: say so"

place="team/patterns/say.lua:2: team/worker-templates/worker.lua"
template 'TASK: {{task}} {{nope}}' ''
say 2
says "$place:3: the prompt has a hole 'nope' that is no field"
template 'TASK: {{task}}' ' promt = "x",'
say 2
says "has no 'promt'; did you mean 'prompt'?"
printf 'return { fields = {' >team/worker-templates/worker.lua
say 2
says "$place:1: "
cat >team/worker-templates/worker.lua <<'LUA'
return { fields = { task = "x" }, prompt = "TASK: {{task}}\n{{output}}", reply = {
  text = "RESULT: x", sample = "nothing",
  grammar = function() return nil, "no RESULT" end } }
LUA
say 2
says "the sample is refused by the reply's grammar: no RESULT"
echo 'io.open("taken", "w")' >team/worker-templates/worker.lua
say 2
says "$place:1: "
[ ! -e taken ] || fail "a template opened a file"
rm team/worker-templates/worker.lua
mkdir team/worker-templates/worker.lua
say 2
says "cannot read the template 'team/worker-templates/worker.lua'"
rmdir team/worker-templates/worker.lua

# A reply that is refused is asked for once more, then it is a failure.
say 3 --agent wrong
says "its reply was refused: the section RESULT is missing"
set -- state/*/workers/W1-worker/2/brief
[ "$#" = 1 ] || fail "it was not asked twice, once"
grep -q 'hello' "$1" || fail "the second asking does not show what was said first"
[ ! -e "${1%/2/brief}/3" ] || fail "it was asked three times"

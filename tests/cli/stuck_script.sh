#!/bin/sh
# stuck_script.sh - scripts whose wait nothing can end, and other mistakes, at their line.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

# script CODE: a script from standard input, behind one line that requires the library.
script() {
  code_wanted=$1
  { echo 'local orch = require "orch"'; cat; } >s.lua
  ends "$code_wanted" s.lua
  says_not "lua/orch/"
}

script 2 <<'LUA'
orch.each({ 1, 2 }, function()
  local task = require "orch.task"
  task.condition():wait()
end)
LUA
says "s.lua:4: every task waits and nothing can wake this one"
script 2 <<'LUA'
local ok, why = coroutine.resume(coroutine.create(function()
  orch.sleep(10)
end))
print(why)
orch.plan {}
LUA
says "s.lua:3: cannot wait inside a coroutine of the script's own"

script 0 <<'LUA'
orch.sleep(1)
LUA
says "the script delivered nothing"
[ ! -s out ] || fail "nothing was delivered, and something printed"

# The plan: 3 to 6 steps of one sentence each, one of them in progress.
script 2 <<'LUA'
orch.plan { "One", "Two" }
LUA
says "s.lua:2: work of one or two steps has no plan"
script 2 <<'LUA'
orch.plan { "One", "Two", ("x"):rep(81) }
LUA
says "s.lua:2: step 3 has 81 bytes, at most 80 are allowed"
script 2 <<'LUA'
local plan = orch.plan { "One", "Two", "Three" }
for _ = 1, 4 do plan:next() end
LUA
says "s.lua:3: the plan is complete"
script 2 <<'LUA'
orch.plan { "One", "Two", "Three" }
orch.plan { "One", "Two", "Three" }
LUA
says "s.lua:3: a run has one plan"

# Fields of a worker.
script 2 <<'LUA'
orch.ask("reviewer", {})
LUA
says "s.lua:2: worker 'reviewer' needs 'artefact': the file or folder to review"
script 2 <<'LUA'
orch.ask("reviewer", "s.lua")
LUA
says "s.lua:2: worker 'reviewer' needs a table of fields, got string"
script 2 <<'LUA'
orch.ask("reviewer", { artefact = "s.lua", deadline_ms = "soon" })
LUA
says "s.lua:2: worker 'reviewer': 'deadline_ms' must be a number of milliseconds"
script 2 <<'LUA'
orch.ask("implementer", { task = "x", edit = ".git/config" })
LUA
says "s.lua:2: worker 'implementer': nobody may edit '.git/config'"
script 2 <<'LUA'
os.exit(0)
LUA
says "s.lua:2: os.exit would leave workers behind"
script 1 <<'LUA'
error { code = 3 }
LUA
says "the script raised a table: raise a sentence instead"

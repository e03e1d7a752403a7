#!/bin/sh
# deliver.sh - orch.deliver: one result with a next step, and never a raw worker message.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

echo 'a line ' >text.txt
script() {
  code_wanted=$1
  { echo 'local orch = require "orch"'; cat; } >s.lua
  ends "$code_wanted" s.lua --agent offline
  says_not "lua/orch/"
}
raw="holds the whole raw message of W1 Reviewer"

for given in 'result = r.text, next_step = "None."' \
  'result = "It says: " .. r.text, next_step = "None."' \
  'result = "Done.", next_step = "None.", more = r' \
  'result = "Done.", next_step = "None.", more = { "one", r.text }' \
  'result = "Done.", next_step = "None.", more = { r }'; do
  script 2 <<LUA
local r = orch.ask("reviewer", { artefact = "text.txt" })
orch.deliver { $given }
LUA
  says "orch-lua: s.lua:3: orch.deliver: "
  says "$raw"
  [ ! -s out ] || fail "it was printed all the same"
done

# Fields that a grammar took are not raw.
script 0 <<'LUA'
local r = orch.ask("reviewer", { artefact = "text.txt" })
orch.deliver { result = r.findings:summary(), next_step = "None.", findings = r.findings,
  titles = { r.findings[1].title, "and more" }, count = #r.findings }
LUA
prints "- and more"
prints "trailing space"

script 2 <<'LUA'
orch.deliver { result = "Done." }
LUA
says "s.lua:2: orch.deliver needs 'next_step'"
script 2 <<'LUA'
orch.deliver { result = " ", next_step = "None." }
LUA
says "s.lua:2: orch.deliver: 'result' must be a sentence"
script 2 <<'LUA'
orch.deliver { result = "Done.", next_step = "None.", more = { deep = { "lost" } } }
LUA
says "s.lua:2: orch.deliver: 'more' must be a text or a list of texts"
script 2 <<'LUA'
orch.deliver { result = "First.", next_step = "None." }
orch.deliver { result = "Second.", next_step = "None." }
LUA
says "s.lua:3: orch.deliver was called twice"
prints "First."
prints_not "Second."
script 4 <<'LUA'
orch.deliver { result = "Half.", next_step = "Go on.", partial = true }
LUA
prints "This result is partial."

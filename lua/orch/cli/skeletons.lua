--- What `orch-lua new` writes: texts that run as they are.
--
-- @NAME@ and @PATH@ stand for the name and for where the file is.

local skeletons = {}

skeletons.pattern = [[
--- Say here in one line what comes out of @NAME@.
--- These lines are the text of --help.  To see every brief and start nothing:
---
---     orch-lua @PATH@ --artefact FILE --dry-run

local orch = require "orch"

local opt = orch.options {
  artefact = { "the file or folder to look at" },
  lenses   = { "what the reviewers look for", { "correctness", "clarity" }, max = 4 },
}

local artefact = orch.skim(opt.artefact)
local reviews, dead = orch.each(opt.lenses, function(lens)
  return orch.ask("@ROLE@", { artefact = artefact, lens = lens })
end)
local findings = orch.findings(reviews)
local missing = #dead > 0 and (" %d of the reviewers did not answer."):format(#dead) or ""

return orch.deliver {
  result    = findings:summary() .. missing,
  next_step = findings[1] and "Fix first: " .. findings[1].title or "Leave it.",
  findings  = findings,
}
]]

skeletons.template = [[
--- Say here in one line what the worker @NAME@ is for.
--- To see the brief and start nothing:
---
---     orch-lua ask @PATH@ --artefact FILE --dry-run

local reply = require "orch".reply

return {
  fields = {
    artefact = "the file or folder to look at",
    lens = { "what to look for", "correctness" },
  },

  scope = "read-only",

  prompt = [=[
TASK: Review {{artefact}} and produce improvements.
SCOPE: {{scope}}
LENS: {{lens}}

DO:
- Look at the artefact itself, and name what matters most first.
- Give evidence for each finding: where you saw it, and what it shows.

OUTPUT:
{{output}}

DO NOT:
- Expand the scope.
- Make edits.
]=],

  reply = reply.findings,
}
]]

local test_head = [[
#!/bin/sh
# @FILE@ - @WHAT@
# Needs no agent CLI.  ORCH_LUA=program says which orch-lua is tested.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ORCH_STATE_DIR="$scratch/state"

fail() {
  cat "$scratch/out" "$scratch/err"
  echo "@FILE@: $*" >&2
  exit 1
}
run() { "${ORCH_LUA:-orch-lua}" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; }

printf 'Read the the manual.\n' >"$scratch/text.md"

# With samples as the replies: every brief can be written, and a result comes out.
run @CALL@ --artefact "$scratch/text.md" --dry-run ||
  fail "the dry run ends with $?"
grep -q "^TASK: Review " "$scratch/out" || fail "there is no brief"

# The agent that comes with orch-lua sees a word that is there twice.
run @CALL@ --artefact "$scratch/text.md" --agent offline ||
  fail "the run ends with $?"
grep -q "text.md:1" "$scratch/out" || fail "the doubled word was not found"
]]

skeletons.pattern_test = test_head:gsub("@CALL@", "@PATH@")
  :gsub("@WHAT@", "the pattern @NAME@ runs, dry and with the offline agent.")

skeletons.template_test = test_head:gsub("@CALL@", "ask @PATH@")
  :gsub("@WHAT@", "the worker template @NAME@ makes briefs, and its replies are read.")

skeletons.readme = [[
# @NAME@

A pack for orch-lua: patterns, and the worker templates that they use. Nothing is
registered anywhere; where this folder goes, it works.

    orch-lua @NAME@/patterns/@PATTERN@.lua --help
    orch-lua @NAME@/patterns/@PATTERN@.lua --artefact FILE
    sh @NAME@/tests/@PATTERN@.sh

| folder | what is in it |
|---|---|
| `patterns/` | scripts, run by their path |
| `worker-templates/` | roles; those of this pack are found before orch-lua's own |
| `lua/` | modules that the patterns require, if any |
| `tests/` | a script for each pattern; it needs no agent CLI |
]]

--- *text* with each @KEY@ of *values* replaced.
function skeletons.fill(text, values)
  return (text:gsub("@(%u+)@", values))
end

return skeletons

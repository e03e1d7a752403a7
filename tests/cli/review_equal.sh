#!/bin/sh
# review_equal.sh - result.md, result.json and --json: one content, equal for equal runs.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

# round WORDS...: review_fix of a fresh artefact; its run folder is in $run.
round() {
  printf '#include <string.h>\nvoid f(char *a) { gets(a); } \n' >old.c
  rm -rf state
  ends 1 review_fix --artefact old.c --check 'sleep 0.0$(($$ % 9)); true' "$@"
  run=$(ls -d state/*/)
}

round
cmp -s out "$run/result.md" || fail "what is printed is not what is kept"
cp "$run/result.md" first.md
cp "$run/result.json" first.json
round --json
cmp -s out "$run/result.json" || fail "--json is not what is kept"
diff first.json out >&2 || fail "result.json differs"
diff first.md "$run/result.md" >&2 || fail "result.md differs"

# The JSON is JSON, and says what the Markdown says.
cat >compare.lua <<'LUA'
local core = require "orch.core"
local data = assert(core.json_decode(core.read "first.json"))
local markdown = core.read "first.md"
local function said(text)
  if not markdown:find(text, 1, true) then error("the Markdown lacks: " .. text) end
end
said(data.result)
said(data.next_step)
said(data.verdict.state)
assert(#data.findings >= 2 and data.agents[1] == "offline")
for _, finding in ipairs(data.findings) do
  said(finding.id)
  said(finding.title)
  said(finding.evidence)
end
for _, text in ipairs(data.changes) do said(text) end
for _, text in ipairs(data.verdict.evidence) do said(text) end
LUA
"$ORCH_LUA" --lua compare.lua >out 2>err || fail "result.json and result.md differ"

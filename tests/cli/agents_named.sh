#!/bin/sh
# agents_named.sh - --agent and the configuration: whose word counts, and wrong words.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

echo 'a line ' >text.txt
cat >config/orch-lua/config.lua <<'LUA'
return {
  agent = "echo",
  agents = {
    echo  = { argv = { "/bin/echo", "RESULT: echoed" }, events = "none" },
    file  = { argv = { "/bin/sh", "-c", "echo noise; echo 'RESULT: filed' >$0",
      "{{last_message}}" }, events = "none" },
    brief = { argv = { "/bin/sh", "-c", "cmp -s $0 - && echo RESULT: same $1 $2",
      "{{brief_file}}", "{{scope}}", "{{model}}" } },
    gone  = { argv = { "no-such-agent" } },
    stuck = { argv = { "./text.txt" } },
  },
}
LUA
ask() { code=$1; shift; ends "$code" ask worker --task 'say so' "$@"; }

# The configuration's agent, then the command line's, then that for the role.
ask 0
prints "RESULT: echoed"
ask 0 --agent file
prints "RESULT: filed"
prints_not "noise"
ask 0 --agent echo --agent worker=file
prints "RESULT: filed"
ask 0 --agent brief --model big
prints "RESULT: same read-only big"
ends 0 ask reviewer --artefact text.txt --agent echo --agent reviewer=offline
prints "trailing space"
says "W1 Reviewer: ok"

# The first of several that can be used; none is an error that names each reason.
ask 0 --agent gone,echo
prints "RESULT: echoed"
ask 5 --agent gone,codex
says "'no-such-agent' is not in PATH"
says "codex"
ask 3 --agent stuck
says "permission denied (EACCES)"

# Wrong names are refused before anything is started.
review() { ends 2 review_fix --artefact text.txt --check 'touch checked' "$@"; }
review --agent ofline
says "there is no agent 'ofline'; did you mean 'offline'?"
review --agent offline,ech
says "did you mean 'echo'?"
review --agent reviewr=offline
says "there is no role 'reviewr'; did you mean 'reviewer'?"
sed 's/{{scope}}/{{scop}}/' config/orch-lua/config.lua >wrong.lua
cp config/orch-lua/config.lua right.lua
cp wrong.lua config/orch-lua/config.lua
review
says "unknown hole '{{scop}}'; did you mean 'scope'?"
cp right.lua config/orch-lua/config.lua
sed 's/agent = "echo"/agent = "eco"/' config/orch-lua/config.lua >wrong.lua
cp wrong.lua config/orch-lua/config.lua
review
says "there is no agent 'eco'; did you mean 'echo'?"
wrong_agent() {
  echo "return { agents = { a = { argv = { 'x' }, $1 } } }" >config/orch-lua/config.lua
}
wrong_agent 'evnts = "none"'
review
says "unknown key 'evnts'; did you mean 'events'?"
wrong_agent 'events = "codez"'
review
says "'events'"
[ ! -e checked ] || fail "a check ran"

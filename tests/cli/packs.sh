#!/bin/sh
# packs.sh - what `new` writes runs at once; a pack works wherever it is, and only there.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
export ORCH_LUA

tested() { sh "$1" >out 2>err || fail "$1 fails"; }
refuses() { # refuses MESSAGE WORDS...
  message=$1
  shift
  ends 2 "$@"
  says "$message"
}

# A new pack runs as it is, and its test passes; nothing is ever overwritten.
ends 0 new pack my-team
prints "wrote my-team/patterns/my_team.lua"
prints "sh my-team/tests/my_team.sh"
tested my-team/tests/my_team.sh
refuses "'my-team' is there already; nothing was written" new pack my-team
find my-team -type f | sort | xargs cksum >before
cd my-team
marked new pattern my-team >../out 2>../err && fail "a pattern was overwritten"
cd ..
says "'patterns/my_team.lua' is there already"
find my-team -type f | sort | xargs cksum | cmp -s - before || fail "the pack was changed"

# In a pack what is new has its place and a test; elsewhere a pattern is one file.
cd my-team
marked new pattern second >../out
marked new template critic >>../out
sh tests/second.sh
sh tests/ask_critic.sh
cd ..
prints "wrote patterns/second.lua"
prints "wrote tests/ask_critic.sh"
mkdir lone
cd lone
marked new pattern one >../out
[ "$(ls)" = one.lua ] || fail "more than a file was written"
marked one.lua --artefact one.lua --dry-run >../out 2>../err
cd ..
prints "TASK: Review one.lua"
ends 0 --json new template again2
prints '"worker-templates/again2.lua"'

# A test of a pack sees what is wrong in it.
sed 's/{{artefact}}/{{artifact}}/' my-team/worker-templates/critic.lua >changed
mv changed my-team/worker-templates/critic.lua
sh my-team/tests/ask_critic.sh >/dev/null 2>err && fail "the test of a pack cannot fail"
rm my-team/worker-templates/critic.lua my-team/tests/ask_critic.sh

refuses "did you mean 'pattern'?" new patern x
refuses "new pack needs a name" new pack
refuses "cannot be the name of a pattern" new pattern ../x
refuses "cannot be the name of a pack" new pack 9lives
refuses "takes one name, but got 'y'" new pack x y
refuses "it is a part of every brief" new template preamble
mkdir full
: >full/worker-templates
cd full
code=0
marked new template x >../out 2>../err || code=$?
cd ..
[ "$code" = 5 ] || fail "no folder can be made, but: exit $code"
says "cannot write 'worker-templates/x.lua'"

# Two teams with a template and a module of the same names.
for team in red blue; do
  mkdir -p $team/patterns $team/worker-templates $team/lua
  cat >$team/worker-templates/reviewer.lua <<LUA
--- Reviews as $team does.
return {
  fields = { artefact = "a file", lens = { "what to look for", "colour" } },
  prompt = "TASK: Review {{artefact}} as $team does\n{{output}}\n",
  reply = require "orch".reply.findings,
}
LUA
  echo "return 'the helper of $team'" >$team/lua/helper.lua
  cat >$team/patterns/ask.lua <<'LUA'
local orch = require "orch"
print(require "helper")
local reply = orch.ask("reviewer", { artefact = "text.txt" })
return orch.deliver { result = reply.findings:summary(), next_step = "None." }
LUA
done
echo "return 'the helper of nobody'" >helper.lua
echo text >text.txt

is_of() { # is_of TEAM SCRIPT: run from here, it has its own template and module
  ends 0 "$2" --dry-run
  prints "TASK: Review text.txt as $1 does"
  says "the helper of $1"
  says_not "the helper of nobody"
}
is_of red red/patterns/ask.lua
is_of blue "$folder/blue/patterns/ask.lua"

# Moved, reached through links, run from another team's folder: still its own.
mkdir "a far place"
mv red "a far place/"
is_of red "a far place/red/patterns/ask.lua"
is_of red "blue/../a far place/red/worker-templates/../patterns/ask.lua"
ln -s "a far place/red/patterns/ask.lua" linked.lua
is_of red ./linked.lua
cp text.txt blue/
cd blue
code=0
marked "../a far place/red/patterns/ask.lua" --dry-run >../out 2>../err || code=$?
[ "$code" = 0 ] || fail "from another pack: exit $code"
! grep -q "as blue does" ../out || fail "a template leaked from the folder one stands in"
grep -q "as red does" ../out || fail "the pack's own template was not found"
grep -q "the helper of red" ../err || fail "the pack's own module was not found"

# orch-lua's own patterns and roles are its own, in any pack; a path means what it names.
cp text.txt ../text.md
marked review_fix --artefact ../text.md --dry-run >../out 2>../err
marked ask reviewer --artefact text.txt --dry-run >>../out 2>>../err
! grep -q "as blue does" ../out || fail "a bare name found what the folder has"
marked ask worker-templates/reviewer.lua --artefact text.txt --dry-run >../out 2>../err
grep -q "TASK: Review text.txt as blue does" ../out || fail "ask PATH is not the pack's"
mv worker-templates/reviewer.lua worker-templates/painter.lua
code=0
marked ask painter --artefact text.txt --dry-run >../out 2>../err || code=$?
[ "$code" = 2 ] || fail "ask of a bare name that only the folder has: exit $code"
mv worker-templates/painter.lua worker-templates/reviewer.lua
cd ..
says "write worker-templates/painter.lua"
refuses "is not in a folder called worker-templates" ask blue/lua/helper.lua
refuses "there is no worker template 'none.lua'" ask none.lua

# list shows the pack one stands in, apart.
cd blue
marked list >../out
cd ..
prints "this folder is a pack: $folder/blue"
prints "patterns in patterns, run by their path"
prints "reviewer  Reviews as blue does. (in place of orch-lua's)"
prints "modules in lua"
ends 0 list
prints_not "is a pack: $folder/blue"

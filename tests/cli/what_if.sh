#!/bin/sh
# what_if.sh - rehearse --from RUN: another script over the replies of a run, at no cost.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
. "$ORCH_SOURCE/tests/cli/support/rig.sh"
mkdir project
cd project
printf 'int main(void) {\n  char name[10];\n  gets(name); \n}\n' >a.c
cp "$ORCH_SOURCE/patterns/triangulated_review.lua" mine.lua
# In the rig's folder, where `ends` writes; the script is told by its path.
cd ..
(cd project && marked ./mine.lua --artefact a.c --quiet >../real 2>/dev/null </dev/null)
find state -type f | sort | xargs sha256sum >before

# The same script says the same, and asks nobody.
ends 0 rehearse project/mine.lua --from last
prints "3 workers answer as before and are not paid again"
prints "nothing is asked again"
sed '1,/^$/d' out >again
cmp -s real again || { diff real again; fail "the same script says something else"; }

# Another deliverable of the same replies.
sed -i 's/answered\./replied./' project/mine.lua
ends 0 rehearse project/mine.lua --from last
prints "3 workers answer as before"
prints "3 of 3 reviewers replied."

# Another brief: its worker is named, with what it would cost, and not started.
sed -i 's/lens = lens/lens = lens .. " above all"/' project/mine.lua
ends 0 rehearse project/mine.lua --from last
prints "0 workers answer as before"
prints "again: W2 Reviewer: what it is asked has changed, about "
ends 0 rehearse project/mine.lua --from last --json
prints '"label": "W3 Reviewer"'

ends 2 rehearse project/mine.lua --from nosuchrun
find state -type f | sort | xargs sha256sum >after
cmp -s before after || fail "the run was touched"
eventually nobody_lives

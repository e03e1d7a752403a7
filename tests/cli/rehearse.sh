#!/bin/sh
# rehearse.sh - orch-lua rehearse: its words, its exit codes, its replay, equal bytes.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

# Words: the script's own and those of rehearse; what is wrong is named.
ends 0 rehearse review_fix --seeds 4 --faults none --artefact src
prints "4 rehearsals of review_fix, seeds 1 to 4, faults: none"
prints "every promise held in every rehearsal."
ends 2 rehearse review_fix --faults limited,dyes
says "there is no fault 'dyes': did you mean 'dies'?"
ends 2 rehearse review_fix --seeds none
says "--seeds: 'none' is not a whole number from 1"
ends 2 rehearse review_fixx
says "there is no pattern 'review_fixx'; did you mean 'review_fix'?"
ends 2 rehearse ./none.lua
says "cannot read the script './none.lua': there is no such file"
ends 2 rehearse
says "rehearse needs a script"

# Processes share the seeds, and the sum is the same.
ends 0 rehearse triangulated_review --seeds 40 --jobs 2
cp out shared
ends 0 rehearse triangulated_review --seeds 40 --jobs 1
cmp -s out shared || { diff out shared; fail "two processes count otherwise than one"; }
ends 0 rehearse triangulated_review --seeds 40 --json
prints '"seeds": 40'
prints '"failing": 0'

# A script that takes a dead worker for an answer is found, shrunk and replayed.
cat >mine.lua <<'END'
--- A script with a mistake that shows when its worker fails.
local orch = require "orch"
local reply = orch.try("reviewer", { artefact = "src", lens = "order" })
local name = os.getenv "NAME"
return orch.deliver { result = reply.findings:summary(), next_step = name or "Go on." }
END
ends 1 rehearse ./mine.lua --seeds 60 --faults dies,hang
prints "stated reason, in "
prints "mine.lua:5: attempt to index a nil value"
prints "warning: ./mine.lua:4: os.getenv goes round orch-lua"
replay=$(sed -n 's/^replay it: orch-lua //p' out)
prints "the smallest is seed "
# shellcheck disable=SC2086 # words
ends 1 $replay
prints "mine.lua:5: attempt to index a nil value"
[ "$(grep -c ' fault ' out)" = 1 ] || fail "more than one fault is left"
# shellcheck disable=SC2086
ends 0 ${replay%--only*} --only none
prints "every promise held."
# shellcheck disable=SC2086
ends 2 ${replay%--only*} --only dies@77
says "brings no 'dies@77': it brings "

# A script without an end is named, and does not keep the other seeds waiting.
printf 'while true do pcall(next, {}) end\n' >endless.lua
ends 1 rehearse ./endless.lua --seeds 1000
prints "endless.lua:1: the script has computed for 10 s without waiting"

# The rehearsal file beside a script.
cat >mine.rehearsal.lua <<'END'
return { reviewr = { findings = 1 } }
END
ends 2 rehearse ./mine.lua
says "mine.rehearsal.lua: there is no role or setting 'reviewr'; did you mean 'reviewer'?"
printf 'return { always = function(run) return #run.workers == 0, "somebody worked" end }\n' \
  >mine.rehearsal.lua
ends 1 rehearse ./mine.lua --seed 1 --faults none
prints "always: somebody worked"

# A wrong word of the script's is told once, and nothing is rehearsed.
ends 2 rehearse review_fix --seds 3
says "unknown option '--seds'; did you mean '--seeds'?"
ends 2 rehearse review_fix --rounds 0
says "--rounds must be at least 1"

# An agent that the script names is played, whoever it is.
cat >named.lua <<'LUA'
local orch = require "orch"
local reply = orch.ask("worker", { task = "Write.", agent = "writer" })
return orch.deliver { result = reply.result, next_step = "None." }
LUA
ends 0 rehearse ./named.lua --seeds 5 --faults none

# Equal seeds give equal bytes, whatever the locale, the time zone and the hash seed.
for seed in 5 11 18; do
  LC_ALL=C TZ=UTC ends 0 rehearse split_sections --seed $seed
  cp out once
  LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 TZ=Pacific/Chatham ends 0 rehearse split_sections \
    --seed $seed
  cmp -s out once || { diff out once; fail "seed $seed is told in two ways"; }
  LC_ALL=C.UTF-8 TZ=America/St_Johns ends 0 rehearse split_sections --seed $seed
  cmp -s out once || { diff out once; fail "seed $seed is told in two ways"; }
done

# Nothing outside was touched, and nobody is left.
[ ! -e "$ORCH_STATE_DIR" ] || fail "a rehearsal left something in the state folder"
eventually nobody_lives
eventually no_keepers

#!/bin/sh
# patterns.sh - every pattern's --help and --dry-run, and what they do without any agent CLI.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir home project
export HOME="$folder/home" ORCH_STATE_DIR="$folder/state" PATH=/usr/bin:/bin
unset XDG_CONFIG_HOME ORCH_WORKER
cd project
mkdir src
printf 'int main(void) {\n  char name[10];\n  gets(name); \n  return 0;\n}\n' >src/parser.c
printf '# Notes\n\nthe the end \n' >src/notes.md
printf 'done\n' >src/last.txt

fail() { echo "patterns.sh: $*" >&2; exit 1; }
# ends CODE WORDS...: run orch-lua and expect that exit code.
ends() {
  expected=$1
  shift
  code=0
  "$ORCH_LUA" "$@" >out 2>err </dev/null || code=$?
  [ "$code" = "$expected" ] || { cat out err; fail "'$*': exit $code, not $expected"; }
}
has() { grep -qF -- "$1" out || { cat out; fail "stdout has no '$1'"; }; }
says() { grep -qF -- "$1" err || { cat err; fail "stderr does not say: $1"; }; }
# words_of NAME: what the pattern needs at least.
words_of() {
  case $1 in
    review_fix | triangulated_review) echo "--artefact src" ;;
    scout_act_verify | options_sprint) echo "--task Tidy." ;;
    split_sections) echo "--task Tidy. --within src" ;;
    research_synthesis) echo "--question Why?" ;;
    *) fail "pattern $1 has no test here" ;;
  esac
}

count=0
for file in "$ORCH_SOURCE"/patterns/*.lua; do
  case $file in *.rehearsal.lua) continue ;; esac
  name=$(basename "$file" .lua)
  words=$(words_of "$name")

  ends 0 "$name" --help
  head -n 1 "$file" | sed 's/^--- //' >first
  has "$(cat first)"
  has "${words%% *}"
  has "(required)"
  grep -q "$name" "$ORCH_SOURCE/patterns/README.md" || fail "patterns/README.md lacks $name"

  # A dry run shows whole briefs, starts nothing and changes nothing.
  # shellcheck disable=SC2086
  ends 0 "$name" $words --dry-run
  has "=== W1 "
  has "CONTEXT: WORKER"
  has "TASK: "
  ! grep -q '{{' out || fail "$name --dry-run: a hole was left"
  grep -q 'gets(name); $' src/parser.c || fail "$name --dry-run changed a file"

  ends 2 "$name"
  says "needs ${words%% *}: "
  count=$((count + 1))
done
[ "$count" = 6 ] || fail "$count patterns, not 6"

# Several reviewers, for real: one ranked list that says who made what.
ends 0 triangulated_review --artefact src --lenses correctness,clarity,security
has "Fix first: unsafe call of gets"
has "3 of 3 reviewers answered."
has "- **F1** [critical] \`src/parser.c:3\` unsafe call of gets"
has "Said by: W1 Reviewer, W2 Reviewer, W3 Reviewer"
has "- W3 Reviewer: security"
has "the offline agent"
[ "$(grep -c 'unsafe call of gets' out)" = 2 ] || { cat out; fail "a duplicate is left"; }
cp out once
ends 0 triangulated_review --artefact src --lenses correctness,clarity,security
cmp -s out once || { diff once out; fail "equal runs give different results"; }
ends 2 triangulated_review --artefact src --lenses one
says "--lenses must have 2 to 4 items, not 1"

# A scout maps; choosing needs a model: exit 3, in words, and the map is kept.
ends 3 scout_act_verify --task "Refuse long names."
says "the offline agent cannot do this"
says "finished replies are kept"
says "W1 Scout: "
[ ! -s out ] || fail "something was delivered"
grep -rq "src/parser.c - C, 5 lines" "$ORCH_STATE_DIR"/*/workers/W1-scout/reply.md ||
  fail "the map was not kept"

# Slices: found by a scout, each mended by its own writer.
ends 1 split_sections --task "Fix mechanical defects." --within src --check "test -s src/last.txt"
has "3 slices are written; the verdict on the whole is unverified."
has "src/notes.md - "
has "src/parser.c - "
has "\`test -s src/last.txt\` passed"
grep -q 'gets(name);$' src/parser.c || fail "src/parser.c was not mended"
grep -qx 'the end' src/notes.md || fail "src/notes.md was not mended"

# Overlapping slices start nobody; nor do those outside of what was named.
ends 2 split_sections --task x --slices src,src/notes.md
says "'src' holds 'src/notes.md' of another slice"
ln -s notes.md src/link.md
ends 2 split_sections --task x --slices src/link.md,src/notes.md
says "is in two slices"
ends 2 split_sections --task x --within src --slices src/notes.md,../elsewhere
says "'../elsewhere' lies outside of 'src'"
! grep -q "W1 " err || fail "a worker was started"

# What needs a model throughout says so at once.
for name in research_synthesis options_sprint; do
  # shellcheck disable=SC2046
  ends 3 "$name" $(words_of "$name")
  says "the offline agent cannot do this"
  [ ! -s out ] || fail "$name delivered something"
done

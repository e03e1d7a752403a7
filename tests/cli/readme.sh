# readme.sh - the scripts and the links of the READMEs work as they stand.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ORCH_STATE_DIR="$scratch/state" XDG_RUNTIME_DIR="$scratch" XDG_CONFIG_HOME="$scratch" HOME="$scratch"
export PATH=/usr/bin:/bin
fail() { echo "readme.sh: $*" >&2; exit 1; }

first_script() { awk '/^```lua/ { on = !done; next } /^```/ { if (on) done = 1; on = 0 } on' "$1"; }

cd "$scratch"
mkdir src
printf 'int main(void) {\n  char name[10];\n  gets(name);\n  return 0;\n}\n' >src/parser.c

first_script "$ORCH_SOURCE/README.md" >first.lua
"$ORCH_LUA" ./first.lua -q >out 2>err || { cat err; fail "the first script of README.md fails"; }
grep -q 'unsafe call of gets' out || { cat out; fail "the first script finds nothing"; }

# scripts_of FILE: write its scripts here, each by the name in the command line above it,
# and print those command lines.
scripts_of() {
  awk '
    /^    orch-lua \.\// { command = $2; words = $0; sub(/^ *orch-lua [^ ]* ?/, "", words) }
    /^```lua/ {
      if (command == "") { print "NOCOMMAND"; exit }
      print command, words; file = command; command = ""; on = 1; next
    }
    /^```/ { on = 0 }
    on { print >file }' "$1"
}

count=0
scripts_of "$ORCH_SOURCE/patterns/README.md" >commands
while read -r script words; do
  [ "$script" != NOCOMMAND ] || fail "a script of patterns/README.md has no command line"
  lines=$(wc -l <"$script")
  [ "$lines" -le 20 ] || fail "$script has $lines lines: it is no tiny example"
  eval "set -- $words"
  "$ORCH_LUA" "$script" "$@" -q >out 2>err </dev/null || { cat out err; fail "$script fails"; }
  cp out "$script.out"
  "$ORCH_LUA" "$script" "$@" --dry-run -q >out 2>err </dev/null || { cat err; fail "$script --dry-run"; }
  "$ORCH_LUA" "$script" --help >out || fail "$script --help"
  count=$((count + 1))
done <commands
[ "$count" = 5 ] || fail "patterns/README.md has $count scripts, not 5"
gives() { grep -q "$2" "$1.lua.out" || { cat "$1.lua.out"; fail "$1.lua: no '$2'"; }; }
gives where 'src/parser.c'
gives my_review 'Fix first: unsafe call of gets'
gives gate 'The check says pass.'
gives name 'Ask a person: the offline agent cannot do this'
gives beside 'The tests ended with 0.'
"$ORCH_LUA" ./my_review.lua --help | grep -q -e '--artefact' || fail "--help does not show the options"

cd "$ORCH_SOURCE"
for file in README.md */README.md; do
  grep -o ']([^)#]*)' "$file" | sed 's/](\(.*\))/\1/' | while read -r link; do
    [ -e "$(dirname "$file")/$link" ] || fail "$file links to $link, which is not there"
  done
done

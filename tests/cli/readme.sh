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

first_script "$ORCH_SOURCE/patterns/README.md" >my_review.lua
"$ORCH_LUA" ./my_review.lua --artefact src/parser.c -q >out 2>err || { cat err; fail "my_review.lua fails"; }
grep -q 'Fix first: unsafe call of gets' out || { cat out; fail "my_review.lua finds nothing"; }
"$ORCH_LUA" ./my_review.lua --help | grep -q -e '--lenses' || fail "--help does not show the options"

cd "$ORCH_SOURCE"
for file in README.md */README.md; do
  grep -o ']([^)#]*)' "$file" | sed 's/](\(.*\))/\1/' | while read -r link; do
    [ -e "$(dirname "$file")/$link" ] || fail "$file links to $link, which is not there"
  done
done

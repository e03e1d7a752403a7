# install.sh - an installed program, moved or linked, finds its keeper and its patterns.
set -eu
: "${ORCH_LUA:?}" "${ORCH_SOURCE:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ORCH_STATE_DIR="$scratch/state" XDG_RUNTIME_DIR="$scratch" HOME="$scratch"
fail() { echo "install.sh: $*" >&2; exit 1; }

cmake --install "$(dirname "$ORCH_LUA")" --prefix "$scratch/first" >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; exit 1; }

printf 'one one two\n' >"$scratch/notes.md"
works() { # works PROGRAM: it runs a pattern of its own with a keeper of its own
  "$1" review_fix --artefact "$scratch/notes.md" --agent offline -q >"$scratch/out" 2>"$scratch/err" ||
    { cat "$scratch/out" "$scratch/err"; fail "$1 does not work"; }
}

works "$scratch/first/bin/orch-lua"
[ "$(cat "$scratch/notes.md")" = "one two" ] || fail "nothing was fixed"

mv "$scratch/first" "$scratch/moved"
works "$scratch/moved/bin/orch-lua"

ln -s "$scratch/moved/bin/orch-lua" "$scratch/linked"
works "$scratch/linked"
"$scratch/linked" help api ask | grep -q "^orch.ask(role, fields)" || fail "no help on the API"

cp "$scratch/moved/bin/orch-lua" "$scratch/alone"
code=0
"$scratch/alone" review_fix --artefact "$scratch/notes.md" >"$scratch/out" 2>"$scratch/err" || code=$?
[ "$code" = 5 ] || fail "a program that stands alone ends with $code, not 5"
grep -q "orch-keeper" "$scratch/err" || fail "it does not say what is missing"

needs=$(ldd "$ORCH_LUA" | awk '/=>/ { print $1 }' | grep -v -E '^lib(c|m|asan|ubsan|gcc_s)\.so' || true)
[ -z "$needs" ] || fail "the program needs more than libc and libm: $needs"

#!/bin/sh
# tests/fuzz/run.sh SECONDS - fuzzes for so long with each fuzzer: those in C under libFuzzer
# and the sanitizers, then those in Lua.  tests/run.sh has built build/orch-lua before.
#
# What libFuzzer learns stays in build/fuzz/corpus; an input that fails, in build/fuzz.  It
# belongs into tests/fuzz/corpus, together with the cure.
set -eu
cd "$(dirname "$0")/../.."
seconds=$1
case $seconds in '' | *[!0-9]*)
  echo "orch-lua: '$seconds' is no number of seconds" >&2
  exit 2
  ;;
esac

sh core/setup.sh clang libclang-rt-dev
mkdir -p build/fuzz
{ CC=clang cmake -S . -B build/fuzz -DORCH_FUZZ=ON -DORCH_SANITIZE=address,undefined &&
  cmake --build build/fuzz -j "$(nproc)" --target fuzzers; } >build/fuzz/build.log 2>&1 || {
  cat build/fuzz/build.log >&2
  exit 5
}

bad=0
for name in control json record request utf8; do
  learned=$PWD/build/fuzz/corpus/$name
  mkdir -p "$learned"
  echo "== $name"
  build/fuzz/tests/fuzz/fuzz_$name -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="$PWD/build/fuzz/$name-" \
    "$learned" "$PWD/tests/fuzz/corpus/$name" || bad=1
done

echo "== in Lua"
busted=$(command -v busted)
ORCH_FUZZ_SECONDS=$seconds ORCH_SOURCE=$PWD ORCH_KEEPER=$PWD/build/orch-keeper \
  LUA_PATH="$PWD/tests/lua/?.lua;;" \
  build/orch-lua --lua "$busted" --output=plainTerminal tests/lua/fuzz_spec.lua || bad=1
exit $bad

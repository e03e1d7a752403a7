#!/bin/sh
# tests/run.sh - installs what the tests need, builds, and runs them all.
#   sh tests/run.sh              everything
#   sh tests/run.sh asan         the C tests under AddressSanitizer and UBSan (build/asan)
#   sh tests/run.sh bench [N]    the speed, in N rounds (5), beside the kernel's limit and
#                                its peers, which are installed for it; some minutes
#   sh tests/run.sh reviewers [N]  fifty reviewers at once beside xargs, N rounds (3); two
#                                minutes
#   sh tests/run.sh survival [N] what journals and syncs cost, N rounds (5); a few minutes
#   sh tests/run.sh fuzz [N]     the fuzzers, N seconds (60) each
#   sh tests/run.sh soak         long and heavy proofs, some twenty minutes
#   sh tests/run.sh -L lua -V    other words go to ctest
# ORCH_WERROR=ON turns warnings into errors, as CI does.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'orch-lua: %s\n' "$*" >&2; }

# The build's own packages are named in core/setup.sh; these are what tests add.
install_needs() {
  sh core/setup.sh gcc libc6-dev make cmake pkg-config liblua5.4-dev lua-lpeg-dev \
    libuv1-dev libjansson-dev libsodium-dev \
    lua5.4 lua-busted lua-check libcmocka-dev git tmux strace
}

# Who cannot reach the registry still gets all other tests; CI gets a failure.
install_agents() {
  sh tests/agents/install.sh build/agents || {
    [ -z "${CI-}" ] || exit 5
    say "the tests of the real agents are left out"
  }
}

# build FOLDER CMAKE-OPTION...: quiet when it works, the whole log when it does not.
build() {
  folder=$1
  shift
  mkdir -p "$folder"
  log=$folder/test-build.log
  { cmake -S . -B "$folder" -DORCH_WERROR="${ORCH_WERROR:-OFF}" "$@" &&
    cmake --build "$folder" -j "$(nproc)"; } >"$log" 2>&1 || {
    cat "$log" >&2
    say "the build failed; its log is $log"
    exit 5
  }
}

# A folder in memory, if there is any, that goes with this program.
make_scratch() {
  memory=/dev/shm
  [ -w $memory ] || memory=${TMPDIR:-/tmp}
  scratch=$(mktemp -d "$memory/orch-bench-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  trap 'sleep 1; exit 130' INT TERM # the keepers end what still runs
}

# bench ROUNDS: a table, and all figures in build/bench.json.
bench() {
  # shellcheck disable=SC2046 # words
  sh core/setup.sh $(cat tests/bench/peers/packages) || say "some peers are left out"
  npm --silent --no-audit --no-fund --prefix build/peers install node-pty@1.1.0 \
    >build/peers.log 2>&1 || say "node-pty is left out; see build/peers.log"
  cmake --build build --target bench_child bench_reference >/dev/null
  make_scratch
  build/orch-lua --lua tests/bench/bench.lua "$PWD/build" "$scratch" "$1" build/bench.json
}

case ${1-} in
  bench)
    install_needs
    build build
    bench "${2:-5}"
    ;;
  reviewers)
    install_needs
    build build
    make_scratch
    build/orch-lua --lua tests/bench/reviewers.lua "$PWD/build/orch-lua" "$PWD" \
      "$scratch" "${2:-3}" build/reviewers.json
    ;;
  survival)
    install_needs
    build build
    scratch=$(mktemp -d "$PWD/build/survival-XXXXXX") # where syncs cost what they cost
    trap 'rm -rf "$scratch"' EXIT
    build/orch-lua --lua tests/bench/survival.lua "$PWD/build/orch-lua" "$scratch" \
      "${2:-5}" build/survival.json
    ;;
  asan)
    shift
    install_needs
    build build/asan -DORCH_SANITIZE=address,undefined
    exec ctest --test-dir build/asan --output-on-failure --no-tests=error -L core "$@"
    ;;
  fuzz)
    install_needs
    build build
    exec sh tests/fuzz/run.sh "${2:-60}"
    ;;
  soak)
    shift
    install_needs
    build build
    exec ctest --test-dir build -C soak -L soak --verbose --no-tests=error "$@"
    ;;
  *)
    install_needs
    install_agents
    build build
    exec ctest --test-dir build --output-on-failure --no-tests=error "$@"
    ;;
esac

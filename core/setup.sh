#!/bin/sh
# core/setup.sh - installs what is missing and builds into build/; run it as often as you like.
#   sh core/setup.sh              install and build
#   sh core/setup.sh PACKAGE...   only install these packages (tests/run.sh uses it)
set -eu

build_needs="gcc libc6-dev make cmake pkg-config liblua5.4-dev lua-lpeg-dev libuv1-dev
  libjansson-dev libsodium-dev"

say() { printf 'orch-lua: %s\n' "$*" >&2; }

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need PACKAGE...: installs those that are not there, says which, is quiet otherwise.
need() {
  if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say "this script installs packages with apt-get, which is not here." \
      "Please install the equivalents of: $*"
    say "then build with: cmake -S . -B build && cmake --build build"
    return 5
  fi
  missing=
  for package in "$@"; do
    installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
    as_root=sudo
  else
    say "these packages are missing, and you are neither root nor allowed to use sudo:$missing"
    say "ask an administrator to run: apt-get install --no-install-recommends$missing"
    return 5
  fi
  say "installing$missing"
  log=$(mktemp)
  # An old or empty package index is the common failure: try, refresh, try once more.
  apt="env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120
    -o Dpkg::Use-Pty=0"
  # shellcheck disable=SC2086
  if $as_root $apt install --no-install-recommends $missing >"$log" 2>&1 ||
    { $as_root $apt update >"$log" 2>&1 &&
      $as_root $apt install --no-install-recommends $missing >>"$log" 2>&1; }; then
    rm -f "$log"
  else
    cat "$log" >&2
    rm -f "$log"
    say "apt-get could not install:$missing"
    return 5
  fi
}

if [ $# -gt 0 ]; then
  need "$@"
  exit
fi
cd "$(dirname "$0")/.."
# shellcheck disable=SC2086
need $build_needs || exit
mkdir -p build 2>/dev/null && [ -w build ] || {
  say "cannot write in $PWD/build (made by another user?):" \
    "remove it, or build in a clone of your own"
  exit 5
}
log=build/setup.log
{ cmake -S . -B build &&
  cmake --build build -j "$(nproc)" --target orch-lua orch-keeper; } >"$log" 2>&1 || {
  cat "$log" >&2
  say "the build failed; its log is $log"
  exit 5
}
say "built build/orch-lua"

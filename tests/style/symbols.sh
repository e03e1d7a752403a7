#!/bin/sh
# symbols.sh OBJECT... - every global symbol begins with orch_ or luaopen_orch: a global
# `match` of ours would silently replace lpeg's.
bad=$(nm -g --defined-only "$@" | awk '
  NF == 3 && $3 !~ /^(orch_|luaopen_orch)/ &&
  $3 !~ /^(__asan|__ubsan|__odr_asan|__gcov|_fini|_init|__profc|__llvm)/ { print $3 }')
[ -z "$bad" ] || {
  echo "global symbols without the orch_ prefix: $bad"
  exit 1
}

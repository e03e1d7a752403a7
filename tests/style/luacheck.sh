#!/bin/sh
# luacheck.sh LUACHECK - runs luacheck over every folder that holds Lua.
set -eu
set -- "$1" -q --no-color --
for folder in lua patterns worker-templates tests; do
  [ ! -d "$folder" ] || set -- "$@" "$folder"
done
exec "$@"

#!/bin/sh
# install.sh FOLDER - the agents that the tests run, into FOLDER, when the lock has changed.
#
# FOLDER/bin then holds codex (its launcher, as users have it) and claude (its program: no
# install script of a package is run).
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)

say() { printf 'orch-lua: %s\n' "$*" >&2; }

if cmp -s "$here/package-lock.json" "$folder/package-lock.json" &&
  [ -x "$folder/bin/codex" ] && [ -x "$folder/bin/claude" ]; then
  exit 0
fi

# A node that did not come from Debian brings its own npm, and Debian's conflicts with it:
# the command is asked for, not the package.
command -v node >/dev/null 2>&1 || sh "$here/../../core/setup.sh" nodejs
command -v npm >/dev/null 2>&1 || sh "$here/../../core/setup.sh" npm

say "installing the agents that the tests run (280 MB, 650 MB on disk)"
mkdir -p "$folder/bin"
rm -f "$folder/package-lock.json" "$folder/bin/codex" "$folder/bin/claude"
cp "$here/package.json" "$here/.npmrc" "$folder/"
cp "$here/package-lock.json" "$folder/package-lock.json"
# npm fails where it cannot write its cache.
[ -w "${HOME:-/nonexistent}" ] || export npm_config_cache="$folder/npm-cache"
(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier \
  --loglevel=error --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 \
  >npm.log 2>&1) || {
  cat "$folder/npm.log" >&2
  rm -f "$folder/package-lock.json"
  say "npm could not install the agents"
  exit 5
}
ln -s ../node_modules/.bin/codex "$folder/bin/codex"
for program in "$folder"/node_modules/@anthropic-ai/claude-code-linux-*/claude; do
  ln -sf "../${program#"$folder"/}" "$folder/bin/claude"
done

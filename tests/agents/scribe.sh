#!/bin/sh
# scribe.sh REPLY - an agent that does what its brief says: the lines of the brief that
# begin with "run: " are commands for the shell, in the folder in which it stands.
brief=$(mktemp)
cat >"$brief"
pwd >"${brief}.pwd"
sed -n 's/.*run: //p' "$brief" >"$brief.sh"
. "$brief.sh" >/dev/null
code=$?
rm -f "$brief" "$brief.sh" "$brief.pwd"
[ $code = 0 ] || exit $code
printf '%b\n' "$1"

#!/bin/sh
# run.sh COMMAND... - runs a test of the real agents where their sandbox can work.
#
# codex keeps its scopes with namespaces of the user's own; some containers refuse those.
unshare --user --map-root-user true 2>/dev/null || {
  echo "skipped: this machine gives no user namespaces, which codex needs for its sandbox"
  exit 77
}
exec "$@"

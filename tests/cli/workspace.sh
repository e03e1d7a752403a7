#!/bin/sh
# workspace.sh - what writers leave in a repository: what they were asked for, and no more.
set -eu
. "$ORCH_SOURCE/tests/cli/support/rig.sh"

mkdir work
cd work
ends() { # in a folder that holds nothing but the work
  expected=$1
  shift
  code=0
  marked "$@" >../out 2>../err </dev/null || code=$?
  [ "$code" = "$expected" ] || fail "'$*': exit $code, not $expected"
}
says() { grep -qF -- "$1" ../err || fail "stderr does not say: $1"; }
prints() { grep -qF -- "$1" ../out || fail "stdout does not say: $1"; }
state() {
  git status --porcelain
  git for-each-ref
  git worktree list
  git count-objects
  cat .git/config
}

mkdir one two
printf 'int a;  \n' >one/a.c
printf 'int b;  \n' >two/b.c
printf 'the first\n' >notes
git init -q .
git add -A
git -c user.name=n -c user.email=e commit -q -m first
printf 'int c;  \n' >two/new.c
printf 'the second\n' >>notes

# Two writers at once, of uncommitted and untracked work; the rest stays as it is.
state >../before
ends 1 split_sections --task "Fix mechanical defects." --slices one,two --agent offline
prints "2 slices are written"
[ "$(cat one/a.c two/b.c two/new.c)" = "$(printf 'int a;\nint b;\nint c;')" ] ||
  fail "not both have landed: $(cat one/a.c two/b.c two/new.c)"
[ "$(cat notes)" = "$(printf 'the first\nthe second')" ] || fail "notes is another"
git stash -q -- one two/b.c
state >../after
git stash pop -q
sed -i '/stash/d; /^[0-9]* objects/d' ../before ../after
cmp -s ../before ../after || fail "git sees more: $(diff ../before ../after)"
[ -z "$(find ../state -name snapshots -o -name trees)" ] || fail "snapshots were left"

# A writer that leaves its scope: failed, and one command takes all of it back.
cat >../config/orch-lua/config.lua <<'LUA'
local function agent(command)
  return { argv = { "/bin/sh", "-c", "cat >/dev/null; " .. command
    .. "; printf 'CHANGED: none\\nFINDINGS: none\\n'" } }
end
return { agents = {
  strays = agent "echo x >notes; echo y >one/made; rm two/b.c",
  reads = agent "true", writes = agent "echo x >notes",
  hooks = agent "echo evil >.git/hooks/post-commit",
  slow = agent "touch ../begun; until [ -e ../go ]; do sleep 0.01; done; echo >one/slow",
  late = agent "test -e one/slow && echo >one/late",
} }
LUA
tar cf ../was.tar .
ends 3 ask implementer --task x --edit one --agent strays
says "it changed 'notes', 'two/b.c', which its scope (may edit one) does not name [scope]"
sh -c "$(sed -n 's/^ *\(git -C .* apply -R .*\)/\1/p' ../err | head -n 1)"
mkdir ../was
tar xf ../was.tar -C ../was
diff -r --exclude=.git . ../was >../out || fail "the command did not take it back"

# A reader that an agent does not confine is watched, and git's own files are as well.
ends 0 ask reviewer --artefact notes --agent reads
ends 3 ask reviewer --artefact notes --agent writes
says "it was to read only, and 'notes' changed while it ran"
cp ../was/notes notes
ends 3 ask implementer --task x --edit one --agent hooks
says ".git/hooks/post-commit' changed"
rm .git/hooks/post-commit

# The engine of a writer is killed: the next one waits until that writer has ended.
XDG_CACHE_HOME=$mark "$ORCH_LUA" ask implementer --task x --edit one --agent slow \
  >/dev/null 2>&1 </dev/null &
killed=$!
eventually test -e ../begun
kill -KILL "$killed"
wait "$killed" 2>/dev/null || :
XDG_CACHE_HOME=$mark "$ORCH_LUA" ask implementer --task x --edit one --agent late \
  >../out 2>../err </dev/null &
engine=$!
left_behind() { grep -qF "waiting for a writer that was left behind" ../err; }
eventually left_behind
touch ../go
finish
[ "$code" = 0 ] || fail "the second: exit $code"
[ -e one/late ] || fail "the second wrote nothing"

# kills.sh - engines that are killed, and what must hold when their runs have gone on.
# Sourced after rig.sh.
#
# The work is done in $folder/work, a repository that begins anew for each round.  Its
# agent, `counted`, is the offline one, slowed; it notes each of its starts, by worker and
# attempt, in $folder/starts.
work=$folder/work

# counted_agents [LEASE]: the configuration.
counted_agents() {
  cat >counted.sh <<'SCRIPT'
# counted.sh PROGRAM STARTS SCOPE FOLDER LAST_MESSAGE
attempt=${5%/last_message}
echo "${attempt##*/workers/}" >>"$2"
sandbox=read-only
[ "$3" != edit ] || sandbox=workspace-write
sleep "0.0$(($$ % 9))"
"$1" agent offline exec --json -s "$sandbox" -C "$4" -o "$5" - || exit
sleep "0.0$(($$ % 7))"
SCRIPT
  cat >config/orch-lua/config.lua <<LUA
return { lease = "${1:-15m}", agent = "counted", agents = { counted = { events = "codex",
  argv = { "/bin/sh", "$folder/counted.sh", "$ORCH_LUA", "$folder/starts", "{{scope}}",
    "{{folder}}", "{{last_message}}" } } } }
LUA
}

# fresh_work: the workspace as every round finds it; no run and no start.
fresh_work() {
  rm -rf "$work" state/* starts
  : >starts
  mkdir -p "$work"
  for name in a b c; do
    mkdir "$work/$name"
    printf '#include <string.h>\nvoid %s(char *x) {\n  gets(x); \n}\n' "$name" \
      >"$work/$name/one.c"
    printf '# Notes\n\nof the the %s \n' "$name" >"$work/$name/notes.md"
  done
  git init -q "$work"
  git -C "$work" add -A
  git -C "$work" -c user.name=n -c user.email=e commit -q -m first
  printf 'not in git, yet \n' >"$work/c/new.md"
}

# begin_apart WORDS...: orch-lua in $work and in a process group of its own, as $engine.
begin_apart() {
  (
    cd "$work"
    XDG_CACHE_HOME=$mark exec setsid env --default-signal=INT "$ORCH_LUA" "$@" \
      >"$folder/out" 2>"$folder/err" </dev/null
  ) &
  engine=$!
}

# kill_apart: the end of $engine, and of all that is in its group, at once.
kill_apart() {
  kill -KILL -- "-$engine" 2>/dev/null || kill -KILL "$engine" 2>/dev/null || :
  wait "$engine" 2>/dev/null || :
}

# The run's folder; nothing as long as it has not begun.
run_folder() {
  set -- "$folder"/state/*/journal
  [ -s "$1" ] && grep -q '^{.*}$' "$1" && echo "${1%/journal}" || :
}

# go_on WORDS...: resume the run, or begin it with these words, apart.  Flags are those of
# a resume.
go_on() {
  place=$(run_folder)
  case ${1-} in
    --*) set -- resume "$(basename "$place")" "$@" ;;
    *) [ -z "$place" ] || set -- resume "$(basename "$place")" ;;
  esac
  begin_apart "$@"
}

random_below() { shuf -i "0-$(($1 - 1))" -n 1; }
nap() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

# undisturbed CODE WORDS...: how it is without any kill; sets $lasts, in milliseconds.
undisturbed() {
  expected=$1
  shift
  fresh_work
  began=$(milliseconds)
  begin_apart "$@"
  finish
  lasts=$(($(milliseconds) - began))
  [ "$code" = "$expected" ] || fail "$*: exit $code, not $expected"
  rm -rf good
  mkdir good
  cp -r "$work" good/work
  cp "$(run_folder)/result.json" "$(run_folder)/result.md" good
  sort starts >good/starts
}

# finished: the workers that have answered, as the journal of the run in $place has it.
finished() {
  sed -n 's/.*"kind":"done","of":\([0-9]*\),.*"state":"ok".*/\1/p' "$place/journal" |
    while read -r number; do
      sed -n 's|.*"folder":"workers/\([^"]*\)".*"kind":"launch",.*"n":'"$number,.*|\1|p" \
        "$place/journal"
    done
}

# same_result WHAT: all is as without any disturbance.
same_result() {
  place=$(run_folder)
  diff good/result.json "$place/result.json" >&2 || fail "$1: result.json differs"
  diff good/result.md "$place/result.md" >&2 || fail "$1: result.md differs"
  diff -r --exclude=.git good/work "$work" >&2 || fail "$1: the files differ"
  nobody_lives || fail "$1: somebody lives"
}

# same_end WHAT: and nothing was started twice.
same_end() {
  same_result "$1"
  sort starts >starts.sorted
  diff good/starts starts.sorted >&2 || fail "$1: the starts differ"
  journalled=$(grep -c '"kind":"attempt"' "$place/journal" || :)
  [ "$journalled" = "$(wc -l <starts)" ] ||
    fail "$1: $journalled attempts in the journal, $(wc -l <starts) starts"
  [ -z "$(find "$place" -name 'left.*')" ] || fail "$1: an edit was taken back"
}

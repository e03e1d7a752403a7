#!/bin/sh
# nothing_survives_its_end.sh [RUNS] - hiding processes, ended in each way, leave nobody.
#
# RUNS (default 200) trees of each of six kinds meet each of seven ends.  The engine runs
# scripts/forest.lua, which grows five of each kind; two such forests stand at a time.
# A survivor is known by a mark in its environment, and a keeper that stays by its folder.
set -eu
runs=${1:-200}
each=5
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
cd "$folder"
mkdir state
export ORCH_STATE_DIR="$folder/state" XDG_RUNTIME_DIR="$folder"
unset ORCH_WORKER
base=orch-tree-$$

# alive MARK-PATTERN: the pids whose environment has the mark.
alive() { grep -lsza "^ORCH_TREE=$1" /proc/[0-9]*/environ | grep -o '[0-9]*' || :; }
end_survivors() {
  for pid in $(alive "$base"); do kill -KILL "$pid" 2>/dev/null || :; done
}
trap 'wait; end_survivors; rm -rf "$folder"' EXIT
fail() {
  echo "nothing_survives_its_end.sh: $*" >&2
  exit 1
}
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# until_there FILE: wait for a file of the engine, as long as the engine lives.
until_there() {
  while [ ! -e "$1" ]; do
    kill -0 "$engine" 2>/dev/null || fail "$end: the engine is gone: $(cat "$place/err")"
    sleep 0.02
  done
}

# await_silence LIMIT: until nobody is alive, or that many milliseconds have passed.
await_silence() {
  began=$(milliseconds)
  while [ -n "$(alive "$mark\$")" ] && [ $(($(milliseconds) - began)) -lt "$1" ]; do
    sleep 0.02
  done
  echo $(($(milliseconds) - began)) >>"times-$end"
}

# end_by END: cause it, and return when nobody may be alive any more.
end_by() {
  case $1 in
    stop | deadline) until_there "$place/over" ;;
    end) wait "$engine" || fail "end: exit code $?: $(cat "$place/err")" ;;
    ctrl-c)
      kill -INT "$engine"
      code=0
      wait "$engine" || code=$?
      [ "$code" = 130 ] || fail "Ctrl-C: exit code $code: $(cat "$place/err")"
      ;;
    keeper)
      while read -r leader; do
        kill -KILL "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$leader/status")"
      done <"$place/grown"
      until_there "$place/over"
      await_silence 1000
      ;;
    killed)
      kill -KILL "$engine"
      await_silence 2000
      ;;
    lease)
      kill -KILL "$engine"
      [ -n "$(alive "$mark\$")" ] || fail "the lease did not hold"
      await_silence 3000
      ;;
  esac
}

# check_records WORD: every session has its record, with that word; none if it is "lost".
check_records() {
  [ "$1" != lost ] || set -- ""
  expected=$((6 * each))
  [ -n "$1" ] || expected=0
  for _ in 1 2 3 4 5 6 7 8 9 10; do # a record follows the last death at once
    found=$(cat "$place"/*/exit 2>/dev/null |
      grep -c "\"ended_by\":\"$1.*\"survivors\":0" || :)
    [ "$found" != "$expected" ] || return 0
    sleep 0.05
  done
  fail "$end: $found records with '$1', not $expected"
}

# one_forest END NUMBER
one_forest() {
  end=$1 mark=$base-$1-$2 place=$folder/$1-$2
  mkdir "$place"
  "$ORCH_LUA" "$here/scripts/forest.lua" "$end" "$mark" "$place" $each \
    >"$place/err" 2>&1 &
  engine=$!
  until_there "$place/grown"
  end_by "$end"
  survivors=$(alive "$mark\$" | wc -l)
  [ "$survivors" = 0 ] || echo "$survivors" >>"survivors-$end"
  case $end in
    stop | end | ctrl-c) check_records stop ;;
    killed) check_records engine ;;
    keeper) check_records lost ;;
    *) check_records "$end" ;;
  esac
  kill -KILL "$engine" 2>/dev/null || :
  wait "$engine" 2>/dev/null || :
  rm -rf "$place"
}

highest() { sort -n "times-$1" | tail -n 1; }

# Two forests at a time, of whatever end.
running=
await_oldest() {
  set -- $running
  wait "$1" || fail "see above"
  shift
  running=$*
}
forests=$(((runs + each - 1) / each))
for end in stop deadline ctrl-c end lease killed keeper; do
  for number in $(seq $forests); do
    one_forest "$end" "$number" &
    running="$running $!"
    [ "$(echo "$running" | wc -w)" -lt 2 ] || await_oldest
  done
done
while [ -n "$running" ]; do await_oldest; done
for end in stop deadline ctrl-c end lease killed keeper; do
  [ ! -e "survivors-$end" ] || fail "$end: survivors: $(cat "survivors-$end")"
  echo "$end: $((forests * each)) trees of each of 6 kinds, 0 survivors"
done
echo "the last one gone, at most: $(highest killed) ms after the engine was killed," \
  "$(highest lease) ms with a lease of 1000 ms," \
  "$(highest keeper) ms after a session was lost"

# A runaway is hard to see while it runs; what escaped has settled by now.
sleep 6
[ -z "$(alive "$base")" ] || fail "escaped, and seen late: $(alive "$base")"
for pid in /proc/[0-9]*; do
  case $(readlink "$pid/cwd" 2>/dev/null) in
    "$folder"/*) fail "${pid#/proc/} still works in a folder of ours" ;;
  esac
done
echo "6 s later: 0 survivors, 0 keepers"

# parallel_jobs.sh COUNT CHILD - trivial jobs by GNU parallel, 64 at once; files, no PTY.
set -eu
count=$1 child=$2
began=$(date +%s%N)
seq "$count" | parallel --will-cite -n0 -j64 "$child" hi >"$TMPDIR/out"
ended=$(date +%s%N)
echo "$count $((ended - began)) $((count - $(grep -c hi "$TMPDIR/out")))" |
  awk '{ printf "{\"rate\": %.1f, \"lost\": %d}\n", $1 * 1e9 / $2, $3 }'

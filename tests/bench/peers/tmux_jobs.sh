# tmux_jobs.sh COUNT CHILD - trivial jobs in windows of tmux, 64 at once, each captured
# from its pane when it is dead.
set -eu
count=$1 child=$2
mux() { tmux -f /dev/null -S "$TMPDIR/tmux" "$@"; }
mux new-session -d -s bench "$child pause" \; set-option -g remain-on-exit on
trap 'mux kill-server' EXIT
began=$(date +%s%N)
left=$count lost=0
while [ "$left" -gt 0 ]; do
  batch=$((left < 64 ? left : 64))
  left=$((left - batch))
  set --
  for _ in $(seq $batch); do set -- "$@" new-window -d "$child hi" \;; done
  mux "$@"
  dead=0
  for _ in $(seq 500); do
    dead=$(mux list-panes -s -t bench -F '#{pane_dead}' | grep -c 1 || :)
    [ "$dead" -lt "$batch" ] || break
    sleep 0.01
  done
  for pane in $(mux list-panes -s -t bench -f '#{pane_dead}' -F '#{pane_id}'); do
    mux capture-pane -p -S - -t "$pane" | grep -q hi || lost=$((lost + 1))
    mux kill-pane -t "$pane"
  done
done
echo "$count $(($(date +%s%N) - began)) $lost" |
  awk '{ printf "{\"rate\": %.1f, \"lost\": %d}\n", $1 * 1e9 / $2, $3 }'

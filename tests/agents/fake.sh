#!/bin/sh
# fake.sh MODE LAST_MESSAGE - an agent that speaks codex's events and ends in one way.
#
# The brief is on stdin, as for every agent; it is kept beside the last message.
mode=$1
last=$2
cat >"$last.brief"

say() { printf '%s\n' "$1"; }
message() { say '{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"'"$1"'"}}'; }
completed() { say '{"type":"turn.completed","usage":{"input_tokens":100,"output_tokens":20}}'; }
write() { printf "$1" >"$last"; }

good='RESULT: The work is done.\n'
json='RESULT: The work is done.\n'

say '{"type":"thread.started","thread_id":"t-1"}'
case $mode in
  good) message "$json"; write "$good"; completed ;;
  no-message) completed ;;
  empty) : >"$last"; completed ;;
  torn) message "$json"; write 'RESULT: The wo'; completed ;;
  ungrammatical) message 'All is well.'; write 'All is well.'; completed ;;
  killed) message "$json"; write "$good"; completed; kill -KILL $$ ;;
  exit7) message "$json"; write "$good"; completed; exit 7 ;;
  no-event) message "$json"; write "$good" ;;
  question) message 'QUESTION: Which file?'; write 'QUESTION: Which file?'; completed ;;
  limited) say '{"type":"turn.failed","error":{"message":"exceeded retry limit, last status: 429 Too Many Requests"}}'; exit 1 ;;
  second) # refused first, right when asked again
    if grep -q 'RESULT: The draft' "$last.brief"; then
      message "$json"; write "$good"
    else
      message 'RESULT'; printf 'The draft is: RESULT: The draft' >"$last"
      message 'The draft is: RESULT: The draft'
    fi
    completed ;;
  hang) exec sleep 300 ;;
  tree) setsid sh -c 'trap "" TERM INT; exec sleep 300' & exec sleep 300 ;;
esac

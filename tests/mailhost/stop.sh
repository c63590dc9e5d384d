#!/bin/bash
# stop.sh ROOT [--delete]   Ends only what start.sh started for ROOT; with --delete, removes ROOT too.
set -uo pipefail
ROOT=$1

# running PID: a zombie that its parent has not collected yet has ended too
running() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  [ "${stat:0:1}" != Z ]
}

# ended PID: whether it is gone, after five seconds at most
ended() {
  local _
  for _ in $(seq 250); do
    running "$1" || return 0
    sleep 0.02
  done
  return 1
}

# pid_in FILE: the process number in it, nothing where there is none
pid_in() { [ -f "$ROOT/$1" ] && tr -cd 0-9 < "$ROOT/$1"; }

# The watcher first, with its child: it must not stop the same host once more. It may be the one that calls.
watcher=$(pid_in watch.pid)
if [ -n "$watcher" ] && [ "$watcher" != "$$" ]; then kill -- "-$watcher" 2>/dev/null; fi

master=$(pid_in run/master.pid)
if [ -n "$master" ] && running "$master"; then
  mapfile -t children < <(pgrep -P "$master")
  kill -CONT "${children[@]}" 2>/dev/null # a test may have left some stopped
  # Dovecot takes three seconds to end in good order, which nobody needs of files that are about to go.
  if [ "${2:-}" = --delete ]; then kill -KILL "$master" "${children[@]}" 2>/dev/null; else kill "$master" 2>/dev/null; fi
  ended "$master" || kill -KILL "$master" "${children[@]}" 2>/dev/null
  for child in "${children[@]}"; do
    ended "$child" || kill -KILL "$child" 2>/dev/null
  done
fi
for file in sink.pid tokens.pid; do
  pid=$(pid_in "$file")
  if [ -n "$pid" ]; then kill -KILL "$pid" 2>/dev/null; fi
done
rm -f "$ROOT"/{run/master.pid,sink.pid,tokens.pid,watch.pid}
if [ "${2:-}" = --delete ] && [ -d "$ROOT/etc" ]; then rm -rf "$ROOT"; fi
exit 0

#!/bin/bash
# watch.sh ROOT stdin|PID   Waits for the end of standard input, or of that process, then stops the host and removes ROOT.
set -uo pipefail
if [ "$2" = stdin ]; then cat >/dev/null; else tail --pid="$2" -f /dev/null; fi
exec "$(dirname "$0")/stop.sh" "$1" --delete

#!/usr/bin/env bash
# Shows the demo estate: in a window where there is a display, else in the terminal, with a picture of the window beside.
set -euo pipefail
cd "$(dirname "$0")/.."
console=.venv/bin/vmi-console

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" != Linux ]; then
  exec "$console" --demo
fi

picture=build/demo.png
mkdir -p build
printf '==> no display here: the story of the demo estate plays in the terminal for two minutes,\n'
printf '==> and a picture of the window goes to %s\n' "$picture"
"$console" --demo --screenshot "$picture" --after 45 &
window=$!
trap 'kill "$window" 2>/dev/null || true' EXIT
"$console" watch --demo --seconds 120 --format table
wait "$window"
printf '==> the window: %s\n' "$picture"

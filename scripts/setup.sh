#!/usr/bin/env bash
# Makes a fresh clone ready for `npm test` and `npm run demo`: node_modules, and a GPU adapter.
# Runs before both. Does nothing, in well under a second, where nothing is to do.
#
#   bash scripts/setup.sh              where a Vulkan driver is there but does not work, say so and stop
#   bash scripts/setup.sh --software   install Mesa's software driver next to it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

node_version=$(node --version)
if [[ $node_version =~ ^v([0-9]+)\.([0-9]+) ]] &&
  ((BASH_REMATCH[1] < 20 || (BASH_REMATCH[1] == 20 && BASH_REMATCH[2] < 19))); then
  echo "setup: wgraft needs Node 20.19 or newer; this is $node_version" >&2
  exit 1
fi

# npm writes node_modules/.package-lock.json last, so an interrupted install counts as none.
if [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "setup: installing node_modules (npm ci) …" >&2
  log=$(mktemp)
  # Types, esbuild and vitest are dev dependencies; NODE_ENV=production must not leave them out.
  if ! npm ci --include=dev --no-audit --no-fund >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "setup: npm ci failed; its output is above" >&2
    exit 1
  fi
  rm -f "$log"
fi

exec bash scripts/ensure-adapter.sh "$@"

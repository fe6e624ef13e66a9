#!/usr/bin/env bash
# Tests on adapters that need no hardware, besides the one that `npm test` uses:
#
#   SwiftShader, another software adapter: subgroups of 4, at most 256 invocations in a workgroup, no float16
#   AMD's compiler (Mesa's RADV) without a GPU: pipelines are compiled for four families, nothing runs
#
# For Debian and Ubuntu. SwiftShader's driver is unpacked into node_modules/.cache, nothing of it is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=$PWD/node_modules/.cache/wgraft-adapters
mkdir -p "$cache"
say() { echo "test-adapters: $*" >&2; }
fail() {
  say "$@"
  exit 1
}

command -v apt-get >/dev/null || fail "needs apt (Debian, Ubuntu) for SwiftShader and a C compiler"

# Retries after an update where the machine's package lists are missing or old.
apt() { "$@" >"$cache/apt.log" 2>&1 || { apt-get -q update >>"$cache/apt.log" 2>&1 && "$@" >>"$cache/apt.log" 2>&1; }; }

if [ ! -e "$cache/swiftshader/vk_swiftshader_icd.json" ]; then
  say "unpacking SwiftShader of Debian's chromium-common …"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  chmod 777 "$scratch" # apt downloads as a user of its own
  (cd "$scratch" && apt apt-get -q download chromium-common) || fail "no chromium-common: see $cache/apt.log"
  dpkg -x "$scratch"/chromium-common_*.deb "$scratch/unpacked"
  mkdir -p "$cache/swiftshader"
  # The manifest last: it says that all is there.
  find "$scratch/unpacked" -name libvk_swiftshader.so -exec mv -t "$cache/swiftshader" {} +
  find "$scratch/unpacked" -name vk_swiftshader_icd.json -exec mv -t "$cache/swiftshader" {} +
fi

if [ ! -e "$cache/null_icd.json" ]; then
  if ! command -v gcc >/dev/null; then
    say "installing gcc …"
    apt apt-get -q -y install --no-install-recommends gcc libc6-dev || fail "no gcc: see $cache/apt.log"
  fi
  gcc -O1 -shared -fPIC -o "$cache/libnull_icd.so" test/adapters/null_icd.c -ldl
  printf '{"file_format_version":"1.0.1","ICD":{"library_path":"./libnull_icd.so","api_version":"1.4.305"}}\n' >"$cache/null_icd.json"
fi

export WGRAFT_ADAPTERS=$cache
say "on SwiftShader …"
VK_DRIVER_FILES=$cache/swiftshader/vk_swiftshader_icd.json npx vitest run --config vitest.adapters.config.ts --project second
say "with AMD's compiler …"
npx vitest run --config vitest.adapters.config.ts --project amd

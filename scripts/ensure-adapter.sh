#!/usr/bin/env bash
# Finds a GPU adapter or, on a Debian or Ubuntu without one, installs Mesa's software Vulkan driver (lavapipe).
# Leaves a machine alone whose driver works, and one whose broken driver came from somewhere else than Mesa.
# Prints the adapter; exits 3 where there is none.
#
#   bash scripts/ensure-adapter.sh [--software]    --software: install it beside a broken driver
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Dawn refuses the lavapipe of Mesa 22 (Debian 12): no dynamic indexing of uniform arrays.
oldest_mesa=25

say() { echo "setup: $*" >&2; }
fail() {
  say "$@"
  exit 3
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch" # apt downloads as a user of its own

# Prints the adapter's name; what Dawn and the Vulkan loader say goes to a log for `explain`.
probe() { node scripts/probe-adapter.mjs 2>"$scratch/dawn.log"; }

report() { say "GPU adapter: $1"; }

explain() { # what Dawn and the loader said, without stack traces and empty lines
  grep -Ev '^ *(at .*)?$' "$scratch/dawn.log" | sed 's/^/  /' >&2 || true
}

# A Vulkan driver manifest that Mesa's package did not install: NVIDIA's, a vendor's, one built by hand.
foreign_driver() {
  local manifest
  for manifest in {/etc,/usr/share,/usr/local/etc,/usr/local/share}/vulkan/icd.d/*.json; do
    [ -e "$manifest" ] || continue
    dpkg-query -S "$manifest" 2>/dev/null | grep -q '^mesa-vulkan-drivers[:,]' || {
      echo "$manifest"
      return
    }
  done
}

# apt on lists, sources and a cache of its own, so that the machine's stay as they are.
own_apt=(
  -o Dir::Etc::SourceParts="$scratch/sources.list.d"
  -o Dir::State::Lists="$scratch/lists"
  -o Dir::Cache="$scratch/cache"
  -o Acquire::Languages=none
  -o Dpkg::Use-Pty=0
  -o DPkg::Lock::Timeout=120
)
export DEBIAN_FRONTEND=noninteractive

# Adds a suite of the machine's own mirror to own_apt's sources.
add_suite() {
  local suite=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg sites mirror
  sites=$(apt-get "${own_apt[@]}" indextargets --format '$(RELEASE) $(SITE)')
  if grep -q "^$suite " <<<"$sites"; then return; fi # the machine has it already
  mirror=$(awk -v release="${suite%-backports}" '$1 == release { print $2; exit }' <<<"$sites")
  if [ -z "$mirror" ]; then
    echo "no mirror of ${suite%-backports} answers"
    return 1
  fi
  {
    echo "Types: deb"
    echo "URIs: $mirror"
    echo "Suites: $suite"
    echo "Components: main"
    if [ -r "$keyring" ]; then echo "Signed-By: $keyring"; fi
  } >"$scratch/sources.list.d/wgraft-setup.sources"
  update_lists
}

# One unreachable third-party source is no reason to stop: what is missing shows when installing.
update_lists() { apt-get -q "${own_apt[@]}" update || true; }

install_lavapipe() {
  local ID='' VERSION_CODENAME='' candidate suite=''
  . /etc/os-release
  mkdir -p "$scratch"/{sources.list.d,lists/partial,cache/archives/partial}
  find /etc/apt/sources.list.d -type f -exec cp -t "$scratch/sources.list.d" {} +
  update_lists
  candidate=$(apt-cache "${own_apt[@]}" show --no-all-versions mesa-vulkan-drivers | sed -n 's/^Version: //p')
  if [ "$ID" = debian ] && dpkg --compare-versions "$candidate" lt "$oldest_mesa"; then
    suite=$VERSION_CODENAME-backports
    add_suite "$suite" || return
  fi
  apt-get -q -y "${own_apt[@]}" install --no-install-recommends "mesa-vulkan-drivers${suite:+/$suite}" libvulkan1
}

if name=$(probe); then
  report "$name"
  exit
fi

case $(uname -s) in
  Linux) ;;
  Darwin)
    explain
    fail "no usable GPU adapter: wgraft needs a Mac with Metal"
    ;;
  *)
    explain
    fail "no usable GPU adapter: update the graphics driver (wgraft uses Direct3D 12 on Windows)"
    ;;
esac

if [ -n "${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}" ]; then
  explain
  fail "no usable GPU adapter: the driver that VK_DRIVER_FILES or VK_ICD_FILENAMES names does not work; unset it or name another"
fi

if ! command -v apt-get >/dev/null; then
  explain
  fail "no usable GPU adapter: install your GPU's Vulkan driver, or Mesa's software one (lavapipe), version $oldest_mesa or newer"
fi

driver=$(foreign_driver)
if [ -n "$driver" ] && [ "${1:-}" != --software ]; then
  explain
  say "no usable GPU adapter: the Vulkan driver of $driver does not work here; it is left as it is."
  say "In a container, pass the GPU's graphics libraries in (NVIDIA_DRIVER_CAPABILITIES=all); elsewhere, reinstall the driver."
  fail "Or install Mesa's software driver beside it: bash scripts/setup.sh --software"
fi

if [ "$(id -u)" != 0 ]; then
  say "no usable GPU adapter: install your GPU's Vulkan driver, or run \`bash scripts/setup.sh\` once as root for Mesa's software one"
  fail "(mesa-vulkan-drivers $oldest_mesa or newer; Debian 12 has it in bookworm-backports)"
fi

say "installing the software Vulkan driver (Mesa lavapipe) …"
if ! install_lavapipe >"$scratch/apt.log" 2>&1; then
  cat "$scratch/apt.log" >&2
  fail "apt could not install mesa-vulkan-drivers $oldest_mesa or newer; its output is above"
fi
if ! name=$(probe); then
  explain
  fail "mesa-vulkan-drivers $(dpkg-query -W -f '${Version}' mesa-vulkan-drivers) is installed, but Dawn finds no usable adapter with it ($oldest_mesa or newer is needed)"
fi
report "$name"

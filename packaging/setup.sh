#!/usr/bin/env bash
# Makes .venv with everything in it: system packages where this account may install them, uv, Python, the
# pinned requirements. Safe to run again; does only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }

# What the window, libvirt-python's compilation, the tests and `make lab` need from Debian and its relatives.
packages=(
  libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
  libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-randr0 libxcb-xkb1 libdbus-1-3 libfontconfig1
  fonts-dejavu-core libglib2.0-0 python3-venv
  gcc libc6-dev pkg-config python3-dev libvirt-dev binutils
)
if [ "${1:-}" = "--with-lab" ]; then
  packages+=(
    libvirt-daemon libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils
    dnsmasq-base iptables ebtables nftables busybox-static cpio kmod iproute2 procps dpkg-dev xz-utils
    xvfb xauth openbox trayer dbus dbus-x11 gnome-keyring
  )
fi

if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
      if ! sudo -n true 2>/dev/null; then
        say "cannot install as this account; ask an administrator for: apt-get install ${missing[*]}"
        as_root=(false)
      else
        as_root=(sudo -n)
      fi
    fi
    if [ "${as_root[0]:-}" != false ]; then
      say "installing ${#missing[@]} system packages: ${missing[*]}"
      export DEBIAN_FRONTEND=noninteractive
      "${as_root[@]}" apt-get -qq update
      "${as_root[@]}" apt-get -qq install -y --no-install-recommends -o DPkg::Lock::Timeout=200 "${missing[@]}" >/dev/null
    fi
  fi
else
  say "not a Debian system: the window needs Qt's platform libraries, libvirt connections need libvirt's headers and pkg-config"
fi

# uv in an environment of its own: version managers' shims cannot hide it there.
if [ ! -x .bootstrap/bin/uv ]; then
  say "installing uv into .bootstrap"
  python3 -m venv .bootstrap
  .bootstrap/bin/python -m pip --quiet --disable-pip-version-check install uv
fi
uv=.bootstrap/bin/uv

# The first Python >= 3.12 that really runs: on the path, of a version manager, or one that uv downloads.
find_python() {
  local candidate
  for candidate in python3.12 python3.13 python3.14 python3 \
      "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo 3.12
}
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
  python=$(find_python)
  say "creating .venv with $python"
  "$uv" venv --quiet --clear --python "$python" .venv
fi

stamp=.venv/requirements.stamp
if ! cmp -s requirements/development.txt "$stamp"; then
  say "installing the pinned requirements into .venv"
  "$uv" pip sync --quiet --require-hashes --python .venv/bin/python requirements/development.txt
  "$uv" pip install --quiet --no-deps --python .venv/bin/python --editable .
  cp requirements/development.txt "$stamp"
fi
say "ready: .venv/bin/vmi-console"

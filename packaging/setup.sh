#!/usr/bin/env bash
# Makes .venv with everything in it: system packages where this account may install them, uv, Python, and the pinned
# requirements. Safe to run again: it does only what is missing, and says what it does.
#
#   packaging/setup.sh              what the console and its unit tests need
#   packaging/setup.sh --with-lab   also what tests/hypervisors needs: libvirtd, QEMU, guests, a desktop without a screen
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }

# Qt's platform libraries, and what libvirt-python compiles against.
packages=(
  libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
  libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-randr0 libxcb-xkb1 libdbus-1-3 libfontconfig1
  fonts-dejavu-core libglib2.0-0 python3-venv
  gcc libc6-dev pkg-config python3-dev libvirt-dev binutils
)
if [ "${1:-}" = --with-lab ]; then
  with_lab=yes
  # A desktop without a screen, a keyring, and what unpacks libvirt's own test inputs; the lab installs the rest itself.
  packages+=(xvfb xauth openbox trayer xdotool dbus dbus-x11 gnome-keyring libvirt-clients procps nftables xz-utils)
  # What the simulated vCenter is built with.
  packages+=(golang-go golang-github-vmware-govmomi-dev)
  # Package managers whose word the facts of guests are held against.
  packages+=(mmdebstrap rpm db5.3-util pacman-package-manager)
else
  with_lab=
fi

# Newer releases of Debian and Ubuntu have renamed some libraries to …t64.
installed() {
  [[ $(dpkg-query -W -f '${Status}\n' "$1" "$1t64" 2>/dev/null) == *'ok installed'* ]]
}

run_as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# With a password to type, sudo needs a person at a terminal.
may_install() {
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null || { command -v sudo >/dev/null && [ -t 0 ]; }
}

refresh_package_lists() {
  run_as_root apt-get -qq -o DPkg::Lock::Timeout=200 update ||
    say "the package lists could not be refreshed; trying with those that are here"
}

install_system_packages() {
  local package missing=()
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ] && ! may_install; then
    say "this account may not install system packages; going on without. Ask an administrator for:"
    say "  apt-get install ${missing[*]}"
  elif [ ${#missing[@]} -gt 0 ]; then
    say "installing ${#missing[@]} system packages: ${missing[*]}"
    refresh_package_lists
    run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
      -o DPkg::Lock::Timeout=200 "${missing[@]}" >/dev/null
  elif [ "$with_lab" ] && may_install && ! apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1; then
    refresh_package_lists # the lab downloads its guests' kernel
  fi
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  install_system_packages
elif [ "$(uname -s)" = Linux ]; then
  say "not a Debian system, so nothing is installed for you. Needed, under whatever name they have here:"
  say "  the window: EGL, OpenGL, libxkbcommon-x11, xcb-util-cursor, -image, -keysyms, -renderutil and -wm, a font"
  say "  libvirt connections: libvirt's headers (libvirt-devel), pkg-config, gcc and Python's headers"
else
  say "$(uname -s): Qt brings what it needs; libvirt's binding is left out, so libvirt connections need the console on Linux"
fi

# The first Python of at least this version that really runs. A version manager's shim may be on the path and refuse.
find_python() {
  local candidate
  for candidate in python3.12 python3.13 python3.14 python3 /usr/bin/python3 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < ($1))" 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

# uv has an environment of its own, where no shim can hide it.
uv=.bootstrap/bin/uv
if ! "$uv" --version >/dev/null 2>&1; then
  if ! bootstrap_python=$(find_python "3, 9"); then
    say "no Python with the venv module runs here: install Python 3.12 or newer (Debian: python3-venv)"
    exit 1
  fi
  say "installing uv into .bootstrap with $bootstrap_python"
  "$bootstrap_python" -m venv --clear .bootstrap
  .bootstrap/bin/python -m pip --quiet --disable-pip-version-check install 'uv>=0.8'
fi

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
  python=$(find_python "3, 12") || python=3.12 # which uv then downloads
  say "creating .venv with Python $python"
  "$uv" venv --quiet --clear --python "$python" .venv
fi

requirements=(requirements/development.txt)
if [ "$(uname -s)" = Linux ]; then
  if command -v gcc >/dev/null && pkg-config --exists libvirt 2>/dev/null; then
    requirements+=(requirements/libvirt.txt)
  else
    say "without libvirt's headers, pkg-config and gcc the console cannot speak to libvirt; run this again when they are here"
  fi
fi

stamp=.venv/requirements.stamp
wanted=$(cksum "${requirements[@]}" pyproject.toml)
if [ "$wanted" != "$(cat "$stamp" 2>/dev/null)" ]; then
  say "installing the pinned requirements into .venv: ${requirements[*]}"
  "$uv" pip sync --quiet --require-hashes --python .venv/bin/python "${requirements[@]}"
  "$uv" pip install --quiet --no-deps --python .venv/bin/python --editable .
  printf '%s\n' "$wanted" >"$stamp"
fi

if [ "$with_lab" ]; then
  .venv/bin/python -m tests.hypervisors.lab install ||
    say "no lab of hypervisors can be made here, so the tests marked lab will be skipped"
fi
say "ready: .venv/bin/vmi-console"

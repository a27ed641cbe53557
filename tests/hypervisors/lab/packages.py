"""The Debian packages a lab is made of: some installed, some only unpacked into the lab's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.hypervisors.lab.place import CACHE, LabError, exclusive

# Program that must be there → package that has it.
_INSTALLED = {
    "libvirtd": "libvirt-daemon",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "dnsmasq": "dnsmasq-base",
    "iptables": "iptables",
    "ebtables": "ebtables",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "ip": "iproute2",
    "depmod": "kmod",
    "mke2fs": "e2fsprogs",
    "nsenter": "util-linux",
    "mmdebstrap": "mmdebstrap",
    # What makes disks as guests have them.
    "sfdisk": "fdisk",
    "mkfs.xfs": "xfsprogs",
    "mkfs.btrfs": "btrfs-progs",
    "mkntfs": "ntfs-3g",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "lvm": "lvm2",
    "hivexsh": "libhivex-bin",
}
# The same for what is no program.
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
_INSTALLED_LIBRARIES = {
    "libvirt/connection-driver/libvirt_driver_qemu.so": "libvirt-daemon-driver-qemu",
    "sasl2/libscram.so": "libsasl2-modules",
    "libunbound.so.8": "libunbound8",
    "libxdp.so.1": "libxdp1",
}

# Unpacked only: installing them would give the machine a kernel, a switch daemon and an authentication daemon.
_UNPACKED = ("openvswitch-switch", "openvswitch-common", "sasl2-bin")
_KERNEL = "linux-image-cloud-amd64"

_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
UNPACKED = CACHE / "packages"


def missing() -> list[str]:
    """The packages to install, by name."""
    absent = {package for program, package in _INSTALLED.items() if not shutil.which(program, path=_SEARCH_PATH)}
    absent |= {package for name, package in _INSTALLED_LIBRARIES.items() if not (_LIBRARIES / name).exists()}
    return sorted(absent)


def install() -> None:
    """Installs what is missing and unpacks the rest into the cache; does nothing when all is there."""
    absent = missing()
    if absent and os.geteuid() != 0:
        raise LabError(f"packages are missing; as root: apt-get install {' '.join(absent)}")
    if absent:
        apt("install", "--yes", "--no-install-recommends", *absent, folder=Path("/"))
    _unpack()


def demand() -> None:
    """Raises `LabError` that says what to do unless a lab can be started."""
    if os.geteuid() != 0:
        raise LabError("a lab makes namespaces and bridges: run it as root")
    if absent := missing():
        raise LabError(f"packages are missing: {', '.join(absent)}; run: python -m tests.hypervisors.lab install")
    if not UNPACKED.is_dir():
        raise LabError("the guests' kernel is not there yet; run: python -m tests.hypervisors.lab install")


def environment() -> dict[str, str]:
    """What programs inside a lab need to find the unpacked ones."""
    folders = [UNPACKED / "usr" / part for part in ("bin", "sbin")]
    return {
        "PATH": os.pathsep.join([*map(str, folders), _SEARCH_PATH]),
        "LC_ALL": "C",
    }


def kernel() -> Path:
    """The guests' kernel."""
    return next((UNPACKED / "boot").glob("vmlinuz-*"))


def modules() -> Path:
    """The folder with the guests' kernel modules and their modules.dep."""
    return next((UNPACKED / "lib" / "modules").iterdir())


def _unpack() -> None:
    with exclusive(CACHE / "lock"):
        if UNPACKED.is_dir():
            return
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="unpacking-") as name:
            work = Path(name)
            tree = work / "tree"
            for package in (*_UNPACKED, _newest_kernel()):
                apt("download", package, folder=work)
            for archive in sorted(work.glob("*.deb")):
                subprocess.run(["dpkg-deb", "--extract", archive, tree], check=True)
            version = next((tree / "lib" / "modules").iterdir()).name
            subprocess.run(["depmod", "--basedir", tree, version], check=True)
            tree.rename(UNPACKED)


def _newest_kernel() -> str:
    """The package that the always-current one depends on."""
    shown = subprocess.run(["apt-cache", "show", _KERNEL], capture_output=True, text=True, check=False).stdout
    found = re.search(r"^Depends: (linux-image-\S+)", shown, re.MULTILINE)
    if not found:
        raise LabError(f"no package {_KERNEL} is known here; it needs Debian, and apt-get update once")
    return found[1]


def apt(*arguments: str, folder: Path) -> None:
    """Runs apt-get; once more with fresh package lists if it fails, since stale ones name files that are gone."""
    if error := _tried(*arguments, folder=folder):
        _tried("update", folder=folder)
        error = _tried(*arguments, folder=folder)
        if error:
            raise LabError(f"apt-get {' '.join(arguments)}: {error}")


def _tried(*arguments: str, folder: Path) -> str:
    """What apt-get complained of, or an empty text if it did as told."""
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=200", "-o", "APT::Sandbox::User=root", *arguments],
        cwd=folder,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stderr.strip()[-1000:] or f"exit code {done.returncode}") if done.returncode else ""

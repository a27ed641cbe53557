"""The guests' root file system, which lives in memory, and their disks."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.hypervisors.lab import packages
from tests.hypervisors.lab.place import CACHE, Place, exclusive

# In the order of loading; what one of them depends on goes before it.
_MODULES = ("virtio_pci", "virtio_net", "virtio_blk", "8021q", "evdev", "button")

_INITTAB = """\
::sysinit:/etc/start
ttyS0::respawn:-/bin/sh
::ctrlaltdel:/sbin/poweroff
::shutdown:/bin/umount -a
"""

# The kernel's command line says who the guest is: lab.name=web lab.vlan=eth1:10.110.0.11/24; eth1.110 would be tagged.
_START = """\
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read module; do insmod /lib/modules/$module; done < /lib/modules/order
for word in $(cat /proc/cmdline); do
  case $word in
    lab.name=*) hostname ${word#*=} ;;
    lab.vlan=*) vlan=${word#*=} ;;
  esac
done
ip link set lo up
for path in /sys/class/net/eth*; do ip link set ${path##*/} up; done
if [ -n "$vlan" ]; then
  device=${vlan%%:*}
  case $device in *.*) ip link add link ${device%.*} name $device type vlan id ${device#*.} ;; esac
  ip address add ${vlan#*:} dev $device
  ip link set $device up
fi
mount -t ext4 /dev/vda /disk
httpd -p 80 -h /www
acpid -l /dev/null
udhcpc -i eth0 -b -t 60 -T 1 -x hostname:$(hostname) -s /etc/lease
"""

_LEASE = """\
#!/bin/sh
case $1 in
  deconfig) ip address flush dev $interface ;;
  bound|renew)
    ip address replace $ip/$mask dev $interface
    [ -z "$router" ] || ip route replace default via $router ;;
esac
"""

_POWER_BUTTON = "#!/bin/sh\npoweroff\n"

# The tests' hand inside a guest: http://GUEST/cgi-bin/reach?10.110.0.12 pings from there, then asks that web server.
_REACH = """\
#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
ping -c 1 -W 2 "$QUERY_STRING" >/dev/null && echo ping
printf 'GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n' | nc -w 2 "$QUERY_STRING" 80 | grep -q '200 OK' && echo tcp
"""

_NAME = """\
#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
hostname
"""

_OS_RELEASE = """\
PRETTY_NAME="Lab Linux 1 (busybox)"
NAME="Lab Linux"
VERSION_ID="1"
ID=lab
"""


def initramfs(place: Place) -> Path:
    """A copy of the root file system for this lab; it is built once and then kept in the cache."""
    built = CACHE / "initramfs"
    with exclusive(CACHE / "lock"):
        if not built.exists() or built.stat().st_mtime < Path(__file__).stat().st_mtime:
            _build(built)
    return Path(shutil.copy(built, place.images / "initramfs"))


def kernel(place: Place) -> Path:
    return Path(shutil.copy(packages.kernel(), place.images / "kernel"))


def raw_disk(place: Place, name: str, size_mib: int = 16) -> Path:
    """A raw disk with an ext4 file system that carries the guest's name."""
    disk = place.images / f"{name}.raw"
    with tempfile.TemporaryDirectory(dir=place.images) as folder:
        root = Path(folder)
        (root / "etc").mkdir()
        (root / "etc" / "os-release").write_text(_OS_RELEASE)
        (root / "etc" / "hostname").write_text(f"{name}\n")
        _run("mke2fs", "-q", "-t", "ext4", "-d", root, disk, f"{size_mib}M")
    return disk


def qcow2_disk(place: Place, name: str, size_mib: int = 16) -> Path:
    """The same as a qcow2 image."""
    raw = raw_disk(place, name, size_mib)
    disk = raw.with_suffix(".qcow2")
    _run("qemu-img", "convert", "-q", "-O", "qcow2", raw, disk)
    raw.unlink()
    return disk


def overlay(place: Place, name: str, backing: Path) -> Path:
    """A qcow2 image over another one."""
    disk = place.images / f"{name}.qcow2"
    _run("qemu-img", "create", "-q", "-f", "qcow2", "-b", backing, "-F", "qcow2", disk)
    return disk


def _build(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        root = Path(folder)
        for name in ("bin", "sbin", "etc/acpi/PWRF", "proc", "sys", "dev", "disk", "tmp", "www/cgi-bin", "lib/modules"):
            (root / name).mkdir(parents=True)
        busybox = shutil.which("busybox", path=packages.environment()["PATH"])
        assert busybox is not None, "packages.demand() has looked"
        shutil.copy(busybox, root / "bin" / "busybox")
        for applet in _run(busybox, "--list").split():
            if applet != "busybox":
                (root / "bin" / applet).symlink_to("/bin/busybox")
        (root / "init").symlink_to("/bin/busybox")
        (root / "etc" / "inittab").write_text(_INITTAB)
        for name, text in {
            "etc/start": _START,
            "etc/lease": _LEASE,
            "etc/acpi/PWRF/00000080": _POWER_BUTTON,
            "www/cgi-bin/reach": _REACH,
            "www/cgi-bin/name": _NAME,
        }.items():
            (root / name).write_text(text)
            (root / name).chmod(0o755)
        order = _modules_in_order()
        for module in order:
            shutil.copy(packages.modules() / module, root / "lib" / "modules" / Path(module).name)
        (root / "lib" / "modules" / "order").write_text("".join(f"{Path(module).name}\n" for module in order))
        archive = Path(f"{target}.new")
        with archive.open("wb") as output:
            subprocess.run(
                "find . | cpio --quiet --create --format=newc --owner=0:0 | gzip -1",
                shell=True,
                cwd=root,
                stdout=output,
                check=True,
            )
        archive.rename(target)


def _modules_in_order() -> list[str]:
    """Paths of the modules below their folder, each after those that it needs."""
    needs = {}
    for line in (packages.modules() / "modules.dep").read_text().splitlines():
        module, _, others = line.partition(":")
        needs[module] = others.split()
    by_name = {Path(module).stem: module for module in needs}
    order: list[str] = []
    for name in _MODULES:
        module = by_name[name]
        # modules.dep lists the nearest dependency first.
        order += [each for each in (*reversed(needs[module]), module) if each not in order]
    return order


def _run(*arguments: str | Path) -> str:
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout

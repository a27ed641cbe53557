"""A guest that lives in memory: a kernel, busybox, and a shell on the serial port as the tests' hand inside it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from tests.hypervisors.lab import packages
from tests.hypervisors.lab.place import CACHE, LabError, exclusive

PATIENCE_S = 90.0

KERNELS = CACHE / "kernels"
"""More kernels, each unpacked from a Debian package."""

_LOW = 3 << 30
"""Bytes of memory below the hole for devices, where there is more than 3.5 GiB."""

# In the order of loading; what one of them depends on goes before it. qemu_fw_cfg is what tells QEMU where the kernel
# keeps its VMCOREINFO note.
_MODULES = ("qemu_fw_cfg", "dummy", "tun", "loop")

CONTAINER = "5f2b" * 16
"""The id of the container that the guests pretend to run."""

_INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
hostname inside
while read module; do insmod /modules/$module; done < /modules/order
ip link set lo up
ip address add 10.9.8.7/24 dev dummy0
ip link set dummy0 up

# What systemd's tree of control groups looks like.
cd /sys/fs/cgroup
mkdir -p init.scope system.slice/web.service system.slice/tick.service/worker
mkdir -p system.slice/docker-@CONTAINER@.scope user.slice/user-1000.slice/user@1000.service/app.slice/editor.service
mkdir -p user.slice/user-1000.slice/session-1.scope
cd /
within() { (echo 0 > /sys/fs/cgroup/$1/cgroup.procs; shift; exec "$@") & }

within system.slice/web.service httpd -f -p 80 -h /www
within system.slice/tick.service/worker udhcpd -f /etc/udhcpd.conf
within system.slice/tick.service nc -l -p 4000
within system.slice/docker-@CONTAINER@.scope unshare -n -p -f nc -l -p 5000
within user.slice/user-1000.slice/user@1000.service/app.slice/editor.service \
    start-stop-daemon -S -c 1000:1000 -x /bin/sleep -- 86401

# Programs on other file systems, with long words, and one whose file is gone.
mount -t tmpfs tmpfs /srv
mkdir -p /srv/deep/er
cp /bin/busybox /srv/deep/er/busybox
/srv/deep/er/busybox sleep 86402 &
cp /bin/busybox /srv/deep/sleep
/srv/deep/sleep 86403 &
sleep 1
rm /srv/deep/sleep
words=$(seq -s x 1 1500)
sh -c 'while :; do sleep 86404; done' "$words" &

echo 0 > /sys/fs/cgroup/init.scope/cgroup.procs
exec init
"""

_UDHCPD = """\
start 10.9.8.20
end 10.9.8.30
interface dummy0
lease_file /tmp/leases
"""

_INITTAB = "ttyS0::respawn:/bin/sh /bin/hand\n"

# Runs what it is told, in itself, and says where the answer begins and ends.
_HAND = """\
stty -echo
echo hand is ready
while read -r words; do
  echo; echo begin; eval "$words" 2>&1; echo; echo finished
done
"""

# One process a block: what /proc says of it, each line behind a word that says what it is.
_DESCRIBE = """\
#!/bin/sh
for d in /proc/[0-9]*; do
  [ -r $d/stat ] || continue
  echo "pid ${d#/proc/}"
  echo "stat $(cat $d/stat 2>/dev/null)"
  echo "exe $(readlink $d/exe 2>/dev/null)"
  echo "cgroup $(cat $d/cgroup 2>/dev/null)"
  echo "uid $(grep ^Uid: $d/status 2>/dev/null)"
  echo "command $(tr '\\000' ' ' < $d/cmdline 2>/dev/null)"
done
"""


@dataclass(frozen=True)
class Inside:
    """A process as the guest itself shows it. The command has a space for each NUL."""

    pid: int
    name: str
    parent: int
    started_ticks: int
    executable: str
    cgroup: str
    uid: int
    command: str


class Guest:
    """A running guest; leave it by `with` or `stop`."""

    def __init__(
        self,
        folder: Path,
        kernel: Path,
        initramfs: Path,
        *,
        memory_mib: int = 512,
        cpus: int = 1,
        cpu: str = "Nehalem",
        vmcoreinfo: bool = True,
        append: str = "",
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self._memory_mib = memory_mib
        self._ends: list[socket.socket | BinaryIO] = []
        with (folder / "qemu.log").open("wb") as log:
            self._program = subprocess.Popen(
                [
                    *("qemu-system-x86_64", "-accel", "tcg", "-cpu", cpu, "-m", str(memory_mib), "-smp", str(cpus)),
                    *("-nodefaults", "-display", "none", "-no-reboot"),
                    *("-kernel", kernel, "-initrd", initramfs),
                    *("-append", f"console=ttyS0 quiet panic=-1 {append}"),
                    *("-serial", f"unix:{folder / 'serial'},server,nowait"),
                    *("-qmp", f"unix:{folder / 'qmp'},server,nowait"),
                    *(("-device", "vmcoreinfo") if vmcoreinfo else ()),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            self._serial = self._connected("serial")
            self._qmp = self._connected("qmp")
            self._answers = self._qmp.makefile("rb")
            self._ends.append(self._answers)
            self._answers.readline()  # the greeting
            self.qmp("qmp_capabilities")
            self._heard(b"hand is ready\r\n")
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self._program.kill()
        self._program.wait()
        for end in self._ends:
            end.close()

    def shell(self, command: str) -> str:
        """What the command writes, run in the guest's own shell (not a child of it)."""
        self._serial.sendall(command.encode() + b"\n")
        heard = self._heard(b"\r\nfinished\r\n").decode(errors="replace").replace("\r", "")
        return heard.partition("\nbegin\n")[2].rpartition("\nfinished\n")[0].strip("\n")

    def _heard(self, until: bytes) -> bytes:
        self._serial.settimeout(PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        heard = b""
        while until not in heard:
            try:
                new = self._serial.recv(65536)
            except TimeoutError:
                new = b""
            if not new or time.monotonic() > deadline:
                raise LabError(f"the guest does not answer; last heard: {heard[-2000:]!r}")
            heard += new
        return heard

    def qmp(self, command: str, **arguments: Any) -> Any:
        self._qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self._answers.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise LabError(f"QEMU refuses {command}: {answer['error']['desc']}")

    def raw(self, name: str = "memory.raw") -> Path:
        """Physical memory from 0 on, as it is now, in a file. The guest is held while QEMU copies."""
        path = self.folder / name
        size = self._memory_mib << 20
        if size > _LOW:
            size += (4 << 30) - _LOW
        self.qmp("pmemsave", val=0, size=size, filename=str(path))
        return path

    def core(self, name: str = "memory.core", paging: bool = False) -> Path:
        """A memory-only ELF core."""
        path = self.folder / name
        self.qmp("dump-guest-memory", paging=paging, protocol=f"file:{path}")
        return path

    def processes(self) -> dict[int, Inside]:
        """What runs, without what had to run to find out."""
        found: dict[int, Inside] = {}
        fields: dict[str, str] = {}
        shell = self.shell("echo $$")
        for line in (self.shell("describe") + "\npid 0").splitlines():
            word, _, rest = line.partition(" ")
            if word == "pid" and fields.get("stat"):
                stat = fields["stat"]
                numbers = stat.rpartition(")")[2].split()
                each = Inside(
                    pid=int(fields["pid"]),
                    name=stat.partition("(")[2].rpartition(")")[0],
                    parent=int(numbers[1]),
                    started_ticks=int(numbers[19]),
                    executable=fields.get("exe", ""),
                    cgroup=fields.get("cgroup", "").rpartition("::")[2],
                    uid=int(fields["uid"].split()[1]) if len(fields.get("uid", "").split()) > 1 else -1,
                    command=fields.get("command", "").rstrip(" "),
                )
                found[each.pid] = each
                fields = {}
            if word in ("pid", "stat", "exe", "cgroup", "uid", "command"):
                fields[word] = rest
        return {pid: each for pid, each in found.items() if each.parent != int(shell) or each.pid == int(shell)}

    def _connected(self, name: str) -> socket.socket:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(str(self.folder / name))
                self._ends.append(client)
                return client
            except OSError as error:
                client.close()
                if self._program.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "qemu.log").read_text(errors="replace")
                    raise LabError(f"the guest did not start: {log[-1000:]}") from error
                time.sleep(0.05)


def initramfs(modules: Path, target: Path) -> Path:
    """The guests' root file system, packed into `target`; `modules` is the folder that has modules.dep."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        root = Path(name)
        for folder in ("bin", "etc", "proc", "sys", "dev", "srv", "tmp", "www", "modules"):
            (root / folder).mkdir()
        busybox = shutil.which("busybox", path=packages.environment()["PATH"])
        if busybox is None:
            raise LabError("busybox is missing; run: python -m tests.hypervisors.lab install")
        shutil.copy(busybox, root / "bin" / "busybox")
        (root / "init").write_text(_INIT.replace("@CONTAINER@", CONTAINER))
        (root / "bin" / "hand").write_text(_HAND)
        (root / "bin" / "describe").write_text(_DESCRIBE)
        for program in ("init", "bin/describe", "."):
            (root / program).chmod(0o755)
        (root / "etc" / "inittab").write_text(_INITTAB)
        (root / "etc" / "udhcpd.conf").write_text(_UDHCPD)
        (root / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\nsomebody:x:1000:1000::/:/bin/sh\n")
        (root / "etc" / "group").write_text("root:x:0:\nsomebody:x:1000:\n")
        order = []
        for module in _in_order(modules):
            shutil.copy(modules / module, root / "modules" / _plain(module))
            if module.endswith(".xz"):
                subprocess.run(["xz", "--decompress", "--force", root / "modules" / Path(module).name], check=True)
            order.append(_plain(module).removesuffix(".xz"))
        (root / "modules" / "order").write_text("".join(f"{each}\n" for each in order))
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
    return target


@dataclass(frozen=True)
class Kernel:
    """A kernel to start guests with: its image, and the folder of its modules."""

    name: str
    image: Path
    modules: Path

    def __str__(self) -> str:
        return self.name

    def initramfs(self) -> Path:
        """The guests' root file system for it, which is built once and then kept in the cache."""
        built = CACHE / f"memory-{self.name}"
        with exclusive(CACHE / "lock"):
            if not built.exists() or built.stat().st_mtime < Path(__file__).stat().st_mtime:
                initramfs(self.modules, built)
        return built


def kernels() -> list[Kernel]:
    """The lab's own kernel, and all that were unpacked for it (see `__main__`); none where there is no lab."""
    trees = [packages.UNPACKED, *sorted(KERNELS.glob("*"))]
    found = []
    for tree in trees:
        images, modules = sorted(tree.glob("boot/vmlinuz-*")), sorted(tree.glob("lib/modules/*"))
        if images and modules:
            found.append(Kernel(modules[0].name, images[0], modules[0]))
    return found


def _plain(module: str) -> str:
    return Path(module).name


def _in_order(modules: Path) -> list[str]:
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        module, _, others = line.partition(":")
        needs[module] = others.split()
    by_name = {Path(module).name.partition(".")[0]: module for module in needs}
    order: list[str] = []
    for name in _MODULES:
        if name in by_name:
            module = by_name[name]
            order += [each for each in (*reversed(needs[module]), module) if each not in order]
    return order

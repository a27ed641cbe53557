"""Guests with a real Debian in them: systemd, packages, a journal. Their agent is the tests' hand and nobody else's."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import libvirt
import libvirt_qemu

from tests.hypervisors.lab import definitions, packages
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import CACHE, LabError, exclusive

SUITE = "bookworm"
INCLUDED = (
    *("linux-image-cloud-amd64", "systemd-sysv", "udev", "dbus", "ifupdown", "isc-dhcp-client", "iproute2", "procps"),
    *("kmod", "openssh-server", "qemu-guest-agent", "cron", "rsyslog"),
)
SIZE_MIB = 900
_BOOT_S = 240.0  # under emulation, on a busy machine
_AGENT_S = 30


def root() -> Path:
    """A folder with the guests' root file system; it is made once and then kept in the cache."""
    made = CACHE / "debian"
    with exclusive(CACHE / "debian.lock"):
        if not made.is_dir() or made.stat().st_mtime < Path(__file__).stat().st_mtime:
            shutil.rmtree(made, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="debian-") as name:
                Path(name).chmod(0o755)
                folder = Path(name) / "root"
                _make(folder)
                folder.rename(made)
            made.touch()
    return made


def _make(folder: Path) -> None:
    _run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(INCLUDED)}", SUITE, str(folder))
    (folder / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
    (folder / "etc/hostname").write_text("debian\n")
    (folder / "etc/network/interfaces").write_text("auto lo\niface lo inet loopback\n")


def disk(target: Path) -> Path:
    """An ext4 disk with that root, raw or qcow2 as its name says."""
    raw = target.with_suffix(".raw")
    _run("mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root()), str(raw), f"{SIZE_MIB}M")
    if target.suffix == ".qcow2":
        _run("qemu-img", "convert", "-q", "-O", "qcow2", str(raw), str(target))
        raw.unlink()
    return target


class Debian:
    """One such guest in a lab. `start` returns when its agent answers."""

    def __init__(self, lab: Laboratory, name: str, form: str, memory_mib: int = 384) -> None:
        self.lab = lab
        self.name = name
        self.disk = lab.place.images / f"{name}.{form}"
        self._form = form
        self._memory_mib = memory_mib

    def define(self) -> None:
        """Makes its disk and tells libvirt of it."""
        boot = root() / "boot"
        for kind in ("vmlinuz", "initrd.img"):
            shutil.copy(next(boot.glob(f"{kind}-*")), self.lab.place.images / kind)
        disk(self.disk)
        with closing(self.lab.libvirtd.connect()) as connection:
            connection.defineXML(self._definition())

    def boot(self) -> None:
        """Switches it on."""
        with closing(self.lab.libvirtd.connect()) as connection:
            connection.lookupByName(self.name).create()

    def wait(self) -> None:
        """Until its agent answers and the system has started all that it will."""
        deadline = time.monotonic() + _BOOT_S
        while True:
            try:
                state = self.run("systemctl is-system-running", may_fail=True).strip()
                if state in ("running", "degraded"):
                    return
            except libvirt.libvirtError as error:
                state = str(error)
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} has not started within {_BOOT_S:.0f} s: {state}")
            time.sleep(1.0)

    def remove(self) -> None:
        """Switches it off and removes it with its disk."""
        with closing(self.lab.libvirtd.connect()) as connection:
            domain = connection.lookupByName(self.name)
            if domain.isActive():
                domain.destroy()
            domain.undefine()
        self.disk.unlink()

    def run(self, command: str, *, may_fail: bool = False) -> str:
        """Runs a shell command inside and gives what it printed."""
        execution = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
        with closing(self.lab.libvirtd.connect()) as connection:
            domain = connection.lookupByName(self.name)
            pid = _ask(domain, "guest-exec", execution)["pid"]
            deadline = time.monotonic() + 120
            while not (status := _ask(domain, "guest-exec-status", {"pid": pid}))["exited"]:
                if time.monotonic() > deadline:
                    raise LabError(f"{self.name}: “{command}” takes for ever")
                time.sleep(0.1)
        printed = base64.b64decode(status.get("out-data", "")).decode(errors="replace")
        if status.get("exitcode") and not may_fail:
            said = base64.b64decode(status.get("err-data", "")).decode(errors="replace")
            raise LabError(f"{self.name}: “{command}” failed: {said or printed}")
        return printed

    def put(self, path: str, content: bytes) -> None:
        """Writes a file inside."""
        with closing(self.lab.libvirtd.connect()) as connection:
            domain = connection.lookupByName(self.name)
            handle = _ask(domain, "guest-file-open", {"path": path, "mode": "w"})
            encoded = base64.b64encode(content).decode()
            _ask(domain, "guest-file-write", {"handle": handle, "buf-b64": encoded})
            _ask(domain, "guest-file-close", {"handle": handle})

    def copy(self, target: Path) -> None:
        """Copies its raw disk as it is at one instant: the guest stands still meanwhile."""
        with closing(self.lab.libvirtd.connect()) as connection:
            domain = connection.lookupByName(self.name)
            domain.suspend()
            try:
                _run("cp", "--sparse=always", str(self.disk), str(target))
            finally:
                domain.resume()

    def install(self, name: str, version: str) -> None:
        """Installs a package that holds nothing, as a package manager does."""
        path = f"/tmp/{name}.deb"
        self.put(path, package(name, version))
        self.run(f"dpkg --install {path}")

    def _definition(self) -> str:
        images = self.lab.place.images
        return f"""
<domain type='qemu'>
  <name>{self.name}</name>
  <uuid>{self.lab.place.uuid(self.name)}</uuid>
  <memory unit='MiB'>{self._memory_mib}</memory>
  <vcpu>1</vcpu>
  <cpu mode='custom' match='exact'><model fallback='allow'>Nehalem</model></cpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{images}/vmlinuz</kernel>
    <initrd>{images}/initrd.img</initrd>
    <cmdline>root=/dev/vda rw console=ttyS0 quiet mitigations=off</cmdline>
  </os>
  <features><acpi/><vmcoreinfo state='on'/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='{self._form}'/><source file='{self.disk}'/><target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'><source network='{definitions.LAN}'/><model type='virtio'/></interface>
    <serial type='pty'><log file='/var/log/libvirt/{self.name}-console.log' append='off'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <memballoon model='none'/>
  </devices>
</domain>
"""


def package(name: str, version: str) -> bytes:
    """A Debian package with nothing in it but its name."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "package" / "DEBIAN" / "control"
        control.parent.mkdir(parents=True)
        control.write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Lab <lab@example.com>\n"
            "Description: made for a test\n"
        )
        built = Path(folder) / "built.deb"
        _run("dpkg-deb", "--build", "--root-owner-group", str(control.parents[1]), str(built))
        return built.read_bytes()


def _ask(domain: Any, command: str, arguments: dict[str, Any]) -> Any:
    question = json.dumps({"execute": command, "arguments": arguments})
    return json.loads(libvirt_qemu.qemuAgentCommand(domain, question, _AGENT_S, 0))["return"]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=packages.environment())
    if done.returncode:
        raise LabError(f"{command[0]}: {done.stderr.strip()[-1000:]}")

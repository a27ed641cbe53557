"""What is tampered with: disks and memory that are whole."""

from __future__ import annotations

import lzma
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tests.hypervisors.memory.guests import Guest, kernels
from tests.unit.introspection.disk.windows import guests
from tests.unit.introspection.memory import test_suspended as suspended
from vmi_console.cli.selftest import GUEST
from vmi_console.introspection.parser.protocol import Content

_MEMORY_MIB = 192

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


class Seed(msgspec.Struct, frozen=True):
    """One thing to look at, in a file."""

    name: str
    path: Path
    content: Content


def seeds(folder: Path, more: Path | None = None) -> list[Seed]:
    """All that can be made in `folder` with the tools that are here, and the files in the folder `more`."""
    plain = folder / "guest.ext4"
    plain.write_bytes(lzma.decompress(GUEST.read_bytes()))
    made = [Seed("ext4", plain, Content.IMAGE)]
    for name, tool, make in _MAKERS:
        if shutil.which(tool, path=_PATH) is not None:
            path = folder / name
            make(plain, path)
            made.append(Seed(name, path, Content.IMAGE))
    if _can_mount():
        made.append(Seed("windows", _windows(folder), Content.IMAGE))
    core = folder / "memory.core"
    core.write_bytes(_core())
    made.append(Seed("core", core, Content.MEMORY))
    if more is not None:
        made += _given(more)
    return made


def memories(folder: Path) -> Iterator[Seed]:
    """The memory of a real guest in each form that is read; nothing where no guest can be started."""
    if shutil.which("qemu-system-x86_64", path=_PATH) is None or not kernels():
        return
    newest = kernels()[-1]
    with Guest(folder, newest.image, newest.initramfs(), memory_mib=_MEMORY_MIB) as guest:
        core, raw = guest.core("running.core"), guest.raw("running.vmem")
    state = folder / "running.vmss"
    content = raw.read_bytes()
    state.write_bytes(suspended.state(content, suspended.regions((0, 0, len(content) // suspended.PAGE))))
    for path in (core, raw, state):
        yield Seed(path.name, path, Content.MEMORY)


def missing_tools() -> list[str]:
    """The tools without which some seeds cannot be made."""
    return sorted({tool for _, tool, _ in _MAKERS if shutil.which(tool, path=_PATH) is None})


def _given(folder: Path) -> Iterator[Seed]:
    for path in sorted(folder.iterdir()):
        memory = path.suffix in (".core", ".vmem", ".mem", ".vmss", ".vmsn")
        yield Seed(path.name, path, Content.MEMORY if memory else Content.IMAGE)


def _run(*command: str | Path, text: str | None = None) -> None:
    subprocess.run(
        [str(part) for part in command],
        input=text,
        env={**os.environ, "PATH": _PATH},
        check=True,
        capture_output=True,
        text=True,
    )


def _converted(form: str, *options: str) -> Callable[[Path, Path], None]:
    """Makes an image of another format out of a raw one."""

    def make(plain: Path, path: Path) -> None:
        _run("qemu-img", "convert", "-f", "raw", "-O", form, *options, plain, path)

    return make


def _partitioned(label: str) -> Callable[[Path, Path], None]:
    """Makes a disk with one partition."""

    def make(plain: Path, path: Path) -> None:
        content = plain.read_bytes()
        with path.open("wb") as file:
            file.truncate((2048 + 2048) * 512 + len(content))
        _run("sfdisk", "--quiet", path, text=f"label: {label}\nstart=2048, size={len(content) // 512}\n")
        with path.open("r+b") as file:
            file.seek(2048 * 512)
            file.write(content)

    return make


def _with_journal(plain: Path, path: Path) -> None:
    """The same file system with a transaction in its journal that was not written back."""
    shutil.copy(plain, path)
    block = path.with_suffix(".block")
    block.write_bytes(b"\0" * 1024)
    _run("debugfs", "-w", "-f", "-", path, text=f"journal_open -c\njournal_write -b 900 {block}\njournal_close\n")


def _root(plain: Path, path: Path) -> Path:
    """A folder with what the guest's root holds."""
    folder = path.with_suffix(".root")
    folder.mkdir()
    _run("debugfs", "-R", f"rdump / {folder}", plain)
    return folder


def _btrfs(plain: Path, path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(128 << 20)
    _run("mkfs.btrfs", "-q", "--rootdir", _root(plain, path), path)


def _xfs(plain: Path, path: Path) -> None:
    folder = _root(plain, path)
    described = path.with_suffix(".files")
    described.write_text("\n".join(["/nowhere", "0 0", "d--755 0 0", *_protofile(folder), "$", ""]), encoding="utf-8")
    with path.open("wb") as file:
        file.truncate(320 << 20)
    _run("mkfs.xfs", "-q", "-p", described, path)


def _protofile(folder: Path) -> Iterator[str]:
    """What is in a folder, in the words of mkfs.xfs."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            yield f"{path.name} l--777 0 0 {path.readlink()}"
        elif path.is_dir():
            yield f"{path.name} d--755 0 0"
            yield from _protofile(path)
            yield "$"
        else:
            yield f"{path.name} ---644 0 0 {path}"


def _empty(*command: str) -> Callable[[Path, Path], None]:
    """Makes a file system with nothing in it."""

    def make(plain: Path, path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(64 << 20)
        _run(*command, path)

    return make


def _can_mount() -> bool:
    """Nothing but mounting fills an NTFS file system, which takes root and FUSE."""
    return os.geteuid() == 0 and Path("/dev/fuse").exists() and shutil.which("ntfs-3g", path=_PATH) is not None


def _windows(folder: Path) -> Path:
    """A guest of Windows, whose newest program is in its registry's log alone."""
    path, place = folder / "windows", folder / "windows.place"
    _empty("mkntfs", "-q", "-F", "-f")(path, path)
    place.mkdir()
    _run("ntfs-3g", path, place)
    try:
        for name, content in guests.running().items():
            file = place / name.strip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    finally:
        _run("umount", place)
    return path


_MAKERS: tuple[tuple[str, str, Callable[[Path, Path], None]], ...] = (
    ("qcow2", "qemu-img", _converted("qcow2")),
    ("qcow2-compressed", "qemu-img", _converted("qcow2", "-c")),
    ("vmdk", "qemu-img", _converted("vmdk")),
    ("vmdk-stream", "qemu-img", _converted("vmdk", "-o", "subformat=streamOptimized")),
    ("vdi", "qemu-img", _converted("vdi")),
    ("vhd", "qemu-img", _converted("vpc")),
    ("vhdx", "qemu-img", _converted("vhdx")),
    ("gpt", "sfdisk", _partitioned("gpt")),
    ("mbr", "sfdisk", _partitioned("dos")),
    ("journal", "debugfs", _with_journal),
    ("xfs", "mkfs.xfs", _xfs),
    ("btrfs", "mkfs.btrfs", _btrfs),
    ("ntfs", "mkntfs", _empty("mkntfs", "-q", "-F", "-f")),
    ("fat", "mkfs.vfat", _empty("mkfs.vfat")),
)


def _core() -> bytes:
    """An ELF core of a machine whose kernel says where things are, but has nothing there."""
    lines = ["OSRELEASE=6.1.0-28-amd64", "PAGESIZE=4096", "SYMBOL(init_uts_ns)=ffffffff82a15c40"]
    lines += ["SYMBOL(swapper_pg_dir)=ffffffff82a0a000", "NUMBER(phys_base)=0", "KERNELOFFSET=0"]
    lines += [f"SYMBOL(kallsyms_{name})=ffffffff82{index:02x}0000" for index, name in enumerate(_KALLSYMS)]
    text = "\n".join(lines).encode() + b"\n"
    note = struct.pack("<III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text.ljust(-(-len(text) // 4) * 4, b"\0")
    memory = bytes(range(256)) * 16384
    headers = 64 + 2 * 56
    start = 1 << 16
    elf = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    noted = struct.pack("<IIQQQQQQ", 4, 0, headers, 0, 0, len(note), len(note), 0)
    loaded = struct.pack("<IIQQQQQQ", 1, 7, start, 0, 0, len(memory), len(memory), 0)
    return (elf + noted + loaded + note).ljust(start, b"\0") + memory


_KALLSYMS = ("names", "num_syms", "token_table", "token_index", "offsets", "relative_base")

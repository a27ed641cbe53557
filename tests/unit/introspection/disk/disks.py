"""Disks for tests, made with the tools that make real ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

MIB = 1 << 20

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def run(*command: str | Path, text: str | None = None, may_fail: bool = False) -> str:
    """Runs a tool and gives what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": _PATH, "LC_ALL": "C"},
    )
    if done.returncode and not may_fail:
        raise AssertionError(f"{command[0]} failed: {done.stderr or done.stdout}")
    return done.stdout


def empty(path: Path, mebibytes: int) -> Path:
    """A file of this size with nothing in it."""
    with path.open("wb") as file:
        file.truncate(mebibytes * MIB)
    return path


def root(folder: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """A folder with files as a guest's root has them."""
    for name in ("etc", "usr"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, target in (links or {}).items():
        path = folder / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    return folder


def ext4(path: Path, folder: Path, *options: str, mebibytes: int = 24) -> Path:
    """An ext4 file system with what is in a folder."""
    path.unlink(missing_ok=True)
    run("mke2fs", "-q", "-F", "-t", "ext4", *options, "-d", folder, path, f"{mebibytes}M")
    return path


def partitioned(path: Path, volumes: Sequence[Path], label: str = "gpt") -> Path:
    """A disk with these volumes as its partitions."""
    script = [f"label: {label}"]
    start, starts = 2048, []
    for volume in volumes:
        starts.append(start)
        sectors = volume.stat().st_size // 512
        script.append(f"start={start}, size={sectors}")
        start += sectors
    with path.open("wb") as file:
        file.truncate(start * 512 + 2 * MIB)
    run("sfdisk", "--quiet", path, text="\n".join(script) + "\n")
    with path.open("r+b") as file:
        for begin, volume in zip(starts, volumes, strict=True):
            file.seek(begin * 512)
            file.write(volume.read_bytes())
    return path


def debugfs(path: Path, commands: Iterable[str]) -> None:
    """Has e2fsprogs' debugger do something with a file system, its journal for example."""
    run("debugfs", "-w", "-f", "/dev/stdin", path, text="\n".join(commands) + "\n")

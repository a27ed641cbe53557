"""What a figure was measured on, and what a process holds in memory."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

MIB = 1024 * 1024


def facts() -> dict[str, str]:
    """The machine, its load, and the versions that decide speed, in words."""
    described = {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        described["load before"] = f"{os.getloadavg()[0]:.2f}"
    for package in ("PySide6-Essentials", "msgspec", "libvirt-python", "pyvmomi"):
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "not installed"
    return described


def memory_mib(pid: int) -> float:
    """What a process alone would give back if it ended: its proportional share of memory (Linux, smaps_rollup).

    Pages that several processes map, such as Python's and Qt's own code, are divided among them.
    Raises `OSError` where the process is gone.
    """
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"process {pid} tells no Pss")


def resident_mib(pid: int) -> float:
    """All of a process's pages that are in memory, shared ones counted in full (Linux). Raises `OSError`."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def processor_s(pid: int) -> float:
    """What a process has computed since it began, on all of its threads (Linux). Raises `OSError`."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> dict[int, str]:
    """Running processes that `pid` started, at any depth, with their command lines (Linux)."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        if state not in "ZX":
            parents[int(folder.name)] = int(parent)
    found: dict[int, str] = {}
    generation = {pid}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        found |= {child: _command(child) for child in generation}
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / MIB / 1024:.1f} GiB"
    except (AttributeError, ValueError, OSError):
        return "not known"

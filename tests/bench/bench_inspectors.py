"""The same disk read by others: libguestfs's virt-inspector and dissect's own tool, beside ours, in one run.

Either is measured where it is installed (Debian: guestfs-tools; PyPI: dissect.target[full], target-query on the path
or named by VMI_BENCH_TARGET_QUERY), and said to be missing otherwise. virt-inspector starts a small machine of its own
for each disk, here under emulation, which is most of its time; with KVM that takes it some seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.hypervisors.lab import debian, packages

_LONGEST_S = 900
_FUNCTIONS = "version,hostname,users,services,dpkg.status"
"""What target-query is asked for: system, packages, services and users, as ours tells them in one look."""


def measure() -> Iterator[Figure]:
    """Seconds and bytes for system, packages, services and users of one Debian disk, as whole programs."""
    with tempfile.TemporaryDirectory(prefix="vmi-console-bench-") as folder:
        disk = debian.disk(Path(folder) / "debian.raw")
        ours = [sys.executable, "-m", "vmi_console", "inspect", "--raw", "--format", "json", str(disk)]
        yield _timed("vmi-console inspect, as a whole program", ours, {})
        query = os.environ.get("VMI_BENCH_TARGET_QUERY") or shutil.which("target-query")
        yield _timed("dissect's target-query", [query, "-q", "-f", _FUNCTIONS, str(disk)] if query else None, {})
        yield _timed("libguestfs's virt-inspector, emulated", *_virt_inspector(disk))


def _virt_inspector(disk: Path) -> tuple[list[str] | None, dict[str, str]]:
    """Its command, with the lab's kernel for its appliance: the machine itself may have none."""
    program = shutil.which("virt-inspector")
    if program is None:
        return None, {}
    modules = debian.root() / "lib" / "modules"
    Path("/lib/modules").mkdir(exist_ok=True)  # it copies them from there; bound over in a name space of its own
    script = f"mount --bind {modules} /lib/modules && exec {program} --format=raw -a {disk}"
    environment = {
        "LIBGUESTFS_BACKEND": "direct",
        "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg",
        "SUPERMIN_KERNEL": str(next((debian.root() / "boot").glob("vmlinuz-*"))),
        "SUPERMIN_MODULES": str(next(modules.iterdir())),
    }
    return ["unshare", "--mount", "sh", "-c", script], environment


def _timed(name: str, command: list[str] | None, environment: dict[str, str]) -> Figure:
    if command is None:
        return Figure(name, 0.0, "s", None, "not installed")
    before, read = os.times(), _read_mib()
    began = time.monotonic()
    done = subprocess.run(
        command,
        env={**packages.environment(), **os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=_LONGEST_S,
    )
    seconds = time.monotonic() - began
    after = os.times()
    if done.returncode:
        return Figure(name, 0.0, "s", None, f"failed: {done.stderr.decode(errors='replace').strip()[-120:]}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    spent = f"{processor:.1f} s of processor time; {_read_mib() - read:,.0f} MiB read, its own files included"
    return Figure(name, seconds, "s", None, f"{spent}; {len(done.stdout) >> 10} KiB printed")


def _read_mib() -> float:
    """What this process and those of its children that have ended took through reading calls."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["rchar"]) / (1 << 20)

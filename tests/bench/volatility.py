"""volatility3 beside the console: in a Python environment of its own, of which nothing else knows.

    python -m tests.bench.volatility    # makes it, below lab/cache

One that is there already is used where VMI_BENCH_VOLATILITY names its `vol`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.hypervisors.lab.place import CACHE, LabError

REQUIREMENTS = ("volatility3==2.28.2", "pefile==2024.8.26")
HOW_TO_GET = "not installed: python -m tests.bench.volatility gets it, or VMI_BENCH_VOLATILITY names its `vol`"

_ENVIRONMENT = CACHE / "volatility"

# A small process in between: whatever it starts is charged with the most memory that its parent ever had.
_MEASURED = """\
import os, resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(int(sys.argv[1]), b"%f %d" % (used.ru_utime + used.ru_stime, used.ru_maxrss))
sys.exit(done.returncode)
"""


class Listed(msgspec.Struct, frozen=True, order=True):
    """A process in either's list."""

    pid: int
    name: str
    parent: int
    user: str  # the effective one, as a number


class Run(msgspec.Struct, frozen=True):
    """A program that ran to its end. Processor time and memory are of it and of all that it started."""

    output: bytes
    seconds: float
    processor_seconds: float
    largest_mib: float  # the most memory of any one process


def program() -> Path | None:
    """Where `vol` is; None where there is none."""
    path = Path(os.environ.get("VMI_BENCH_VOLATILITY") or _ENVIRONMENT / "bin" / "vol")
    return path if path.exists() else None


def install() -> None:
    """Makes the environment."""
    venv.create(_ENVIRONMENT, clear=True, with_pip=True)
    subprocess.run([_ENVIRONMENT / "bin" / "pip", "install", "--quiet", *REQUIREMENTS], check=True)


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Run:
    """Raises `LabError` where the program fails."""
    reading, writing = os.pipe()
    began = time.monotonic()
    with open(reading) as figures:  # noqa: PTH123 - a descriptor
        try:
            done = subprocess.run(
                [sys.executable, "-S", "-c", _MEASURED, str(writing), *command],
                stdout=subprocess.PIPE,
                env={**os.environ, **(environment or {})},
                pass_fds=(writing,),
                check=False,
            )
        finally:
            os.close(writing)
        seconds = time.monotonic() - began
        if done.returncode:
            raise LabError(f"{command[0]} ended with exit code {done.returncode}")
        processor, largest = figures.read().split()
    return Run(done.stdout, seconds, float(processor), int(largest) / 1024)


def list_processes(vol: Path, memory: Path, symbols: Path, cache: Path) -> Run:
    """Lets volatility3 list the processes, with symbol files of the folder `symbols`; it keeps what it likes."""
    options = ("--quiet", "--offline", "--renderer", "json", "--symbol-dirs", symbols, "--file", memory)
    return run([vol, *options, "linux.pslist"], {"XDG_CACHE_HOME": str(cache)})


def listed(output: bytes) -> set[Listed]:
    """What it listed."""
    rows = msgspec.json.decode(output, type=list[dict[str, object]])
    return {
        msgspec.convert(
            {"pid": row["PID"], "name": row["COMM"], "parent": row["PPID"], "user": str(row["EUID"])}, Listed
        )
        for row in rows
    }


if __name__ == "__main__":
    install()
    print(f"volatility3 is in {_ENVIRONMENT}", file=sys.stderr)

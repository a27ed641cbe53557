"""The whole console as an operator has it: window, engine and collector, from the start on and at 45,000 VMs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.large_estate import VMS, demo
from tests.bench.scene import LOAD_S, Act
from tests.bench.stage import Stage
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme

STARTS = 5
BUSY_S = 30.0


def measure() -> Iterator[Figure]:
    """Start times in processes of their own, then the large estate in this one."""
    with tempfile.TemporaryDirectory() as bytecode:  # what is installed has some, and what has run once
        start(bytecode, "--demo")
        starts = [start(bytecode, "--demo") for _ in range(STARTS)]
    for index, (what, goal) in enumerate((("the first picture", None), ("the demo estate, live in the tree", 1.5))):
        times = [start[index] for start in starts]
        yield Figure(
            f"start to {what}", statistics.median(times), "s", goal, f"median of {STARTS}, slowest {max(times):.2f} s"
        )
    stage = Stage(window_program.Options(uris=(demo(changes_per_second=100),), scheme=Scheme.LIGHT))
    stage.play(_observed)
    load, busy = stage.acts
    yield Figure(f"{VMS:,} VMs discovered and in the window's tree", load.end - load.start, "s", None)
    for act in (load, busy):
        yield stage.pause(f"longest pause of the window {act.name}", act)
    yield from stage.more


def start(bytecode: str, *arguments: str, vms: int = 2) -> tuple[float, float]:
    """Seconds from starting the program to the window's first picture, and to so many VMs being there, as they are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode
    began = time.monotonic()
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.first_sight", *arguments, str(vms)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    painted, complete = (float(at) - began for at in output.split())
    return painted, complete


async def _observed(stage: Stage) -> None:
    """Looks on while the large estate loads and then changes."""
    began = time.monotonic()
    await stage.until(lambda: stage.knows(VMS), LOAD_S)
    loaded, first = time.monotonic(), _newest(stage)
    stage.acts.append(Act("while they load", began, loaded))
    await stage.meanwhile(f"in {BUSY_S:.0f} s of 100 changes a second", BUSY_S)
    told = (_newest(stage) - first) / BUSY_S
    stage.more.append(Figure("changes that the window was told meanwhile", told, "1/s", None))
    stage.more += _memory()


def _newest(stage: Stage) -> int:
    """The number of the newest change the window knows."""
    changes = stage.replica.changes
    return changes[-1].number if changes else 0


def _memory() -> Iterator[Figure]:
    """Of this process, which is the window, and of those it started."""
    goals = {"window": 400.0, "engine": 700.0, "reader": None, "inspector": None}
    commands = machine.children(os.getpid())
    for part, goal in goals.items():
        for pid in [os.getpid()] if part == "window" else [pid for pid in commands if part in commands[pid].split()]:
            beside = f"with all shared libraries {machine.resident_mib(pid):.0f} MiB"
            yield Figure(f"memory of the {part} at {VMS:,} VMs", machine.memory_mib(pid), "MiB", goal, beside)

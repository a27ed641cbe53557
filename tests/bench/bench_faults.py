"""The window's longest pause while what it depends on freezes, dies and comes back: libvirtd, its reader, the engine.

Needs the lab of tests/hypervisors. Each fault ends when everything is live again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.scene import Act
from tests.bench.stage import Stage
from tests.console import aside
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.estate.records import State
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme

FROZEN_S = 10.0  # longer than it takes to notice
PATIENCE_S = 90.0


def measure() -> Iterator[Figure]:
    """One figure for each fault, beside the longest pause of an empty loop in the same time."""
    with tempfile.TemporaryDirectory() as folder, Laboratory(Path(folder)) as lab:
        stage = Stage(window_program.Options(demo=True, uris=(lab.uri,), scheme=Scheme.LIGHT))
        stage.play(lambda stage: _broken(stage, lab))
    for act in stage.acts:
        after = f"; live again after {act.end - act.start:.1f} s"
        yield stage.pause(f"longest pause of the window, {act.name}", act, after)


async def _broken(stage: Stage, lab: Laboratory) -> None:
    """Breaks one thing after the other."""
    faults = lab.faults
    live = partial(_is_live, stage)

    async def for_a_while(fault: Callable[[], None], mend: Callable[[], None]) -> None:
        await aside(fault)
        await stage.until(lambda: not live(), PATIENCE_S)
        await asyncio.sleep(FROZEN_S)
        await aside(mend)

    async def struck(part: str, number: signal.Signals) -> None:
        commands = machine.children(os.getpid())
        os.kill(next(pid for pid in commands if part in commands[pid].split()), number)
        await stage.until(lambda: not live(), PATIENCE_S)

    steps: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
        ("libvirtd frozen", lambda: for_a_while(faults.freeze, faults.thaw)),
        ("libvirtd killed and restarted", lambda: for_a_while(faults.kill, faults.restart)),
        ("libvirtd silent and restarted", lambda: for_a_while(faults.silent, faults.restart)),
        ("a reader killed", lambda: struck("reader", signal.SIGKILL)),
        ("a reader stopped", lambda: struck("reader", signal.SIGSTOP)),
        ("the engine killed", lambda: struck("engine", signal.SIGKILL)),
        ("the engine stopped", lambda: struck("engine", signal.SIGSTOP)),
    )
    await stage.until(live, PATIENCE_S)
    for what, act in steps:
        began = time.monotonic()
        await act()
        await stage.until(live, PATIENCE_S)
        stage.acts.append(Act(what, began, time.monotonic()))


def _is_live(stage: Stage) -> bool:
    replica = stage.replica
    states = [connection.health.state for connection in replica.connections()]
    return replica.link.up and states == [State.LIVE, State.LIVE]

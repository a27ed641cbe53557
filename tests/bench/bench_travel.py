"""Travelling in time in the window at 45,000 VMs with a day of 100,000 changes: how long steps take, and hold its loop.

The window and both its engines are real: one that records (nothing now), and one on what was recorded.
`--only travel` runs it. Beside each pause stands what the window's thread computed at most in one go.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.bench import days
from tests.bench.figures import Figure
from tests.bench.pauses import Pauses
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.identity import EntityId
from vmi_console.gui import language, runtime
from vmi_console.gui.mishaps import Mishaps
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow
from vmi_console.history.store import History
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks

PAUSE_MS = 50.0
STEP_S = 0.3
ARRIVE_S = 60.0
DRAG_S = 4.0
LOOK_S = 0.005
LONGEST_S = 300.0


def measure() -> Iterator[Figure]:
    """The benchmark."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    language.install(app)
    Theme(app)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.at(Path(folder))
        workspace.prepare()
        end = datetime.now(UTC) - timedelta(minutes=1)
        asyncio.run(_record(workspace.history, end - timedelta(days=1)))
        figures: list[Figure] = []
        mishaps = Mishaps()
        runtime.run(app, _travel(Path(folder), end, figures), mishaps)
        yield from figures
        for mishap in mishaps.all:
            raise RuntimeError(mishap.trace)


async def _record(path: Path, since: datetime) -> None:
    life = days.Life(since)
    history = await History.open(path)
    try:
        await life.begin(history)
        await life.record(history, day=0)
    finally:
        await history.close()


async def _travel(folder: Path, end: datetime, figures: list[Figure]) -> None:
    replica = Replica()
    replica.keep_living_apart(has_living=True)
    visits = Visits(replica, PrivateEngine(folder))
    window = MainWindow(replica, visits)
    window.resize(1360, 860)
    window.show()
    pauses = Pauses()
    travel = window.travel

    async def go(what: str, act: Callable[[], object], goal_s: float | None) -> None:
        began = time.monotonic()
        act()
        await _until(lambda: not travel.going)
        there = time.monotonic()
        await _until(lambda: not (replica.dirty or window.tree_model.busy or window.changes.busy or window.table.busy))
        shown = time.monotonic()
        figures.append(Figure(what, there - began, "s", goal_s, f"{shown - began:.2f} s until all of it is shown"))
        computed = f"{pauses.most_computed_ms(began, shown):.0f} ms computed at most"
        figures.append(Figure(f"longest pause: {what}", pauses.longest_ms(began, shown), "ms", PAUSE_MS, computed))

    async with Tasks() as tasks:
        assert visits.living is not None
        tasks.start(visits.living.run(), "the living engine")
        await _until(lambda: replica.link.up)
        window.time_bar.open.trigger()
        await _until(lambda: window.time_bar.strip.activity is not None)
        noon = end - timedelta(hours=12)
        await go("arrive at a moment of 45,000 VMs", lambda: travel.go_to(noon), ARRIVE_S)
        window.selection.choose(next(EntityId(each) for each in replica.records if each.startswith("vm/")))
        await _until(lambda: not window.tree_model.busy)
        for name, at in (
            ("a minute later", noon + timedelta(minutes=1)),
            ("an hour later", noon + timedelta(hours=1)),
            ("an hour back", noon),
            ("six hours later", noon + timedelta(hours=6)),
        ):
            await go(f"step: {name}", lambda at=at: travel.go_to(at), STEP_S if "minute" in name else None)  # type: ignore[misc]
        began = time.monotonic()
        steps = 0

        def counted() -> None:
            nonlocal steps
            steps += 1

        replica.review_moved.connect(counted)
        while (share := (time.monotonic() - began) / DRAG_S) < 1:
            travel.go_to(noon + timedelta(hours=6 - share))
            await asyncio.sleep(0.02)
        replica.review_moved.disconnect(counted)
        figures.append(
            Figure("moments shown in a second of dragging", steps / DRAG_S, "1/s", None, more_is_better=True)
        )
        longest = pauses.longest_ms(began, time.monotonic())
        computed = f"{pauses.most_computed_ms(began, time.monotonic()):.0f} ms computed at most"
        figures.append(Figure("longest pause while dragging through an hour", longest, "ms", PAUSE_MS, computed))
        await _until(lambda: not travel.going)
        await window.errands.close()
    pauses.stop()
    window.hide()
    window.deleteLater()


async def _until(is_so: Callable[[], object]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + LONGEST_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("it did not come about")
        await asyncio.sleep(LOOK_S)

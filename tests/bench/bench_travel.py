"""Travelling in time in the window at 45,000 VMs with a day of 100,000 changes: how long steps take, and hold its loop.

The window and both its engines are real: one that records (nothing now), and one on what was recorded.
`--only travel` runs it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import days
from tests.bench.figures import Figure
from tests.bench.scene import Act, Scene
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.identity import EntityId
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.window import MainWindow
from vmi_console.history.store import History
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks

STEP_S = 0.3
ARRIVE_S = 60.0
DRAG_S = 4.0
LONGEST_S = 300.0


def measure() -> Iterator[Figure]:
    """The benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.at(Path(folder))
        workspace.prepare()
        end = datetime.now(UTC) - timedelta(minutes=1)
        asyncio.run(_record(workspace.history, end - timedelta(days=1)))
        scene = Scene()
        scene.play(lambda scene: _travel(scene, Path(folder), end))
    yield from scene.more
    for act in scene.acts:
        yield scene.pause(f"longest pause: {act.name}", act)


async def _record(path: Path, since: datetime) -> None:
    life = days.Life(since)
    history = await History.open(path)
    try:
        await life.begin(history)
        await life.record(history, day=0)
    finally:
        await history.close()


async def _travel(scene: Scene, folder: Path, end: datetime) -> None:
    replica = Replica()
    replica.keep_living_apart(has_living=True)
    visits = Visits(replica, PrivateEngine(folder))
    window = MainWindow(replica, visits)
    window.resize(1360, 860)
    window.show()
    travel, model = window.travel, window.tree_model
    scene.busy = lambda: replica.dirty or model.busy or window.changes.busy or window.table.busy

    async def go(what: str, at: datetime, goal_s: float | None = None) -> None:
        began = time.monotonic()
        travel.go_to(at)
        await scene.until(lambda: not travel.going, LONGEST_S)
        there = time.monotonic()
        await scene.until(lambda: scene.settled, LONGEST_S)
        shown = time.monotonic()
        scene.acts.append(Act(what, began, shown))
        beside = f"{shown - began:.2f} s until all of it is shown"
        scene.more.append(Figure(what, there - began, "s", goal_s, beside))

    async with Tasks() as tasks:
        assert visits.living is not None
        tasks.start(visits.living.run(), "the living engine")
        await scene.until(lambda: replica.link.up, LONGEST_S)
        window.time_bar.open.trigger()
        await scene.until(lambda: window.time_bar.strip.activity is not None, LONGEST_S)
        noon = end - timedelta(hours=12)
        await go("arrive at a moment of 45,000 VMs", noon, ARRIVE_S)
        window.selection.choose(next(EntityId(each) for each in replica.records if each.startswith("vm/")))
        await scene.until(lambda: not model.busy)
        await go("step: a minute later", noon + timedelta(minutes=1), STEP_S)
        await go("step: an hour later", noon + timedelta(hours=1))
        await go("step: an hour back", noon)
        await go("step: six hours later", noon + timedelta(hours=6))
        moments: list[float] = []
        replica.review_moved.connect(lambda: moments.append(time.monotonic()))
        began = time.monotonic()
        while (share := (time.monotonic() - began) / DRAG_S) < 1:
            travel.go_to(noon + timedelta(hours=6 - share))
            await asyncio.sleep(0.02)
        scene.acts.append(Act("dragging through an hour", began, time.monotonic()))
        a_second = len(moments) / DRAG_S
        scene.more.append(Figure("moments shown in a second of dragging", a_second, "1/s", None, more_is_better=True))
        await scene.until(lambda: not travel.going, LONGEST_S)
        await window.errands.close()
    window.hide()
    window.deleteLater()

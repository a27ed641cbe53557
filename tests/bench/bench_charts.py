"""The charts of eight VMs over an hour: what a sample and a movement of the pointer cost the window.

Where pyqtgraph is installed (the console does without it), the same lines are painted with it beside ours.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.bench.figures import Figure
from tests.gui.desks import new_desk
from tests.gui.estates import NOW, NotingEngine, estate, replay
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.gui.panes.charts import ChartsPane
from vmi_console.gui.theme import Theme

VMS = 8
SAMPLES = 720
STEP_S = 5
TIMES = 30


def measure() -> Iterator[Figure]:
    """Of noisy loads, whose lines are the longest. What the thread computes: the machine may be busy with more."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    Theme(app)
    desk = new_desk(NotingEngine())
    replica = desk.replica
    replay(replica, estate())
    entities = tuple(entity_id("vm", "vc", str(number)) for number in range(VMS))

    made: list[ChartsPane] = []
    yield Figure("making the charts, once", _ms(lambda: made.append(ChartsPane(desk))), "ms", 50)
    pane = made[0]
    pane.resize(1040, 620)
    pane.show()
    pane.show_entities(entities)
    pane.ranges[60].trigger()
    for number in range(SAMPLES):
        replica.sampled(_samples(entities, number))
    _settle(app)

    def paint() -> None:
        for plot in pane.plots:
            plot.paint_anew()
            plot.repaint()

    def sample(number: int) -> None:
        replica.sampled(_samples(entities, SAMPLES + number))
        app.processEvents()

    def point(number: int) -> None:
        pane.plots[0].marked.emit(NOW.timestamp() + number * STEP_S)
        app.processEvents()

    of = f"{VMS} VMs, {SAMPLES} samples"
    yield _typical(f"painting all charts: {of}", lambda _: paint(), 10)
    yield _typical(f"a sample for all charts: {of}", sample, 50)
    yield _typical(f"the pointer over charts: {of}", point, 10)
    pane.close()
    if importlib.util.find_spec("pyqtgraph") is not None:
        yield from _with_pyqtgraph(app)


def _with_pyqtgraph(app: QApplication) -> Iterator[Figure]:
    """Four plots with axes, of one size and with as many lines as ours: CPU and memory, and two of two each."""
    library: list[Any] = []
    yield Figure(
        "pyqtgraph: importing it", _ms(lambda: library.append(importlib.import_module("pyqtgraph"))), "ms", None
    )
    pg = library[0]
    pg.setConfigOptions(antialias=True)
    times = [NOW.timestamp() + number * STEP_S for number in range(SAMPLES)]
    widgets: list[Any] = []
    yield Figure(
        "pyqtgraph: making the charts, once", _ms(lambda: widgets.append(pg.GraphicsLayoutWidget())), "ms", None
    )
    (widget,) = widgets
    widget.resize(1040, 620)
    lines: list[Any] = []

    def make() -> None:
        for place in range(4):
            plot = widget.addPlot(row=place // 2, col=place % 2, axisItems={"bottom": pg.DateAxisItem()})
            for number in range(VMS * (1 if place < 2 else 2)):
                values = [1e6 * random.random() for _ in range(SAMPLES)]
                lines.append(plot.plot(times, values, pen=pg.intColor(number, VMS)))

    yield Figure("pyqtgraph: making plots and lines", _ms(make), "ms", None)
    widget.show()
    _settle(app)

    def sample(_: int) -> None:
        for line in lines:
            line.setData(times, [1e6 * random.random() for _ in range(SAMPLES)])
        app.processEvents()

    of = f"{len(lines)} lines"
    yield _typical(f"pyqtgraph: painting all charts: {of}", lambda _: widget.grab())
    yield _typical(f"pyqtgraph: other samples in all charts: {of}", sample)
    widget.close()


def _samples(entities: tuple[EntityId, ...], number: int) -> tuple[Sample, ...]:
    return tuple(
        Sample(
            entity=entity,
            at=NOW + timedelta(seconds=number * STEP_S),
            cpu_percent=30 + 40 * random.random(),
            memory_used_bytes=(2 << 30) + random.randrange(1 << 28),
            memory_bytes=4 << 30,
            disk_read_bytes_per_s=1e6 * random.random(),
            disk_write_bytes_per_s=1e6 * random.random(),
            net_receive_bytes_per_s=1e7 * random.random(),
            net_transmit_bytes_per_s=1e7 * random.random(),
        )
        for entity in entities
    )


def _settle(app: QApplication) -> None:
    until = time.monotonic() + 2
    while time.monotonic() < until:
        app.processEvents()


def _typical(what: str, work: Callable[[int], object], goal_ms: float | None = None) -> Figure:
    took = [_ms(lambda number=number: work(number)) for number in range(TIMES)]  # type: ignore[misc]
    return Figure(what, statistics.median(took), "ms", goal_ms, f"longest {max(took):.0f} ms")


def _ms(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return 1000 * (time.thread_time() - begun)

"""The topology picture at 45,000 VMs: the longest pauses while it is opened, zoomed, panned, searched and stormed.

The view alone, on a replica that has everything. `python -m tests.bench --only topology` runs it.
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Iterator

import msgspec
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from tests.gui.estates import NotingEngine, estate, link_up, updates
from vmi_console.engine import protocol
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Power
from vmi_console.gui import language
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.theme import Theme
from vmi_console.gui.topology.view import TopologyView
from vmi_console.gui.watching import Watchlist

HOSTS = 2_500
VMS = 45_000
CHANGES_PER_SECOND = 1_000
STORM_SECONDS = 10.0
PAUSE_MS = 50.0


class Bench:
    """One view, and phases with a name, a beginning and an end."""

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        language.install(application)
        Theme(application)
        self.replica = Replica()
        link_up(self.replica)
        for update in updates(estate(HOSTS, VMS)):
            self.replica.updated(update)
        self.replica.refresh()
        engine = NotingEngine()
        desk = Desk(self.replica, engine, Errands(lambda error: None), Preferences(), Watchlist(engine))
        self.before_mib = machine.memory_mib(os.getpid())
        self.view = TopologyView(desk)
        self.view.resize(1360, 860)
        self.phases: list[tuple[str, float, float]] = []
        gc.collect()
        gc.freeze()  # as the program does when it starts
        self.pauses = Pauses()

    def turn(self, seconds: float) -> None:
        """Lets the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def phase(self, name: str, begin: Callable[[], object], is_done: Callable[[], bool] | None = None) -> float:
        """Begins something and waits until it is done; gives the seconds that took."""
        self.turn(0.1)
        start = time.monotonic()
        done_at = 0.0
        loop = QEventLoop()

        def look() -> None:
            nonlocal done_at
            if is_done() if is_done is not None else not self.view.keeper.busy:
                done_at = time.monotonic()
                loop.quit()

        watch = QTimer(interval=5)
        watch.timeout.connect(look)
        QTimer.singleShot(0, begin)
        QTimer.singleShot(5, watch.start)
        loop.exec()
        watch.stop()
        self.turn(0.3)  # what was put off belongs to it
        self.phases.append((name, start, time.monotonic()))
        return done_at - start

    def repeated(self, name: str, step: Callable[[int], object], times: int = 40) -> None:
        """Does a step thirty times a second, as a hand does."""
        done = 0
        timer = QTimer(interval=33)

        def tick() -> None:
            nonlocal done
            step(done)
            done += 1
            if done == times:
                timer.stop()

        timer.timeout.connect(tick)
        self.phase(name, timer.start, lambda: done == times and not self.view.keeper.busy)


def measure() -> Iterator[Figure]:
    """Runs the phases on one view, then tells the figures of each."""
    with EmptyLoop() as empty:
        bench = Bench()
        times = dict(_phases(bench))
        idle = empty.stop()
    for name, start, end in bench.phases:
        beside = 1000 * max((gap for when, gap in idle if start < when <= end), default=0.0)
        yield Figure(
            f"{name}: longest pause",
            bench.pauses.longest_ms(start, end),
            "ms",
            PAUSE_MS,
            f"{bench.pauses.most_computed_ms(start, end):.0f} ms computed at most; an empty loop: {beside:.0f} ms",
        )
        if name in times:
            yield Figure(f"{name}: done after", times[name], "s", None)
    grown = machine.memory_mib(os.getpid()) - bench.before_mib
    yield Figure("memory of the picture of 45,000 VMs, 90,000 cards", grown, "MiB", 100.0)
    bench.view.close()


def _phases(bench: Bench) -> Iterator[tuple[str, float]]:
    view, canvas, keeper = bench.view, bench.view.canvas, bench.view.keeper
    yield "open 45,000 VMs", bench.phase("open 45,000 VMs", view.show, lambda: keeper.built and not keeper.busy)
    at = QPointF(700, 300)
    bench.repeated("zoom in to names", lambda _: canvas.zoom_by(1.1, at))
    bench.repeated("pan among names", lambda _: canvas.scroll_by(60, 25))
    bench.repeated("zoom out", lambda _: canvas.zoom_by(1 / 1.1, at))
    for zoom in (0.24, 0.3, 0.4, 0.8):
        canvas.zoom_to(zoom, at)
        bench.repeated(f"pan at zoom {zoom}", lambda _: canvas.scroll_by(60, 25))
    canvas.fit()
    vm = entity_id("vm", "vc", "20000")
    yield "select a VM", bench.phase("select a VM", lambda: view.show_entities((vm,)))
    network = entity_id("network", "vc", "7")
    yield "select a network", bench.phase("select a network", lambda: view.show_entities((network,)))
    switch = entity_id("switch", "vc", "1")
    yield "select the switch of all", bench.phase("select the switch of all", lambda: view.show_entities((switch,)))
    few = {entity_id("vm", "vc", str(number)) for number in range(0, VMS, 97)}
    yield "search, 464 match", bench.phase("search, 464 match", lambda: view.show_only(few))
    bench.phase("search ended", lambda: view.show_only(None))
    view.show_entities((network,))
    yield "only the wired", bench.phase("only the wired", lambda: view.narrow.setChecked(True))
    yield "everything again", bench.phase("everything again", lambda: view.narrow.setChecked(False))
    canvas.clear()
    _storm(bench, "far")
    canvas.zoom_to(0.6, at)
    _storm(bench, "near")


def _storm(bench: Bench, where: str) -> None:
    """Changes of all sorts: half of them power, then networks, hosts, and VMs that go and come back."""
    chance = random.Random(3)
    timer = QTimer(interval=50, timerType=Qt.TimerType.PreciseTimer)
    end = time.monotonic() + STORM_SECONDS
    removed: list[VM] = []

    def some() -> None:
        records: list[VM] = []
        gone: list[EntityId] = []
        records += removed
        removed.clear()
        for number in range(CHANGES_PER_SECOND // 20):
            old = bench.replica.records.get(entity_id("vm", "vc", str(chance.randrange(VMS))))
            if not isinstance(old, VM):
                continue
            match number % 10:
                case 0:
                    gone.append(old.id)
                    removed.append(old)
                case 1 | 2:
                    other = bench.replica.records[entity_id("vm", "vc", str(number))]
                    assert isinstance(other, VM)
                    records.append(msgspec.structs.replace(old, nics=other.nics))
                case 3:
                    records.append(
                        msgspec.structs.replace(old, host=entity_id("host", "vc", str(chance.randrange(HOSTS))))
                    )
                case _:
                    power = chance.choice((Power.ON, Power.OFF, Power.PAUSED))
                    records.append(msgspec.structs.replace(old, power=power))
        bench.replica.updated(protocol.Update(records=tuple(records), removed=tuple(gone)))

    timer.timeout.connect(some)
    name = f"1,000 changes a second for 10 s, {where}"
    bench.phase(name, timer.start, lambda: time.monotonic() > end)
    timer.stop()


if __name__ == "__main__":
    from tests.bench.__main__ import Outcome, table

    print(table([Outcome("topology", 0.0, list(measure()))]))

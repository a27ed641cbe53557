"""The window at 45,000 VMs: the longest pause of its event loop beside that of an empty one, and how long work takes.

The real window on a replica that is fed as the engine's client feeds it: frames of 100 records, decoded in slices.
`python -m tests.bench --only window` runs it.
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from tests.gui.estates import NotingEngine, change, connection, estate, link_up, updates
from vmi_console.engine import protocol
from vmi_console.engine.client import SLICE_SECONDS
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM, Power, State
from vmi_console.gui import language
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Theme
from vmi_console.gui.tree.arrangements import ARRANGEMENTS
from vmi_console.gui.tree.forest import Order
from vmi_console.gui.window import MainWindow

HOSTS = 2_500
VMS = 45_000
CHANGES_PER_SECOND = 100
STORM_SECONDS = 20.0
PAUSE_MS = 50.0


class Bench:
    """One window, one feed, and phases with a name, a beginning and an end."""

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        self._application = application
        language.install(application)
        Theme(application)
        self.replica = Replica()
        self.engine = NotingEngine()
        self.window = MainWindow(self.replica, self.engine)
        self.window.resize(1360, 860)
        self.window.show()
        link_up(self.replica)
        self.turn(0.5)
        self.phases: list[tuple[str, float, float]] = []
        gc.freeze()  # as the program does when it starts
        self.pauses = Pauses()

    def turn(self, seconds: float) -> None:
        """Lets the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def phase(self, name: str, begin: Callable[[], None], is_done: Callable[[], bool]) -> float:
        """Begins something and waits until it is done; gives the seconds that took."""
        self.turn(0.1)
        start = time.monotonic()
        done_at = 0.0
        loop = QEventLoop()

        def look() -> None:
            nonlocal done_at
            if is_done():
                done_at = time.monotonic()
                loop.quit()

        watch = QTimer(interval=5)
        watch.timeout.connect(look)
        QTimer.singleShot(0, begin)
        QTimer.singleShot(0, watch.start)
        loop.exec()
        watch.stop()
        self.turn(0.3)  # what was put off belongs to it
        self.phases.append((name, start, time.monotonic()))
        self.turn(0.05)
        return done_at - start

    def feed(self, frames: Iterable[bytes]) -> Callable[[], bool]:
        """Decodes and applies frames in slices as the client does; gives whether all were."""
        decoder = msgspec.msgpack.Decoder(protocol.Update)
        waiting = iter(frames)
        over = False
        timer = QTimer(self.window, interval=0)

        def slice_() -> None:
            nonlocal over
            until = time.monotonic() + SLICE_SECONDS
            while time.monotonic() < until:
                if (frame := next(waiting, None)) is None:
                    over = True
                    timer.stop()
                    return
                self.replica.updated(decoder.decode(frame))

        timer.timeout.connect(slice_)
        timer.start()
        return lambda: over

    @property
    def settled(self) -> bool:
        """Nothing is waiting to be shown."""
        return not (self.window.tree_model.busy or self.window.changes.busy or self.replica.dirty)


def measure() -> Iterator[Figure]:
    """Runs the phases on one window, then tells the figures of each."""
    encoder = msgspec.msgpack.Encoder()
    frames = [encoder.encode(update) for update in updates(estate(HOSTS, VMS))]
    gc.collect()
    with EmptyLoop() as empty:
        bench = Bench()
        before = machine.memory_mib(os.getpid()) - sum(map(len, frames)) / machine.MIB
        times = dict(_phases(bench, frames))
        memory = machine.memory_mib(os.getpid()) - sum(map(len, frames)) / machine.MIB
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
            yield Figure(f"{name}: done after", times[name], "s", _goal(name))
    yield Figure("memory of the window with 45,000 VMs", memory, "MiB", 400.0, f"{before:.0f} MiB before the load")
    bench.window.close()


_GOALS = {"sort by state": 1.0, "sort by name": 1.0}


def _goal(name: str) -> float | None:
    return 2.0 if name.startswith(("arrange", "expand")) else _GOALS.get(name)


def _phases(bench: Bench, frames: list[bytes]) -> Iterator[tuple[str, float]]:
    window, model = bench.window, bench.window.tree_model
    fed: list[Callable[[], bool]] = []
    yield (
        "load 45,000 VMs",
        bench.phase(
            "load 45,000 VMs",
            lambda: fed.append(bench.feed(frames)),
            lambda: bool(fed) and fed[0]() and bench.settled and bench.replica.counts["vm"] == VMS,
        ),
    )
    everything = model.forest.count
    expand, collapse = window.estate.open_all, window.estate.close_all
    yield (
        "expand all",
        bench.phase("expand all", expand.trigger, lambda: bench.settled and len(model.rows) == everything),
    )
    window.selection.choose(entity_id("vm", "vc", "20000"))
    _walk(bench)
    _storm(bench)
    for order, name in ((Order.STATE, "sort by state"), (Order.NAME, "sort by name")):
        yield name, bench.phase(name, lambda order=order: model.sort_by(order), lambda: bench.settled)  # type: ignore[misc]
    yield from _arrange(bench)
    few = tuple(entity_id("vm", "vc", str(number)) for number in range(0, VMS, 97))
    bench.replica.expect_matches(True)

    def search() -> None:
        bench.replica.matched(protocol.Matches(number=1, replaces=True, added=few))

    yield "search, 464 match", bench.phase("search, 464 match", search, lambda: bench.settled)
    yield (
        "search ended",
        bench.phase("search ended", lambda: bench.replica.expect_matches(False), lambda: bench.settled),
    )
    stale = connection(state=State.STALE)
    yield (
        "a connection becomes stale",
        bench.phase(
            "a connection becomes stale",
            lambda: bench.replica.updated(protocol.Update(records=(stale,))),
            lambda: bench.settled,
        ),
    )
    yield "collapse all", bench.phase("collapse all", collapse.trigger, lambda: bench.settled)
    yield (
        "the connection is removed",
        bench.phase(
            "the connection is removed",
            lambda: fed.append(bench.feed(_removal(bench))),
            lambda: len(fed) > 1 and fed[1]() and bench.settled,
        ),
    )


def _arrange(bench: Bench) -> Iterator[tuple[str, float]]:
    """Arranges the tree in other ways, opens and selects all of the largest, and comes back."""
    estate, model = bench.window.estate, bench.window.tree_model

    def to(name: str) -> tuple[str, float]:
        what = f"arrange {ARRANGEMENTS[name].title}"
        choose = partial(bench.window.preferences.choose, arrangement=name)
        return what, bench.phase(what, choose, lambda: bench.settled and model.shows(ARRANGEMENTS[name]))

    yield to("network")
    everything = model.forest.count
    what = f"expand all {everything:,} rows by network"
    yield what, bench.phase(what, estate.open_all.trigger, lambda: bench.settled and len(model.rows) == everything)
    what = f"select all {everything:,} rows"
    bench.phase(what, estate.view.selectAll, lambda: bench.settled)
    bench.window.selection.choose(entity_id("vm", "vc", "20000"))
    for name in ("tag", "state", "location"):
        yield to(name)


def _walk(bench: Bench) -> None:
    """Selects VM after VM, as a held arrow key does."""
    numbers = iter(range(20_000, 20_040))
    over = False
    timer = QTimer(bench.window, interval=33)

    def step() -> None:
        nonlocal over
        if (number := next(numbers, None)) is None:
            over = True
            timer.stop()
        else:
            bench.window.selection.choose(entity_id("vm", "vc", str(number)))

    timer.timeout.connect(step)
    bench.phase("select 40 VMs, 30 a second", timer.start, lambda: over)


def _removal(bench: Bench) -> list[bytes]:
    ids = list(bench.replica.records)
    encoder = msgspec.msgpack.Encoder()
    return [encoder.encode(protocol.Update(removed=tuple(ids[at : at + 100]))) for at in range(0, len(ids), 100)]


def _storm(bench: Bench) -> None:
    """Changes of all sorts: half of them power, then moves, renames and networks, each with a line in the log."""
    chance = random.Random(3)
    numbers = count(1)
    timer = QTimer(bench.window, interval=50, timerType=Qt.TimerType.PreciseTimer)
    end = time.monotonic() + STORM_SECONDS

    def some() -> None:
        records, changes = [], []
        for number in range(CHANGES_PER_SECOND // 20):
            old = bench.replica.records[entity_id("vm", "vc", str(chance.randrange(VMS)))]
            assert isinstance(old, VM)
            match number:
                case 0:
                    new = msgspec.structs.replace(old, host=entity_id("host", "vc", str(chance.randrange(HOSTS))))
                case 1:
                    new = msgspec.structs.replace(old, name=f"vm-{chance.randrange(10**6):06}")
                case _:
                    new = msgspec.structs.replace(old, power=chance.choice((Power.ON, Power.OFF, Power.PAUSED)))
            records.append(new)
            changes.append(change(next(numbers), new, "power", "on", "off", actor="j.kim"))
        bench.replica.updated(protocol.Update(records=tuple(records), changes=tuple(changes)))

    timer.timeout.connect(some)
    bench.phase("100 changes a second for 20 s", timer.start, lambda: time.monotonic() > end)
    timer.stop()


if __name__ == "__main__":
    from tests.bench.__main__ import Outcome, table

    print(table([Outcome("window", 0.0, list(measure()))]))

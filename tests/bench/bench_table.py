"""The table of VMs at 45,000: the longest pause of its event loop beside that of an empty one, and how long work takes.

The real widget on a replica that is fed as the engine's client feeds it: frames of 100 records, decoded in slices.
`python -m tests.bench --only table` runs it.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from tests.gui.estates import NotingEngine, change, estate, link_up, updates
from vmi_console.engine import protocol
from vmi_console.engine.client import SLICE_SECONDS
from vmi_console.errors import VmiError
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM, Power
from vmi_console.gui import language
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.table import VmTable
from vmi_console.gui.table.columns import BY_NAME, COLUMNS
from vmi_console.gui.table.export import Form
from vmi_console.gui.theme import Theme
from vmi_console.gui.watching import Watchlist

HOSTS = 2_500
VMS = 45_000
CHANGES_PER_SECOND = 1_000
STORM_SECONDS = 10.0
PAUSE_MS = 50.0
SORT_S = 1.0
ANSWER_MS = 50.0


class Bench:
    """One table, one feed, and phases with a name, a beginning and an end."""

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        self._application = application
        language.install(application)
        Theme(application)
        self.replica = Replica()
        engine = NotingEngine()
        desk = Desk(self.replica, engine, Errands(_raise), Preferences(), Watchlist(engine))
        self.table = VmTable(desk)
        self.table.resize(1600, 800)
        self.table.show()
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

    def phase(self, name: str, begin: Callable[[], object], is_done: Callable[[], bool] | None = None) -> float:
        """Begins something and waits until it is done; gives the seconds that took."""
        is_done = is_done or (lambda: self.settled)
        self.turn(0.1)
        start = time.monotonic()
        done_at = 0.0
        loop = QEventLoop()

        def look() -> None:
            nonlocal done_at
            if is_done():
                done_at = time.monotonic()
                loop.quit()

        watch = QTimer(interval=2)
        watch.timeout.connect(look)
        QTimer.singleShot(0, lambda: (begin(), watch.start()))
        loop.exec()
        watch.stop()
        self.turn(0.2)  # what was put off belongs to it
        self.phases.append((name, start, time.monotonic()))
        return done_at - start

    def feed(self, frames: list[bytes]) -> Callable[[], bool]:
        """Decodes and applies frames in slices as the client does; gives whether all were."""
        decoder = msgspec.msgpack.Decoder(protocol.Update)
        waiting = iter(frames)
        over = False
        timer = QTimer(self.table, interval=0)

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
        return not (self.table.busy or self.replica.dirty)


def measure() -> Iterator[Figure]:
    """Runs the phases on one table, then tells the figures of each."""
    encoder = msgspec.msgpack.Encoder()
    frames = [encoder.encode(update) for update in updates(estate(HOSTS, VMS))]
    gc.collect()
    with EmptyLoop() as empty:
        bench = Bench()
        done = list(_phases(bench, frames))
        idle = empty.stop()
    for name, start, end in bench.phases:
        beside = 1000 * max((gap for when, gap in idle if start < when <= end), default=0.0)
        computed = bench.pauses.most_computed_ms(start, end)
        yield Figure(
            f"{name}: longest pause",
            bench.pauses.longest_ms(start, end),
            "ms",
            PAUSE_MS,
            f"an empty loop {beside:.0f} ms; of it computing {computed:.0f} ms",
        )
    yield from done
    bench.table.close()


def _phases(bench: Bench, frames: list[bytes]) -> Iterator[Figure]:
    table, model = bench.table, bench.table.model
    fed: list[Callable[[], bool]] = []
    yield _seconds(
        "load 45,000 VMs",
        bench.phase(
            "load 45,000 VMs",
            lambda: fed.append(bench.feed(frames)),
            lambda: bool(fed) and fed[0]() and bench.settled and len(model.rows) == VMS,
        ),
    )
    for column in COLUMNS:
        name = f"sort by {column.title}"
        yield _seconds(name, bench.phase(name, lambda column=column: model.sort_by(column, True)), SORT_S)  # type: ignore[misc]
    yield _seconds(
        "turn the order around", bench.phase("turn the order around", lambda: model.sort_by(model.column)), SORT_S
    )
    model.sort_by(BY_NAME["name"])
    bench.turn(1.0)
    yield from _typing(bench)
    yield from _selecting(bench)
    _storm(bench, "name")
    _storm(bench, "state")
    table.filter.setText("vlan-11")
    bench.turn(1.0)
    _storm(bench, "changed")
    table.filter.clear()
    bench.turn(1.0)
    few = {entity_id("vm", "vc", str(number)) for number in range(0, VMS, 97)}
    yield _seconds("search, 464 match", bench.phase("search, 464 match", lambda: model.show_only(few)))
    yield _seconds("search ended", bench.phase("search ended", lambda: model.show_only(None)))


def _typing(bench: Bench) -> Iterator[Figure]:
    """A filter typed letter by letter; the first letter finds out what every line says."""
    table, model = bench.table, bench.table.model
    for text in ("1", "12", "123", "123 vlan-11", ""):
        name = f"filter “{text}”" if text else "filter emptied"
        keystroke: list[float] = []
        answers: list[float] = []

        def press(text: str = text, keystroke: list[float] = keystroke) -> None:
            keystroke.append(time.monotonic())
            table.filter.setText(text)

        def answered(*_: object, answers: list[float] = answers) -> None:
            answers.append(time.monotonic())

        moves = (model.rowsRemoved, model.rowsInserted)
        connected = [move.connect(answered) for move in moves]
        yield _seconds(name, bench.phase(name, press))
        for move, connection in zip(moves, connected, strict=True):
            move.disconnect(connection)
        first = 1000 * (min(answers) - keystroke[0]) if answers else 0.0
        yield Figure(f"{name}: first answer", first, "ms", ANSWER_MS)


def _selecting(bench: Bench) -> Iterator[Figure]:
    table = bench.table
    yield _seconds("select all", bench.phase("select all", table.view.selectAll))
    by_memory = BY_NAME["memory"]
    yield _seconds(
        "sort with all selected",
        bench.phase("sort with all selected", lambda: table.model.sort_by(by_memory)),
        SORT_S,
    )
    table.view.picking.pick(line.entity for line in table.model.rows[::2])
    yield _seconds(
        "sort with every other line selected",
        bench.phase("sort with every other line selected", lambda: table.model.sort_by(BY_NAME["name"])),
        SORT_S,
    )
    yield _seconds("copy 22,500 lines", bench.phase("copy 22,500 lines", lambda: table.copy_selected(Form.TABS)))
    table.view.picking.pick(())


def _storm(bench: Bench, by: str) -> None:
    """Changes of all sorts while the table is sorted by what changes: half of them power, then moves and renames."""
    chance = random.Random(3)
    numbers = count(1)
    timer = QTimer(bench.table, interval=50, timerType=Qt.TimerType.PreciseTimer)
    bench.table.model.sort_by(BY_NAME[by], by == "changed")
    bench.turn(1.0)
    end = time.monotonic() + STORM_SECONDS

    def some() -> None:
        records, changes = [], []
        for number in range(CHANGES_PER_SECOND // 20):
            old = bench.replica.records[entity_id("vm", "vc", str(chance.randrange(VMS)))]
            assert isinstance(old, VM)
            match number % 10:
                case 0:
                    new = msgspec.structs.replace(old, host=entity_id("host", "vc", str(chance.randrange(HOSTS))))
                case 1:
                    new = msgspec.structs.replace(old, name=f"vm-{chance.randrange(10**6):06}")
                case _:
                    new = msgspec.structs.replace(old, power=chance.choice((Power.ON, Power.OFF, Power.PAUSED)))
            records.append(new)
            told = change(next(numbers), new, "power", "on", "off", actor="j.kim", observed_at=datetime.now(UTC))
            changes.append(told)
        bench.replica.updated(protocol.Update(records=tuple(records), changes=tuple(changes)))

    timer.timeout.connect(some)
    filtered = " with a filter" if bench.table.filter.text() else ""
    bench.phase(f"1,000 changes a second, sorted by {by}{filtered}", timer.start, lambda: time.monotonic() > end)
    timer.stop()
    bench.turn(0.5)


def _seconds(name: str, took: float, goal: float | None = None) -> Figure:
    return Figure(f"{name}: done after", took, "s", goal)


def _raise(error: VmiError) -> None:
    raise error


if __name__ == "__main__":
    from tests.bench.__main__ import Outcome, table

    print(table([Outcome("table", 0.0, list(measure()))]))

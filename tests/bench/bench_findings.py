"""10,000 findings on 45,000 VMs in the real window: its longest pauses, and how long what an operator does takes.

`python -m tests.bench --only findings` runs it.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import batched

import msgspec
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from tests.gui import judged
from tests.gui.estates import NotingEngine, estate, link_up, updates
from vmi_console.engine import protocol
from vmi_console.gui import language
from vmi_console.gui.findings.lines import Column, Grouping
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity

HOSTS, VMS = 2_500, 45_000
FINDINGS = 10_000
PER_FRAME = 200
MOVED_PER_SECOND = 200
STORM_SECONDS = 5.0
PAUSE_MS = 50.0


class Bench:
    """One window; each phase has a beginning and an end."""

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        language.install(application)
        Theme(application)
        self.replica = Replica()
        self.window = MainWindow(self.replica, NotingEngine())
        self.window.resize(1600, 1000)
        self.window.show()
        link_up(self.replica)
        self.replica.replayed(protocol.Replay(phase=protocol.Phase.BEGIN))
        for update in updates(estate(HOSTS, VMS)):
            self.replica.updated(update)
        self.replica.replayed(protocol.Replay(phase=protocol.Phase.END))
        self.turn_until(lambda: self.settled, 0.5)
        self.window.tree_model.open_all()
        self.turn_until(lambda: self.settled, 0.5)
        chance = random.Random(7)
        severities = list(Severity)
        self.findings = [
            judged.finding(number % 9, chance.randrange(VMS), chance.choice(severities)) for number in range(FINDINGS)
        ]
        self.phases: list[tuple[str, float, float]] = []
        gc.collect()
        gc.freeze()  # as the program does after a load
        self.pauses = Pauses()

    @property
    def settled(self) -> bool:
        window = self.window
        return not (self.replica.dirty or window.tree_model.busy or window.findings.busy or window.dashboard.busy)

    def turn(self, seconds: float) -> None:
        """Lets the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def turn_until(self, holds: Callable[[], bool], at_least: float = 0.0) -> None:
        self.turn(at_least)
        while not holds():
            self.turn(0.01)

    def phase(self, name: str, begin: Callable[[], object], at_least: float = 0.0) -> float:
        """Begins something and waits until it is shown; gives the seconds that took."""
        self.turn(0.1)
        start = time.monotonic()
        begin()
        self.turn_until(lambda: self.settled, at_least)
        end = time.monotonic()
        self.phases.append((name, start, end))
        return end - start

    def feed(self, findings: list[Finding], frames_per_second: float, replaces: bool = False) -> None:
        """Tells findings frame by frame, as the engine's client does."""
        frames = [
            protocol.Findings(replaces=replaces and number == 0, findings=tuple(part))
            for number, part in enumerate(batched(findings, PER_FRAME))
        ]
        waiting = iter(frames)
        timer = QTimer(self.window, interval=round(1000 / frames_per_second))

        def send() -> None:
            if (frame := next(waiting, None)) is None:
                timer.stop()
            else:
                self.replica.found(frame)

        timer.timeout.connect(send)
        timer.start()
        self.turn_until(lambda: not timer.isActive())

    def storm(self) -> None:
        """Findings that change a few at a time, all the time."""
        chance = random.Random(3)
        until = time.monotonic() + STORM_SECONDS

        def send() -> None:
            moved = [
                msgspec.structs.replace(chance.choice(self.findings), evidence=f"on VLAN {chance.randrange(4000)}")
                for _ in range(MOVED_PER_SECOND // 20)
            ]
            self.replica.found(protocol.Findings(findings=tuple(moved)))

        timer = QTimer(self.window, interval=50)
        timer.timeout.connect(send)
        timer.start()
        self.turn_until(lambda: time.monotonic() > until)
        timer.stop()


def measure() -> Iterator[Figure]:
    """The benchmark."""
    bench = Bench()
    pane = bench.window.findings
    with EmptyLoop() as empty:
        bench.turn(1.0)
        judged.stand(bench.replica, *judged.POLICIES)
        bench.phase("first load", lambda: bench.feed(bench.findings, 100))
        for grouping in (Grouping.VM, Grouping.POLICY, Grouping.CAUSE, Grouping.NONE):
            bench.phase(f"group by {grouping}", partial(pane.model.group_by, grouping))
        for column in (*Column, Column.SEVERITY):
            bench.phase(f"sort by {column.name.lower()}", partial(pane.model.sort_by, column))
        bench.phase("filter", lambda: pane.filter.setText("vm-00 vlan 60"), 0.2)
        bench.phase("no filter", pane.filter.clear, 0.2)
        bench.phase("storm", bench.storm)
        bench.window.show_dashboard()
        bench.phase("storm, dashboard in front", bench.storm)
        bench.phase("all again", lambda: bench.feed(bench.findings, 100, replaces=True))
        others = empty.stop()
    for name, start, end in bench.phases:
        beside = 1000 * max((gap for when, gap in others if start < when <= end), default=0.0)
        yield Figure(
            f"longest pause: {name}",
            bench.pauses.longest_ms(start, end),
            "ms",
            PAUSE_MS,
            f"thread computed {bench.pauses.most_computed_ms(start, end):.0f} ms; empty loop {beside:.0f} ms; "
            f"done in {end - start:.2f} s",
        )
    bench.window.hide()
    bench.window.deleteLater()

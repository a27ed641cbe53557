"""The timeline of a VM: the picture and the list show exactly what was done, grow while one looks, and go together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from tests.gui import estates, judged
from tests.gui.desks import new_desk
from tests.unit.engine.test_timeline import told
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Power
from vmi_console.gui.axes import calendar_ticks
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.extent import ALL, FITTING, SHORTEST_S, SPANS, Extent
from vmi_console.gui.timeline.lanes import Lane, Lanes
from vmi_console.gui.timeline.pane import TimelinePane
from vmi_console.gui.timeline.telling import Sort, Telling
from vmi_console.gui.window import MainWindow
from vmi_console.gui.wording import Wording
from vmi_console.policy.judgement import Severity
from vmi_console.response.quarantine import Stage
from vmi_console.review.timeline import Happening, Step, Timeline, What
from vmi_console.wire.tasks import Tasks

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


class Life:
    """Makes up what happened to the first VM of the estate, and the lanes of that."""

    def __init__(self) -> None:
        self.desk = new_desk(estates.NotingEngine())
        for record in estates.estate(3):
            self.desk.replica.records[record.id] = record
        self.vm = next(
            each for each in self.desk.replica.records.values() if isinstance(each, VM) and each.power == "on"
        )
        self.happenings: list[Happening] = []

    def change(self, minutes: float, path: str, before: Any, after: Any, **more: Any) -> None:
        number = len(self.happenings) + 1
        change = Change(
            number=number,
            entity=self.vm.id,
            name=self.vm.name,
            path=path,
            before=before,
            after=after,
            observed_at=at(minutes),
            **({"action": Action.CHANGED} | more),
        )
        self.happenings.append(Happening(at=at(minutes), what=What.CHANGE, change=change))

    def course(self, *, since: datetime | None = None, more: bool = False, **page: Any) -> Course:
        course = Course(self.vm.id)
        course.take(
            Timeline(
                entity=self.vm.id,
                since=since or at(0),
                until=at(100),
                happenings=tuple(each for each in reversed(self.happenings) if each.at >= (since or at(0))),
                more=more,
                known_since=at(0),
                **page,
            )
        )
        return course

    def lanes(self, **page: Any) -> dict[str, Lane]:
        course = self.course(**page)
        wording = Wording(self.desk.replica)
        made = Lanes(wording, Telling(wording)).of(course, self.desk.replica.records.get(self.vm.id), at(60))
        return {lane.title: lane for lane in made}


def spans(lane: Lane, row: int = 0) -> list[tuple[str, float, float]]:
    """What is said from which minute to which."""
    start = T0.timestamp()
    return [(span.text, (span.since - start) / 60, (span.until - start) / 60) for span in lane.rows[row]]


@pytest.fixture
def life(qapp: QApplication) -> Life:
    return Life()


def test_bands_say_what_was_so_from_when_to_when(life: Life) -> None:
    assert life.vm.power is Power.ON
    life.change(10, "power", "on", "suspended")
    life.change(20, "power", "suspended", "off")
    life.change(30, "power", "off", "on")
    assert spans(life.lanes()["Power"]) == [
        ("running", 0, 10),
        ("suspended", 10, 20),
        ("off", 20, 30),
        ("running", 30, 60),
    ]
    loaded = life.lanes(since=at(15), more=True)["Power"]
    assert spans(loaded) == [("suspended", 15, 20), ("off", 20, 30), ("running", 30, 60)], (
        "and nothing of what was before"
    )


def test_a_vm_that_was_made_and_removed_is_there_only_in_between(life: Life) -> None:
    life.change(10, "", None, {"power": "off"}, action=Action.ADDED)
    life.change(20, "power", "off", "on")
    life.change(30, "", {"power": "on"}, None, action=Action.REMOVED)
    assert spans(life.lanes()["Power"]) == [("off", 10, 20), ("running", 20, 30)]


def test_findings_stand_beside_each_other_the_worst_first_and_quarantine_is_a_band(life: Life) -> None:
    low = judged.finding(1, severity=Severity.LOW, opened_at=at(5))
    critical = judged.finding(2, severity=Severity.CRITICAL, opened_at=at(10))
    over = judged.finding(3, severity=Severity.MEDIUM, opened_at=at(1), resolved_at=at(4))
    for minutes, stage in ((20, Stage.ISOLATING), (21, Stage.ISOLATED), (40, Stage.RELEASED)):
        step = Step(quarantine="q", stage=stage)
        life.happenings.append(Happening(at=at(minutes), what=What.QUARANTINE, step=step))
    lanes = life.lanes(findings=(low, critical, over))
    rows = [[(since, until) for _, since, until in spans(lanes["Findings"], row)] for row in range(2)]
    assert rows == [[(1, 4), (10, 60)], [(5, 60)]]
    assert lanes["Findings"].rows[0][1].icon == "severity-critical"
    assert spans(lanes["Quarantine"]) == [("isolating", 20, 21), ("isolated", 21, 40)]
    assert [mark.icon for mark in lanes["Quarantine"].marks] == ["check"], "that it ended is marked"


def test_what_is_shown_fits_what_happened_and_ends_where_nothing_is_known(life: Life) -> None:
    for minutes in (1, 2, 3):
        life.change(minutes, "name", "a", "b")
    extent, start, now = Extent(FITTING, lambda: at(60 * 24 * 3)), T0.timestamp(), at(60 * 24 * 3).timestamp()
    extent.begin(life.course())
    assert extent.span == ALL, "three days: a week would be empty for most of it"
    extent.choose(SPANS[0])
    assert extent.sides[0] == now - SPANS[0]
    extent.bring_in(start)
    assert not extent.is_live
    assert sum(extent.sides) / 2 == pytest.approx(start, abs=1)
    for _ in range(100):
        extent.zoom(2.0, None)
    assert extent.sides[0] == now - SPANS[-1], "as far back as can be chosen, where less is known"
    assert extent.sides[1] == pytest.approx(now, abs=0.1 * SPANS[-1])
    for _ in range(100):
        extent.zoom(0.5, start)
    assert extent.sides[1] - extent.sides[0] == pytest.approx(SHORTEST_S)
    assert extent.sides[0] <= start <= extent.sides[1], "what one zooms around stays in sight"
    extent.pan(1e9)
    assert extent.sides[1] == pytest.approx(now, abs=1), "not beyond what can have happened"
    extent.follow()
    assert extent.sides[0] == now - SPANS[0], "the span that was chosen"


def test_the_axis_names_round_times_however_long_it_is(qapp: QApplication) -> None:
    end = datetime(2026, 11, 30, 9, 25, 12).astimezone().timestamp()
    for span in (20, 3_000, 90_000, 400_000, 3_000_000, 40_000_000, 400_000_000):
        ticks = calendar_ticks(end - span, end, 8)
        assert 2 <= len(ticks) <= 20
        assert len({text for _, text in ticks}) == len(ticks) or span in (90_000, 400_000)
        assert all(end - span <= tick <= end for tick, _ in ticks)
        assert [tick for tick, _ in ticks] == sorted(tick for tick, _ in ticks)


# --- with a real engine -----------------------------------------------------------------------------------------------


class Room:
    """A window with a real engine on a calm demo estate, and the timeline of one of its VMs in front."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.replica.keep_living_apart(has_living=True)
        self.visits = Visits(self.replica, PrivateEngine(None))
        self.window = MainWindow(self.replica, self.visits)

    @property
    def pane(self) -> TimelinePane:
        pane = self.window.panel.pane
        assert isinstance(pane, TimelinePane)
        return pane

    async def act(self, vm: EntityId, command: str, **arguments: Any) -> None:
        await self.visits.call("act", entity=vm, command=command, arguments={"by": "j.kim", **arguments})

    async def until(self, holds: Callable[[], object]) -> None:
        await eventually(holds)

    def shown(self) -> list[tuple[str, str, str | None]]:
        """What the list shows, oldest first."""
        return [told(entry.item) for entry in reversed(self.pane.list.items.rows)]


@contextlib.asynccontextmanager
async def opened(room: Room) -> AsyncIterator[None]:
    room.window.resize(1200, 900)
    room.window.show()
    try:
        async with Tasks() as tasks:
            assert room.visits.living is not None
            tasks.start(room.visits.living.run(), "the living engine")
            await room.until(lambda: room.replica.link.up)
            yield
            await room.window.errands.close()
    finally:
        room.window.close()
        room.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def test_what_is_done_to_a_vm_appears_in_both_and_is_selected_in_both(qapp: QApplication) -> None:
    room = Room()
    async with opened(room):
        window, replica = room.window, room.replica
        await room.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
        await room.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
        vm = next(
            each for each in replica.records.values() if isinstance(each, VM) and each.nics and each.power == "on"
        )
        window.selection.choose(vm.id)
        window.panel.turn_to("timeline")
        pane = room.pane
        labels = pane.list.findChildren(PlainLabel)
        await room.until(lambda: any("Nothing has happened" in label.text() for label in labels))
        assert room.shown() == []
        await room.act(vm.id, "move_nic", nic=vm.nics[0].key, network="guest-dmz")
        await room.until(lambda: room.shown() and not pane.busy)
        assert ("change", "nics", "j.kim") in room.shown(), "it grows while one looks"
        count = len(room.shown())
        await room.act(vm.id, "power_off")
        await room.until(lambda: ("change", "power", "j.kim") in room.shown() and not pane.busy)
        assert len(room.shown()) > count
        changes = [each.number for each in replica.changes if each.entity == vm.id]
        assert [entry.item.change.number for entry in pane.list.items.rows if entry.item.change] == changes[::-1]

        power = next(each for each in pane.course.happenings if each.change and each.change.path == "power")  # type: ignore[union-attr]
        pane.list.view.setCurrentIndex(pane.list.items.index(len(pane.list.items.rows) - 1, 0))
        assert pane.selected == pane.list.items.rows[-1].item.key
        spot = pane.picture.spot_of(power.key)
        assert spot is not None
        QTest.mouseClick(pane.picture, Qt.MouseButton.LeftButton, pos=QPoint(int(spot.x()) + 2, int(spot.y()) + 4))
        assert pane.selected == power.key
        assert pane.list.items.rows[pane.list.view.currentIndex().row()].item.key == power.key
        QTest.keyClick(pane.picture, Qt.Key.Key_Down)
        assert pane.selected != power.key, "the keyboard goes from one to the next"
        start, end = pane.picture.start, pane.picture.end
        QTest.keyClick(pane.picture, Qt.Key.Key_Minus)
        assert pane.picture.end - pane.picture.start > end - start
        assert not pane.live.isChecked()
        QTest.keyClick(pane.picture, Qt.Key.Key_End)
        assert pane.live.isChecked()

        wanted: list[datetime] = []
        pane.moment_wanted.connect(wanted.append)
        pane.select(power.key)
        assert pane.then.isEnabled()
        pane.then.trigger()
        assert wanted == [power.at]

        pane.list.sorts[Sort.POWER].trigger()
        await room.until(lambda: not pane.busy)
        assert ("change", "power", "j.kim") not in room.shown()
        pane.list.csv.trigger()
        text = QGuiApplication.clipboard().text()
        assert text.count("\r\n") == 1 + len(room.shown())
        assert "guest-dmz" in text


async def test_from_the_timeline_the_window_goes_to_the_time_of_what_happened(qapp: QApplication) -> None:
    room = Room()
    async with opened(room):
        window, replica = room.window, room.replica
        await room.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
        await room.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
        vm = next(each for each in replica.records.values() if isinstance(each, VM) and each.power == "on")
        window.selection.choose(vm.id)
        window.panel.turn_to("timeline")
        await room.act(vm.id, "power_off")
        await room.act(vm.id, "power_on")
        await room.until(lambda: len([each for each in room.shown() if each[1] == "power"]) == 2 and not room.pane.busy)
        shown = room.shown()
        assert room.pane.course is not None
        off = next(each for each in room.pane.course.happenings if each.change and each.change.after == "off")
        room.pane.select(off.key)
        room.pane.then.trigger()
        await room.until(lambda: replica.review is not None and not room.pane.busy)
        assert replica.review is not None
        assert abs(replica.review.at - off.at) < timedelta(seconds=1)
        await room.until(lambda: isinstance(now := replica.records.get(vm.id), VM) and now.power == "off")
        assert room.shown() == shown, "what came later is still there, to go to"
        window.travel.go_back()
        await room.until(lambda: replica.review is None)

"""Pace and quiet hours in the settings: painted, typed, undone, put back, told to the engine, and told how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMainWindow, QPushButton

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.errors import InputError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.pace import PaceRows, own_zone
from vmi_console.gui.dialogs.setting_rows import Row
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.dialogs.week import WeekPicture
from vmi_console.gui.panes.connections import REASON, ConnectionsModel
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist
from vmi_console.introspection.pace import ChosenPace, InQuiet
from vmi_console.introspection.quiet import Quiet, read, written
from vmi_console.introspection.rounds import Standing

OFFICE = ChosenPace(idle_s=7200.0, quiet=Quiet(read("Mon-Fri 8-18"), "Europe/Berlin"))


class KeepingEngine(estates.NotingEngine):
    """Keeps the pace that it is told, unless it refuses."""

    async def call(self, command: str, /, **arguments: Any) -> Any:
        answer = await super().call(command, **arguments)
        if command == "set_pace":
            self.answers["pace"] = arguments["pace"]
        return answer

    @property
    def pace(self) -> ChosenPace:
        return msgspec.convert(self.answers["pace"], ChosenPace)


@dataclass
class Stage:
    desk: Desk
    dialog: SettingsDialog
    engine: KeepingEngine

    @property
    def pace(self) -> PaceRows:
        return self.dialog.pace

    @property
    def week(self) -> WeekPicture:
        return self.pace.quiet.picture

    def row(self, name: str) -> Row:
        return next(row for row in self.pace.choices if row.setting.name == name)

    def shown(self, name: str) -> str:
        control = self.row(name).control
        assert isinstance(control, QComboBox)
        return control.currentText()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    window = QMainWindow()
    replica, engine = Replica(window), KeepingEngine()
    engine.answers["pace"] = msgspec.to_builtins(OFFICE)
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(tmp_path), Watchlist(engine))
    estates.link_up(replica)
    estates.replay(replica, [estates.connection(), estates.connection("kvm", provider="libvirt")])
    stage = Stage(desk, SettingsDialog(window, desk), engine)
    window.show()
    stage.dialog.show()
    await eventually(lambda: stage.pace.chosen == OFFICE)
    yield stage
    stage.dialog.close()
    window.close()
    window.deleteLater()
    await desk.errands.close()


async def test_what_holds_is_shown_beside_what_each_provider_has_of_its_own(stage: Stage) -> None:
    assert stage.shown("idle_s") == "2 h"
    assert stage.row("idle_s").reset.isVisibleTo(stage.dialog)
    assert stage.shown("changed_s") == "As usual: libvirt 15 s, vSphere 15 min"
    assert stage.shown("at_once") == "As usual: 2"
    assert stage.shown("wanted_in_quiet") == "Looked into at once only"
    assert stage.pace.quiet.text.text() == "Mon–Fri 08:00–18:00"
    assert "Europe/Berlin" in stage.pace.quiet.zone.text()


async def test_a_choice_reaches_the_engine_and_is_undone(stage: Stage) -> None:
    control = stage.row("at_once").control
    control.setFocus()
    QTest.keyClick(control, Qt.Key.Key_Down)
    await eventually(lambda: stage.engine.pace.at_once == 1)
    stage.dialog.undo.trigger()
    await eventually(lambda: stage.engine.pace == OFFICE)
    stage.dialog.redo.trigger()
    await eventually(lambda: stage.engine.pace.at_once == 1)
    stage.row("idle_s").reset.click()
    await eventually(lambda: stage.engine.pace.idle_s is None)


async def test_hours_are_painted_by_a_drag(stage: Stage) -> None:
    week = stage.week
    first, last = (week.rect_of(cell).center() for cell in ((5, 20), (6, 23)))
    QTest.mousePress(week, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(week, last)
    assert stage.engine.pace == OFFICE, "while it is dragged nothing holds"
    QTest.mouseRelease(week, Qt.MouseButton.LeftButton, pos=last)
    await eventually(lambda: written(stage.engine.pace.quiet.spans) == "Mon–Fri 08:00–18:00; Sat, Sun 20:00–24:00")
    assert stage.engine.pace.quiet.zone == own_zone()
    assert stage.pace.quiet.text.text() == "Mon–Fri 08:00–18:00; Sat, Sun 20:00–24:00"
    QTest.mouseClick(week, Qt.MouseButton.LeftButton, pos=QPoint(2, week.rect_of((5, 0)).center().y()))
    await eventually(lambda: "Sat 00:00–24:00" in written(stage.engine.pace.quiet.spans))


async def test_hours_are_painted_by_keyboard_and_the_picture_says_where_one_is(stage: Stage) -> None:
    week = stage.week
    week.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Home):
        QTest.keyClick(week, key)
    assert week.accessibleDescription().startswith("Tuesday ")
    assert ": not quiet." in week.accessibleDescription()
    for _ in range(2):
        QTest.keyClick(week, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(week, Qt.Key.Key_Space)
    await eventually(lambda: "Tue 00:00–03:00" in written(stage.engine.pace.quiet.spans))
    assert ": quiet." in week.accessibleDescription()
    QTest.keyClick(week, Qt.Key.Key_Space)
    await eventually(lambda: stage.engine.pace.quiet.spans == OFFICE.quiet.spans)
    QTest.keyClick(week, Qt.Key.Key_Tab)
    assert stage.dialog.focusWidget() is stage.pace.quiet.text


async def test_hours_are_typed_and_what_cannot_be_read_is_said(stage: Stage) -> None:
    text = stage.pace.quiet.text
    text.setFocus()
    text.selectAll()
    QTest.keyClicks(text, "Sat 22-")
    QTest.keyClick(text, Qt.Key.Key_Tab)
    assert "no end" in stage.pace.quiet.error.text()
    assert stage.engine.pace == OFFICE
    text.setText("Sat 22:30-6")
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Return)
    await eventually(lambda: written(stage.engine.pace.quiet.spans) == "Sat 22:30–06:00")
    assert not stage.pace.quiet.error.isVisibleTo(stage.dialog)
    assert stage.dialog.isVisible(), "Enter closes nothing"
    stage.pace.quiet.reset.click()
    await eventually(lambda: stage.engine.pace.quiet == Quiet())


async def test_all_of_it_is_put_back_and_that_can_be_undone(stage: Stage) -> None:
    stage.pace.choose(wanted_in_quiet=InQuiet.ALL)
    everything = stage.pace.chosen
    buttons = stage.dialog.findChildren(QPushButton)
    next(each for each in buttons if each.accessibleName() == "Reset Pace and quiet hours").click()
    await eventually(lambda: stage.engine.pace == ChosenPace())
    stage.dialog.undo.trigger()
    await eventually(lambda: stage.engine.pace == everything)


async def test_what_the_engine_refuses_is_told_and_what_it_has_is_shown(stage: Stage) -> None:
    stage.engine.answers["set_pace"] = InputError("the time zone “X” is not known on this machine", "name another")
    stage.pace.choose(at_once=8)
    await eventually(lambda: "not known" in stage.pace.standing.error.text() and stage.pace.chosen == OFFICE)
    assert stage.shown("at_once") == "As usual: 2"


async def test_nothing_can_be_chosen_before_it_is_known_what_the_engine_has(stage: Stage) -> None:
    rows = (stage.row("at_once"), stage.pace.quiet, stage.dialog.history.choices[0])
    await eventually(lambda: all(row.isEnabled() for row in (stage.row("at_once"), stage.pace.quiet)))
    stage.desk.replica.link_changed(Link(up=False, since=estates.NOW))
    assert not any(row.isEnabled() for row in rows)
    stage.engine.answers["pace"] = waiting = asyncio.Event()
    stage.engine.answers["history"] = waiting
    asked = len(stage.engine.calls)
    estates.link_up(stage.desk.replica)
    await eventually(lambda: ("pace", {}) in stage.engine.calls[asked:])
    assert not any(row.isEnabled() for row in rows)
    await stage.desk.errands.close()  # nobody answers any more


async def test_how_it_goes_is_told_here_and_among_the_connections(stage: Stage) -> None:
    model = ConnectionsModel(stage.desk.replica)
    kvm, vc = (
        next(each.id for each in stage.desk.replica.connections() if each.endpoint == end) for end in ("kvm", "vc")
    )
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    quiet = Standing(guests=30, waiting=0, quiet=True, quiet_until=tomorrow)
    stage.desk.replica.went_round(protocol.Round(connection=vc, standing=quiet))
    stage.desk.replica.went_round(
        protocol.Round(connection=kvm, standing=Standing(guests=1234, under_way=2, slowness=2.4))
    )
    said = stage.pace.standing.said.text().splitlines()
    assert said[0].endswith("2 being looked into · its host is busy: all wait 2.4 times as long")
    assert said[1] == f"vc estate: quiet until {tomorrow.astimezone():%a %H:%M}: no guest waits"
    reasons = {model.index(row, REASON).data() for row in range(model.rowCount())}
    assert reasons == {"", said[1].removeprefix("vc estate: ")}
    stage.desk.replica.went_round(protocol.Round(connection=vc))
    assert len(stage.pace.standing.said.text().splitlines()) == 1


async def test_the_search_finds_pace_and_quiet_hours(stage: Stage) -> None:
    stage.dialog.box.setText("weekend")
    assert stage.week.isVisible()
    assert not stage.row("at_once").isVisible()
    stage.dialog.box.setText("busy hosts")
    assert stage.row("busy_s").isVisible()
    assert not stage.week.isVisible()

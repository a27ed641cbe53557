"""The replay beside the preview: what is asked, how far it is, what came of it, and which text that is about."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.console import eventually
from tests.gui.desks import new_desk
from tests.gui.estates import link_up
from tests.gui.test_policy_editor import WEB, FolderEngine, Opened
from vmi_console.engine import protocol
from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.policy_editor.replay_pane import ReplayPane
from vmi_console.gui.policy_editor.window import PolicyWindow
from vmi_console.policy.judgement import Severity
from vmi_console.review.firings import PARTS, Fired, Firings, Lack
from vmi_console.wire.calls import Tell

UNTIL = datetime(2026, 3, 8, 12, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=7)


def fired(number: int, **fields: Any) -> Fired:
    first = SINCE + timedelta(days=number)
    given: dict[str, Any] = {"times": 1, "first": first, "last": first, "severity": Severity.HIGH, "checks": ("VLANs",)}
    return Fired(vm=EntityId(f"vm/vc/{number}"), vm_name=f"=web-{number}", **(given | fields))


FOUND = Firings(
    since=SINCE,
    until=UNTIL,
    times=5,
    before=1,
    vms=3,
    held=1,
    asked=1,
    unknown=2,
    unclear=1,
    parts=(3, *(0,) * (PARTS - 2), 1),
    fired=(
        fired(1, times=3, from_before=True, evidence="<b>VLAN 666</b>"),
        fired(2, held_at=SINCE + timedelta(days=2, minutes=10), waited_seconds=600.0),
        fired(3, held_at=SINCE + timedelta(days=3), asked=True, because="it would be too many"),
    ),
    lacks=(Lack.FIRST_LOOKS,),
)


class PastEngine(FolderEngine):
    """Answers a replay with `found`, or raises it, as soon as it may."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Firings | VmiError = FOUND
        self.may_answer = asyncio.Event()

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        if command != "replay_policy":
            return await super().follow(told, command, **arguments)
        self.calls.append((command, arguments))
        told(0.25)
        await self.may_answer.wait()
        if isinstance(self.found, VmiError):
            raise self.found
        return msgspec.to_builtins(self.found, builtin_types=(datetime,))


class Past(Opened):
    engine: PastEngine

    @property
    def pane(self) -> ReplayPane:
        return self.window.replay

    async def replay(self) -> None:
        self.engine.may_answer.set()
        self.window.run_replay.trigger()
        await eventually(lambda: self.pane._asked is None and not self.pane.list.items.busy)

    def rows(self) -> list[list[str]]:
        model = self.pane.list.items
        return [
            [str(model.index(row, column).data()) for column in range(model.columnCount())]
            for row in range(len(model.rows))
        ]


@pytest.fixture
async def past(qapp: QApplication) -> AsyncIterator[Past]:
    engine = PastEngine()
    desk = new_desk(engine)
    link_up(desk.replica)
    top = QWidget()
    window = PolicyWindow(desk, top)
    QAbstractItemModelTester(window.replay.list.items, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    past = Past(window, engine, desk)
    await past.open("web.yaml")
    yield past
    window.hide()
    await desk.errands.close()
    top.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def test_it_says_how_often_on_whom_and_what_would_have_been_held(past: Past) -> None:
    QTest.keyClick(past.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert past.window.meaning.currentWidget() is past.pane
    assert "Nothing is done" in past.pane.notes.text()
    QTest.keyClick(past.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    await eventually(lambda: past.pane.busy.isVisible() and past.pane.busy.value() == 250)
    assert past.pane.stop.isVisible()
    assert not past.pane.start.isVisible()
    past.engine.may_answer.set()
    await eventually(lambda: past.pane.firings is not None and bool(past.pane.list.items.rows))
    (asked,) = past.calls("replay_policy")
    assert asked["text"] == WEB
    assert abs(datetime.now(UTC) - asked["since"] - timedelta(days=7)) < timedelta(minutes=1)
    assert "5" in past.pane.headline.text()
    assert "quarantined" in past.pane.headline.text()
    for words in ("2026-03-01", "so already", "nobody could tell", "cannot be told", "inside guests", "armed"):
        assert words in past.pane.notes.text()
    first, second, third = past.rows()
    assert first[:3] == ["=web-1", "3", "earlier"]
    assert (first[4], second[4], third[4]) == ("no", "after 10 min", "would ask")
    assert past.pane.chart.isVisible()
    assert "3 at once" in past.pane.chart.accessibleDescription()
    chosen: list[str] = []
    past.window.chosen.connect(chosen.append)
    past.window.go_replay.trigger()
    past.pane.list.view.setCurrentIndex(past.pane.list.items.index(1, 0))
    QTest.keyClick(past.pane.list.view, Qt.Key.Key_Return)
    assert chosen == ["vm/vc/2"]


async def test_what_is_shown_looks_like_what_it_is_about(past: Past) -> None:
    past.pane.span.setCurrentIndex(3)
    await past.replay()
    assert past.calls("replay_policy")[0]["since"] is None, "all that is recorded"
    assert past.pane.stale.isHidden()
    past.window.editor.text.typed.emit(WEB.replace("high", "low"))
    await past.settle()
    assert past.pane.stale.isVisible()
    past.window.undo.trigger()
    await past.settle()
    assert past.pane.stale.isHidden(), "it is about this text again"
    await past.open("servers.yaml")
    assert past.pane.firings is None
    assert not past.pane.start.isEnabled()
    assert "group" in past.pane.notes.text()
    assert past.pane.list.isHidden()
    past.window.run_replay.trigger()
    assert len(past.calls("replay_policy")) == 1
    await past.open("web.yaml")
    past.window.editor.text.typed.emit("policy: [")
    await past.settle()
    assert not past.pane.start.isEnabled()
    assert "problems" in past.pane.start.toolTip()


async def test_it_can_be_given_up_and_may_fail(past: Past) -> None:
    past.window.run_replay.trigger()
    await eventually(past.pane.stop.isVisible)
    past.pane.stop.click()
    await past.idle()
    assert past.pane.start.isVisible()
    assert past.pane.firings is None
    past.window.run_replay.trigger()
    await eventually(past.pane.stop.isVisible)
    past.desk.errands.under_way[0].cancel()  # in the list of tasks
    await eventually(past.pane.start.isVisible)
    past.engine.found = VmiError("nothing was recorded in that time", "choose another time")
    await past.replay()
    assert "nothing was recorded" in past.pane.notes.text()
    assert past.pane.list.isHidden()
    past.engine.found = Firings(since=SINCE, until=UNTIL, parts=(0,) * PARTS)
    await past.replay()
    assert past.pane.headline.text() == "It would not have fired."
    assert not past.pane.export.isEnabled()
    assert past.pane.chart.isHidden()


async def test_the_past_of_another_time_is_counted_from_there(past: Past) -> None:
    past.desk.replica.show_then(protocol.Review(at=UNTIL, path="/a.vmisnap"))
    await past.replay()
    assert past.calls("replay_policy")[0]["since"] == SINCE


async def test_the_list_is_exported_with_nothing_a_spreadsheet_would_run(past: Past, tmp_path: Path) -> None:
    await past.replay()
    past.pane.write(str(tmp_path / "replay.csv"))
    with (tmp_path / "replay.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert first["vm_name"] == "'=web-1"
    assert (first["from_before"], first["quarantined_at"], first["asked"]) == ("yes", "", "")
    assert (second["after_seconds"], second["asked"]) == ("600", "no")
    assert (third["asked"], third["because"]) == ("yes", "it would be too many")
    past.pane.write(str(tmp_path / "none" / "replay.csv"))
    assert "could not be written" in past.pane.headline.text()


async def test_a_bar_says_what_it_stands_for(past: Past) -> None:
    await past.replay()
    past.window.go_replay.trigger()
    chart = past.pane.chart
    await eventually(chart.isVisible)
    assert "2026-03-01" in chart._told(chart._area.left() + 1)
    assert chart._told(-5) == ""
    at = QPoint(int(chart._area.left()) + 1, 20)
    QApplication.sendEvent(chart, QHelpEvent(QEvent.Type.ToolTip, at, chart.mapToGlobal(at)))
    chart.grab()

"""Travelling in time in the window, with real engines: the estate, the log and the selection of another moment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.test_accessibility import unnamed
from tests.gui.test_review import Stage, stage, staged
from vmi_console.engine.engines import RunningEngine
from vmi_console.engine.past_commands import Activity
from vmi_console.errors import EngineUnavailable
from vmi_console.estate.records import VM
from vmi_console.gui.actions import Deed
from vmi_console.gui.review.marks import marks
from vmi_console.gui.review.strip import Strip
from vmi_console.gui.review.words import time_meant, typed
from vmi_console.wire.program import command

DEMO = "demo://?hosts=3&vms=30&story=off&packages=5"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

__all__ = ["stage"]


async def demo(stage: Stage, uri: str = DEMO, *, saved: bool = False) -> VM:
    await stage.visits.call("add_connection", uri=uri, saved=saved)
    await stage.until(lambda: stage.replica.counts["vm"] == 30 and not stage.replica.progress)
    return next(each for each in stage.replica.records.values() if isinstance(each, VM) and each.nics)


async def rename(stage: Stage, vm: VM, name: str) -> datetime:
    """Renames a VM in the living estate; gives when it was told, which is recorded by then."""
    await stage.visits.call("act", entity=vm.id, command="rename", arguments={"name": name, "by": "j.kim"})
    await stage.until(lambda: stage.replica.records[vm.id].name == name)
    at = max(each.observed_at for each in stage.replica.changes if each.entity == vm.id)
    while (last := (await stage.window.travel.recorded()).last) is None or last < at:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return at


async def test_the_window_goes_to_a_moment_from_moment_to_moment_and_back(stage: Stage) -> None:
    window, replica, bar = stage.window, stage.replica, stage.window.time_bar
    vm = await demo(stage)
    first = await rename(stage, vm, "web-second")
    second = await rename(stage, vm, "web-third")
    window.selection.choose(vm.id)
    window.search.setText("web")
    await stage.until(lambda: vm.id in replica.matches)
    bar.open.trigger()
    assert bar.open.isChecked()
    await stage.until(lambda: bar.strip.activity is not None and sum(bar.strip.activity.changes) >= 2)
    assert bar.strip.accessibleDescription() == bar.field.text() == "Now"
    assert unnamed(bar) == []

    bar.field.setText((first - timedelta(milliseconds=1)).astimezone().isoformat(sep=" "))
    bar.field.returnPressed.emit()
    assert window.travel.going
    await stage.until(lambda: not window.travel.going and replica.counts["vm"] == 30)
    assert replica.review is not None
    assert replica.review.at == first - timedelta(milliseconds=1)
    assert replica.records[vm.id].name == vm.name
    assert [each for each in replica.changes if each.entity == vm.id] == []
    assert bar.field.text() == typed(replica.review.at)
    assert window.review_bar.isVisible()
    assert window.selection.entity == vm.id
    assert window.search.text() == "web"
    deeds = [action for action in window.actions_everywhere() if isinstance(action, Deed)]
    assert not any(deed.isEnabled() for deed in deeds)

    window.travel.change_after.trigger()
    await stage.until(lambda: replica.review is not None and replica.records[vm.id].name != vm.name)
    await stage.until(lambda: not window.travel.going and not window.changes.busy and not replica.dirty)
    wanted = "web-second" if second - first > timedelta(seconds=2) else "web-third"
    assert replica.records[vm.id].name == wanted
    assert {each.observed_at for each in replica.changes} <= {each for each in (first, second)} | {
        each.observed_at for each in replica.changes if each.observed_at <= replica.now
    }
    assert max(each.observed_at for each in replica.changes) <= replica.now

    for step in range(40):  # as a hand drags: of what is asked for while a step is under way only the last counts
        window.travel.go_to(first + (second - first) * (step % 7) / 6)
    window.travel.go_to(first)
    await stage.until(lambda: not window.travel.going)
    assert replica.review is not None
    assert replica.review.at == first
    assert replica.records[vm.id].name == "web-second"

    bar.field.setText("soon")
    bar.field.returnPressed.emit()
    assert bar.field.property("wrong")
    assert "Not a time" in bar.status.text()
    window.travel.go_to(second)
    await stage.until(lambda: not window.travel.going)
    window.travel.change_after.trigger()
    await stage.until(lambda: bar.status.text() == "Nothing changed after this")

    QTest.keyClick(bar.strip, Qt.Key.Key_End)
    await stage.until(lambda: replica.review is None and replica.records[vm.id].name == "web-third")
    await stage.until(lambda: len([each for each in replica.changes if each.entity == vm.id]) >= 2)
    assert bar.field.text() == "Now"
    assert window.connections.add.isEnabled()
    assert window.selection.entity == vm.id
    bar.shut.click()
    assert not bar.open.isChecked()
    assert stage.errors == []


async def test_where_nothing_was_recorded_it_says_what_to_do(stage: Stage) -> None:
    window, bar = stage.window, stage.window.time_bar
    bar.open.trigger()
    await stage.until(lambda: bar.empty.text())
    assert "saved" in bar.empty.text()
    assert not bar.field.isEnabled()
    window.travel.go_to(NOON)
    await stage.until(lambda: not window.travel.going)
    assert window.notices.other.isVisible()
    assert stage.replica.review is None
    assert stage.replica.link.up


async def test_going_back_before_one_has_arrived(stage: Stage) -> None:
    vm = await demo(stage)
    at = await rename(stage, vm, "renamed")
    stage.window.travel.go_to(at - timedelta(milliseconds=1))
    stage.window.travel.go_back()
    assert not stage.window.travel.going
    stage.window.travel.go_to(at - timedelta(milliseconds=1))
    await stage.until(lambda: stage.replica.review is not None and not stage.window.travel.going)
    stage.window.travel.go_back()
    stage.window.travel.go_to(at)  # while the living estate is on its way
    await stage.until(lambda: not stage.window.travel.going)
    assert stage.replica.review is not None
    assert stage.replica.review.at == at
    engine = stage.window.travel.engine
    assert engine is not None
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    await stage.until(lambda: not stage.replica.link.up)
    await stage.until(lambda: stage.replica.link.up)
    assert stage.replica.review.at == at, "another engine goes on where the one that died was"
    stage.window.travel.go_back()
    await stage.until(lambda: stage.replica.review is None and stage.replica.records[vm.id].name == "renamed")


@contextmanager
def listening(path: Path, workspace: Path) -> Iterator[None]:
    """An engine that listens, killed at the end."""
    engine = subprocess.Popen(command("engine", "--listen", str(path), "--workspace", str(workspace)))
    try:
        yield
    finally:
        engine.kill()
        engine.wait()


@pytest.mark.slow
async def test_windows_on_an_engine_that_listens_go_to_moments_of_their_own(tmp_path: Path, qapp: QApplication) -> None:
    path, workspace = tmp_path / "engine", tmp_path / "workspace"
    async with AsyncExitStack() as windows:
        with listening(path, workspace):
            one = await windows.enter_async_context(staged(RunningEngine(path)))
            other = await windows.enter_async_context(staged(RunningEngine(path)))
            vm = await demo(one, f"{DEMO}&folder={tmp_path / 'world'}", saved=True)
            await other.until(lambda: vm.id in other.replica.records)
            before = await rename(one, vm, "second") - timedelta(milliseconds=1)
            one.window.travel.go_to(before)
            await one.until(lambda: one.replica.review is not None and not one.window.travel.going)
            after = await rename(other, vm, "third")
            assert one.replica.records[vm.id].name == vm.name
            other.window.travel.go_to(after)
            await other.until(lambda: other.replica.review is not None and not other.window.travel.going)
            assert one.replica.now == before
            assert other.replica.now == after

        living = one.visits.living
        assert living is not None
        with suppress(EngineUnavailable):
            while True:
                await living.call("status")
        one.window.travel.go_to(after)
        await one.until(lambda: not one.window.travel.going)
        assert one.replica.records[vm.id].name == "third", "the past is there without the engine that recorded it"
        one.window.travel.go_back()
        assert one.errors == ["the engine does not answer now"]
        assert one.window.notices.other.isVisible()
        assert one.replica.review is not None

        with listening(path, workspace):
            await one.until(lambda: one.replica.review is None and one.replica.link.up)
            await one.until(lambda: one.replica.records[vm.id].name == "third")
            assert other.replica.review is not None
            assert other.visits.living is not None
            await other.visits.living.up()
            other.window.travel.go_back()
            await other.until(lambda: other.replica.review is None)
            assert other.errors == []


def strip() -> Strip:
    """Of an hour, of which the last half was recorded."""
    one = Strip()
    one.resize(600, 56)
    one.first, one.last = NOON + timedelta(minutes=30), NOON + timedelta(hours=1)
    one.show_span(NOON, NOON + timedelta(hours=1))
    one.activity = Activity(
        since=NOON, until=NOON + timedelta(hours=1), changes=(0, 1, 2, 9), opened=(0, 0, 1, 0), resolved=(0, 0, 0, 1)
    )
    return one


def test_the_strip_tells_what_hands_and_keys_want(qapp: QApplication) -> None:
    one, wants = strip(), list[datetime | None]()
    one.wanted.connect(wants.append)
    one.grab()
    for kind, x in (
        (QEvent.Type.MouseButtonPress, 450.0),
        (QEvent.Type.MouseMove, 300.0),
        (QEvent.Type.MouseMove, 10.0),
        (QEvent.Type.MouseMove, 599.0),
        (QEvent.Type.MouseButtonRelease, 599.0),
    ):
        button = Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, QPointF(x, 20), QPointF(x, 20), button, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(one, event)
    minute = [None if each is None else round((each - NOON).total_seconds() / 60) for each in wants]
    assert minute == [45, 30, 30, None], "not before anything was recorded; let go at the end it is now"
    wants.clear()
    one.at = NOON + timedelta(minutes=50)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(one, key)
    assert [None if each is None else (each - NOON).total_seconds() / 60 for each in wants] == [49.7, 44, 56, 30, None]
    assert one.told(NOON + timedelta(minutes=59))[1:] == ["9 changes", "1 finding resolved"]
    one.deleteLater()


def test_times_that_are_typed() -> None:
    shown, now = NOON, NOON + timedelta(days=3)
    local = shown.astimezone()
    assert time_meant("2026-03-01 12:00+00:00", shown, now) == NOON
    assert time_meant(typed(shown), now, now) == NOON
    assert time_meant(f"{local:%H:%M}", shown, now) == NOON
    assert time_meant("9:05:07", shown, now) == local.replace(hour=9, minute=5, second=7)
    assert time_meant("2026-03-02", shown, now) == datetime(2026, 3, 2).astimezone()
    assert time_meant(" -90m", shown, now) == now - timedelta(minutes=90)
    for text in ("", "soon", "25:00", "2026-13-01", "-", "-999999w", "٣٣:١٢", "0001-01-01 00:00:00+23:59"):
        assert time_meant(text, shown, now) is None, text


@pytest.mark.parametrize("hours", [0.005, 0.1, 1, 7, 26, 24 * 9, 24 * 45, 24 * 400, 24 * 3000])
def test_an_axis_names_a_few_round_times_in_order(hours: float) -> None:
    until = NOON + timedelta(hours=hours)
    found = marks(NOON, until, 10)
    assert 1 <= len(found) <= 12
    assert [each.at for each in found] == sorted({each.at for each in found})
    assert all(NOON <= each.at <= until and each.name for each in found)

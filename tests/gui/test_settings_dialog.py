"""The settings: found by search, in force at once, undone and reset; what is declared is what there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QMainWindow, QPushButton, QWidget

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.errors import InputError
from vmi_console.estate.records import State
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.advisories import AdvisoryRows
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.dialogs.sections import DEFAULTS, Sections
from vmi_console.gui.dialogs.setting_rows import Row
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.preferences import Choices, Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist
from vmi_console.settings import Workspace


@dataclass
class Stage:
    """The dialog over a window."""

    desk: Desk
    dialog: SettingsDialog
    engine: estates.NotingEngine
    heard: list[str] = field(default_factory=list)

    @property
    def choices(self) -> Choices:
        return self.desk.preferences.choices

    def row(self, name: str) -> Row:
        return next(row for row in self.dialog.findChildren(Row) if row.setting.name == name)

    def pick(self, name: str, title: str) -> None:
        """Chooses from a list by keyboard."""
        control = self.row(name).control
        assert isinstance(control, QComboBox)
        control.setFocus()
        titles = [control.itemText(at) for at in range(control.count())]
        for _ in range(abs(steps := titles.index(title) - control.currentIndex())):
            QTest.keyClick(control, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)

    def button(self, name: str) -> QPushButton:
        return next(one for one in self.dialog.findChildren(QPushButton) if name in (one.text(), one.accessibleName()))

    def shown(self) -> list[str]:
        """The settings and sections that the search left."""
        sections = [part.section.title for part in self.dialog.parts if part.isVisible()]
        return sections + [row.setting.name for row in self.dialog.findChildren(Row) if row.isVisible()]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    window = QMainWindow()
    replica, engine = Replica(window), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(tmp_path), Watchlist(engine))
    estates.replay(replica, [estates.connection()])
    workspace = Workspace.at(tmp_path)
    workspace.log.write_text("x" * 5120)
    stage = Stage(desk, SettingsDialog(window, desk, workspace), engine)
    stage.dialog.add_wanted.connect(lambda: stage.heard.append("add"))
    stage.dialog.columns_wanted.connect(lambda: stage.heard.append("columns"))
    window.show()
    stage.dialog.show()
    yield stage
    stage.dialog.close()
    window.close()
    window.deleteLater()
    await desk.errands.close()


def test_every_setting_is_a_choice_and_its_values_are_allowed() -> None:
    settings = [setting for section in Sections().all() for setting in section.settings]
    assert {setting.name for setting in settings} <= {one.name for one in msgspec.structs.fields(Choices)}
    preferences = Preferences()
    for setting in settings:
        assert not setting.values or setting.default in [value for value, _ in setting.values]
        for value, _ in setting.values or ((True, ""), (False, "")):
            preferences.choose(**{setting.name: value})
            assert setting.of(preferences.choices) == value


async def test_what_is_chosen_holds_at_once_and_is_kept(stage: Stage, tmp_path: Path) -> None:
    stage.pick("scheme", "Dark")
    assert stage.choices.scheme is Scheme.DARK
    stage.row("notify").control.setFocus()
    QTest.keyClick(stage.row("notify").control, Qt.Key.Key_Space)
    assert not stage.choices.notify
    stage.desk.preferences.save()
    assert Preferences(tmp_path).choices == stage.choices


async def test_changes_are_undone_and_done_again(stage: Stage) -> None:
    stage.pick("refresh_milliseconds", "Every second")
    stage.pick("scheme", "Light")
    QTest.keySequence(stage.dialog, "Ctrl+Z")
    assert (stage.choices.scheme, stage.choices.refresh_milliseconds) == (Scheme.SYSTEM, 1000)
    QTest.keySequence(stage.dialog, "Ctrl+Z")
    assert stage.choices == DEFAULTS
    control = stage.row("refresh_milliseconds").control
    assert isinstance(control, QComboBox)
    assert control.currentText() == "4 times a second"
    QTest.keySequence(stage.dialog, "Ctrl+Shift+Z")
    assert stage.choices.refresh_milliseconds == 1000


async def test_each_setting_goes_back_to_what_it_was_at_first(stage: Stage) -> None:
    row = stage.row("notify")
    assert not row.reset.isVisible()
    stage.desk.preferences.choose(notify=False)
    assert isinstance(row.control, QCheckBox)
    assert not row.control.isChecked()
    assert row.reset.isVisible()
    row.reset.click()
    assert stage.choices == DEFAULTS
    assert not row.reset.isVisible()
    stage.desk.preferences.choose(table_columns=("name", "host"))
    stage.button("Reset Columns of the table of virtual machines").click()
    assert stage.choices.table_columns == ()


async def test_the_search_finds_settings_by_any_of_their_words(stage: Stage) -> None:
    everything = stage.shown()
    QTest.keyClicks(stage.dialog.box, "dark")
    assert stage.shown() == ["Appearance", "scheme"]
    stage.dialog.box.setText("tray")
    assert stage.shown() == ["Notifications", "close_to_tray"]
    stage.dialog.box.setText("password")
    assert stage.shown() == ["Connections"]
    assert stage.button("Edit vc estate").isVisible()
    stage.dialog.box.setText("zzz")
    assert stage.shown() == []
    assert stage.dialog.nothing.isVisible()
    QTest.keyClick(stage.dialog.box, Qt.Key.Key_Escape)
    assert stage.shown() == everything
    assert stage.dialog.isVisible()
    QTest.keyClick(stage.dialog.box, Qt.Key.Key_Escape)
    assert not stage.dialog.isVisible()


async def test_a_value_of_another_version_is_shown_and_can_be_reset(stage: Stage) -> None:
    stage.desk.preferences.choose(refresh_milliseconds=333)
    control = stage.row("refresh_milliseconds").control
    assert isinstance(control, QComboBox)
    assert (control.currentIndex(), control.placeholderText()) == (-1, "333")
    stage.row("refresh_milliseconds").reset.click()
    assert stage.choices == DEFAULTS


async def test_connections_are_listed_live_and_edited(stage: Stage) -> None:
    stage.desk.replica.updated(protocol.Update(records=(estates.connection("kvm", state=State.STALE),)))
    stage.desk.replica.refresh()
    assert "stale" in {label.text() for label in stage.dialog.findChildren(PlainLabel)}
    stage.button("Edit kvm estate").click()
    editing = stage.dialog.findChild(ConnectDialog)
    assert editing is not None
    assert editing.uri.text() == "vsphere://reader@kvm.example/"
    editing.reject()
    stage.button("Add a connection…").click()
    stage.button("Choose… Columns of the table of virtual machines").click()
    assert stage.heard == ["add", "columns"]


async def test_the_data_folder_is_shown_with_sizes(stage: Stage, tmp_path: Path) -> None:
    texts = {label.text() for label in stage.dialog.findChildren(PlainLabel)}
    assert {str(tmp_path / "engine.log"), "5 KiB", "–"} <= texts
    without = SettingsDialog(stage.dialog, stage.desk)
    assert any(label.text().startswith("This session keeps nothing") for label in without.findChildren(PlainLabel))


async def test_everything_has_a_name_and_is_reached_by_tab(stage: Stage) -> None:
    controls = [one for one in stage.dialog.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    named = [one for one in controls if isinstance(one, QComboBox | QCheckBox | QPushButton)]
    assert all(one.accessibleName() or getattr(one, "text", str)() for one in named)
    reached = set[QWidget | None]()
    for _ in range(len(controls) + 5):
        reached.add(stage.dialog.focusWidget())
        QTest.keyClick(stage.dialog.focusWidget() or stage.dialog, Qt.Key.Key_Tab)
    assert {row.control for row in stage.dialog.findChildren(Row) if row.control.isEnabled()} <= reached


async def test_it_opens_where_it_was(stage: Stage) -> None:
    stage.dialog.resize(700, 500)
    stage.dialog.close()
    again = SettingsDialog(stage.dialog, stage.desk)
    assert (again.width(), again.height()) == (700, 500)


async def test_known_vulnerabilities_are_chosen_told_and_left_again(stage: Stage) -> None:
    rows = stage.dialog.findChild(AdvisoryRows)
    assert isinstance(rows, AdvisoryRows)

    await eventually(lambda: ("advisories", {}) in stage.engine.calls)
    assert "unknown" in rows.said.text()
    assert not rows.leave.isEnabled()
    assert not rows.exploited.isEnabled()
    stage.engine.answers["load_advisories"] = InputError("bad.json: it is no advisory", "download the file anew")
    rows.load("/data/bad.json")
    await eventually(lambda: rows.error.isVisible())
    assert "bad.json" in rows.error.text()
    stage.engine.answers["load_advisories"] = waiting = asyncio.Event()
    rows.load("/data/osv", "/data/kev.json")
    await eventually(lambda: rows.cancel.isVisible())
    assert not rows.folder.isEnabled()
    assert not rows.error.isVisible()
    rows.cancel.click()
    await eventually(lambda: not rows.cancel.isVisible())
    rows.load("/data/osv", "/data/kev.json")
    stage.engine.answers["advisories"] = {"path": "/data/osv", "kev": "/data/kev.json", "advisories": 1234}
    waiting.set()
    await eventually(lambda: rows.leave.isEnabled())
    assert "1234" in rows.said.text()
    assert "/data/kev.json" in rows.files.text()
    stage.engine.answers["advisories"] = {}
    rows.leave.click()
    await eventually(lambda: not rows.leave.isEnabled())
    assert ("unload_advisories", {}) in stage.engine.calls


# --- the history --------------------------------------------------------------------------------------------------


async def settled(stage: Stage) -> None:
    """Waits until nothing is asked any more."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_is_kept_of_the_past_is_told(stage: Stage) -> None:
    await settled(stage)
    standing = stage.dialog.history.standing
    assert standing.place.text() == "/data/history.db"
    said = standing.said.text().splitlines()
    assert said[0].startswith("It reaches back to 2026-03-01")
    assert "1234567 changes" in said[0]
    assert said[1] == "It takes 3 GiB, of which 1 GiB are free, and grows by about 20 MiB a day of late."
    assert said[2] == "If that goes on, it will take about 8.1 GiB in the end."
    stage.engine.answers["history"] = estates.HISTORY | {
        "limits": {"days": None, "largest_bytes": 5 << 30},
        "recovered": 0.34,
    }
    stage.dialog.history._look()
    await settled(stage)
    said = standing.said.text().splitlines()
    assert "34 %" in said[0]
    assert said[-1] == "If that goes on, it will reach the 5 GiB that it may take."
    assert stage.row("days").reset.isVisible()


async def test_a_longer_past_is_kept_at_once_and_a_shorter_one_only_if_it_is_meant(stage: Stage) -> None:
    await settled(stage)
    doubt = stage.dialog.history.doubt
    stage.pick("largest_bytes", "50 GiB")
    await settled(stage)
    sent = [arguments for command, arguments in stage.engine.calls if command == "set_history"]
    assert sent == [{"limits": {"days": 400, "largest_bytes": 50 << 30}}]
    assert not doubt.isVisible()
    control = stage.row("days").control
    assert isinstance(control, QComboBox)
    control.setCurrentText("30 days")
    control.activated.emit(control.currentIndex())
    assert doubt.isVisible()
    assert doubt.said.text() == "30 days: what happened before 2026-04-30 will be given up for good."
    doubt.no.click()
    assert not doubt.isVisible()
    assert len([1 for command, _ in stage.engine.calls if command == "set_history"]) == 1
    control.activated.emit(control.findText("30 days"))
    stage.engine.answers["history"] = estates.HISTORY | {"limits": {"days": 30}}
    doubt.yes.click()
    await settled(stage)
    assert stage.engine.calls[-2][1]["limits"]["days"] == 30
    assert control.currentText() == "30 days"
    stage.dialog.changes.undo()
    await settled(stage)
    assert stage.engine.calls[-2][1]["limits"]["days"] == 400


async def test_limits_that_are_refused_are_told(stage: Stage) -> None:
    await settled(stage)
    stage.engine.answers["set_history"] = InputError("that is too much", "choose less")
    stage.engine.answers["history"] = InputError("it is busy", "try again")  # or what it has would be shown again
    stage.dialog.history.choose(largest_bytes=500 << 30)
    await settled(stage)
    assert stage.dialog.history.standing.error.isVisible()


async def test_the_history_is_made_smaller_with_progress_and_can_be_left_to_itself(stage: Stage) -> None:
    await settled(stage)
    row = stage.dialog.history.compact
    stage.engine.answers["compact_history"] = waiting = asyncio.Event()
    row.button.click()
    await settled(stage)
    assert row.progress.isVisible()
    assert not row.button.isVisible()
    stage.dialog.history._heard(0.4)
    assert row.progress.value() == 40
    figures = estates.HISTORY["figures"]
    assert isinstance(figures, dict)
    stage.engine.answers["history"] = estates.HISTORY | {"figures": figures | {"file_bytes": 2 << 30, "free_bytes": 0}}
    waiting.set()
    await settled(stage)
    assert row.said.text() == "It took 3 GiB, and takes 2 GiB now."
    stage.engine.answers["compact_history"] = asyncio.Event()
    row.button.click()
    await settled(stage)
    row.cancel.click()
    await settled(stage)
    assert row.said.text() == "It goes on by itself, little by little."
    assert row.button.isVisible()

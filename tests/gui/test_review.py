"""The window on a snapshot: it says which time it shows, bars what acts and says why, and finds the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, QMimeData, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from tests.unit.reports.estates import demo
from vmi_console.engine.engines import Engines, PrivateEngine
from vmi_console.estate.records import VM, State
from vmi_console.gui.actions import Deed
from vmi_console.gui.offers import REASON
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.comparing import ComparisonWindow
from vmi_console.gui.review.opening import dropped
from vmi_console.gui.review.saving import SaveDialog
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.window import MainWindow
from vmi_console.review import snapshots
from vmi_console.wire.tasks import Tasks

MOMENT = demo(vms=20, packages=5)


class Stage:
    """A window whose engines are real."""

    def __init__(self, living: Engines | None) -> None:
        self.replica = Replica()
        self.replica.keep_living_apart(has_living=living is not None)
        self.visits = Visits(self.replica, living)
        self.window = MainWindow(self.replica, self.visits)
        self.errors: list[str] = []
        self.visits.refused.connect(lambda error: self.errors.append(error.message))

    async def until(self, holds: Callable[[], object]) -> None:
        await eventually(holds)


@pytest.fixture
async def stage(qapp: QApplication) -> AsyncIterator[Stage]:
    """An empty window with a living engine that remembers nothing."""
    async with staged(PrivateEngine(None)) as one:
        yield one


@asynccontextmanager
async def staged(living: Engines) -> AsyncIterator[Stage]:
    """A window that shows what a living engine tells."""
    one = Stage(living)
    one.window.show()
    async with Tasks() as tasks:
        assert one.visits.living is not None
        tasks.start(one.visits.living.run(), "the living engine")
        await one.until(lambda: one.replica.link.up)
        yield one
        await one.window.errands.close()
    one.window.close()
    one.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    return tmp_path / "demo.vmisnap"


async def test_a_snapshot_is_shown_in_an_empty_window_and_closed_again(stage: Stage, file: Path) -> None:
    window, replica = stage.window, stage.replica
    window.snapshots.show_file(str(file))
    await stage.until(lambda: replica.counts["vm"] == 20 and replica.verdicts.posture.policies)
    assert replica.review is not None
    assert replica.review.at == MOMENT.at
    assert window.review_bar.isVisible()
    assert "demo.vmisnap" in window.windowTitle()
    assert {connection.health.state for connection in replica.connections()} == {State.RECORDED}
    vm = next(record for record in replica.records.values() if isinstance(record, VM))
    assert not replica.is_stale(vm.id), "it is shown as it was then, and not as what may have changed since"
    window.selection.choose(vm.id)
    deeds = [action for action in window.actions_everywhere() if isinstance(action, Deed)]
    assert window.quarantine.quarantine in deeds
    for deed in deeds:
        assert not deed.isEnabled()
        assert "only looked at" in deed.property(REASON)
        assert "only looked at" in deed.toolTip()
    assert window.snapshots.recent() == [str(file)]

    window.travel.back.trigger()
    await stage.until(lambda: replica.review is None and replica.counts["vm"] == 0)
    assert not window.review_bar.isVisible()
    assert window.connections.add.isEnabled()
    assert "snapshot" not in window.connections.add.toolTip()


async def test_a_broken_file_is_told_and_nothing_else_happens(stage: Stage, tmp_path: Path) -> None:
    broken = tmp_path / "broken.vmisnap"
    broken.write_bytes(b"no snapshot" * 1000)
    stage.window.snapshots.show_file(str(broken))
    await stage.until(lambda: stage.errors)
    assert "broken.vmisnap" in stage.errors[0]
    assert stage.window.notices.other.isVisible()
    assert stage.replica.review is None
    assert stage.replica.link.up


async def test_a_window_for_a_broken_file_offers_what_it_can(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "broken.vmisnap").write_bytes(b"no snapshot")
    one = Stage(None)
    window = one.window
    window.show()
    window.travel.open_snapshot(str(tmp_path / "broken.vmisnap"))
    await one.until(lambda: one.errors)
    assert [card.accessibleName() for card in window.welcome.cards] == ["A snapshot file…"]
    assert not window.connections.add.isEnabled()
    assert "only looked at" in window.connections.add.property(REASON)
    assert window.pulse.state.text() == "Nothing is open"
    assert "broken.vmisnap" in window.pulse.state.toolTip()
    await window.errands.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def test_what_the_search_finds_is_saved_for_others(stage: Stage, tmp_path: Path) -> None:
    window, replica = stage.window, stage.replica
    await stage.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
    await stage.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
    window.search.setText('power == "on"')
    await stage.until(lambda: replica.matches)
    window.snapshots.save.trigger()
    dialog = window.findChild(SaveDialog)
    assert dialog is not None
    assert dialog.scope.found.isChecked()
    assert not dialog.scope.selected.isEnabled()
    dialog.name.setText("Running ones at Example Ltd")
    dialog.redact.setChecked(True)
    assert not dialog.name.isEnabled()
    wanted = set(replica.matches)
    dialog.save_to(str(tmp_path / "some"))
    await stage.until(lambda: (tmp_path / "some.vmisnap").exists() and window.notices.other.isVisible())
    moment = snapshots.read(tmp_path / "some.vmisnap")
    assert (moment.title, moment.redacted) == ("", True)
    vms = [record for record in moment.records if isinstance(record, VM)]
    assert len(vms) == len(wanted)
    assert not {vm.name for vm in vms} & {replica.records[entity].name for entity in wanted}


async def test_what_changed_since_a_snapshot_is_shown_by_its_cause(stage: Stage, tmp_path: Path) -> None:
    window, replica = stage.window, stage.replica
    await stage.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
    await stage.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
    await stage.visits.call("snapshot", path=str(tmp_path / "before.vmisnap"))
    vm = next(each for each in replica.records.values() if isinstance(each, VM) and each.nics)
    arguments = {"nic": vm.nics[0].key, "network": "guest-dmz", "by": "j.kim"}
    await stage.visits.call("act", entity=vm.id, command="move_nic", arguments=arguments)
    await stage.until(lambda: replica.records[vm.id] != vm)
    comparison = window.compare()
    comparison.before.choose("")
    assert not comparison.start.isEnabled(), "now is compared with now"
    comparison.before.choose(str(tmp_path / "before.vmisnap"))
    comparison.start.click()
    await stage.until(lambda: comparison.compared is not None and not comparison.items.items.busy)
    assert comparison.compared is not None
    items = list(comparison.compared.comparison.items())
    assert {item.entity for item in items} == {vm.id}
    assert any(item.path.endswith(".network_name") or item.path.endswith(".vlan") for item in items)
    assert "j.kim" in {item.actor for item in items}
    assert len(comparison.items.items.rows) == len(items)
    for form in ("csv", "json", "html"):
        comparison.write(str(tmp_path / f"out.{form}"), form)
    await stage.until(lambda: (tmp_path / "out.html").exists() and (tmp_path / "out.json").exists())
    assert vm.id in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert vm.id in (tmp_path / "out.json").read_text()
    assert "j.kim" in (tmp_path / "out.html").read_text()
    comparison.close()


async def test_a_vm_is_held_against_its_gold_image_and_two_recorded_moments_are(stage: Stage, tmp_path: Path) -> None:
    window, replica = stage.window, stage.replica
    await stage.visits.call("add_connection", uri="demo://?hosts=3&vms=30&story=off", saved=False)
    await stage.until(lambda: replica.counts["vm"] == 30 and not replica.progress)
    vms = [each for each in replica.records.values() if isinstance(each, VM) and each.nics and each.power == "on"]
    gold, vm = vms[:2]
    arguments = {"nic": vm.nics[0].key, "network": "guest-dmz", "by": "j.kim"}
    await stage.visits.call("act", entity=vm.id, command="move_nic", arguments=arguments)
    await stage.until(lambda: replica.records[vm.id] != vm)

    window.selection.choose_all([vm.id, gold.id])
    window.snapshots.compare_gold.trigger()
    (comparison,) = window.findChildren(ComparisonWindow)
    assert (comparison.machine.vm, comparison.gold.vm) == (vm.id, gold.id)
    comparison.start.click()
    lists = comparison.aspects.items, comparison.unlike.items
    await stage.until(lambda: comparison.compared is not None and all(each.rows and not each.busy for each in lists))
    rows = [entry.item for entry in comparison.aspects.items.rows]
    assert {group.field for group in rows} >= {"nics"}
    place = next(row for row, group in enumerate(rows) if group.field == "nics")
    view = comparison.aspects.view  # told through its model: a view minds modifier keys that an earlier test left down
    view.selectionModel().select(
        view.model().index(place, 0),
        QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
    )
    # What is shown are the differences of the aspect that is selected.
    await stage.until(lambda: [entry.item for entry in comparison.unlike.items.rows] == list(rows[place].items))
    assert [comparison.tabs.isTabVisible(tab) for tab in range(5)] == [False] * 4 + [True]
    for form in ("html", "csv"):
        comparison.write(str(tmp_path / f"gold.{form}"), form)
    await stage.until(lambda: (tmp_path / "gold.html").exists() and (tmp_path / "gold.csv").exists())
    assert "gold image" in (tmp_path / "gold.html").read_text()
    assert "aspect,nics" in (tmp_path / "gold.csv").read_text(encoding="utf-8-sig")

    comparison.subject.setCurrentIndex(0)
    assert comparison.compared is None, "what was of two machines is not shown for two moments"
    comparison.before.time.setText("yesterday or so")
    assert not comparison.start.isEnabled()
    assert comparison.before.time.property("wrong")
    comparison.before.time.setText("-3d")
    assert comparison.before.which is not None
    assert comparison.before.which.at is not None
    assert comparison.start.isEnabled()
    comparison.start.click()
    comparison.subject.setCurrentIndex(1)
    await stage.until(lambda: not window.errands.under_way)
    assert comparison.compared is None, "what was asked of two moments is not told of two machines"
    assert comparison.busy.isHidden()
    comparison.subject.setCurrentIndex(0)
    comparison.start.click()
    await stage.until(lambda: comparison.compared is not None and not comparison.items.items.busy)
    items = [entry.item for entry in comparison.items.items.rows]
    assert {(item.entity, item.actor) for item in items} == {(vm.id, "j.kim")}
    comparison.gold.setFocus()
    comparison.subject.setCurrentIndex(1)
    comparison.gold.setText("")
    QTest.keyClicks(comparison.gold, vm.name)
    assert comparison.gold.vm == vm.id
    assert not comparison.start.isEnabled(), "it is itself"
    comparison.close()


def test_only_snapshots_are_taken_from_what_is_dropped() -> None:
    data = QMimeData()
    data.setUrls([QUrl("file:///tmp/a.vmisnap"), QUrl("file:///tmp/b.png"), QUrl("https://x.example/c.vmisnap")])
    assert dropped(data) == ["/tmp/a.vmisnap"]

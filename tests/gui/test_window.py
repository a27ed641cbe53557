"""The window as an operator meets it: what it shows, and what it asks of the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QMessageBox, QToolButton, QWidget

from tests.gui import estates
from tests.gui.conftest import Console
from tests.gui.estates import NOW
from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Amendment
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Certificate, Health, State
from vmi_console.estate.vlan import access
from vmi_console.gui import icons
from vmi_console.gui.docks import NARROW
from vmi_console.gui.findings.decisions import Done
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.replica import CHANGES_KEPT
from vmi_console.gui.theme import DARK, LIGHT, ROW, Colours, Theme, Tone
from vmi_console.gui.window import MainWindow
from vmi_console.gui.wrapping_bar import WrappingBar

VM = entity_id("vm", "vc", "1")


def is_stale(window: MainWindow) -> bool:
    headline = window.panel.heading.headline
    return headline is not None and headline.stale


async def test_nothing_connected_shows_what_to_do(console: Console) -> None:
    window = console.window
    assert window.welcome.isVisible()
    assert not window.estate_dock.isVisible()
    assert window.pulse.state.text() == "Not connected"
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    assert not window.welcome.isVisible()
    await console.until(window.estate_dock.isVisible)
    assert window.pulse.state.text() == "Live"
    assert window.pulse.counts.text() == "1 host · 1 VM · 1 connection"


async def test_the_panel_follows_the_selection(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    window.selection.choose(VM)
    headline = window.panel.heading.headline
    assert headline is not None
    assert (headline.title, headline.state) == ("vm-00001", "running")
    assert [name for name, _ in headline.path] == ["vc estate", "Berlin", "Cluster 1", "esx-02.example"]
    assert window.panel.front == "summary"
    assert console.engine.watched == (VM,)
    console.replica.updated(protocol.Update(removed=(VM,)))
    await console.settle()
    assert "no longer there" in {label.text() for label in window.panel.heading.findChildren(PlainLabel)}
    assert window.panel.front == "summary", "what it was stays on show"


async def test_the_tab_stays_where_it_fits_and_comes_back_where_it_did_not(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window, panel = console.window, console.window.panel
    window.selection.choose(VM)
    panel.turn_to("snapshots")
    window.selection.choose(entity_id("vm", "vc", "2"))
    assert panel.front == "snapshots"
    window.selection.choose(entity_id("network", "vc", "1"))
    assert panel.front == "summary"
    window.selection.choose(VM)
    assert panel.front == "snapshots"
    panel.tabs.setFocus()
    QTest.keyClick(panel.tabs, Qt.Key.Key_Left)
    chosen = panel.front
    assert chosen != "snapshots"
    window.selection.choose(entity_id("vm", "vc", "3"))
    assert panel.front == chosen


async def test_only_the_pane_in_front_of_an_open_window_works(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    window.selection.choose(VM)
    assert console.engine.watched == (VM,)
    window.panel.turn_to("hardware")
    assert not console.engine.watched


async def test_a_torn_off_pane_follows_until_it_is_told_to_stay(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    window.selection.choose(VM)
    window.panel.turn_to("network")
    window.commands.tear_pane.trigger()
    torn = window.pane_windows[0]
    assert (torn.entities, torn.panel.front, torn.windowTitle()) == ((VM,), "network", "vm-00001 · Network")
    other = entity_id("vm", "vc", "2")
    window.selection.choose(other)
    assert torn.entities == (other,)
    torn.follow.click()
    window.selection.choose(VM)
    assert torn.entities == (other,)
    torn.close()
    assert not window.pane_windows


async def test_an_engine_that_is_gone_makes_everything_stale(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    window = console.window
    window.selection.choose(entity_id("vm", "vc", "0"))
    assert not window.notices.engine.isVisible()
    at = datetime.now(UTC)
    console.replica.link_changed(Link(up=False, since=at, reason="the engine has stopped"))
    assert window.notices.engine.isVisible()
    assert f"{at.astimezone():%H:%M:%S}" in window.notices.engine.label.text()
    assert window.pulse.state.text().startswith("Stale since")
    assert is_stale(window)
    assert not window.connections.add.isEnabled()
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    assert not window.notices.engine.isVisible()
    await console.until(lambda: not is_stale(window))


async def test_a_replay_forgets_what_it_does_not_mention(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    estates.replay(console.replica, estates.estate(hosts=2, vms=3))
    assert entity_id("vm", "vc", "3") not in console.replica.records
    assert console.replica.counts["vm"] == 3
    assert sorted(console.replica.referring(entity_id("host", "vc", "1"), "vm")) == [VM]


async def test_what_a_new_engine_has_not_discovered_yet_stays_as_stale(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    connecting = msgspec.structs.replace(estates.connection(state=State.CONNECTING), endpoint=None)
    estates.replay(console.replica, [connecting])
    assert console.replica.counts["vm"] == 4
    assert console.replica.is_stale(VM)
    console.replica.updated(protocol.Update(records=(*estates.estate(hosts=2, vms=3),)[1:]))
    console.replica.updated(protocol.Update(records=(estates.connection(),)))
    assert console.replica.counts["vm"] == 3
    assert not console.replica.is_stale(VM)
    estates.replay(console.replica, [connecting])
    console.replica.updated(protocol.Update(removed=(connecting.id,)))
    assert not console.replica.records


async def test_searching(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    window.commands.go_search.trigger()
    QTest.keyClicks(window.search, "vm-00001")
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert console.engine.searches == [(1, "vm-00001")]
    console.replica.matched(protocol.Matches(number=1, replaces=True, added=(VM,)))
    await console.settle()
    assert console.tree_texts()[-1].strip() == "vm-00001"
    assert len(console.tree_texts()) == 5
    QTest.keyClick(window.search, Qt.Key.Key_Escape)
    await console.settle()
    assert console.engine.searches[-1] == (1, "")
    assert "  Networks" in console.tree_texts()


async def test_a_wrong_query_is_not_sent(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    window.search.setText('pwer == "on"')
    window.search.search_now()
    error = window.search.error
    assert error is not None
    assert (error.column, error.suggestion) == (0, "power")
    assert not console.engine.searches
    window.search.grab()
    window.search.setText('power == "on"')
    window.search.search_now()
    assert window.search.error is None
    assert console.engine.searches == [(1, 'power == "on"')]


async def test_the_search_box_offers_what_fits_and_hides_no_error(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    box = console.window.search
    console.window.activateWindow()
    box.setFocus()
    await console.until(box.hasFocus)
    popup = box.completions.list

    def offered() -> list[str]:
        model = popup.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())] if popup.isVisible() else []

    QTest.keyClicks(box, "powe")
    assert offered()[0] == "power"
    QTest.keyClicks(box, 'r == "on"')
    assert offered() == []
    QTest.keyClicks(box, " ")
    assert offered() == ["and", "or"]
    QTest.keyClicks(box, "and ")
    box.search_now()
    assert box.error is not None
    hint = next(frame for frame in console.window.findChildren(QFrame) if frame.property("role") == "hint")
    assert popup.isVisible()
    assert popup.sizeHintForRow(0) == ROW
    await console.until(lambda: hint.mapToGlobal(hint.rect().topLeft()).y() >= popup.geometry().bottom())
    popup.hide()
    await console.until(lambda: hint.y() < box.mapTo(console.window, box.rect().bottomLeft()).y() + 8)


async def test_tab_takes_what_the_search_box_offers(console: Console) -> None:
    box = console.window.search
    console.window.activateWindow()
    box.setFocus()
    await console.until(box.hasFocus)
    QTest.keyClicks(box, "110 in vl")
    popup = box.completions.list
    assert popup.isVisible()
    assert popup.verticalScrollBar().maximum() == 0, "what fits is not scrolled"
    QTest.keyClick(popup, Qt.Key.Key_Tab)
    assert box.text() == "110 in vlans"
    assert box.hasFocus()
    assert not popup.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert not box.hasFocus()


async def test_back_and_forward(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    first = window.selection.entity
    window.selection.choose(VM)
    window.selection.choose(entity_id("host", "vc", "0"))
    window.commands.back.trigger()
    window.commands.back.trigger()
    assert window.selection.entity == first
    assert not window.commands.back.isEnabled()
    window.commands.forward.trigger()
    assert window.selection.entity == VM
    assert window.panel.entities == (VM,)


async def test_the_change_log(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window
    vm, other = estates.vm(1, 1), estates.vm(2)
    before, after = msgspec.to_builtins(access(110)), msgspec.to_builtins(access(666))
    moved = estates.change(1, vm, "nics[4000].vlan", before, after)
    console.replica.updated(
        protocol.Update(changes=(moved, estates.change(2, other, "", None, None, action=Action.ADDED)))
    )
    await console.settle()
    view, model = window.changes.view, window.changes.view.model()

    def cells(row: int) -> list[str]:
        return [model.index(row, column).data() for column in range(model.columnCount())]

    assert cells(0)[1:3] == ["vm-00002", "appeared"]
    assert cells(1)[1:7] == ["vm-00001", "Network adapter 1 · VLAN", "110", "", "666", ""]
    console.replica.updated(protocol.Update(amendments=(Amendment(number=1, actor="j.kim"),)))
    await console.settle()
    assert cells(1)[6] == "j.kim"
    assert console.replica.changes[0].actor == "j.kim"
    view.selectRow(1)
    assert window.selection.entity == VM
    window.changes.filter.setText("666 kim")
    await console.until(lambda: model.rowCount() == 1)
    window.changes.filter.clear()
    window.changes.only.setChecked(True)
    await console.until(lambda: model.rowCount() == 1 and cells(0)[1] == "vm-00001")


async def test_a_change_inside_a_guest_leads_to_its_vm_and_belongs_to_it(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window, model = console.window, console.window.changes.view.model()
    inside = msgspec.structs.replace(estates.vm(1), id=entity_id("guest", "vc", "1"))
    installed = estates.change(1, inside, "applications[telnetd]", None, {"name": "telnetd"}, action=Action.ADDED)
    console.replica.updated(
        protocol.Update(changes=(installed, estates.change(2, estates.vm(2), "power", "on", "off")))
    )
    await console.settle()
    window.changes.view.selectRow(1)
    assert window.selection.entity == VM
    window.changes.only.setChecked(True)
    await console.until(lambda: model.rowCount() == 1 and model.index(0, 1).data() == "vm-00001")


async def test_the_keyboard_in_a_list_of_changes_or_connections_selects_nothing_by_itself(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window, changes, connections = console.window, console.window.changes.view, console.window.connection_list.view
    console.replica.updated(protocol.Update(changes=(estates.change(1, estates.vm(2), "power", "on", "off"),)))
    await console.settle()
    await console.until(window.estate_dock.isVisible)
    window.selection.choose(VM)
    for dock, view in ((window.connections_dock, connections), (window.changes_dock, changes)):
        dock.come_forward()
        await console.until(view.hasFocus)
        assert window.selection.entity == VM
    QTest.keyClick(changes, Qt.Key.Key_Down)
    assert window.selection.entity == estates.vm(2).id


async def test_what_is_gone_has_no_other_name_and_no_facts_of_another(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window, gone = console.window, estates.vm(2)
    added = estates.change(1, gone, "", None, None, action=Action.REMOVED)
    console.replica.updated(protocol.Update(changes=(added,)))
    window.selection.choose(gone.id)
    window.selection.choose(VM)
    console.replica.updated(protocol.Update(removed=(gone.id,)))
    await console.settle()
    window.changes.view.selectRow(0)
    assert window.selection.entity == VM, "there is nothing to show of it"
    window.selection.back()
    heading = window.panel.heading
    assert heading.accessibleName() == "–"
    assert "no longer there" in {label.text() for label in heading.findChildren(PlainLabel)}
    assert "vm-00001" not in {label.text() for label in heading.findChildren(PlainLabel)}
    assert window.panel.pane is not None
    assert not window.panel.pane.isVisible()
    window.selection.forward()
    assert heading.accessibleName() == "vm-00001"
    assert window.panel.pane.isVisible()


def log(console: Console) -> list[tuple[str, ...]]:
    """What, property, before and after of each row of the change log, newest first."""
    model = console.window.changes.view.model()
    return [tuple(model.index(row, column).data() for column in (1, 2, 3, 5)) for row in range(model.rowCount())]


async def test_what_happens_to_many_at_once_is_one_row(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=40))
    silent = estates.host(1)
    vms = [estates.vm(number, 1) for number in range(1, 40, 2)]
    changes = [estates.change(1, silent, "state", "connected", "not responding")]
    for number, vm in enumerate(vms, 2):
        changes += [
            estates.change(number, vm, "access", "connected", "disconnected"),
            estates.change(number + 100, vm, "guest.tools", "running", None),
        ]
    changes.append(estates.change(90, estates.vm(2), "access", "connected", "disconnected", actor="j.kim"))
    late = NOW + timedelta(seconds=3)
    changes.append(estates.change(91, estates.vm(4), "access", "connected", "disconnected", observed_at=late))
    console.replica.updated(protocol.Update(changes=tuple(changes)))
    await console.settle()
    assert [row[0] for row in log(console)] == ["vm-00004", "vm-00002", "20 VMs", "20 VMs", "esx-02.example"]
    assert log(console)[3] == ("20 VMs", "access", "connected", "disconnected")
    window, model = console.window, console.window.changes.view.model()
    assert "vm-00031" in model.index(3, 1).data(Qt.ItemDataRole.ToolTipRole)
    window.changes.view.selectRow(3)
    assert window.selection.entity == silent.id
    window.selection.choose(vms[5].id)
    window.changes.only.setChecked(True)
    await console.until(lambda: [row[0] for row in log(console)] == ["20 VMs", "20 VMs"])
    window.changes.only.setChecked(False)
    window.changes.filter.setText("vm-00031 disconnected")
    await console.until(lambda: [row[0] for row in log(console)] == ["20 VMs"])


async def test_a_first_discovery_is_one_row_of_each_kind(console: Console) -> None:
    records: list[AnyRecord] = [estates.host(0), *(estates.vm(number) for number in range(5))]
    changes = [
        estates.change(number, record, "", None, msgspec.to_builtins(record), action=Action.ADDED)
        for number, record in enumerate(records)
    ]
    console.replica.updated(protocol.Update(records=tuple(records), changes=tuple(changes)))
    await console.settle()
    assert [row[:2] for row in log(console)] == [("5 VMs", "appeared"), ("esx-01.example", "appeared")]


async def test_changes_are_told_in_the_words_of_the_window(console: Console) -> None:
    vm, vcenter = estates.vm(1), estates.connection()
    changes = (
        estates.change(1, vm, "power", "on", "off"),
        estates.change(2, vm, "nics[4000].link_up", True, False),
        estates.change(3, vcenter, "health.state", "connecting", "needs credentials"),
    )
    console.replica.updated(protocol.Update(records=(vm, vcenter), changes=changes))
    await console.settle()
    assert [row[2:] for row in log(console)] == [("connecting", "needs a password"), ("up", "down"), ("running", "off")]


async def test_only_the_same_property_is_one_row(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    one, other = estates.vm(1, 1), estates.vm(2)
    paths = (("nics[52:54:00:00:00:01].mtu", "nics[52:54:00:00:00:02].mtu"), ("attributes[a]", "attributes[b]"))
    for number, (path, another) in enumerate(paths):
        console.replica.updated(
            protocol.Update(
                changes=(estates.change(number * 2, one, path), estates.change(number * 2 + 1, other, another))
            )
        )
    await console.settle()
    assert [row[:2] for row in log(console)][2:] == [("2 VMs", "network cards · mtu")]
    assert [row[0] for row in log(console)][:2] == ["vm-00002", "vm-00001"]


async def test_the_log_leaves_out_the_consoles_own_notes(console: Console) -> None:
    connection = estates.connection()
    told = [
        ("", None, None),
        ("product", None, "vCenter 8.0"),
        ("endpoint", None, "vc"),
        ("health.state", "connecting", "live"),
        ("health.state", "live", "stale"),
        ("health.state", "stale", "connecting"),
        ("health.state", "connecting", "live"),
        ("health.certificate", None, {"fingerprint": "ab"}),
        ("health.state", "live", "needs credentials"),
        ("grants.quarantine", False, True),
    ]
    console.replica.updated(
        protocol.Update(
            changes=tuple(
                estates.change(
                    number, connection, *change, action=Action.CHANGED if change[0] else Action.ADDED, observed_at=at
                )
                for number, change in enumerate(told)
                if (at := NOW + timedelta(minutes=number))
            )
        )
    )
    await console.settle()
    assert [row[2:] for row in reversed(log(console))] == [
        ("live", "stale"),
        ("connecting", "live"),
        ("live", "needs a password"),
        ("no", "yes"),
    ]


async def test_a_long_log_loses_its_oldest(console: Console) -> None:
    vm = estates.vm(1)
    for start in range(0, CHANGES_KEPT + 500, 100):
        changes = (
            estates.change(number, vm, "name", f"{number}", f"{number + 1}") for number in range(start, start + 100)
        )
        console.replica.updated(protocol.Update(changes=tuple(changes)))
    await console.settle()
    rows = log(console)
    assert len(rows) == CHANGES_KEPT
    assert (rows[0][3], rows[-1][2]) == ("10500", "500")


async def test_a_replay_repeats_no_change(console: Console) -> None:
    vm = estates.vm(1)
    for at in (NOW, NOW, datetime.now(UTC)):  # the last one is of another engine, which counts from the beginning
        estates.replay(console.replica, [estates.connection()])
        console.replica.updated(protocol.Update(changes=(estates.change(1, vm, observed_at=at),)))
    assert [change.observed_at == NOW for change in console.replica.changes] == [True, False]


async def test_a_troubled_connection_says_what_to_do(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    health = Health(state=State.STALE, since=NOW, reason="it does not answer", advice="look at its network")
    console.replica.updated(protocol.Update(records=(estates.connection(health=health),)))
    await console.settle()
    window = console.window
    model = window.connection_list.view.model()
    told = [model.index(0, column).data() for column in range(model.columnCount())]
    assert told[3:5] == ["it does not answer", "it is tried again; look at its network"]
    assert window.pulse.state.text() == "0 of 1 live"
    window.selection.choose(VM)
    window.connections.reconnect.trigger()
    await console.until(lambda: ("reconnect", {"id": estates.connection().id}) in console.engine.calls)


async def test_removing_asks_first_and_cancel_is_the_default(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    window = console.window
    window.connections.remove.trigger()
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    assert box.textFormat() is Qt.TextFormat.PlainText
    box.reject()
    assert not console.engine.calls


async def test_every_action_has_a_tip_and_every_shortcut_is_its_own(console: Console) -> None:
    actions = [action for action in console.window.actions_everywhere() if not action.isSeparator()]
    shortcuts = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(shortcuts) == len(set(shortcuts))
    assert all(action.toolTip() for action in actions)
    assert len(actions) > 15


def contrast(one: str, other: str) -> float:
    """Of WCAG 2."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_stand_out(colours: Colours) -> None:
    for ground in (colours.window, colours.surface, colours.raised, colours.selected, colours.hover):
        for tone in Tone:
            assert contrast(colours.tone(tone), ground) >= 4.5, (tone, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5


async def test_a_window_of_a_larger_screen_is_brought_into_this_one(console: Console) -> None:
    window = console.window
    room = window.screen().availableGeometry()
    window.resize(room.size() * 2)
    window.move(room.width(), 0)
    window.keep_to_screen()
    assert room.contains(window.frameGeometry())
    window.resize(room.size() / 2)
    window.move(40, 50)
    window.keep_to_screen()
    assert (window.pos(), window.size()) == (QPoint(40, 50), room.size() / 2)


async def test_no_window_is_larger_than_its_screen(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    window = console.window
    room = window.screen().availableGeometry().size()
    for opens in (
        window.open_settings,
        window.open_outputs,
        window.open_schedule,
        window.compare,
        window.edit_policies,
    ):
        opens()
    windows = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window]
    assert len(windows) == 5
    for each in windows:
        assert each.size().boundedTo(room) == each.size(), each
        each.close()


async def test_long_names_never_make_the_window_wider_than_a_screen(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    window = console.window
    window.selection.choose(entity_id("vm", "vc", "1"))
    await console.settle()
    records: list[AnyRecord] = [
        estates.connection(name="k" * 200),
        estates.host(0, name="h" * 200),
        estates.vm(1, 0, name="v" * 200),
    ]
    console.replica.updated(protocol.Update(records=tuple(records)))
    console.replica.refresh()
    await console.settle()
    assert window.panel.heading.minimumSizeHint().width() <= 2 * NARROW
    assert window.minimumSizeHint().width() <= 640


def is_laid_out(bar: WrappingBar) -> bool:
    return bar.isVisible() and bar.height() == bar.heightForWidth(bar.width())


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
async def test_on_a_small_screen_no_control_of_a_bar_lies_on_another(
    console: Console, direction: Qt.LayoutDirection
) -> None:
    window = console.window
    window.setLayoutDirection(direction)
    window.resize(800, 500)
    estates.replay(console.replica, estates.estate(hosts=2, vms=8))
    await console.settle()
    await console.until(window.estate_dock.isVisible)
    window.findings.decisions.done.emit(Done("acknowledged", lambda: None))
    for dock in (window.findings_dock, window.quarantine_dock, window.changes_dock):
        dock.come_forward()
        (bar,) = dock.findChildren(WrappingBar)
        await console.until(partial(is_laid_out, bar))
        controls = [part for part in bar.children() if isinstance(part, QWidget) and part.isVisible()]
        assert len(controls) > 2
        for one, other in combinations(controls, 2):
            assert not one.geometry().intersects(other.geometry()), f"{one} lies on {other}"
        assert all(bar.rect().contains(control.geometry()) for control in controls)
    assert window.width() == 800
    assert window.estate_dock.width() == 200  # and leaves the lists the rest


def strongest(widget: QWidget) -> float:
    """How much the picture in the middle of a control stands out from its ground."""
    image = widget.grab().toImage()
    ground = image.pixelColor(2, 2).name()
    middle = range(image.width() // 4, image.width() * 3 // 4), range(image.height() // 4, image.height() * 3 // 4)
    return max(contrast(image.pixelColor(x, y).name(), ground) for x in middle[0] for y in middle[1])


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
async def test_the_button_of_what_a_bar_has_no_room_for_is_seen(console: Console, scheme: Scheme) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    window = console.window
    window.findings_dock.come_forward()
    window.resize(900, 700)
    (more,) = window.findings.findChildren(QToolButton, "qt_toolbar_ext_button")
    await console.until(more.isVisible)
    Theme.current.choose(scheme)
    assert strongest(more) >= 3


async def test_a_menu_shows_which_of_several_is_chosen_although_all_have_icons(console: Console) -> None:
    menu = QMenu(console.window)
    chosen, other = (menu.addAction(icons.icon("sort"), "Sort") for _ in range(2))
    for action in (chosen, other):
        action.setCheckable(True)
    chosen.setChecked(True)
    menu.ensurePolished()
    first, second = (menu.grab(menu.actionGeometry(action)).toImage() for action in (chosen, other))
    assert first.size() == second.size()
    assert first != second


async def test_the_theme_changes_while_it_runs(console: Console, qapp: QApplication) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=1))
    Theme.current.choose(Scheme.DARK)
    assert console.window.grab().toImage().pixelColor(700, 500).lightness() < 60
    Theme.current.choose(Scheme.LIGHT)
    assert console.window.grab().toImage().pixelColor(700, 500).lightness() > 200


async def test_a_banner_offers_one_remedy_at_a_time(console: Console) -> None:
    banner, connections = console.window.notices.connection, console.window.connections
    banner.say("one", "", connections.reconnect)
    banner.say("another", "", connections.enter_secret)
    assert banner.remedy.actions() == [connections.enter_secret]
    assert banner.remedy.defaultAction() is connections.enter_secret


async def test_alt_and_a_number_is_the_tab_at_that_place(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    window = console.window

    def numbered() -> dict[str, str]:
        return {
            turn.shortcut().toString(): turn.text() for turn in window.commands.turns if not turn.shortcut().isEmpty()
        }

    for entity in (VM, entity_id("host", "vc", "1"), entity_id("network", "vc", "1")):
        window.selection.choose(entity)
        tabs = [window.panel.tabs.tabText(place) for place in range(window.panel.tabs.count())]
        assert numbered() == {f"Alt+{place}": text for place, text in enumerate(tabs[:9], 1)}


async def test_lists_only_gives_the_panes_their_room_back(console: Console) -> None:
    window = console.window
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    await console.until(window.estate_dock.isVisible)
    window.changes_dock.come_forward()
    await console.until(lambda: not window.changes_dock.visibleRegion().isEmpty())
    window.resizeDocks([window.changes_dock], [300], Qt.Orientation.Vertical)
    await console.until(lambda: window.changes_dock.height() < 300)
    height = window.panel.height()
    window.commands.enlarge.trigger()
    await console.until(lambda: window.changes_dock.height() > 600)
    assert not window.panel.isVisible()
    window.show_pane("vms")
    window.commands.enlarge.trigger()
    await console.until(lambda: window.panel.height() == height)


async def test_lists_only_never_hides_where_to_begin(console: Console) -> None:
    window = console.window
    assert not window.commands.enlarge.isEnabled()
    records = list(estates.estate(hosts=1, vms=1))
    estates.replay(console.replica, records)
    await console.until(window.estate_dock.isVisible)
    window.commands.enlarge.trigger()
    assert not window.panel.isVisible()
    estates.replay(console.replica, ())
    await console.until(window.welcome.isVisible)
    estates.replay(console.replica, records)
    await console.until(window.estate_dock.isVisible)
    assert not window.panel.isVisible()


async def test_what_is_wrong_with_a_connection_is_said_whole_and_comes_with_its_remedy(console: Console) -> None:
    reason = "the certificate is not known: " + "a long reason " * 10
    health = Health(
        state=State.TRUST,
        reason=reason,
        advice="compare the fingerprint",
        certificate=Certificate(fingerprint="aa:bb"),
    )
    untrusted = msgspec.structs.replace(estates.connection("kvm"), health=health)
    estates.replay(console.replica, [estates.connection(), estates.vm(1), untrusted])
    await console.settle()
    banner = console.window.notices.connection
    console.window.selection.choose(estates.vm(1).id)
    assert banner.isHidden()
    console.window.selection.choose(untrusted.id)
    assert not banner.isHidden()
    assert reason.strip() in banner.label.text()
    assert "compare the fingerprint" in banner.label.text()
    assert banner.remedy.defaultAction() is console.window.connections.judge
    estates.replay(console.replica, [estates.connection(), estates.vm(1), estates.connection("kvm", state=State.STALE)])
    await console.settle()
    assert banner.remedy.defaultAction() is console.window.connections.reconnect

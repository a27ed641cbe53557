"""The table of VMs as an operator uses it: selecting, filtering, choosing columns, copying, exporting."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.errors import VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.table import VmTable
from vmi_console.gui.table.chooser import ColumnChooser
from vmi_console.gui.table.columns import BY_NAME, COLUMNS, DEFAULT, chosen
from vmi_console.gui.table.export import Form
from vmi_console.gui.table.picking import MOST_RANGES
from vmi_console.gui.watching import Watchlist
from vmi_console.gui.wording import number
from vmi_console.plain_text import defused

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NAME = BY_NAME["name"]


def ids(*numbers: int) -> tuple[EntityId, ...]:
    return tuple(entity_id("vm", "vc", str(number)) for number in numbers)


def _raise(error: VmiError) -> None:
    raise error


@dataclass
class Bench:
    """A shown table with what it told."""

    replica: Replica
    preferences: Preferences
    table: VmTable
    picked: list[tuple[EntityId, ...]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    async def settle(self) -> None:
        self.replica.refresh()
        await eventually(lambda: not self.table.busy)

    async def update(self, *records: AnyRecord, **more: Any) -> None:
        self.replica.updated(protocol.Update(records=records, **more))
        await self.settle()

    def names(self) -> list[str]:
        return [self.table.model.text(line, NAME) for line in self.table.model.rows]

    def click(self, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        view = self.table.view
        at = QPoint(view.columnViewportPosition(0) + 40, view.rowViewportPosition(row) + 8)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.table.view, key, modifier)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


type MakeTable = Callable[[], Bench]


@pytest.fixture
async def make_table(qapp: QApplication) -> AsyncIterator[MakeTable]:
    made: list[Bench] = []
    preferences = Preferences()
    errands = Errands(_raise)

    def make() -> Bench:
        replica, engine = Replica(), estates.NotingEngine()
        table = VmTable(Desk(replica, engine, errands, preferences, Watchlist(engine)))
        table.resize(1200, 500)
        bench = Bench(replica, preferences, table)
        table.picked.connect(bench.picked.append)
        table.chosen.connect(bench.opened.append)
        table.show()
        made.append(bench)
        return bench

    yield make
    await errands.close()
    for bench in made:
        bench.table.close()
        bench.table.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
async def bench(make_table: MakeTable) -> Bench:
    bench = make_table()
    estates.replay(bench.replica, estates.estate(hosts=2, vms=30))
    await bench.settle()
    return bench


# --- selecting --------------------------------------------------------------------------------------------------------


async def test_clicks_select_one_several_and_ranges(bench: Bench) -> None:
    for row, modifier in ((2, Qt.KeyboardModifier.NoModifier), (5, SHIFT), (8, CTRL), (3, CTRL)):
        bench.click(row, modifier)
        await bench.settle()
    assert bench.picked == [ids(2), ids(5, 2, 3, 4), ids(8, 2, 3, 4, 5), ids(2, 4, 5, 8)]
    assert bench.table.selected == ids(2, 4, 5, 8)
    bench.click(1)
    assert bench.table.selected == ids(1)


async def test_the_keyboard_selects_ranges_everything_and_opens(bench: Bench) -> None:
    bench.click(2)
    bench.key(Qt.Key.Key_Down, SHIFT)
    bench.key(Qt.Key.Key_Down, SHIFT)
    bench.key(Qt.Key.Key_Up, SHIFT)
    await bench.settle()
    assert bench.table.selected == ids(2, 3)
    assert bench.picked == [ids(3, 2)]
    bench.key(Qt.Key.Key_Down)
    assert bench.table.selected == ids(4)
    bench.key(Qt.Key.Key_Return)
    assert bench.opened == [*ids(4)]
    bench.key(Qt.Key.Key_A, CTRL)
    assert bench.table.selected == ids(*range(30))


async def test_typing_a_name_goes_to_it(bench: Bench) -> None:
    bench.click(0)
    QTest.keyClicks(bench.table.view, "vm-00017")
    assert bench.table.selected == ids(17)


async def test_a_selection_survives_sorting_filtering_and_moves(bench: Bench) -> None:
    bench.click(2)
    await bench.settle()
    bench.click(4, CTRL)
    bench.table.model.sort_by(NAME, True)
    await bench.settle()
    assert bench.table.selected == ids(4, 2)
    bench.table.filter.setText("vm-00002")
    await bench.settle()
    assert bench.table.selected == ids(2)
    assert bench.table.count.text() == "1 of 30"
    bench.table.filter.clear()
    await bench.settle()
    assert bench.table.selected == ids(4, 2)
    assert bench.table.count.text().endswith("2 selected")
    assert len(bench.picked) == 2


async def test_what_is_hidden_is_not_selected_along(bench: Bench) -> None:
    bench.click(2)
    bench.table.show_only(set(ids(5, 6)))
    await bench.settle()
    bench.click(0, CTRL)
    await bench.settle()
    assert bench.picked[-1] == ids(5)
    bench.table.show_only(None)
    await bench.settle()
    assert bench.table.selected == ids(5)


async def test_a_selection_made_elsewhere_is_shown_and_not_echoed(bench: Bench) -> None:
    bench.table.show_entities((*ids(29, 3), entity_id("host", "vc", "0")))
    assert bench.table.selected == ids(3, 29)
    assert bench.table.view.rowAt(bench.table.view.viewport().height() - 12) == 29
    bench.table.show_entities(ids(77))
    assert bench.table.selected == ()
    await bench.update(*(estates.vm(number, 0) for number in range(70, 90)))
    assert bench.table.selected == ids(77)
    assert not bench.picked


async def test_thousands_of_lines_apart_cost_qt_no_more_than_a_few_ranges(bench: Bench) -> None:
    await bench.update(*(estates.vm(number, 0) for number in range(30, 1_000)))
    bench.table.show_entities(ids(*range(0, 1_000, 2)))
    picking = bench.table.view.picking
    assert picking.selection().size() == MOST_RANGES
    assert len(bench.table.selected) == 500


async def test_all_are_selected_though_only_some_are_told(bench: Bench) -> None:
    await bench.update(*(estates.vm(number, 0) for number in range(30, 1_500)))
    bench.click(7)
    bench.key(Qt.Key.Key_A, CTRL)
    await bench.settle()
    assert bench.picked[-1] == (*ids(7), *ids(*(number for number in range(1_000) if number != 7)))
    bench.table.show_entities(bench.picked[-1])  # as the window tells all its lists
    assert len(bench.table.selected) == 1_500


async def test_a_right_click_keeps_a_selection_qt_was_not_told_of(bench: Bench) -> None:
    await bench.update(*(estates.vm(number, 0) for number in range(30, 1_000)))
    many = ids(*range(0, 1_000, 2))
    bench.table.show_entities(many)
    bench.table.view.verticalScrollBar().setValue(900)
    row = bench.table.view.rowAt(0) + 4
    assert not bench.table.view.picking.isRowSelected(row)
    at = QPoint(60, bench.table.view.rowViewportPosition(row) + 8)
    QTest.mouseClick(bench.table.view.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert bench.table.selected == many


async def test_the_accessibility_interface_knows_names_and_selection(bench: Bench) -> None:
    bench.click(2)
    seen = QAccessible.queryAccessibleInterface(bench.table.view)
    assert seen.text(QAccessible.Text.Name) == "Virtual machines"
    cells = [seen.child((row + 1) * (len(COLUMNS) + 1) + 1) for row in (2, 3)]  # headings are children too
    assert [cell.text(QAccessible.Text.Name) for cell in cells] == ["Name: vm-00002", "Name: vm-00003"]
    assert [cell.state().selected for cell in cells] == [1, 0]
    for widget in (bench.table.filter, bench.table.view.horizontalHeader()):
        assert widget.accessibleName()


# --- standing still ---------------------------------------------------------------------------------------------------


async def test_the_first_line_stays_while_others_come_above(bench: Bench) -> None:
    await bench.update(*(estates.vm(number, 0) for number in range(30, 200)))
    view = bench.table.view
    view.verticalScrollBar().setValue(100)
    first = bench.table.model.rows[view.rowAt(0)]
    await bench.update(*(estates.vm(number, 0, name=f"a-{number}") for number in range(300, 340)))
    assert bench.table.model.rows[view.rowAt(0)] is first
    assert view.verticalScrollBar().value() == 140


async def test_lines_stand_still_under_the_pointer_until_it_leaves(bench: Bench) -> None:
    view = bench.table.view
    QTest.mouseMove(view.viewport(), QPoint(50, 40))
    await eventually(lambda: view._quiet.isActive())
    await bench.update(estates.vm(0, 0, name="zzz"))
    assert bench.names()[0] == "zzz"
    QCoreApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    await bench.settle()
    assert bench.names()[-1] == "zzz"


# --- filter, count, nothing -------------------------------------------------------------------------------------------


async def test_the_filter_wants_every_word_in_columns_that_are_shown(bench: Bench) -> None:
    bench.table.filter.setText("  VLAN-101 esx-02 ")
    await bench.settle()
    assert bench.names() == ["vm-00001"]
    assert bench.table.count.text() == "1 of 30"
    bench.preferences.choose(table_columns=("name", "networks"))
    await bench.settle()
    assert bench.names() == []
    bench.table.filter.clear()
    await bench.settle()
    assert len(bench.names()) == 30


async def test_the_search_and_the_filter_both_count(bench: Bench) -> None:
    bench.table.show_only(set(ids(1, 2, 12)))
    bench.table.filter.setText("vm-0000")
    await bench.settle()
    assert bench.names() == ["vm-00001", "vm-00002"]
    assert bench.table.count.text() == "2 of 30"


async def test_an_empty_table_says_what_to_do(make_table: MakeTable) -> None:
    bench = make_table()
    nothing = bench.table._nothing
    await bench.settle()
    assert nothing.isVisible()
    assert nothing.text() == "Nothing is connected"
    estates.replay(bench.replica, estates.estate(hosts=1, vms=0))
    await bench.settle()
    assert nothing.text() == "No virtual machines yet"
    await bench.update(estates.vm(1))
    assert not nothing.isVisible()
    bench.table.filter.setText("nowhere")
    await bench.settle()
    assert nothing.text() == "No virtual machine has all of these words"
    QTest.mouseClick(nothing.clear, Qt.MouseButton.LeftButton)
    await bench.settle()
    assert bench.names() == ["vm-00001"]
    bench.table.show_only(set())
    await bench.settle()
    assert nothing.text() == "No virtual machine matches the search"


async def test_down_goes_from_the_filter_into_the_lines(bench: Bench) -> None:
    bench.table.activateWindow()
    bench.table.filter_lines.trigger()
    await eventually(bench.table.filter.hasFocus)
    QTest.keyClicks(bench.table.filter, "x")
    QTest.keyClick(bench.table.filter, Qt.Key.Key_Escape)
    assert not bench.table.filter.text()
    QTest.keyClick(bench.table.filter, Qt.Key.Key_Down)
    assert bench.table.view.hasFocus()


# --- columns ----------------------------------------------------------------------------------------------------------


async def test_a_click_on_a_heading_sorts_and_is_remembered(bench: Bench, make_table: MakeTable) -> None:
    header = bench.table.view.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(0) + 20, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    await bench.settle()
    assert bench.names()[0] == "vm-00029"
    assert bench.preferences.choices.table_sort == ("name", True)
    again = make_table()
    assert (again.table.model.column, again.table.model.descending) == (NAME, True)


async def test_columns_that_are_moved_and_widened_come_back(bench: Bench, make_table: MakeTable) -> None:
    header = bench.table.view.horizontalHeader()
    header.moveSection(0, 2)
    header.resizeSection(0, 333)
    await eventually(lambda: bench.preferences.remembered("vm-table-widths") is not None)
    assert bench.preferences.choices.table_columns[:3] == (DEFAULT[1], DEFAULT[2], DEFAULT[0])
    again = make_table()
    assert again.table.view.columns() == bench.table.view.columns()
    assert again.table.view.horizontalHeader().sectionSize(0) == 333


async def test_settings_that_make_no_sense_cost_no_more_than_themselves(make_table: MakeTable) -> None:
    bench = make_table()
    bench.preferences.choose(table_columns=("name", "colour", "name", "uuid"), table_sort=("colour", True))
    assert [column.name for column in bench.table.view.columns()] == ["name", "uuid"]
    bench.preferences.remember("vm-table-widths", b'{"name": 99999999, "uuid": -5}')
    assert make_table().table.view.columnWidth(0) <= 2_000
    bench.preferences.remember("vm-table-widths", b"garbage")
    assert make_table().table.view.columnWidth(0) > 40


async def test_the_chooser_shows_hides_finds_moves_and_resets(bench: Bench) -> None:
    bench.table.choose_columns.trigger()
    (chooser,) = bench.table.findChildren(ColumnChooser)
    QTest.keyClicks(chooser.search, "memo")
    item = chooser.list.currentItem()
    assert item.text() == "Memory"
    QTest.keyClick(chooser.list, Qt.Key.Key_Space)
    assert bench.preferences.choices.table_columns == (*DEFAULT, "memory")
    chooser.search.clear()
    chooser.list.setCurrentRow(0)
    QTest.keyClick(chooser.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [column.name for column in bench.table.view.columns()][:2] == [DEFAULT[1], DEFAULT[0]]
    QTest.mouseClick(chooser.reset, Qt.MouseButton.LeftButton)
    assert bench.table.view.columns() == chosen(DEFAULT)
    chooser.close()


async def test_the_keyboard_finds_sorting_and_columns_in_the_menu(bench: Bench) -> None:
    added: list[tuple[EntityId, ...]] = []

    def add(menu: QMenu, entities: tuple[EntityId, ...]) -> None:
        menu.addAction("Quarantine…")
        added.append(entities)

    bench.table.menu_wanted.connect(add)
    bench.click(3)
    bench.table.view.customContextMenuRequested.emit(QPoint(20, 20))
    (menu,) = (one for one in bench.table.findChildren(QMenu) if one.isVisible())
    texts = [action.text().replace("&", "") for action in menu.actions()]
    assert texts[0] == "Quarantine…"
    assert {"Copy lines", "Copy as CSV", "Export selection as CSV…", "Sort by", "Columns…"} < set(texts)
    assert added == [ids(3)]
    (sorting,) = (action.menu() for action in menu.actions() if action.text() == "&Sort by")
    assert isinstance(sorting, QMenu)
    next(action for action in sorting.actions() if action.text() == "VLANs").trigger()
    assert bench.table.model.column is BY_NAME["vlans"]
    menu.close()


async def test_a_double_click_on_an_edge_fits_a_column_to_what_is_seen(bench: Bench) -> None:
    await bench.update(estates.vm(0, 0, name="a rather long name of a virtual machine that wants room"))
    before = bench.table.view.columnWidth(0)
    bench.table.view.fit(0)
    assert bench.table.view.columnWidth(0) > before


# --- copying and exporting --------------------------------------------------------------------------------------------


async def test_ctrl_c_copies_selected_lines_with_headings(bench: Bench) -> None:
    bench.preferences.choose(table_columns=("name", "vlans", "memory", "tags"))
    bench.click(1)
    bench.click(2, CTRL)
    bench.key(Qt.Key.Key_C, CTRL)
    await bench.settle()
    assert QGuiApplication.clipboard().text().splitlines() == [
        "Name\tVLANs\tMemory\tTags",
        "vm-00001\t101, 108\t3 GiB\tnone",
        "vm-00002\t102, 109\t4 GiB\tnone",
    ]


async def test_csv_holds_figures_quotes_and_no_formulas(bench: Bench) -> None:
    bench.preferences.choose(table_columns=("name", "vlans", "memory", "created", "changed"))
    await bench.update(
        estates.vm(1, name='=cmd|"x", 1', memory_bytes=1_610_612_736, created_at=estates.NOW),
        estates.vm(2, name="two\nlines\t\u202e", memory_bytes=None),
    )
    bench.table.show_entities(ids(1, 2))
    bench.table.copy_selected(Form.CSV)
    await bench.settle()
    assert QGuiApplication.clipboard().text() == (
        "Name,VLANs,Memory (GiB),Created (UTC),Changed (UTC)\r\n"
        '"\'=cmd|""x"", 1","101, 108",1.5,2026-03-04 09:00:00,\r\n'
        'two␊lines␉⟨U+202E⟩,"102, 109",,,\r\n'
    )


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("-1", "-1"),
        ("-1.5", "-1.5"),
        ("-1+cmd", "'-1+cmd"),
        ("-", "'-"),
        ("–", "–"),
        ("", ""),
        ("a=1", "a=1"),
    ],
)
def test_cells_that_spreadsheets_would_run_are_text(text: str, harmless: str) -> None:
    assert defused(text) == harmless


async def test_an_export_is_a_file_that_spreadsheets_read(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    bench.table.export_to(path, ids(*range(30)))
    await eventually(path.exists)
    await eventually(lambda: "30" in bench.table.notice.text())
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbfName,")
    rows = list(csv.reader(written.decode("utf-8-sig").splitlines()))
    assert len(rows) == 31
    assert {len(row) for row in rows} == {len(DEFAULT)}
    assert [row[0] for row in rows[1:]] == bench.names()


async def test_an_export_that_fails_says_what_to_do_and_leaves_what_was_there(bench: Bench, tmp_path: Path) -> None:
    bench.table.export_to(tmp_path / "nowhere" / "out.csv", ids(1))
    await eventually(lambda: "could not be written" in bench.table.notice.text())
    assert "choose another folder" in bench.table.notice.text()
    assert not files(tmp_path)


async def test_a_long_export_shows_how_far_it_is_and_can_be_cancelled(bench: Bench, tmp_path: Path) -> None:
    told: list[str] = []

    def cancel() -> None:
        assert bench.table.cancel.isVisible()
        told.append(bench.table.notice.text())
        QTest.mouseClick(bench.table.cancel, Qt.MouseButton.LeftButton)

    bench.table._extract.progressed.connect(
        lambda: QTimer.singleShot(0, cancel),  # a click comes between two slices
        Qt.ConnectionType.SingleShotConnection,
    )
    steps: list[int] = []
    bench.table._extract.progressed.connect(lambda done, _: steps.append(done))
    bench.table.export_to(tmp_path / "out.csv", ids(*range(30)) * 1_000)
    await bench.settle()
    assert told[0].endswith(f"of {number(30_000)} lines")
    assert steps[-1] < 29_900
    assert not bench.table.cancel.isVisible()
    assert bench.table.notice.text() == "Cancelled"
    assert not files(tmp_path)


async def test_actions_that_need_a_selection_wait_for_one(bench: Bench) -> None:
    table = bench.table
    assert not table.copy.isEnabled()
    assert table.export_all.isEnabled()
    bench.click(1)
    assert table.copy.isEnabled()
    for action in table.actions_for_menu:
        assert action.text()
        assert action.toolTip()


# --- looks ------------------------------------------------------------------------------------------------------------


async def test_hostile_names_harm_nothing_mirrored_or_not(bench: Bench) -> None:
    names = ["<img src=x onerror=y>", "a\nb\0c", "\u202egnp.exe", "x" * 10_000, "", "שרת"]
    await bench.update(*(estates.vm(number, 0, name=name) for number, name in enumerate(names)))
    bench.preferences.choose(table_columns=tuple(column.name for column in COLUMNS))
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        bench.table.setLayoutDirection(direction)
        assert not bench.table.grab().isNull()
    assert {"<img src=x onerror=y>", "a␊b␀c", "⟨U+202E⟩gnp.exe", "(no name)"} < set(bench.names())
    assert max(map(len, bench.names())) <= 240


async def test_a_current_line_is_seen_only_with_the_keyboard(bench: Bench) -> None:
    view = bench.table.view
    bench.table.activateWindow()
    view.setFocus()
    await eventually(view.hasFocus)
    view.selectionModel().setCurrentIndex(bench.table.model.index(1, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    seen = view.viewport().grab().toImage()
    assert seen.pixelColor(0, 36) != seen.pixelColor(0, 60)

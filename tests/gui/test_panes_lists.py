"""Lists in panes: filtered, sorted and kept; several compared; records as they are; what is copied."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from tests.gui import estates
from tests.gui.desks import close_windows, new_desk
from tests.gui.estates import NotingEngine
from vmi_console.engine import protocol
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Power
from vmi_console.estate.vlan import access
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes import kinds
from vmi_console.gui.panes.comparison import ComparisonModel, ComparisonPane, Verdict
from vmi_console.gui.panes.copying import as_csv
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column, Items
from vmi_console.gui.panes.members import MembersPane
from vmi_console.gui.panes.raw import RawPane, written
from vmi_console.gui.panes.settings import SettingsPane
from vmi_console.gui.replica import Replica

type Pair = tuple[str, int]

COLUMNS: tuple[Column[Pair], ...] = (
    Column("name", 10, lambda pair: pair[0]),
    Column("number", 10, lambda pair: str(pair[1]), lambda pair: pair[1], number=True),
)
MODES = QAbstractItemModelTester.FailureReportingMode


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    desk = new_desk(NotingEngine())
    estates.replay(desk.replica, estates.estate(hosts=2, vms=6))
    yield desk
    close_windows()


def settle(model: Items[Pair] | ComparisonModel) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=5)
    while model.busy:
        assert datetime.now(UTC) < deadline, "it did not settle"
        QCoreApplication.processEvents()


def put(desk: Desk, *vms: VM) -> None:
    desk.replica.updated(protocol.Update(records=vms))
    desk.replica.refresh()


# --- items ------------------------------------------------------------------------------------------------------------

keyed = st.dictionaries(st.text("abc1", min_size=1, max_size=3), st.integers(0, 30), max_size=12)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("show"), keyed),
        st.tuples(st.just("narrow"), st.text("ab1 ", max_size=3)),
        st.tuples(st.just("sort"), st.tuples(st.integers(-1, 1), st.booleans())),
        st.tuples(st.just("settle"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps=steps)
def test_a_list_shows_what_a_plain_computation_shows(qapp: QApplication, steps: list[tuple[str, object]]) -> None:
    model: Items[Pair] = Items(COLUMNS)
    tester = QAbstractItemModelTester(model, MODES.Fatal)
    items: dict[str, int] = {}
    words = ""
    column, descending = -1, False
    for what, how in steps:
        match what, how:
            case "show", dict():
                items = how
                model.show_items((key, (key, number)) for key, number in items.items())
            case "narrow", str():
                words = how
                model.narrow(words)
            case "sort", (int() as column, bool() as descending):
                model.sort(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)
            case _:
                settle(model)
    settle(model)
    passing = [pair for pair in items.items() if all(word in f"{pair[0]}\n{pair[1]}" for word in words.split())]
    shown = [entry.item for entry in model.rows]
    assert sorted(shown) == sorted(passing)
    if column < 0:
        assert shown == passing
    else:
        ranks = [COLUMNS[column].rank(pair) for pair in shown]
        assert ranks == sorted(ranks, reverse=descending)
    assert model.total == len(items)
    tester.deleteLater()
    model.deleteLater()


def test_a_row_stays_while_its_item_is_replaced(qapp: QApplication) -> None:
    model: Items[Pair] = Items(COLUMNS)
    model.show_items([("a", ("a", 1)), ("b", ("b", 2))])
    settle(model)
    kept = model.rows[1]
    touched: list[int] = []
    model.dataChanged.connect(lambda index: touched.append(index.row()))
    model.show_items([("b", ("b", 3))])
    settle(model)
    assert model.rows == [kept]
    assert (kept.item, touched) == (("b", 3), [1])


def test_a_list_tells_how_many_and_why_none(qapp: QApplication, desk: Desk) -> None:
    made = ItemList[Pair]("Things", COLUMNS)
    made.show()
    made.say("from the disk", "there is nothing to see")
    made.items.show_items([("a", ("alpha", 1)), ("b", ("beta", 2))])
    settle(made.items)
    assert made.view.isVisible()
    QTest.keyClicks(made.filter, "nowhere")
    QTest.qWait(200)
    settle(made.items)
    said = [label.text() for label in made.findChildren(type(made._count)) if label.isVisible()]
    assert "Nothing contains “nowhere”." in said
    assert "0 of 2" in said
    made.filter.clear()
    made.items.show_items([])
    QTest.qWait(200)
    settle(made.items)
    assert "there is nothing to see" in [label.text() for label in made.findChildren(type(made._count))]


def test_selected_rows_are_copied_as_text(qapp: QApplication, desk: Desk) -> None:
    made = ItemList[Pair]("Things", COLUMNS)
    made.show()
    made.items.show_items([("a", ("alpha", 1)), ("b", ("beta", 2))])
    settle(made.items)
    made.view.selectAll()
    made.view.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "alpha\t1\nbeta\t2"


# --- members and settings ---------------------------------------------------------------------------------------------


def members(desk: Desk, place: EntityId) -> tuple[MembersPane, list[list[str]]]:
    pane = kinds.MEMBERS.make(desk)
    assert isinstance(pane, MembersPane)
    pane.show_entities((place,))
    pane.show()
    return pane, rows(pane)


def rows(pane: MembersPane) -> list[list[str]]:
    assert pane.shown is not None
    model = pane.shown.items
    while model.busy:
        QCoreApplication.processEvents()
    return [[column.text(entry.item) for column in model.columns] for entry in model.rows]


def test_a_network_lists_the_cards_that_are_plugged_in_and_keeps_up(desk: Desk) -> None:
    network = entity_id("network", "vc", "1")
    pane, listed = members(desk, network)
    assert listed == [
        ["vm-00001", "running", "Network adapter 1", "101", "00:50:56:00:00:01", "10.1.0.1", "up"],
    ]
    joining = estates.vm(2)
    moved = msgspec.structs.replace(joining.nics[0], network=network, vlan=access(101))
    put(desk, msgspec.structs.replace(joining, nics=(moved,)))
    assert [row[0] for row in rows(pane)] == ["vm-00001", "vm-00002"]
    put(desk, estates.vm(2))
    assert [row[0] for row in rows(pane)] == ["vm-00001"]
    went: list[str] = []
    pane.chosen.connect(went.append)
    assert pane.shown is not None
    pane.shown.view.activated.emit(pane.shown.items.index(0, 0))
    assert went == [entity_id("vm", "vc", "1")]


def test_a_host_and_a_datastore_list_their_vms(desk: Desk) -> None:
    pane, listed = members(desk, entity_id("host", "vc", "1"))
    assert [row[0] for row in listed] == ["vm-00001", "vm-00003", "vm-00005"]
    assert listed[0][2:6] == ["3", "3 GiB", "101, 108", "10.1.0.1, 10.8.0.1"]
    pane.show_entities((entity_id("datastore", "vc", "1"),))
    assert rows(pane) == [["vm-00001", "running", "80 GiB", "–"], ["vm-00005", "running", "80 GiB", "–"]]


def test_settings_that_are_not_known_are_told_from_none(desk: Desk) -> None:
    pane = kinds.SETTINGS.make(desk)
    assert isinstance(pane, SettingsPane)
    pane.show_entities((entity_id("vm", "vc", "1"),))
    pane.show()
    assert "not known" in pane.list._why
    put(desk, msgspec.structs.replace(estates.vm(1, 1), settings={}))
    assert pane.list._why == "No advanced setting is set."
    put(desk, msgspec.structs.replace(estates.vm(1, 1), settings={"isolation.tools.copy.disable": "TRUE", "a": "1"}))
    while pane.list.items.busy:
        QCoreApplication.processEvents()
    assert [entry.item for entry in pane.list.items.rows] == [("a", "1"), ("isolation.tools.copy.disable", "TRUE")]


# --- comparison -------------------------------------------------------------------------------------------------------


def compared(desk: Desk, *entities: EntityId) -> ComparisonPane:
    pane = kinds.COMPARISON.make(desk)
    assert isinstance(pane, ComparisonPane)
    pane.resize(1000, 600)
    pane.show_entities(entities)
    pane.show()
    settle(pane.model)
    return pane


def labelled(pane: ComparisonPane) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in pane.model.as_rows()}


def test_several_are_compared_attribute_by_attribute(desk: Desk) -> None:
    vms = [entity_id("vm", "vc", str(number)) for number in (1, 2, 3)]
    pane = compared(desk, *vms)
    told = labelled(pane)
    assert told["Attribute"] == ["vm-00001", "vm-00002", "vm-00003"]
    assert told["Power"] == ["running"] * 3
    assert told["Host"] == ["esx-02.example", "esx-01.example", "esx-02.example"]
    assert told["NIC 1 · VLAN"] == ["101", "102", "103"]
    assert told["Memory"] == ["3 GiB", "4 GiB", "5 GiB"]
    verdicts = {row.trait.within or row.trait.field: row.verdict for row in pane.model.rows}
    assert (verdicts["power"], verdicts["vlan"], verdicts["mac"]) == (Verdict.SAME, Verdict.DIFFERENT, Verdict.OWN)
    labels = [pane.model.headerData(row, Qt.Orientation.Vertical) for row in range(pane.model.rowCount())]
    assert "≠ Host" in labels
    assert "Power" in labels
    pane.only.click()
    settle(pane.model)
    assert all(row.verdict is Verdict.DIFFERENT for row in pane.model.rows)
    assert len(pane.model.rows) == pane.model.differences > 0


def test_the_unusual_is_emphasised_and_not_only_by_colour(desk: Desk) -> None:
    vms = [entity_id("vm", "vc", str(number)) for number in (1, 3, 2)]
    pane = compared(desk, *vms)
    host = next(number for number, row in enumerate(pane.model.rows) if row.trait.field == "host")
    fonts = [pane.model.index(host, column).data(Qt.ItemDataRole.FontRole) for column in range(3)]
    assert [font is not None for font in fonts] == [False, False, True]


def test_what_one_has_and_another_has_not_is_said_in_words(desk: Desk) -> None:
    fewer = estates.vm(2)
    put(desk, msgspec.structs.replace(fewer, nics=fewer.nics[:1], settings={"a": "1"}))
    told = labelled(compared(desk, entity_id("vm", "vc", "1"), fewer.id))
    assert told["NIC 2 · VLAN"] == ["108", "none"]
    assert told["Setting · a"] == ["none", "1"]


def test_a_comparison_is_copied_as_csv(desk: Desk) -> None:
    put(desk, msgspec.structs.replace(estates.vm(2), name="=HYPERLINK()"))
    pane = compared(desk, entity_id("vm", "vc", "1"), entity_id("vm", "vc", "2"))
    pane.copy.click()
    lines = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    assert lines[0] == ["Attribute", "vm-00001", "'=HYPERLINK()"]
    assert ["Power", "running", "running"] in lines


def test_more_than_fit_are_said_to_be_left_out(desk: Desk) -> None:
    estates.replay(desk.replica, estates.estate(hosts=2, vms=60))
    pane = compared(desk, *(entity_id("vm", "vc", str(number)) for number in range(60)))
    assert pane.model.columnCount() == 50
    assert "the first 50 of 60 are compared" in [label.text() for label in pane.findChildren(type(pane._note))]


selections = st.lists(st.lists(st.integers(0, 5), unique=True, max_size=5), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(selections=selections, powers=st.lists(st.sampled_from(list(Power)), min_size=6, max_size=6), only=st.booleans())
def test_a_comparison_shows_what_a_plain_computation_shows(
    qapp: QApplication, selections: list[list[int]], powers: list[Power], only: bool
) -> None:
    replica = Replica()
    estates.replay(replica, estates.estate(hosts=2, vms=6))
    model = ComparisonModel(replica)
    tester = QAbstractItemModelTester(model, MODES.Fatal)
    for place, numbers in enumerate(selections):
        model.compare(tuple(entity_id("vm", "vc", str(number)) for number in numbers))
        if place % 2:
            settle(model)
    for number, power in enumerate(powers):
        replica.updated(
            protocol.Update(records=(msgspec.structs.replace(estates.vm(number, number % 2), power=power),))
        )
    model.show_only_differences(only)
    settle(model)
    numbers = selections[-1]
    wanted = {powers[number] for number in numbers}
    shown = [row for row in model.rows if row.trait.field == "power"]
    assert bool(shown) == (bool(numbers) and not (only and len(wanted) == 1))
    for row in shown:
        assert (row.verdict is Verdict.DIFFERENT) == (len(wanted) > 1)
        assert [row.values[entity] for entity in model.entities] == [powers[number] for number in numbers]
    tester.deleteLater()
    model.deleteLater()
    replica.deleteLater()


def test_a_comparison_keeps_up(desk: Desk) -> None:
    vms = [entity_id("vm", "vc", str(number)) for number in (1, 3)]
    pane = compared(desk, *vms)
    assert labelled(pane)["Power"] == ["running", "running"]
    put(desk, msgspec.structs.replace(estates.vm(3, 1), power=Power.PAUSED))
    settle(pane.model)
    assert labelled(pane)["Power"] == ["running", "paused"]


# --- raw --------------------------------------------------------------------------------------------------------------


def test_a_record_is_written_so_that_every_character_is_seen() -> None:
    hostile = "a\u202eb\u00a0c\x07d\U000e0041e\u00e9\x7f"
    text = written((estates.vm(1, name=hostile),))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "é" in text
    assert msgspec.json.decode(text, type=VM) == estates.vm(1, name=hostile)
    assert len(msgspec.json.decode(written((estates.vm(1), estates.vm(2))))) == 2


def test_something_is_found_in_the_record_and_the_whole_is_copied(desk: Desk) -> None:
    pane = kinds.RAW.make(desk)
    assert isinstance(pane, RawPane)
    pane.show_entities((entity_id("vm", "vc", "1"),))
    pane.show()
    QTest.keyClicks(pane.finder, "network adapter")
    assert len(pane.text.extraSelections()) == 2
    QTest.keyClick(pane.finder, Qt.Key.Key_Return)
    first = pane.text.textCursor().position()
    QTest.keyClick(pane.finder, Qt.Key.Key_Return)
    second = pane.text.textCursor().position()
    QTest.keyClick(pane.finder, Qt.Key.Key_Return)
    assert first < second
    assert pane.text.textCursor().position() == first, "from the last one to the first"
    QTest.keyClick(pane.finder, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert pane.text.textCursor().position() == second
    pane.copy.click()
    assert msgspec.json.decode(QGuiApplication.clipboard().text(), type=VM) == estates.vm(1, 1)


def test_a_record_that_changes_stays_where_it_was_read(desk: Desk) -> None:
    pane = kinds.RAW.make(desk)
    assert isinstance(pane, RawPane)
    pane.resize(400, 200)
    pane.show_entities((entity_id("vm", "vc", "1"),))
    pane.show()
    bar = pane.text.verticalScrollBar()
    bar.setValue(20)
    put(desk, msgspec.structs.replace(estates.vm(1, 1), power=Power.PAUSED))
    assert '"paused"' in pane.text.toPlainText()
    assert bar.value() == 20
    pane.show_entities((entity_id("vm", "vc", "2"),))
    assert bar.value() == 0


def test_csv_holds_nothing_that_a_spreadsheet_carries_out() -> None:
    assert as_csv([("-1+1", "@x", 'say "no"')]) == '\'-1+1,\'@x,"say ""no"""\r\n'


def test_current_row_is_not_lost_when_rows_come(qapp: QApplication, desk: Desk) -> None:
    made = ItemList[Pair]("Things", COLUMNS)
    made.show()
    made.items.show_items([("b", ("b", 1)), ("c", ("c", 2))])
    settle(made.items)
    made.view.selectionModel().setCurrentIndex(
        made.items.index(1, 0),
        QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
    )
    made.items.show_items([("a", ("a", 0)), ("b", ("b", 1)), ("c", ("c", 3))])
    settle(made.items)
    assert made.items.rows[made.view.currentIndex().row()].item == ("c", 3)

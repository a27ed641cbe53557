"""The lines of the table equal a plain re-computation after anything, under the eyes of Qt's model tester."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change, Seen
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Address, Nic, Power, Snapshot, State
from vmi_console.estate.vlan import UNTAGGED, access, trunk
from vmi_console.gui.replica import Replica
from vmi_console.gui.table.columns import BY_NAME, COLUMNS, DEFAULT, Column, chosen
from vmi_console.gui.table.model import VmModel
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.forest import natural

NAMES = ("web-2", "web-10", "Web-1", "db", "", "<b>x</b>", "a\tb")
DEFAULT_COLUMNS = chosen(DEFAULT)


class Table:
    """A model with a replica that is told what to hold."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.model = VmModel(self.replica)
        self.tester = QAbstractItemModelTester(self.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        self.resets = 0
        self.model.modelReset.connect(self._reset)
        self.model.wake(True)
        estates.replay(self.replica, estates.estate(hosts=3, vms=0))

    def _reset(self) -> None:
        self.resets += 1

    def update(self, *records: AnyRecord, removed: tuple[EntityId, ...] = (), changes: tuple[Change, ...] = ()) -> None:
        self.replica.updated(protocol.Update(records=records, removed=removed, changes=changes))
        self.replica.refresh()

    def settle(self, wait: Callable[[Callable[[], bool]], object]) -> None:
        wait(lambda: not self.model.busy)

    @property
    def vms(self) -> list[VM]:
        return [record for record in self.replica.records.values() if isinstance(record, VM)]

    def names(self) -> list[str]:
        return [self.model.text(line, BY_NAME["name"]) for line in self.model.rows]

    def texts(self, column: str) -> list[str]:
        return [self.model.text(line, BY_NAME[column]) for line in self.model.rows]


@pytest.fixture
def table() -> Table:
    return Table()


def vm(number: int, **more: Any) -> VM:
    return estates.vm(number, number % 3, **more)


def plainly(table: Table, column: Column, descending: bool, text: str, matches: set[EntityId] | None) -> list[EntityId]:
    """Which VMs are shown in which order, worked out from nothing."""
    facts = table.model.facts
    passing = []
    for one in table.vms:
        said = "\n".join(part.text(facts, one) for part in DEFAULT_COLUMNS).casefold()
        if (matches is None or one.id in matches) and all(word in said for word in text.casefold().split()):
            passing.append(one)
    passing.sort(key=lambda one: f"{natural(one.name)}\0{one.id}")
    known = [one for one in passing if column.value(facts, one) is not None]
    known.sort(key=lambda one: column.value(facts, one), reverse=descending)  # type: ignore[arg-type, return-value]
    return [one.id for one in known] + [one.id for one in passing if column.value(facts, one) is None]


actions = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 30), st.sampled_from(NAMES), st.sampled_from(list(Power))),
    st.tuples(st.just("remove"), st.integers(0, 30)),
    st.tuples(st.just("sort"), st.sampled_from(COLUMNS), st.booleans()),
    st.tuples(st.just("filter"), st.sampled_from(("", "web", "on 1", "vlan-10", "off", "esx-02"))),
    st.tuples(st.just("search"), st.none() | st.sets(st.integers(0, 30), max_size=12)),
    st.tuples(st.just("host"), st.integers(0, 2), st.sampled_from(("esx-b", "esx-a", "esx-02"))),
    st.tuples(st.just("change"), st.integers(0, 30), st.integers(0, 99)),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("stale"), st.sampled_from((State.LIVE, State.STALE))),
    st.tuples(st.just("settle")),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(actions, max_size=25))
def test_lines_equal_a_plain_computation_after_anything(qtbot: QtBot, steps: list[tuple[object, ...]]) -> None:
    table = Table()
    column, descending, text, matches = BY_NAME["name"], False, "", None
    for number, step in enumerate(steps):
        match step:
            case ("put", int(which), str(name), Power() as power):
                table.update(vm(which, name=name, power=power))
            case ("remove", int(which)):
                table.update(removed=(entity_id("vm", "vc", str(which)),))
            case ("sort", Column() as column, bool(descending)):
                table.model.sort_by(column, descending)
            case ("filter", str(text)):
                table.model.narrow(text, DEFAULT_COLUMNS)
            case ("search", wanted):
                matches = None if wanted is None else {entity_id("vm", "vc", str(one)) for one in wanted}  # type: ignore[attr-defined]
                table.model.show_only(matches)
            case ("host", int(which), str(name)):
                table.update(estates.host(which, name=name))
            case ("change", int(which), int(minutes)):
                at = estates.NOW + timedelta(minutes=minutes)
                table.update(changes=(estates.change(number, vm(which), observed_at=at),))
            case ("hold", bool(still)):
                table.model.hold(still)
            case ("stale", State() as state):
                table.update(estates.connection(state=state))
            case _:
                table.settle(qtbot.waitUntil)
    table.model.hold(False)
    table.settle(qtbot.waitUntil)
    assert [line.entity for line in table.model.rows] == plainly(table, column, descending, text, matches)
    assert not table.resets


@pytest.mark.parametrize("column", COLUMNS, ids=[column.name for column in COLUMNS])
def test_every_column_says_something_of_every_vm(qtbot: QtBot, table: Table, column: Column) -> None:
    bare = VM(id=entity_id("vm", "vc", "bare"), name="bare")
    table.update(vm(1, snapshots=(Snapshot(key="1", created_at=estates.NOW),), tags=("pci",)), bare)
    table.model.sort_by(column, True)
    table.settle(qtbot.waitUntil)
    assert len(table.model.rows) == 2
    for row in range(2):
        index = table.model.index(row, COLUMNS.index(column))
        assert table.model.data(index)
        assert table.model.data(index, Qt.ItemDataRole.ToolTipRole).startswith("<qt>")
        assert column.title in table.model.data(index, Qt.ItemDataRole.AccessibleTextRole)


def test_numbers_addresses_and_times_sort_as_people_count(qtbot: QtBot, table: Table) -> None:
    def card(ip: str, vlan: int) -> tuple[Nic, ...]:
        return (Nic(key="1", mac="00:50:56:00:00:01", addresses=(Address(ip=ip),), vlan=access(vlan)),)

    table.update(
        vm(1, name="vm-2", nics=card("10.0.0.9", 1000), memory_bytes=16 << 30),
        vm(2, name="vm-10", nics=card("10.0.0.10", 200), memory_bytes=512 << 20),
        vm(3, name="vm-1", nics=card("9.255.0.1", 0), memory_bytes=None),
        vm(4, name="vm-11", nics=card("fe80::1", 90), memory_bytes=2 << 30),
        vm(5, name="vm-9", nics=(), memory_bytes=1 << 30),
    )
    for name, ascending, descending in (
        ("name", ["vm-1", "vm-2", "vm-9", "vm-10", "vm-11"], ["vm-11", "vm-10", "vm-9", "vm-2", "vm-1"]),
        ("addresses", ["vm-1", "vm-2", "vm-10", "vm-11", "vm-9"], ["vm-11", "vm-10", "vm-2", "vm-1", "vm-9"]),
        ("vlans", ["vm-1", "vm-11", "vm-10", "vm-2", "vm-9"], ["vm-2", "vm-10", "vm-11", "vm-1", "vm-9"]),
        ("memory", ["vm-10", "vm-9", "vm-11", "vm-2", "vm-1"], ["vm-2", "vm-11", "vm-9", "vm-10", "vm-1"]),
    ):
        for way, wanted in ((False, ascending), (True, descending)):
            table.model.sort_by(BY_NAME[name], way)
            table.settle(qtbot.waitUntil)
            assert table.names() == wanted, (name, way)


def test_effective_vlans_are_told_card_by_card(qtbot: QtBot, table: Table) -> None:
    vlans = (access(110), trunk([(1, 4094)]), UNTAGGED, None, access(110))
    table.update(vm(1, nics=tuple(Nic(key=str(place), vlan=vlan) for place, vlan in enumerate(vlans))))
    table.settle(qtbot.waitUntil)
    assert table.texts("vlans") == ["110, trunk 1–4094, untagged, –"]


def test_lines_held_still_change_where_they_are_and_go_where_they_were(qtbot: QtBot, table: Table) -> None:
    table.update(*(vm(number, name=f"vm-{number}") for number in range(5)))
    table.settle(qtbot.waitUntil)
    table.model.hold(True)
    table.update(vm(0, name="z"), vm(9, name="a"), removed=(entity_id("vm", "vc", "3"),))
    table.settle(qtbot.waitUntil)
    assert table.names() == ["z", "vm-1", "vm-2", "vm-4"]
    table.model.hold(False)
    table.settle(qtbot.waitUntil)
    assert table.names() == ["a", "vm-1", "vm-2", "vm-4", "z"]


def test_what_the_operator_asks_for_happens_though_lines_are_held(qtbot: QtBot, table: Table) -> None:
    table.update(*(vm(number, name=f"vm-{number}") for number in range(3)))
    table.settle(qtbot.waitUntil)
    table.model.hold(True)
    table.model.sort_by(BY_NAME["name"], True)
    table.settle(qtbot.waitUntil)
    assert table.names() == ["vm-2", "vm-1", "vm-0"]


def test_matches_that_come_and_go_move_nothing_that_is_held(qtbot: QtBot, table: Table) -> None:
    table.update(*(vm(number, name=f"vm-{number}") for number in range(4)))
    table.settle(qtbot.waitUntil)
    table.model.hold(True)
    table.model.show_only({entity_id("vm", "vc", "1"), entity_id("vm", "vc", "2")})
    table.settle(qtbot.waitUntil)
    assert table.names() == ["vm-1", "vm-2"]
    table.model.show_only({entity_id("vm", "vc", "2"), entity_id("vm", "vc", "3")})
    table.settle(qtbot.waitUntil)
    assert table.names() == ["vm-1", "vm-2"]
    table.model.hold(False)
    table.settle(qtbot.waitUntil)
    assert table.names() == ["vm-2", "vm-3"]


def test_asleep_nothing_moves_and_awake_it_catches_up(qtbot: QtBot, table: Table) -> None:
    table.update(vm(1, name="one"))
    table.settle(qtbot.waitUntil)
    table.model.wake(False)
    table.update(vm(2, name="two"), removed=(entity_id("vm", "vc", "1"),))
    assert not table.model.busy
    assert [line.entity for line in table.model.rows] == [entity_id("vm", "vc", "1")]
    table.model.wake(True)
    table.settle(qtbot.waitUntil)
    assert table.names() == ["two"]


def test_the_last_change_is_told_with_its_author_but_not_a_discovery(qtbot: QtBot, table: Table) -> None:
    one = vm(1)
    table.update(one, changes=(estates.change(1, one, seen=Seen.DISCOVERY),))
    table.settle(qtbot.waitUntil)
    assert table.texts("change") == ["–"]
    table.update(changes=(estates.change(2, one, "memory_bytes", 1, 2),))
    table.settle(qtbot.waitUntil)
    assert table.texts("change") == ["memory: 1 → 2"]
    table.replica.updated(protocol.Update(amendments=(Amendment(number=2, actor="j.kim"),)))
    table.replica.refresh()
    table.settle(qtbot.waitUntil)
    assert table.texts("change") == ["memory: 1 → 2 · j.kim"]
    index = table.model.index(0, COLUMNS.index(BY_NAME["change"]))
    assert "by j.kim" in table.model.data(index, Qt.ItemDataRole.ToolTipRole)


def test_of_changes_seen_at_once_what_the_guest_says_is_not_the_last(qtbot: QtBot, table: Table) -> None:
    one = vm(1)
    switched = estates.change(1, one, "power", "on", "off")
    ended = estates.change(2, one, "guest.tools", "running", "not running")
    table.update(one, changes=(switched, ended))
    table.settle(qtbot.waitUntil)
    assert table.texts("change") == ["power: running → off"]
    later = msgspec.structs.replace(ended, number=3, observed_at=estates.NOW + timedelta(seconds=9))
    table.update(changes=(later,))
    table.settle(qtbot.waitUntil)
    assert table.texts("change") == ["guest · tools: running → not running"]


def test_what_is_stale_is_muted_and_says_so(qtbot: QtBot, table: Table) -> None:
    table.update(vm(1, power=Power.ON))
    table.settle(qtbot.waitUntil)
    line, state = table.model.rows[0], BY_NAME["state"]
    assert table.model.cells(line, (state,)) == [("running", Tone.GOOD)]
    table.model.narrow("stale", DEFAULT_COLUMNS)
    table.settle(qtbot.waitUntil)
    assert not table.model.rows
    table.update(estates.connection(state=State.STALE))
    table.settle(qtbot.waitUntil)
    assert table.model.rows == [line]
    assert table.model.cells(line, (state,)) == [("running · stale", Tone.MUTED)]


def test_a_move_of_a_host_shows_at_its_vms(qtbot: QtBot, table: Table) -> None:
    table.update(vm(0))
    table.settle(qtbot.waitUntil)
    assert table.texts("cluster") == ["Cluster 1"]
    cluster = next(record for record in table.replica.records.values() if record.kind == "cluster")
    told: list[int] = []
    table.model.dataChanged.connect(lambda first, last: told.append(first.row()))
    table.update(msgspec.structs.replace(cluster, name="Cluster 7"))
    table.settle(qtbot.waitUntil)
    assert told == [0]
    assert table.texts("cluster") == ["Cluster 7"]


def test_headings_show_the_order_also_to_a_screen_reader(table: Table) -> None:
    table.model.sort_by(BY_NAME["memory"], True)
    section = COLUMNS.index(BY_NAME["memory"])
    horizontal = Qt.Orientation.Horizontal
    assert table.model.headerData(section, horizontal) == "Memory ▼"
    told = table.model.headerData(section, horizontal, Qt.ItemDataRole.AccessibleTextRole)
    assert told == "Memory, sorted, descending"
    assert table.model.headerData(0, horizontal) == "Name"
    assert table.model.columnCount(QModelIndex()) == len(COLUMNS)

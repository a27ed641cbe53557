"""The panes of one entity: what they say, how they keep up, and that they rest while nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui import estates
from tests.gui.desks import close_windows, new_desk
from tests.gui.estates import NOW, NotingEngine
from vmi_console.engine import protocol
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change, Sample
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    VM,
    Alarm,
    AlarmStatus,
    Disk,
    Filter,
    FirewallRule,
    Grants,
    Health,
    Nic,
    NicKind,
    PhysicalNic,
    Power,
    Snapshot,
    State,
)
from vmi_console.estate.vlan import access, trunk
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes import kinds
from vmi_console.gui.panes.heading import Heading
from vmi_console.gui.panes.pane import Pane, PaneKind
from vmi_console.gui.panes.sheet import Sheet
from vmi_console.gui.panes.sheet_pane import SheetPane
from vmi_console.gui.panes.sheet_view import Link
from vmi_console.gui.panes.sheets.vm_parts import ordered
from vmi_console.gui.theme import Tone

THE_VM = entity_id("vm", "vc", "1")
HOST = entity_id("host", "vc", "1")


@pytest.fixture
def engine() -> NotingEngine:
    return NotingEngine()


@pytest.fixture
def desk(engine: NotingEngine, qapp: QApplication) -> Iterator[Desk]:
    desk = new_desk(engine)
    estates.replay(desk.replica, estates.estate(hosts=2, vms=4))
    yield desk
    close_windows()


def shown(desk: Desk, kind: PaneKind, *entities: EntityId) -> Pane:
    pane = kind.make(desk)
    pane.resize(1000, 700)
    pane.show_entities(entities)
    pane.show()
    return pane


def sheet_of(desk: Desk, kind: PaneKind, entity: EntityId) -> Sheet:
    pane = shown(desk, kind, entity)
    assert isinstance(pane, SheetPane)
    return pane.sheet


def put(desk: Desk, *records: AnyRecord, changes: tuple[Change, ...] = ()) -> None:
    desk.replica.updated(protocol.Update(records=records, changes=changes))
    desk.replica.refresh()


def facts(sheet: Sheet) -> dict[str, str]:
    return {fact.label: fact.value for section in sheet.sections for fact in section.facts}


def texts(sheet: Sheet, table: int) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in sheet.tables[table].lines]


def with_nic(vm: VM, **changes: object) -> VM:
    return msgspec.structs.replace(vm, nics=(msgspec.structs.replace(vm.nics[0], **changes), *vm.nics[1:]))


# --- virtual machines -------------------------------------------------------------------------------------------------


def test_the_summary_says_what_a_vm_is_and_where(desk: Desk) -> None:
    sheet = sheet_of(desk, kinds.SUMMARY, THE_VM)
    told = facts(sheet)
    assert (told["Power"], told["Host"], told["Virtual CPUs"]) == ("running", "esx-02.example", "3")
    assert told["Disks"] == "80 GiB"
    assert [card.title for card in sheet.cards] == ["Network adapter 1", "Network adapter 2"]
    assert sheet.cards[0].remarks[0].text == "vlan-101 · VLAN 101"
    assert "10.1.0.1" in sheet.cards[0].remarks[1].text


def test_a_card_that_was_moved_says_from_where_when_and_by_whom(desk: Desk) -> None:
    pane = shown(desk, kinds.SUMMARY, THE_VM)
    assert isinstance(pane, SheetPane)
    at = datetime.now(UTC)
    new = with_nic(estates.vm(1, 1), vlan=access(666), network=entity_id("network", "vc", "2"), network_name="guest")
    moves = tuple(
        estates.change(number, new, f"nics[4000].{path}", before, after, observed_at=at)
        for number, (path, before, after) in enumerate(
            (
                ("vlan", msgspec.to_builtins(access(101)), msgspec.to_builtins(access(666))),
                ("network", entity_id("network", "vc", "1"), entity_id("network", "vc", "2")),
            ),
            start=1,
        )
    )
    put(desk, new, changes=moves)
    card = pane.sheet.cards[0]
    assert card.remarks[0].text == "vlan-101 → guest · VLAN 101 → 666"
    assert card.remarks[0].tone is Tone.ACCENT
    assert card.remarks[-1].text == f"changed {at.astimezone():%H:%M:%S}"
    assert [line[2:4] for line in texts(pane.sheet, 0)] == [["vlan-101", "vlan-102"], ["101", "666"]]
    desk.replica.updated(protocol.Update(amendments=(Amendment(number=1, actor="j.kim"),)))
    desk.replica.refresh()
    assert pane.sheet.cards[0].remarks[-1].text == f"changed {at.astimezone():%H:%M:%S} by j.kim"
    assert texts(pane.sheet, 0)[1][-1] == "j.kim"


def test_what_was_moved_long_before_is_not_told_as_the_last_move(desk: Desk) -> None:
    early, late = datetime.now(UTC) - timedelta(hours=5), datetime.now(UTC)
    vm = estates.vm(1, 1)
    changes = (
        estates.change(1, vm, "nics[4000].network", entity_id("network", "vc", "5"), None, observed_at=early),
        estates.change(2, vm, "nics[4000].vlan", None, msgspec.to_builtins(access(101)), observed_at=late),
    )
    put(desk, vm, changes=changes)
    assert sheet_of(desk, kinds.SUMMARY, THE_VM).cards[0].remarks[0].text == "vlan-101 · VLAN – → 101"


def test_a_forgotten_snapshot_and_an_alarm_are_seen_at_first_glance(desk: Desk) -> None:
    month = timedelta(days=30)
    snapshots = (Snapshot(key="1", name="before upgrade", created_at=datetime.now(UTC) - month, size_bytes=3 << 30),)
    alarms = (
        Alarm(
            key="a", name="CPU usage", status=AlarmStatus.YELLOW, since=NOW, acknowledged=True, acknowledged_by="eve"
        ),
        Alarm(key="b", name="Datastore full", status=AlarmStatus.RED, since=NOW),
    )
    put(desk, msgspec.structs.replace(estates.vm(1, 1), snapshots=snapshots, alarms=alarms))
    red, seen, *_, snapshot = sheet_of(desk, kinds.SUMMARY, THE_VM).cards
    assert (red.title, red.tone) == ("Datastore full", Tone.BAD)
    assert (seen.title, seen.tone) == ("CPU usage", Tone.MUTED)
    assert "eve" in seen.remarks[0].text
    assert snapshot.tone is Tone.WARNING
    assert snapshot.remarks[0].text == "oldest 30 days ago · 3 GiB in all"
    fresh = (msgspec.structs.replace(snapshots[0], created_at=datetime.now(UTC)),)
    put(desk, msgspec.structs.replace(estates.vm(1, 1), snapshots=fresh))
    assert sheet_of(desk, kinds.SUMMARY, THE_VM).cards[-1].tone is Tone.MUTED, "a fresh one is no trouble"


def test_the_network_pane_says_where_each_vlan_comes_from(desk: Desk) -> None:
    network = entity_id("network", "vc", "1")
    overridden = with_nic(estates.vm(1, 1), port_vlan=access(7), vlan=access(7))
    assert facts_of_card(desk, overridden)["VLAN from"] == "set on the port itself, over the network's own"
    put(desk, estates.network(1, vlan=None, host_vlans={HOST: access(9)}))
    assert facts_of_card(desk, estates.vm(1, 1))["VLAN from"] == "vlan-101, as set on esx-02.example"
    put(desk, estates.network(1, vlan=access(4095)))
    tagged = facts_of_card(desk, with_nic(estates.vm(1, 1), vlan=trunk([(1, 4094)])))
    assert tagged["VLAN from"] == "the guest tags: vlan-101 passes all (4095)"
    put(desk, estates.network(1, vlan=None, parent=entity_id("network", "vc", "2")))
    assert facts_of_card(desk, estates.vm(1, 1))["VLAN from"] == "vlan-102, through vlan-101"
    user = with_nic(estates.vm(1, 1), network=None, network_name=None, type=NicKind.USER)
    assert facts_of_card(desk, user)["VLAN from"] == "has no Ethernet port"
    assert network in desk.replica.records


def facts_of_card(desk: Desk, vm: VM) -> dict[str, str]:
    put(desk, vm)
    section = sheet_of(desk, kinds.NETWORK, vm.id).sections[0]
    return {fact.label: fact.value for fact in section.facts}


def test_the_network_pane_has_the_rules_of_the_filters_and_of_those_they_include(desk: Desk) -> None:
    rules = {
        "outer": (FirewallRule(action="accept", priority=200, protocol="tcp", destination_ports=(22, 22)),),
        "inner": (FirewallRule(action="drop", priority=100, source="10.0.0.0/8", source_ports=(1, 99)),),
    }
    filters = [
        Filter(
            id=entity_id("filter", "vc", name),
            name=name,
            rules=rules[name],
            includes=("inner", "outer") if name == "outer" else (),
        )
        for name in rules
    ]
    put(desk, *filters, with_nic(estates.vm(1, 1), filter="outer", blocked=True))
    sheet = sheet_of(desk, kinds.NETWORK, THE_VM)
    assert [line[0:1] + line[2:7] for line in texts(sheet, 0)] == [
        ["outer", "accept", "both", "tcp", "any", "any :22"],
        ["inner", "drop", "both", "any", "10.0.0.0/8 :1–99", "any"],
    ]
    blocked = next(fact for fact in sheet.sections[0].facts if fact.label == "Blocked")
    assert (blocked.value, blocked.tone) == ("yes", Tone.WARNING)


def test_the_storage_pane_shows_what_a_disk_is_backed_by_and_how_full_it_is(desk: Desk) -> None:
    disk = Disk(
        key="vda",
        path="/top.qcow2",
        capacity_bytes=40 << 30,
        allocated_bytes=10 << 30,
        backing=("/middle.qcow2", "/base.qcow2"),
        datastore=entity_id("datastore", "vc", "0"),
        encrypted=True,
    )
    put(desk, msgspec.structs.replace(estates.vm(1, 1), disks=(disk,)))
    sheet = sheet_of(desk, kinds.STORAGE, THE_VM)
    lines = sheet.tables[0].lines
    assert [line.cells[-1].text for line in lines] == ["/top.qcow2", "/middle.qcow2", "/base.qcow2"]
    assert [line.cells[0].depth for line in lines] == [0, 1, 2]
    assert lines[0].cells[0].text == "vda (encrypted)"
    assert lines[0].cells[3].share == 0.25
    assert texts(sheet, 1)[0][0] == "store-0"


def test_snapshots_come_after_their_parents() -> None:
    def snapshot(key: str, parent: str | None = None) -> Snapshot:
        return Snapshot(key=key, parent=parent)

    tree = [snapshot("c", "b"), snapshot("a"), snapshot("b", "a"), snapshot("d", "a"), snapshot("lost", "gone")]
    assert [(one.key, depth) for one, depth in ordered(tree)] == [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("lost", 0)]
    ring = [snapshot("x", "y"), snapshot("y", "x"), snapshot("self", "self")]
    assert {one.key for one, _ in ordered(ring)} == {"x", "y", "self"}


@pytest.mark.parametrize("kind", ["vm", "host", "connection", "datacenter", "cluster", "network", "datastore"])
def test_every_kind_has_a_summary_and_every_pane_that_fits_can_be_shown(desk: Desk, kind: str) -> None:
    entity = next(entity for entity in desk.replica.records if entity.startswith(f"{kind}/"))
    fitting = [pane for pane in kinds.KINDS if pane.fits((desk.replica.records[entity],))]
    assert fitting[0].name == "summary"
    assert "raw" in [pane.name for pane in fitting]
    sheet = sheet_of(desk, kinds.SUMMARY, entity)
    assert any(section.facts for section in sheet.sections)
    for pane in fitting:
        if pane.name not in ("guest", "policy", "timeline"):  # those ask the engine, which needs a running loop
            assert shown(desk, pane, entity).isVisible()


def test_kinds_have_names_and_titles_of_their_own() -> None:
    assert len({kind.name for kind in kinds.KINDS}) == len({kind.title() for kind in kinds.KINDS}) == len(kinds.KINDS)


# --- places -----------------------------------------------------------------------------------------------------------


def test_a_host_says_what_runs_on_it_and_which_networks_reach_it(desk: Desk) -> None:
    put(desk, estates.host(1, nics=(PhysicalNic(key="vmnic0", switch=entity_id("switch", "vc", "1")),)))
    told = facts(sheet_of(desk, kinds.SUMMARY, HOST))
    assert (told["There"], told["Running"]) == ("2", "2")
    ports, switches, networks = (texts(sheet_of(desk, kinds.NETWORK, HOST), table) for table in range(3))
    assert [line[0] for line in ports] == ["vmnic0"]
    assert [line[0] for line in switches] == ["dvs-berlin"]
    assert [line[:2] for line in networks] == [[f"vlan-{vlan}", str(vlan)] for vlan in (101, 103, 108, 110)]
    assert [line[0] for line in texts(sheet_of(desk, kinds.STORAGE, HOST), 0)] == ["store-1", "store-3"]


def test_a_place_lists_its_hosts_and_keeps_up_with_what_runs_there(desk: Desk) -> None:
    pane = shown(desk, kinds.SUMMARY, entity_id("cluster", "vc", "0"))
    assert isinstance(pane, SheetPane)
    assert [line[:3] for line in texts(pane.sheet, 0)] == [
        ["esx-01.example", "connected", "2"],
        ["esx-02.example", "connected", "2"],
    ]
    put(desk, estates.vm(9, 1))
    assert texts(pane.sheet, 0)[1][2] == "3"
    put(desk, estates.vm(9, 0))
    assert [line[2] for line in texts(pane.sheet, 0)] == ["3", "2"]


def test_a_connection_in_trouble_says_why_and_what_to_do(desk: Desk) -> None:
    entity = entity_id("connection", "console", "vc")
    pane = shown(desk, kinds.SUMMARY, entity)
    assert isinstance(pane, SheetPane)
    assert not pane.sheet.cards
    assert "Last answer" not in facts(pane.sheet), "who is live answers all the time"
    assert facts(pane.sheet)["Read guests"] == "no"
    assert facts(pane.sheet)["Hosts"] == "2"
    health = Health(state=State.STALE, since=NOW, reason="no answer", advice="look at the cable")
    put(desk, estates.connection(health=health, grants=Grants(read_guests=True), seen_at=NOW))
    assert [remark.text for remark in pane.sheet.cards[0].remarks] == [
        "no answer",
        "it is tried again; look at the cable",
    ]
    assert facts(pane.sheet)["Read guests"] == "yes"
    assert "Last answer" in facts(pane.sheet)


def test_hosts_that_give_a_network_another_vlan_stand_out(desk: Desk) -> None:
    hosts = {entity_id("host", "vc", str(number)): access(101 if number else 9) for number in range(3)}
    put(desk, estates.host(2), estates.network(1, vlan=None, host_vlans=hosts))
    sheet = sheet_of(desk, kinds.SUMMARY, entity_id("network", "vc", "1"))
    assert facts(sheet)["VLAN"] == "differs by host"
    assert [line.cells[1].tone for line in sheet.tables[0].lines] == [Tone.WARNING, Tone.PLAIN, Tone.PLAIN]


# --- keeping up -------------------------------------------------------------------------------------------------------


def test_what_is_stale_does_not_look_live(desk: Desk) -> None:
    pane = shown(desk, kinds.SUMMARY, THE_VM)
    assert isinstance(pane, SheetPane)
    power = pane.sheet.sections[0].facts[0]
    assert power.tone is Tone.GOOD
    put(desk, estates.connection(state=State.STALE))
    assert pane.sheet.sections[0].facts[0].tone is Tone.MUTED
    assert not any(remark.tone is Tone.GOOD for card in pane.sheet.cards for remark in card.remarks)


def test_load_is_read_only_while_somebody_looks(desk: Desk, engine: NotingEngine) -> None:
    pane = shown(desk, kinds.SUMMARY, THE_VM)
    assert isinstance(pane, SheetPane)
    assert engine.watched == (THE_VM,)
    desk.replica.sampled((Sample(entity=THE_VM, at=NOW, cpu_percent=34.4, memory_used_bytes=6 << 30),))
    assert [fact.value for fact in pane.sheet.figures[:2]] == ["34 %", "6 GiB of –"]
    pane.show_entities((HOST,))
    assert engine.watched == (HOST,)
    pane.hide()
    assert not engine.watched


def test_a_hidden_pane_rests_and_catches_up(desk: Desk) -> None:
    pane = shown(desk, kinds.NETWORK, THE_VM)
    assert isinstance(pane, SheetPane)
    before = pane.sheet
    pane.hide()
    put(desk, with_nic(estates.vm(1, 1), vlan=access(666)))
    pane.show_entities((entity_id("vm", "vc", "2"),))
    assert pane.sheet is before
    pane.show_entities((THE_VM,))
    pane.show()
    assert facts(pane.sheet)["VLAN"] == "108", "of the second card, the last told"
    assert pane.sheet.sections[0].facts[1].value == "666"


def test_what_went_away_stays_on_show(desk: Desk) -> None:
    pane = shown(desk, kinds.SUMMARY, THE_VM)
    assert isinstance(pane, SheetPane)
    before = pane.sheet
    desk.replica.updated(protocol.Update(removed=(THE_VM,)))
    desk.replica.refresh()
    assert pane.sheet.sections == before.sections


def test_names_from_outside_are_shown_as_plain_text(desk: Desk) -> None:
    hostile = "<b>\u202etxt.exe</b>"
    nic = Nic(key="1", label=hostile, network_name=hostile, filter=hostile)
    put(desk, msgspec.structs.replace(estates.vm(1, 1), nics=(nic,), annotation=hostile, tags=(hostile,)))
    for kind in (kinds.SUMMARY, kinds.NETWORK):
        sheet = sheet_of(desk, kind, THE_VM)
        assert "\u202e" not in repr(sheet)
        assert "⟨U+202E⟩" in repr(sheet)


def test_a_name_leads_where_it_says_by_mouse_and_by_keyboard(desk: Desk) -> None:
    pane = shown(desk, kinds.SUMMARY, THE_VM)
    went: list[str] = []
    pane.chosen.connect(went.append)
    link = next(link for link in pane.findChildren(Link) if link.text() == "esx-02.example" and link.isVisible())
    assert "Host" in link.accessibleName()
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    link.setFocus()
    QTest.keyClick(link, Qt.Key.Key_Return)
    QTest.keyClick(link, Qt.Key.Key_Space)
    assert went == [HOST] * 3


# --- the heading ------------------------------------------------------------------------------------------------------


def heading(desk: Desk, *entities: EntityId) -> Heading:
    made = Heading(desk)
    made.show_entities(entities)
    made.show()
    return made


def said(made: Heading) -> tuple[str, str]:
    assert made.headline is not None
    return made.headline.title, made.headline.state


def test_the_heading_says_what_is_selected_and_leads_to_what_is_above_it(desk: Desk) -> None:
    made = heading(desk, THE_VM)
    assert said(made) == ("vm-00001", "running")
    assert made.headline is not None
    assert [name for name, _ in made.headline.path] == ["vc estate", "Berlin", "Cluster 1", "esx-02.example"]
    went: list[str] = []
    made.chosen.connect(went.append)
    steps = [step for step in made.findChildren(QWidget) if step.accessibleName() == "Show esx-02.example"]
    QTest.mouseClick(steps[0], Qt.MouseButton.LeftButton)
    assert went == [HOST]
    put(desk, estates.host(1, name="renamed"))
    assert made.headline.path[-1][0] == "renamed"


def test_the_heading_counts_several_by_kind_and_state(desk: Desk, qapp: QApplication) -> None:
    vms = [entity for entity in desk.replica.records if entity.startswith("vm/")]
    made = heading(desk, *vms)
    settle(qapp, lambda: made.headline is not None)
    assert said(made) == ("4 VMs", "3 running · 1 off")
    put(desk, msgspec.structs.replace(estates.vm(0, 0), power=Power.PAUSED))
    settle(qapp, lambda: said(made)[1] == "3 running · 1 paused")
    made.show_entities((*vms[:2], HOST))
    settle(qapp, lambda: said(made)[0] == "2 VMs, 1 host")
    made.show_entities((HOST,))
    assert said(made) == ("esx-02.example", "connected")


def test_many_are_counted_in_slices_and_a_new_selection_wins(desk: Desk, qapp: QApplication) -> None:
    estates.replay(desk.replica, estates.estate(hosts=2, vms=9_000))
    vms = tuple(entity for entity in desk.replica.records if entity.startswith("vm/"))
    made = heading(desk, *vms)
    made.show_entities(vms[:5])
    settle(qapp, lambda: made.headline is not None)
    assert said(made)[0] == "5 VMs"
    made.show_entities(vms)
    made.show_entities(vms[:1])
    settle(qapp, lambda: not made.counting)
    assert said(made)[0] == "vm-00000"


def settle(qapp: QApplication, holds: Callable[[], bool]) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=5)
    while not holds():
        assert datetime.now(UTC) < deadline, "it did not come about"
        qapp.processEvents()

from __future__ import annotations

import pytest

from tests.unit.estate.builders import (
    NOON,
    Estate,
    after,
    disk,
    host,
    host_id,
    network,
    network_id,
    nic,
    told,
    vm,
    vm_id,
)
from vmi_console.estate.changes import Action, Seen
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    VM,
    Alert,
    Cluster,
    Connection,
    Datastore,
    GuestSummary,
    Health,
    Host,
    Network,
    NetworkKind,
    Power,
    State,
)
from vmi_console.estate.vlan import access


@pytest.fixture
def estate() -> Estate:
    return Estate()


def test_first_sight_is_told_as_an_addition(estate: Estate) -> None:
    applied = estate.tell(vm("1", name="web", power=Power.ON), occurred_at=after(-1))
    (change,) = applied.changes
    assert (change.action, change.path, change.name, change.entity) == (Action.ADDED, "", "web", vm_id("1"))
    assert change.after == {"kind": "vm", "id": "vm/vc/1", "name": "web", "power": "on", "guest": {}}
    assert (change.observed_at, change.occurred_at, change.seen) == (NOON, after(-1), Seen.EVENT)
    assert applied.records == (estate.inventory.get(vm_id("1")),)


def test_what_is_told_again_is_nothing(estate: Estate) -> None:
    record = vm("1", host=host_id("h"), nics=(nic("a", network_id("n"), ips=("10.0.0.1",)),))
    estate.tell(network("n", 30), host("h"), record)
    again = vm("1", host=host_id("h"), nics=(nic("a", network_id("n"), ips=("10.0.0.1",)),))
    assert not estate.tell(network("n", 30), host("h"), again)


def test_changes_are_numbered_across_occurrences(estate: Estate) -> None:
    first = estate.tell(vm("1"), vm("2"))
    second = estate.tell(vm("1", name="x", power=Power.ON))
    assert [change.number for change in first.changes + second.changes] == [1, 2, 3, 4]


def test_removal_is_told_with_what_was_there(estate: Estate) -> None:
    estate.tell(vm("1", name="web", power=Power.ON))
    applied = estate.tell(removed=(vm_id("1"), vm_id("unknown")))
    assert applied.removed == (vm_id("1"),)
    (change,) = applied.changes
    assert (change.action, change.name, change.before["power"], change.after) == (Action.REMOVED, "web", "on", None)
    assert not estate.tell(removed=(vm_id("1"),))


def test_measurements_are_kept_but_not_told(estate: Estate) -> None:
    estate.tell(vm("1", disks=(disk("vda", allocated_bytes=1),)))
    applied = estate.tell(vm("1", disks=(disk("vda", allocated_bytes=2),)))
    assert applied.changes == ()
    (record,) = applied.records
    assert isinstance(record, VM)
    assert record.disks[0].allocated_bytes == 2


def test_one_batch_is_one_occurrence(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.OFF))
    applied = estate.tell(vm("1", power=Power.ON), vm("1", power=Power.PAUSED))
    assert told(applied) == [("power", "off", "paused")]
    assert not estate.tell(vm("1", power=Power.ON), vm("1", power=Power.PAUSED))


def test_delete_and_recreate_under_one_name_is_another_vm(estate: Estate) -> None:
    estate.tell(vm("vm-7", name="web", uuid="u", power=Power.ON))
    applied = estate.tell(vm("vm-8", name="web", uuid="u"), removed=(vm_id("vm-7"),))
    assert [(change.entity, change.action) for change in applied.changes] == [
        (vm_id("vm-7"), Action.REMOVED),
        (vm_id("vm-8"), Action.ADDED),
    ]
    assert estate.inventory.duplicates(vm_id("vm-8")) == ()


def test_the_same_uuid_defined_again_is_removed_and_added(estate: Estate) -> None:
    estate.tell(vm("1", name="web"))
    gone, back = estate.tell(removed=(vm_id("1"),)), estate.tell(vm("1", name="web", vcpus=2))
    assert [change.action for change in gone.changes + back.changes] == [Action.REMOVED, Action.ADDED]


def test_health_of_a_connection_is_told(estate: Estate) -> None:
    entity = EntityId("connection/console/1")
    estate.tell(Connection(id=entity, name="lab", uri="demo://", provider="demo"), seen=Seen.CONSOLE)
    live = Connection(
        id=entity,
        name="lab",
        uri="demo://",
        provider="demo",
        endpoint="vc",
        health=Health(state=State.LIVE, since=NOON),
        seen_at=NOON,
    )
    applied = estate.tell(live, vm("1"), seen=Seen.CONSOLE)
    assert ("health.state", "connecting", "live") in told(applied)
    assert "health.since" not in {change.path for change in applied.changes}
    assert estate.inventory.connection_of(vm_id("1")) is live
    assert estate.inventory.connection_of(vm_id("1", "elsewhere")) is None
    estate.tell(removed=(entity,))
    assert estate.inventory.connection_of(vm_id("1")) is None


def test_an_alert_is_no_change_of_the_estate(estate: Estate) -> None:
    alert = Alert(id=EntityId("alert/console/1"), name="ET SCAN", at=NOON)
    applied = estate.tell(alert)
    assert applied.records == (alert,)
    assert applied.changes == ()


# --- effective networks -------------------------------------------------------------------------------------------


def vlan_of(estate: Estate, native: str, card: int = 0) -> int | None:
    record = estate.inventory.vm(vm_id(native))
    assert record is not None
    vlan = record.nics[card].vlan
    return None if vlan is None else vlan.ranges[0][0]


def test_a_network_that_comes_later_is_laid_over_its_vms(estate: Estate) -> None:
    estate.tell(vm("1", nics=(nic("a", network_id("n")),)))
    assert vlan_of(estate, "1") is None
    applied = estate.tell(network("n", 30))
    assert vlan_of(estate, "1") == 30
    assert {record.id for record in applied.records} == {network_id("n"), vm_id("1")}


def test_a_network_in_the_same_batch_counts_whatever_the_order(estate: Estate) -> None:
    applied = estate.tell(vm("1", nics=(nic("a", network_id("n")),)), network("n", 30))
    assert vlan_of(estate, "1") == 30
    assert [change.action for change in applied.changes] == [Action.ADDED, Action.ADDED]


def test_an_edited_portgroup_changes_its_vms_and_is_their_cause(estate: Estate) -> None:
    estate.tell(network("n", 30), vm("1", nics=(nic("a", network_id("n")),)), vm("2", nics=(nic("b"),)))
    applied = estate.tell(network("n", 40))
    on_network, on_vm = applied.changes
    assert (on_network.entity, on_network.path, on_network.cause) == (network_id("n"), "vlan", None)
    assert (on_vm.entity, on_vm.path, on_vm.cause) == (vm_id("1"), "nics[a].vlan", network_id("n"))
    assert (on_vm.before["ranges"], on_vm.after["ranges"]) == (((30, 30),), ((40, 40),))


def test_a_network_that_vanishes_leaves_the_vlan_unknown(estate: Estate) -> None:
    estate.tell(network("n", 30), vm("1", nics=(nic("a", network_id("n")),)))
    applied = estate.tell(removed=(network_id("n"),))
    assert vlan_of(estate, "1") is None
    assert [(change.path, change.cause) for change in applied.changes] == [
        ("", None),
        ("nics[a].vlan", network_id("n")),
    ]


def test_a_parents_vlan_reaches_the_vms_of_its_portgroups(estate: Estate) -> None:
    group = network("pg", parent=network_id("lan"), type=NetworkKind.PORTGROUP)
    estate.tell(network("lan", 7), group, vm("1", nics=(nic("a", network_id("pg")),)))
    assert vlan_of(estate, "1") == 7
    applied = estate.tell(network("lan", 8))
    assert vlan_of(estate, "1") == 8
    assert applied.changes[1].cause == network_id("lan")


def test_a_renamed_network_shows_in_its_vms_without_being_their_change(estate: Estate) -> None:
    estate.tell(network("n", 30), vm("1", nics=(nic("a", network_id("n")),)))
    applied = estate.tell(network("n", 30, name="DMZ"))
    assert told(applied) == [("name", "n", "DMZ")]
    record = estate.inventory.vm(vm_id("1"))
    assert record is not None
    assert record.nics[0].network_name == "DMZ"
    assert record in applied.records


def test_on_another_host_a_standard_portgroup_can_have_another_vlan(estate: Estate) -> None:
    vlans = {host_id("h1"): access(10), host_id("h2"): access(20)}
    estate.tell(network("n", host_vlans=vlans), vm("1", host=host_id("h1"), nics=(nic("a", network_id("n")),)))
    applied = estate.tell(vm("1", host=host_id("h2"), nics=(nic("a", network_id("n")),)))
    assert [(change.path, change.cause) for change in applied.changes] == [("host", None), ("nics[a].vlan", None)]
    assert vlan_of(estate, "1") == 20


def test_a_collector_that_fills_in_effective_fields_is_not_believed(estate: Estate) -> None:
    estate.tell(vm("1", nics=(nic("a", vlan=access(9), network_name="lies"),)))
    record = estate.inventory.vm(vm_id("1"))
    assert record is not None
    assert (record.nics[0].vlan, record.nics[0].network_name) == (None, None)


# --- labels -------------------------------------------------------------------------------------------------------


def labels_of(estate: Estate) -> tuple[str, ...]:
    record = estate.inventory.vm(vm_id("1"))
    assert record is not None
    return record.labels


def test_labels_outlive_reports(estate: Estate) -> None:
    estate.tell(vm("1"))
    applied = estate.inventory.set_labels(vm_id("1"), ["pci", " pci ", "", "web"], NOON, actor="bob")
    assert told(applied) == [("labels", (), ("pci", "web"))]
    assert (applied.changes[0].actor, applied.changes[0].seen) == ("bob", Seen.CONSOLE)
    estate.tell(vm("1", power=Power.ON))
    assert labels_of(estate) == ("pci", "web")
    estate.tell(removed=(vm_id("1"),))
    estate.tell(vm("1"))
    assert labels_of(estate) == ("pci", "web")
    assert told(estate.inventory.set_labels(vm_id("1"), [], NOON)) == [("labels", ("pci", "web"), ())]
    assert estate.inventory.labels == {}


def test_labels_given_at_the_start_wait_for_their_vm() -> None:
    estate = Estate(**{"1": ("pci",)})
    estate.tell(vm("1"))
    assert labels_of(estate) == ("pci",)
    assert not estate.inventory.set_labels(vm_id("1"), ["pci"], NOON)
    assert not estate.inventory.set_labels(vm_id("2"), ["web"], NOON)
    estate.tell(vm("2"))
    assert [record.labels for record in estate.inventory.vms()] == [("pci",), ("web",)]


# --- answers ------------------------------------------------------------------------------------------------------


def test_answers(estate: Estate) -> None:
    cluster = Cluster(id=entity_id("cluster", "vc", "c"), name="c")
    web = vm("1", host=host_id("h"), nics=(nic("aa:01", network_id("n"), ips=("10.0.0.1", "fe80::1")),))
    db = vm("2", host=host_id("h"), nics=(nic("aa:02", network_id("n"), mac="aa:01"),))
    estate.tell(cluster, host("h", cluster=cluster.id), host("i"), network("n", 1), web, db, vm("3", endpoint="kvm"))
    inventory = estate.inventory
    assert len(inventory) == len(inventory.all()) == 7
    assert vm_id("1") in inventory
    assert inventory.get(cluster.id) is cluster
    assert [record.name for record in inventory.of(Host)] == ["h", "i"]
    assert [record.name for record in inventory.of(Network)] == ["n"]
    assert [record.name for record in inventory.vms()] == ["1", "2", "3"]
    assert inventory.vm(host_id("h")) is None
    assert inventory.host(vm_id("1")) is None
    assert inventory.network(network_id("n")) is not None
    assert list(inventory.vms_of_host(host_id("h"))) == [web.id, db.id]
    assert list(inventory.vms_of_cluster(cluster.id)) == [web.id, db.id]
    assert list(inventory.hosts_of_cluster(cluster.id)) == [host_id("h")]
    assert list(inventory.vms_of_network(network_id("n"))) == [web.id, db.id]
    assert list(inventory.vms_with_mac("AA:01")) == [web.id, db.id]
    assert list(inventory.vms_with_mac("aa:02")) == []
    assert list(inventory.vms_with_ip("FE80::1")) == [web.id]
    assert list(inventory.vms_of_endpoint("kvm")) == [vm_id("3", "kvm")]
    assert set(inventory.endpoints()) == {"vc", "kvm"}
    assert len(inventory.of_endpoint("vc")) == 6


def test_haystack_follows_vm_host_and_network(estate: Estate) -> None:
    estate.tell(vm("1", name="WEB", host=host_id("h"), nics=(nic("AA:01", network_id("n"), ips=("10.0.0.1",)),)))
    haystack = estate.inventory.haystack
    assert haystack(vm_id("1")) == "web\naa:01\n10.0.0.1"
    estate.tell(host("h", name="ESX1"), network("n", name="Prod"))
    assert haystack(vm_id("1")) == "web\nesx1\nprod\naa:01\n10.0.0.1"
    estate.tell(host("h", name="ESX2"))
    estate.tell(network("n", name="DMZ"))
    assert haystack(vm_id("1")) == "web\nesx2\ndmz\naa:01\n10.0.0.1"
    estate.tell(removed=(host_id("h"), network_id("n")))
    assert haystack(vm_id("1")) == "web\naa:01\n10.0.0.1"
    estate.tell(removed=(vm_id("1"),))
    assert haystack(vm_id("1")) == ""


# --- discovery ----------------------------------------------------------------------------------------------------


def test_the_first_discovery_is_no_change(estate: Estate) -> None:
    report, end = estate.discover("vc", vm("1"), network("n", 1))
    assert len(report.records) == 2
    assert report.changes == ()
    assert not end


def test_the_first_discovery_is_told_on_request(estate: Estate) -> None:
    (change,) = estate.tell(vm("1"), seen=Seen.DISCOVERY, tell_discovery=True).changes
    assert (change.action, change.seen) == (Action.ADDED, Seen.DISCOVERY)


def test_events_while_a_first_discovery_runs_are_told(estate: Estate) -> None:
    estate.inventory.begin("vc")
    estate.tell(vm("1", power=Power.OFF), seen=Seen.DISCOVERY)
    assert told(estate.tell(vm("1", power=Power.ON))) == [("power", "off", "on")]


def test_what_a_gap_changed_is_bounded_by_it(estate: Estate) -> None:
    estate.discover("vc", vm("1", power=Power.ON), vm("2"))
    estate.wait(600)
    report, end = estate.discover("vc", vm("1", power=Power.OFF), vm("3"), not_before=NOON)
    assert [(change.entity, change.action) for change in report.changes + end.changes] == [
        (vm_id("1"), Action.CHANGED),
        (vm_id("3"), Action.ADDED),
        (vm_id("2"), Action.REMOVED),
    ]
    assert {(change.seen, change.not_before) for change in report.changes + end.changes} == {(Seen.RESYNC, NOON)}


def test_a_later_discovery_is_told_even_without_a_gap(estate: Estate) -> None:
    estate.discover("vc", vm("1", power=Power.ON))
    report, _ = estate.discover("vc", vm("1", power=Power.OFF))
    assert [(change.path, change.seen, change.not_before) for change in report.changes] == [
        ("power", Seen.RESYNC, None)
    ]


def test_an_event_after_a_gap_has_its_own_time(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.ON))
    (change,) = estate.tell(vm("1", power=Power.OFF), not_before=after(-600)).changes
    assert (change.seen, change.not_before) == (Seen.EVENT, None)


def test_a_report_removes_nothing_of_other_endpoints(estate: Estate) -> None:
    estate.discover("vc", vm("1"))
    estate.discover("kvm", vm("1", endpoint="kvm"))
    _, end = estate.discover("vc")
    assert end.removed == (vm_id("1"),)
    assert [record.id for record in estate.inventory.vms()] == [vm_id("1", "kvm")]


def test_what_an_event_mentions_within_a_report_is_not_gone(estate: Estate) -> None:
    estate.inventory.begin("vc")
    estate.tell(vm("1"))
    assert not estate.inventory.end("vc", NOON)
    assert vm_id("1") in estate.inventory


def test_a_report_that_broke_off_removes_nothing(estate: Estate) -> None:
    estate.discover("vc", vm("1"), vm("2"))
    estate.inventory.begin("vc")
    estate.tell(vm("1"), seen=Seen.DISCOVERY)
    estate.inventory.begin("vc")
    estate.tell(vm("2"), seen=Seen.DISCOVERY)
    assert estate.inventory.end("vc", NOON).removed == (vm_id("1"),)
    assert estate.inventory.end("vc", NOON).removed == ()


def test_a_forgotten_endpoint_leaves_nothing_and_begins_anew(estate: Estate) -> None:
    datastore = Datastore(id=entity_id("datastore", "vc", "d"), name="d")
    estate.discover("vc", vm("1", nics=(nic("a", network_id("n")),)), network("n"), host("h"), datastore)
    estate.discover("kvm", vm("1", endpoint="kvm"))
    applied = estate.inventory.forget("vc", NOON)
    assert set(applied.removed) == {vm_id("1"), network_id("n"), host_id("h"), datastore.id}
    assert applied.changes == ()
    assert list(estate.inventory.endpoints()) == ["kvm"]
    assert estate.discover("vc", vm("1"))[0].changes == ()


def test_an_equal_record_of_another_nesting_is_shared_not_confused(estate: Estate) -> None:
    estate.tell(vm("1", folder="linux", guest=GuestSummary(os="linux"), tags=("linux",)))
    estate.tell(vm("2", folder="linux", guest=GuestSummary(os="linux"), tags=("linux",)))
    one, two = estate.inventory.vms()
    assert one.folder is two.folder is one.guest.os
    assert one.tags is two.tags
    assert (two.folder, two.guest.os, two.tags) == ("linux", "linux", ("linux",))

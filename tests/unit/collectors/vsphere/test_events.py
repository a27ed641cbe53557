"""Who did what, out of events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import card, ref
from vmi_console.collectors.vsphere.events import DRS, HA, VCENTER, happened
from vmi_console.estate.identity import entity_id

_event = vim.event
AT = datetime(2026, 3, 1, tzinfo=UTC)


def naming(kind: str, moid: str) -> Any:
    return entity_id(kind, "e", moid)


def event(kind: Any, key: int = 1, user: str = "LAB\\alice", **fields: Any) -> Any:
    vm = _event.VmEventArgument(name="web", vm=ref(vim.VirtualMachine, "vm-40"))
    return kind(**{"key": key, "createdTime": AT, "userName": user, "vm": vm, **fields})


def attributed(*events: Any) -> list[tuple[str, tuple[str, ...], str]]:
    return [(each.entity, each.paths, each.actor) for event in happened(events, naming) for each in event.attributions]


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        (_event.VmPoweredOffEvent, ("power", "booted_at")),
        (_event.VmRenamedEvent, ("name",)),
        (_event.VmMigratedEvent, ("host",)),
        (_event.VmRemovedEvent, ()),
        (_event.VmClonedEvent, ()),
    ],
)
def test_what_an_events_type_says(kind: Any, paths: tuple[str, ...]) -> None:
    assert attributed(event(kind)) == [("vm/e/vm-40", paths, "LAB\\alice")]


def test_a_reconfiguration_names_what_its_spec_sets() -> None:
    spec = vim.vm.ConfigSpec(
        numCPUs=4,
        annotation="x",
        extraConfig=[vim.option.OptionValue(key="a", value="b")],
        deviceChange=[
            vim.vm.device.VirtualDeviceSpec(operation="edit", device=card(4000, None)),
            vim.vm.device.VirtualDeviceSpec(operation="add", device=card(-1, None)),
            vim.vm.device.VirtualDeviceSpec(operation="edit", device=vim.vm.device.VirtualDisk(key=2000)),
        ],
    )
    ((_, paths, _),) = attributed(event(_event.VmReconfiguredEvent, configSpec=spec))
    assert set(paths) == {"vcpus", "annotation", "settings", "nics[4000]", "nics", "disks[2000]"}


def test_a_reconfiguration_named_in_words_only() -> None:
    words = _event.ChangesInfoEventArgument(modified="config.hardware.numCPU: 2 -> 4; config.bogus.thing: 1 -> 2; ")
    spec = vim.vm.ConfigSpec()
    ((_, paths, _),) = attributed(event(_event.VmReconfiguredEvent, configSpec=spec, configChanges=words))
    assert paths == ("vcpus",)


def test_a_reconfiguration_that_does_not_say_may_have_changed_anything() -> None:
    ((_, paths, _),) = attributed(event(_event.VmReconfiguredEvent, configSpec=vim.vm.ConfigSpec()))
    assert {"nics", "disks", "settings", "vcpus"} <= set(paths)


@pytest.mark.parametrize(("user", "actor"), [("", DRS), ("LAB\\alice", f"{DRS} (LAB\\alice)")])
def test_drs_is_named_as_the_one_who_moves(user: str, actor: str) -> None:
    assert attributed(event(_event.DrsVmMigratedEvent, user=user)) == [("vm/e/vm-40", ("host",), actor)]


def test_ha_is_named_as_the_one_who_restarts() -> None:
    restarted = event(_event.EventEx, user="", eventTypeId="com.vmware.vc.ha.VmRestartedByHAEvent")
    assert attributed(restarted) == [("vm/e/vm-40", ("host", "power", "booted_at"), HA)]


def test_an_event_without_anybody_names_nobody() -> None:
    assert attributed(event(_event.VmPoweredOffEvent, user="")) == []


def test_hosts_portgroups_and_custom_attributes() -> None:
    host = _event.HostEventArgument(name="esx", host=ref(vim.HostSystem, "host-11"))
    net = _event.NetworkEventArgument(name="pg", network=ref(vim.Network, "dvportgroup-21"))
    entity = _event.ManagedEntityEventArgument(name="web", entity=ref(vim.VirtualMachine, "vm-41"))
    found = attributed(
        event(_event.EnteredMaintenanceModeEvent, 1, vm=None, host=host),
        event(_event.DVPortgroupReconfiguredEvent, 2, vm=None, net=net),
        event(_event.CustomFieldValueChangedEvent, 3, vm=None, entity=entity, name="Owner", fieldKey=1, value="x"),
    )
    assert [(entity, paths) for entity, paths, _ in found] == [
        ("host/e/host-11", ("state",)),
        ("network/e/dvportgroup-21", ("vlan", "name", "blocked")),
        ("vm/e/vm-41", ("attributes[Owner]",)),
    ]


def test_ports_tags_and_alarms_are_to_be_looked_at_again() -> None:
    switch = _event.DvsEventArgument(name="dvs", dvs=ref(vim.DistributedVirtualSwitch, "dvs-20"))
    pages = [
        event(_event.DvsPortReconfiguredEvent, 1, vm=None, dvs=switch, portKey=["7", "8"]),
        event(_event.DvsPortLinkDownEvent, 2, "", vm=None, dvs=switch, portKey="9"),
        event(_event.DvsReconfiguredEvent, 3, vm=None, dvs=switch),
        event(_event.EventEx, 4, eventTypeId="com.vmware.cis.tagging.attach"),
        event(_event.AlarmReconfiguredEvent, 5, vm=None),
    ]
    ports, link, whole, tags, alarms = happened(pages, naming)
    assert (ports.switch, ports.ports, ports.actor) == ("dvs-20", ("7", "8"), "LAB\\alice")
    assert (link.switch, link.ports) == ("dvs-20", ("9",))
    assert (whole.switch, whole.ports) == ("dvs-20", None), "any of them"
    assert [each.tags_changed for each in (ports, tags)] == [False, True]
    assert [each.alarms_changed for each in (ports, alarms)] == [False, True]


@pytest.mark.parametrize(
    ("kind", "user", "statuses", "path", "actor"),
    [
        (_event.AlarmAcknowledgedEvent, "LAB\\alice", {}, "alarms[alarm-6].acknowledged", "LAB\\alice"),
        (_event.AlarmClearedEvent, "LAB\\alice", {"from": "red"}, "alarms[alarm-6]", "LAB\\alice"),
        (_event.AlarmStatusChangedEvent, "", {"from": "green", "to": "red"}, "alarms[alarm-6]", VCENTER),
        (_event.AlarmStatusChangedEvent, "User", {"from": "yellow", "to": "red"}, "alarms[alarm-6].status", VCENTER),
        (_event.AlarmStatusChangedEvent, "LAB\\alice", {"from": "red", "to": "green"}, "alarms[alarm-6]", "LAB\\alice"),
    ],
)
@pytest.mark.parametrize(
    ("entity", "id"),
    [
        (ref(vim.VirtualMachine, "vm-40"), "vm/e/vm-40"),
        (ref(vim.Datastore, "datastore-5"), "datastore/e/datastore-5"),
        (ref(vim.dvs.DistributedVirtualPortgroup, "dvportgroup-21"), "network/e/dvportgroup-21"),
        (ref(vim.Folder, "group-d1"), None),
    ],
)
def test_alarms_name_what_they_are_on(
    kind: Any, user: str, statuses: dict[str, Any], path: str, actor: str, entity: Any, id: str | None
) -> None:
    on = _event.ManagedEntityEventArgument(name="x", entity=entity)
    alarm = _event.AlarmEventArgument(name="VM CPU usage", alarm=ref(vim.alarm.Alarm, "alarm-6"))
    found = attributed(event(kind, user=user, vm=None, entity=on, alarm=alarm, **statuses))
    assert found == ([(id, (path,), actor)] if id else [])


def test_a_page_is_told_oldest_first_and_one_broken_event_costs_only_itself() -> None:
    page = [event(_event.VmRenamedEvent, 3), object(), event(_event.VmRenamedEvent, 1)]
    assert [each.key for each in happened(page, naming)] == [1, 3]

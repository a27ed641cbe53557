"""Hosts, switches and networks, and their VLANs."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import (
    ENDPOINT,
    entered,
    left,
    modified,
    portgroup,
    ref,
    small_estate,
    vlan_id,
)
from vmi_console.collectors.vsphere.network import Setting, setting, vlan
from vmi_console.collectors.vsphere.picture import Picture
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Cluster, Host, HostState, Network, NetworkKind, Switch, SwitchKind
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

_dvs = vim.dvs.VmwareDistributedVirtualSwitch


def record[T](picture: Picture, kind: type[T], moid: str) -> T:
    found = {each.id: each for each in picture.places.records()}
    name = kind.__name__.lower()
    result = found[EntityId(f"{name}/{ENDPOINT}/{moid}")]
    assert isinstance(result, kind)
    return result


def ranges(*pairs: tuple[int, int]) -> Any:
    return _dvs.TrunkVlanSpec(vlanId=[vim.NumericRange(start=low, end=high) for low, high in pairs])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (vlan_id(0), UNTAGGED),
        (vlan_id(110), access(110)),
        (ranges((30, 40), (10, 12)), trunk([(10, 12), (30, 40)])),
        (ranges((0, 4094)), trunk([(1, 4094)])),
        (ranges((0, 0)), trunk([])),
        (_dvs.PvlanSpec(pvlanId=401), Vlan(VlanMode.PRIVATE, ((401, 401),))),
        (None, None),
        (vim.dvs.VmwareDistributedVirtualSwitch.VlanSpec(), None),
    ],
)
def test_vlans(spec: Any, expected: Vlan | None) -> None:
    assert vlan(spec) == expected


def test_a_port_overrides_only_where_it_does_not_inherit() -> None:
    policy = _dvs.VmwarePortConfigPolicy
    assert setting(policy(vlan=vlan_id(5, inherited=False)), own=True).vlan == access(5)
    assert setting(policy(vlan=vlan_id(5, inherited=True)), own=True).vlan is None
    assert setting(policy(), own=True) == Setting()
    assert setting(None, own=True) == Setting()


def test_a_standard_portgroup_has_a_vlan_on_each_host() -> None:
    picture = small_estate()
    network = record(picture, Network, "network-30")
    assert network.type is NetworkKind.PORTGROUP
    assert network.vlan is None
    assert network.host_vlans == {
        f"host/{ENDPOINT}/host-11": access(11),
        f"host/{ENDPOINT}/host-12": access(12),
    }
    spec = vim.host.PortGroup.Specification(name="Management", vlanId=11, vswitchName="vSwitch0")
    picture.places.touched()
    picture.take_places(
        [modified("HostSystem", "host-12", {"config.network.portgroup": [vim.host.PortGroup(spec=spec)]})]
    )
    touched, everything = picture.places.touched()
    assert not everything
    assert {each.id for each in touched} >= {f"network/{ENDPOINT}/network-30", f"host/{ENDPOINT}/host-12"}
    assert record(picture, Network, "network-30").vlan == access(11)


def test_on_a_single_host_a_standard_portgroup_is_on_its_switch() -> None:
    picture = small_estate()
    picture.take_places([modified("Network", "network-30", {"host": [ref(vim.HostSystem, "host-11")]})])
    network = record(picture, Network, "network-30")
    switch = record(picture, Switch, "host-11:vSwitch0")
    assert network.switch == switch.id
    assert (switch.type, switch.mtu, switch.uplinks) == (SwitchKind.STANDARD, 9000, ("vmnic0",))


def test_an_overlay_segment_has_no_vlan_that_we_know() -> None:
    picture = small_estate()
    segment = portgroup("dvportgroup-23", "overlay", vlan_id(0))
    segment.told["config.backingType"] = "nsx"
    picture.take_places([segment])
    assert record(picture, Network, "dvportgroup-23").vlan is None
    assert record(picture, Network, "dvportgroup-21").vlan == access(110)


def test_uplinks_are_no_networks() -> None:
    picture = small_estate()
    picture.take_places(
        [
            portgroup("dvportgroup-29", "uplinks", ranges((0, 4094))),
            modified(
                "DistributedVirtualSwitch",
                "dvs-20",
                {"config.uplinkPortgroup": [ref(vim.dvs.DistributedVirtualPortgroup, "dvportgroup-29")]},
            ),
        ]
    )
    assert "uplinks" not in {each.name for each in picture.places.records()}


@pytest.mark.parametrize(
    ("connection", "maintenance", "expected"),
    [
        ("connected", False, HostState.CONNECTED),
        ("connected", True, HostState.MAINTENANCE),
        ("notResponding", True, HostState.NOT_RESPONDING),
        ("disconnected", None, HostState.DISCONNECTED),
    ],
)
def test_states_of_hosts(connection: str, maintenance: bool | None, expected: HostState) -> None:
    picture = small_estate()
    properties = {"runtime.connectionState": connection, "runtime.inMaintenanceMode": maintenance}
    picture.take_places([modified("HostSystem", "host-11", properties)])
    assert record(picture, Host, "host-11").state is expected


def test_a_host_in_full() -> None:
    picture = small_estate()
    host = record(picture, Host, "host-11")
    assert host.cluster == record(picture, Cluster, "domain-c7").id
    assert host.datacenter == f"datacenter/{ENDPOINT}/datacenter-2"
    (nic,) = host.nics
    assert (nic.key, nic.mac, nic.switch) == ("vmnic0", "00:0c:29:aa:bb:cc", f"switch/{ENDPOINT}/host-11:vSwitch0")
    assert (host.uuid, host.memory_bytes) == (None, None)


def test_a_disconnected_host_of_which_nothing_is_known() -> None:
    picture = small_estate()
    picture.take_places([entered("HostSystem", "host-13", {})])
    host = record(picture, Host, "host-13")
    assert (host.name, host.cluster, host.nics, host.addresses) == ("host-13", None, (), ())


def test_what_left_is_gone() -> None:
    picture = small_estate()
    picture.news(picture.places.records())
    picture.take_places([left("HostSystem", "host-12")])
    records, everything = picture.places.touched()
    assert everything
    assert set(picture.gone_places(records)) == {
        f"host/{ENDPOINT}/host-12",
        f"switch/{ENDPOINT}/host-12:vSwitch0",
    }


def test_a_renamed_folder_moves_the_vms_in_it_and_a_host_does_not() -> None:
    picture = small_estate()
    assert picture.take_places([modified("Folder", "group-v5", {"name": "Green"})])
    assert picture.places.folder_of("group-v5") == "Web%2fShop/Green"
    assert not picture.take_places([modified("HostSystem", "host-11", {"name": "renamed"})])


def test_a_ring_of_folders_ends() -> None:
    picture = small_estate()
    picture.take_places([modified("Folder", "group-v4", {"parent": ref(vim.Folder, "group-v5")})])
    assert isinstance(picture.places.folder_of("group-v5"), str)


def test_what_may_not_be_seen_is_counted_until_it_may() -> None:
    picture = small_estate()
    hidden = entered("HostSystem", "host-14", {})
    picture.take_places([type(hidden)(kind=hidden.kind, moid=hidden.moid, told={}, entered=True, forbidden=True)])
    assert picture.forbidden == {"host-14": "HostSystem"}
    picture.take_places([left("HostSystem", "host-14")])
    assert picture.forbidden == {}

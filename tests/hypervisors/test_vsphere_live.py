"""A vCenter on an engine: its estate, and whatever an administrator does there, with who did it.

How fast it shows is measured by tests/bench/bench_vsphere.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console import aside, eventually
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.control import Traffic
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console
from vmi_console.collectors.vsphere.events import VCENTER
from vmi_console.estate.changes import Action, Seen
from vmi_console.estate.records import (
    AlarmStatus,
    Cluster,
    Datacenter,
    Datastore,
    Host,
    HostState,
    NetworkKind,
    Power,
    Source,
    State,
)
from vmi_console.estate.vlan import VlanMode, access, trunk

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

ALICE, MALLORY = accounts.ALICE.actor, accounts.MALLORY.actor
CPU_ALARM = "Virtual machine CPU usage"
SECOND_MAC = "00:50:56:aa:00:02"


@pytest.fixture
async def one(vcenter: Vcenter) -> AsyncIterator[VcenterConsole]:
    await aside(vcenter.start)
    async with vcenter_console(vcenter) as one:
        await one.connect()
        yield one


# --- what there is ------------------------------------------------------------------------------------------------


async def test_the_estate_is_there_inside_and_out(one: VcenterConsole) -> None:
    kinds = {record.kind for record in one.records.values()}
    assert {"datacenter", "cluster", "host", "switch", "network", "datastore", "vm"} <= kinds
    datacenters = [record for record in one.records.values() if isinstance(record, Datacenter)]
    assert {each.name for each in datacenters} == {"Amsterdam", "Frankfurt"}
    assert all(cluster.datacenter for cluster in one.records.values() if isinstance(cluster, Cluster))
    hosts = [record for record in one.records.values() if isinstance(record, Host)]
    assert all(host.uuid and host.datacenter and host.memory_bytes and host.nics for host in hosts)
    assert all(store.capacity_bytes for store in one.records.values() if isinstance(store, Datastore))
    assert all(vm.host in one.records and vm.instance_uuid for vm in one.vms)
    assert any(vm.template for vm in one.vms)
    assert any(vm.folder for vm in one.vms)
    assert any(vm.resource_pool for vm in one.vms)
    assert any(vm.tags for vm in one.vms)
    assert any(vm.attributes for vm in one.vms)
    assert any(vm.settings for vm in one.vms)
    assert not [change for change in one.changes if change.entity.startswith("vm/")], "a first look changes nothing"


async def test_what_tools_say_is_on_the_cards(one: VcenterConsole) -> None:
    addressed = next(vm for vm in one.vms if vm.nics and vm.nics[0].addresses)
    assert {address.source for address in addressed.nics[0].addresses} == {Source.TOOLS}
    assert addressed.guest.hostname
    guests = [guest for vm in one.vms if (guest := await one.client.call("guest", vm=vm.id)) is not None]
    assert guests
    assert {guest["applications"]["source"] for guest in guests} == {Source.TOOLS}
    names = {application["name"] for guest in guests for application in guest["applications"]["items"]}
    assert {"vmtoolsd", "lsass.exe"} <= names


async def test_vlans_follow_from_portgroups_hosts_and_trunks(one: VcenterConsole) -> None:
    assert one.a_vm_at("fra-web-110").nics[0].vlan == access(110)
    assert one.network("fra-trunk").vlan == trunk([(110, 199), (300, 300)])
    private = one.network("fra-pvlan-isolated").vlan
    assert private is not None
    assert private.mode is VlanMode.PRIVATE
    differing = one.network("Management VMs")
    assert differing.type is NetworkKind.PORTGROUP
    assert differing.vlan is None
    assert set(differing.host_vlans.values()) == {access(20), access(21)}
    assert set(one.network("Backup").host_vlans.values()) == {access(30)}


# --- what becomes of it -------------------------------------------------------------------------------------------


async def test_power_and_name_with_who_did_it(one: VcenterConsole) -> None:
    vm = one.a_vm("fra-app")
    await one.act(lambda admin: admin.power_off(vm.name))
    await eventually(lambda: one.now(vm).power is Power.OFF)
    await one.act(lambda admin: admin.rename(vm.name, "renamed"), accounts.MALLORY)
    await eventually(lambda: one.now(vm).name == "renamed")
    await one.act(lambda admin: admin.power_on("renamed"))
    await eventually(lambda: one.now(vm).power is Power.ON)
    await one.act(lambda admin: admin.rename("renamed", vm.name))
    await eventually(lambda: one.now(vm).name == vm.name)
    await eventually(lambda: [change.actor for change in one.told(vm, "power")] == [ALICE, ALICE])
    await eventually(lambda: [change.actor for change in one.told(vm, "name")] == [MALLORY, ALICE])
    assert {change.seen for change in one.told(vm, "name")} == {Seen.EVENT}


async def test_a_card_moves_to_another_portgroup_and_back(one: VcenterConsole) -> None:
    vm = one.a_vm_at("fra-web-110")
    mac = vm.nics[0].mac
    assert mac is not None
    await one.act(lambda admin: admin.move_nic(vm.name, mac, "fra-quarantine"))
    await eventually(lambda: one.nic(vm).network_name == "fra-quarantine")
    assert one.nic(vm).vlan == access(666)
    path = f"nics[{vm.nics[0].key}].network"
    await eventually(lambda: [change.actor for change in one.told(vm, path)] == [ALICE])
    await one.act(lambda admin: admin.move_nic(vm.name, mac, "Backup"))  # a standard portgroup
    await eventually(lambda: one.nic(vm).vlan == access(30))
    await one.act(lambda admin: admin.move_nic(vm.name, mac, "fra-web-110"))
    await eventually(lambda: one.nic(vm).vlan == access(110))


async def test_a_portgroup_gets_another_vlan_and_every_card_on_it(one: VcenterConsole) -> None:
    network = one.network("fra-web-110")
    on_it = [vm for vm in one.vms if vm.nics and vm.nics[0].network == network.id]
    assert on_it
    await one.act(lambda admin: admin.vlan("fra-web-110", 111))
    await eventually(lambda: all(one.nic(vm).vlan == access(111) for vm in on_it))
    change = one.told(on_it[0], f"nics[{on_it[0].nics[0].key}].vlan")[0]
    assert change.cause == network.id
    await eventually(lambda: [c.actor for c in one.changes if c.entity == network.id and c.path == "vlan"] == [ALICE])
    await one.act(lambda admin: admin.trunk("fra-web-110", (110, 112)))
    await eventually(lambda: one.nic(on_it[0]).vlan == trunk([(110, 112)]))
    await one.act(lambda admin: admin.vlan("fra-web-110", 110))
    await eventually(lambda: one.nic(on_it[0]).vlan == access(110))


async def test_a_standard_portgroup_has_a_vlan_on_each_host(one: VcenterConsole) -> None:
    network = one.network("Backup")
    host = next(record for record in one.records.values() if record.id in network.hosts)
    await one.act(lambda admin: admin.host_vlan(host.name, "Backup", 31))
    await eventually(lambda: one.network("Backup").host_vlans.get(host.id) == access(31))
    assert one.network("Backup").vlan is None, "hosts differ"
    await one.act(lambda admin: admin.host_vlan(host.name, "Backup", 30))
    await eventually(lambda: one.network("Backup").vlan == access(30))


async def test_a_port_gets_a_vlan_of_its_own(one: VcenterConsole) -> None:
    vm = next(vm for vm in one.vms if vm.nics and vm.nics[0].vlan == access(170))  # only a DMZ's portgroup lets it
    mac = vm.nics[0].mac
    assert mac is not None
    await one.act(lambda admin: admin.port_vlan(vm.name, mac, 175))
    await eventually(lambda: one.nic(vm).port_vlan == access(175))
    assert one.nic(vm).vlan == access(175)
    assert one.nic(vm).network_name == vm.nics[0].network_name


async def test_a_port_is_blocked_and_let_go(one: VcenterConsole) -> None:
    vm = one.a_vm_at("fra-app-120")
    nic = vm.nics[0]
    assert nic.mac is not None
    assert (nic.blocked, nic.link_up) == (False, True), "the portgroup's"
    for blocked in (True, False):
        await one.act(lambda admin, blocked=blocked: admin.block_port(vm.name, nic.mac, blocked))  # type: ignore[misc]
        await eventually(lambda blocked=blocked: one.nic(vm).blocked is blocked)  # type: ignore[misc]
        assert one.nic(vm).link_up is not blocked
    path = f"nics[{nic.key}].blocked"
    await eventually(lambda: [change.actor for change in one.told(vm, path)] == [ALICE, ALICE])


async def test_a_card_that_moves_is_at_another_port(one: VcenterConsole) -> None:
    home = "ams-app-120"
    vm = one.a_vm_at(home)
    mac = vm.nics[0].mac
    assert mac is not None
    await one.act(lambda admin: admin.block_port(vm.name, mac, True))
    await eventually(lambda: one.nic(vm).blocked)
    await one.act(lambda admin: admin.move_nic(vm.name, mac, "ams-quarantine"))
    await eventually(lambda: one.nic(vm).network_name == "ams-quarantine")
    assert one.nic(vm).blocked is False
    await one.act(lambda admin: admin.move_nic(vm.name, mac, home))


async def test_alarms_trigger_are_acknowledged_and_cleared(one: VcenterConsole) -> None:
    vm = one.a_vm("fra-web")
    host = next(record for record in one.records.values() if record.id == vm.host)
    assert vm.alarms == ()
    control = one.vcenter.control
    await aside(lambda: control.alarm(vm.name, CPU_ALARM, "yellow"))
    await aside(lambda: control.alarm(host.name, "Host connection and power state", "red"))
    await eventually(lambda: [each.name for each in one.now(vm).alarms or ()] == [CPU_ALARM])
    (alarm,) = one.now(vm).alarms or ()
    assert (alarm.status, alarm.acknowledged) == (AlarmStatus.YELLOW, False)
    assert alarm.since is not None
    await eventually(lambda: _alarms(one, host.id) == ["Host connection and power state"])
    await aside(lambda: control.alarm(vm.name, CPU_ALARM, "red"))
    await eventually(lambda: [each.status for each in one.now(vm).alarms or ()] == [AlarmStatus.RED])
    await one.act(lambda admin: admin.acknowledge(vm.name, CPU_ALARM))
    await eventually(lambda: [each.acknowledged_by for each in one.now(vm).alarms or ()] == [ALICE])
    await one.act(lambda admin: admin.clear_alarms(), accounts.MALLORY)
    await eventually(lambda: one.now(vm).alarms == () and _alarms(one, host.id) == [])
    path = f"alarms[{alarm.key}]"

    def authors(path: str) -> list[tuple[Action, str | None]]:
        return [(change.action, change.actor) for change in one.told(vm, path)]

    await eventually(lambda: authors(path) == [(Action.ADDED, VCENTER), (Action.REMOVED, MALLORY)])
    await eventually(lambda: authors(f"{path}.acknowledged") == [(Action.CHANGED, ALICE)])
    await eventually(lambda: authors(f"{path}.status") == [(Action.CHANGED, VCENTER)])


async def test_a_card_comes_disconnects_and_goes(one: VcenterConsole) -> None:
    vm = one.a_vm("fra-db")
    await one.act(lambda admin: admin.add_nic(vm.name, SECOND_MAC, "fra-app-120"))
    await eventually(lambda: len(one.now(vm).nics) == len(vm.nics) + 1)
    new = next(nic for nic in one.now(vm).nics if nic.mac == SECOND_MAC)
    assert new.vlan == access(120)
    await eventually(lambda: [change.actor for change in one.told(vm, f"nics[{new.key}]")] == [ALICE])
    await one.act(lambda admin: admin.link(vm.name, SECOND_MAC, "down"))
    await eventually(lambda: any(nic.mac == SECOND_MAC and nic.connected is False for nic in one.now(vm).nics))
    await one.act(lambda admin: admin.remove_nic(vm.name, SECOND_MAC))
    await eventually(lambda: len(one.now(vm).nics) == len(vm.nics))


async def test_created_and_removed(one: VcenterConsole) -> None:
    beside = one.a_vm("fra-web")
    await one.act(lambda admin: admin.create("newcomer", SECOND_MAC, "fra-web-110", beside.name), accounts.MALLORY)
    await eventually(lambda: any(vm.name == "newcomer" and vm.nics for vm in one.vms))
    vm = one.vm("newcomer")
    assert (vm.folder, vm.host, vm.nics[0].vlan) == (beside.folder, beside.host, access(110))
    await one.act(lambda admin: admin.remove("newcomer"))
    await eventually(lambda: vm.id not in one.records)

    def told() -> dict[Action, str | None]:
        return {change.action: change.actor for change in one.changes if change.entity == vm.id and not change.path}

    await eventually(lambda: told() == {Action.ADDED: MALLORY, Action.REMOVED: ALICE})


async def test_it_moves_to_another_host(one: VcenterConsole) -> None:
    vm = next(vm for vm in one.vms if vm.power is Power.ON and vm.host and _cluster(one, vm.host) is not None)
    assert vm.host is not None
    cluster = _cluster(one, vm.host)
    other = next(
        host
        for host in one.records.values()
        if isinstance(host, Host) and host.cluster == cluster and host.id != vm.host
    )
    await one.act(lambda admin: admin.migrate(vm.name, other.name))
    await eventually(lambda: one.now(vm).host == other.id)
    await eventually(lambda: [change.actor for change in one.told(vm, "host")] == [ALICE])


async def test_notes_settings_attributes_tags_and_snapshots(one: VcenterConsole) -> None:
    vm = one.a_vm("ams-web")
    await one.act(lambda admin: admin.title(vm.name, "kept by infrastructure"))
    await one.act(lambda admin: admin.setting(vm.name, "isolation.tools.paste.disable", "FALSE"))
    await one.act(lambda admin: admin.custom_attribute(vm.name, "Owner", "Nobody"))
    await one.act(lambda admin: admin.snapshot(vm.name, "before the change"))
    await eventually(lambda: one.now(vm).annotation == "kept by infrastructure")
    await eventually(lambda: (one.now(vm).settings or {}).get("isolation.tools.paste.disable") == "FALSE")
    await eventually(lambda: one.now(vm).attributes.get("Owner") == "Nobody")
    await eventually(lambda: [each.name for each in one.now(vm).snapshots] == ["before the change"])
    for path in ("annotation", "settings[isolation.tools.paste.disable]", "attributes[Owner]"):
        await eventually(lambda path=path: [change.actor for change in one.told(vm, path)] == [ALICE])  # type: ignore[misc]


async def test_a_host_in_maintenance(one: VcenterConsole) -> None:
    host = next(record for record in one.records.values() if isinstance(record, Host))
    await one.act(lambda admin: admin.enter_maintenance(host.name))
    await eventually(lambda: _state(one, host) is HostState.MAINTENANCE)
    await one.act(lambda admin: admin.exit_maintenance(host.name))
    await eventually(lambda: _state(one, host) is HostState.CONNECTED)


async def test_loads_of_what_is_looked_at(one: VcenterConsole) -> None:
    vm = one.a_vm("fra-web")
    assert vm.host is not None
    one.client.watch((vm.id, vm.host))
    await eventually(lambda: {sample.entity for sample in one.samples} == {vm.id, vm.host})
    sample = next(sample for sample in one.samples if sample.entity == vm.id)
    assert sample.cpu_percent is not None
    assert 0 <= sample.cpu_percent <= 100
    assert sample.memory_bytes == vm.memory_bytes


async def test_read_anew_nothing_has_changed(one: VcenterConsole) -> None:
    logins = one.vcenter.control.requests()["Login"].requests
    await one.client.call("reconnect", id=one.connections[0].id)
    await eventually(lambda: one.vcenter.control.requests()["Login"].requests > logins)
    await eventually(lambda: one.state() is State.LIVE)
    assert not [change for change in one.changes if change.entity.startswith(("vm/", "host/", "network/"))]


async def test_a_single_host_is_an_estate_of_its_own(tmp_path: Path) -> None:
    with Vcenter(tmp_path, Size(esx=True, vms=3), bound=True) as host:
        async with vcenter_console(host) as one:
            await one.connect()
            (machine,) = [record for record in one.records.values() if isinstance(record, Host)]
            assert one.connections[0].endpoint == machine.uuid
            assert "ESXi" in (one.connections[0].product or "")
            assert one.vms
            assert {vm.host for vm in one.vms} == {machine.id}
            vm = one.a_vm()
            await one.act(lambda admin: admin.power_off(vm.name))
            await eventually(lambda: one.now(vm).power is Power.OFF)


# --- what it costs ------------------------------------------------------------------------------------------------

READING = {
    "RetrieveServiceContent": 1,
    "Login": 1,
    "CreateContainerView": 2,
    "CreatePropertyCollector": 2,
    "CreateFilter": 2,
    "WaitForUpdatesEx": 6,
    "CreateCollectorForEvents": 1,
    "SetCollectorPageSize": 1,
    "FetchDVPorts": 4,  # one for each distributed switch that the cards of a hundred VMs are at
    "RetrievePropertiesEx": 3,
    "CurrentTime": 10,
    "Logout": 1,
}
"""Every method of the API that a look at the estate calls, with the most requests for 64 VMs: each only reads, or makes
what belongs to the session."""


async def test_it_only_reads_and_in_few_requests(vcenter: Vcenter) -> None:
    await aside(vcenter.start)
    before = vcenter.control.requests()
    async with vcenter_console(vcenter) as one:
        await one.connect()
    await eventually(lambda: _since(before, vcenter).get("Logout"))
    calls = {method: count for method, count in _since(before, vcenter).items() if not method.startswith("/")}
    assert calls.keys() <= READING.keys()
    assert {method for method, count in calls.items() if count > READING[method]} == set()


def _since(before: dict[str, Traffic], vcenter: Vcenter) -> dict[str, int]:
    now = vcenter.control.requests()
    earlier = {method: traffic.requests for method, traffic in before.items()}
    counts = {method: traffic.requests - earlier.get(method, 0) for method, traffic in now.items()}
    return {method: count for method, count in counts.items() if count}


def _cluster(one: VcenterConsole, host: str) -> str | None:
    record = next((each for each in one.records.values() if each.id == host), None)
    return record.cluster if isinstance(record, Host) else None


def _alarms(one: VcenterConsole, entity: str) -> list[str]:
    record = next(each for each in one.records.values() if each.id == entity)
    assert isinstance(record, Host)
    return [alarm.name for alarm in record.alarms or ()]


def _state(one: VcenterConsole, host: Host) -> HostState:
    record = one.records[host.id]
    assert isinstance(record, Host)
    return record.state

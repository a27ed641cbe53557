"""The commands that the demo hypervisor takes, refuses, and remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmi_console.collectors.demo.commands import COMMANDS, Occurrence, parse
from vmi_console.collectors.demo.parameters import parse as parse_uri
from vmi_console.collectors.demo.world import World
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import VM, HostState, Network, Power, ToolsState
from vmi_console.estate.vlan import access

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
AT = BEGIN + timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    return World(parse_uri("demo://?story=off&hosts=10"), BEGIN)


def do(world: World, command: str, /, **arguments: Any) -> Occurrence:
    return parse(command, arguments).apply(world, AT)


def vm_after(world: World, command: str, vm: str, /, **arguments: Any) -> VM:
    """The VM that the command left behind, which is what was reported of it."""
    occurrence = do(world, command, vm=vm, **arguments)
    (record,) = occurrence.records
    assert isinstance(record, VM)
    assert world.vm(record.id) == record
    assert occurrence.value == {"vm": record.id}
    return record


def network_of(world: World, vm: VM, card: int = 0) -> Network:
    network = vm.nics[card].network
    assert network is not None
    return world.networks[network]


# --- power --------------------------------------------------------------------------------------------------------


def test_off_and_on_again(world: World) -> None:
    before = world.find_vm("web-01")
    off = vm_after(world, "power_off", "web-01")
    assert (off.power, off.booted_at, off.guest.tools) == (Power.OFF, None, ToolsState.NOT_RUNNING)
    assert [(nic.connected, nic.addresses) for nic in off.nics] == [(False, ())]
    on = vm_after(world, "power_on", "web-01")
    assert (on.power, on.booted_at, on.guest.tools) == (Power.ON, AT, ToolsState.RUNNING)
    assert on.nics == before.nics


def test_suspended_machines_resume_where_they_were(world: World) -> None:
    before = world.find_vm("web-01")
    assert vm_after(world, "suspend", "web-01").power is Power.SUSPENDED
    assert vm_after(world, "power_on", "web-01").booted_at == before.booted_at


def test_reset_and_crash(world: World) -> None:
    assert vm_after(world, "reset", "web-01").booted_at == AT
    assert vm_after(world, "crash", "web-01").power is Power.CRASHED
    assert do(world, "power_on", vm="web-01").guests == (world.find_vm("web-01").id,)


# --- NICs and networks --------------------------------------------------------------------------------------------


def test_a_nic_is_found_by_key_label_and_mac(world: World) -> None:
    nic = world.find_vm("web-01").nics[0]
    assert nic.mac is not None
    for text, network in ((nic.key, "test"), (nic.label, "build"), (nic.mac.upper(), "vdi")):
        assert network_of(world, vm_after(world, "move_nic", "web-01", nic=text, network=network)).name == network


def test_an_unplugged_nic_stays_unplugged_over_a_restart(world: World) -> None:
    nic = vm_after(world, "disconnect_nic", "web-01", nic="4000").nics[0]
    assert (nic.connected, nic.connect_at_power_on, nic.addresses) == (False, False, ())
    do(world, "power_off", vm="web-01")
    assert vm_after(world, "power_on", "web-01").nics[0].connected is False
    nic = vm_after(world, "connect_nic", "web-01", nic="4000").nics[0]
    assert (nic.connected, nic.connect_at_power_on) == (True, True)
    assert nic.addresses


def test_nics_come_and_go_up_to_ten(world: World) -> None:
    added = vm_after(world, "add_nic", "web-01", network="backup")
    assert [nic.key for nic in added.nics] == ["4000", "4001"]
    assert added.nics[0].mac != added.nics[1].mac
    assert added.nics[1].connected
    assert [nic.key for nic in vm_after(world, "remove_nic", "web-01", nic="4000").nics] == ["4001"]
    for _ in range(9):
        do(world, "add_nic", vm="web-01", network="backup")
    with pytest.raises(CommandRefused, match="10 NICs"):
        do(world, "add_nic", vm="web-01", network="backup")


def test_a_standard_portgroup_gives_no_port(world: World) -> None:
    assert vm_after(world, "move_nic", "web-01", nic="4000", network="legacy-lan").nics[0].port is None


def test_networks_are_those_of_the_datacenter(world: World) -> None:
    here = world.find_vm("web-01")
    elsewhere = next(n for n in world.networks.values() if n.datacenter != network_of(world, here).datacenter)
    with pytest.raises(CommandRefused, match="there is no network"):
        do(world, "move_nic", vm="web-01", nic="4000", network=elsewhere.id)


def test_vlans_of_networks(world: World) -> None:
    network = next(network for network in world.networks.values() if network.name == "legacy-lan")
    occurrence = do(world, "set_vlan", network=network.id, vlan=77)
    after = world.networks[network.id]
    assert occurrence.records == (after,)
    assert after.vlan == access(77)
    assert set(after.host_vlans.values()) == {access(77)}
    assert after.host_vlans.keys() == network.host_vlans.keys()
    with pytest.raises(CommandRefused, match="2 networks are called"):
        do(world, "set_vlan", network="legacy-lan", vlan=77)


# --- machines and hosts -------------------------------------------------------------------------------------------


def test_made_started_renamed_removed_and_never_the_same_again(world: World) -> None:
    made = do(world, "create_vm", name="new", host="esx-dub-02.demo.example", by="r.patel")
    (vm,) = made.records
    assert isinstance(vm, VM)
    assert vm.host == world.find_host("esx-dub-02.demo.example").id
    assert (vm.power, vm.created_at, vm.snapshots, vm.guest.hostname) == (Power.OFF, AT, (), None)
    assert network_of(world, vm).datacenter == world.host(vm.host).datacenter
    assert made.attributions[0].actor == "r.patel"
    assert made.attributions[0].paths == ()
    assert vm_after(world, "power_on", "new").nics[0].addresses
    assert world.guest(world.find_vm("new")).applications.base
    assert vm_after(world, "rename", "new", name="newer").id == vm.id
    with pytest.raises(CommandRefused, match="power it off first"):
        do(world, "remove_vm", vm=vm.id)
    do(world, "power_off", vm="newer")
    assert do(world, "remove_vm", vm="newer").removed == (vm.id,)
    assert list(world.residents(vm.host)) == [other for other in world.vms() if other.host == vm.host]
    again = do(world, "create_vm", name="new").records[0]
    assert again.id != vm.id


@pytest.mark.parametrize("name", ["<b>bold</b>", "\u202egnp.exe", "a\nb\0c", "x" * 10_000, "🤖", "' OR 1=1 --"])
def test_names_may_be_hostile(world: World, name: str) -> None:
    assert vm_after(world, "rename", "web-01", name=name).name == name
    assert world.find_vm(world.machines.id(0)).name == name


def test_moves_stay_in_the_cluster(world: World) -> None:
    home = world.find_vm("web-01")
    seen = [home.host]
    while (vm := vm_after(world, "migrate", "web-01")).host != home.host:
        assert vm.host not in seen
        seen.append(vm.host)
    assert set(seen) == {host.id for host in world.cluster_hosts(home)}
    assert vm_after(world, "migrate", "web-01", host="esx-fra-04.demo.example").host == world.layout.host_id(3)
    with pytest.raises(CommandRefused, match="cannot move there"):
        do(world, "migrate", vm="web-01", host="esx-dub-01.demo.example")


def test_moves_avoid_hosts_that_do_not_answer(world: World) -> None:
    home = world.find_vm("web-01")
    others = [host for host in world.cluster_hosts(home) if host.id != home.host]
    for host in others:
        do(world, "host_stops", host=host.name)
    with pytest.raises(CommandRefused, match="none"):
        do(world, "migrate", vm="web-01")


def test_a_silent_host_takes_no_commands_for_its_vms(world: World) -> None:
    home = world.find_vm("web-01")
    host = world.host(home.host)
    do(world, "host_stops", host=host.id)
    assert world.host(host.id).state is HostState.NOT_RESPONDING
    for command, arguments in (("power_off", {}), ("disconnect_nic", {"nic": "4000"})):
        with pytest.raises(CommandRefused, match="does not answer"):
            do(world, command, vm="web-01", **arguments)
    with pytest.raises(CommandRefused, match="already"):
        do(world, "host_stops", host=host.id)
    with pytest.raises(CommandRefused, match="not responding"):
        do(world, "create_vm", name="new", host=host.id)
    do(world, "host_returns", host=host.id)
    assert world.find_vm("web-01") == home


def test_reverting_plugs_in_as_it_was(world: World) -> None:
    before = do(world, "take_snapshot", vm="web-01", name="one").records[0]
    assert isinstance(before, VM)
    do(world, "take_snapshot", vm="web-01", name="two")
    do(world, "move_nic", vm="web-01", nic="4000", network="guest-dmz")
    reverted = vm_after(world, "revert_snapshot", "web-01", name="one")
    assert reverted.nics == before.nics
    assert [snapshot.name for snapshot in reverted.snapshots if snapshot.current] == ["one"]
    with pytest.raises(CommandRefused, match="one, two"):
        do(world, "revert_snapshot", vm="web-01", name="three")


def test_snapshots_form_a_chain(world: World) -> None:
    do(world, "take_snapshot", vm="web-01", name="one")
    vm = vm_after(world, "take_snapshot", "web-01", name="two")
    one, two = vm.snapshots[-2:]
    assert (one.name, one.current, two.name, two.current, two.parent) == ("one", False, "two", True, one.key)
    assert two.created_at == AT


# --- inside guests ------------------------------------------------------------------------------------------------


def test_applications_and_services_change_inside(world: World) -> None:
    vm = world.find_vm("db-pci-01")
    number = world.number(vm.id)

    def installed() -> dict[str, str]:
        applications = world.software.applications(number, world.inside[number])
        return {application.name: application.version for application in applications}

    occurrence = do(world, "install_application", vm="db-pci-01", name="nmap", version="7.92")
    assert (occurrence.guests, occurrence.records, occurrence.attributions) == ((vm.id,), (), ())
    assert installed()["nmap"] == "7.92"
    do(world, "install_application", vm="db-pci-01", name="openssl", version="3.5.0")
    assert installed()["openssl"] == "3.5.0"
    for name in ("nmap", "openssl"):
        do(world, "remove_application", vm="db-pci-01", name=name)
        assert name not in installed()
    with pytest.raises(CommandRefused, match="nmap is not installed"):
        do(world, "remove_application", vm="db-pci-01", name="nmap")
    do(world, "set_service", vm="db-pci-01", name="sshd", enabled=True, running=False)
    service = next(service for service in world.guest(vm).services.items if service.name == "sshd")
    assert (service.enabled, service.running) == (True, False)


def test_nothing_changes_inside_what_does_not_run(world: World) -> None:
    with pytest.raises(CommandRefused, match="it is off"):
        do(world, "install_application", vm="build-04", name="nmap")


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("power_up", {}, "did you mean power_o"),
        ("sing", {}, "it takes power_on, power_off"),
        ("power_on", {}, "power_on takes by (optional), vm"),
        ("power_on", {"vm": "web-01", "now": True}, "unknown field `now`"),
        ("power_on", {"vm": 7}, "Expected `str`"),
        ("rename", {"vm": "web-01", "name": ""}, "length >= 1"),
        ("rename", {"vm": "web-01", "name": "x" * 20_001}, "length <= 20000"),
        ("set_vlan", {"network": "test", "vlan": 4095}, "<= 4094"),
        ("power_on", {"vm": "nobody"}, "there is no VM “nobody”"),
        ("power_on", {"vm": "vm/elsewhere/vm-1000"}, "there is no VM"),
        ("power_on", {"vm": "web-01"}, "is on already"),
        ("power_on", {"vm": "template-debian-01"}, "is a template"),
        ("power_off", {"vm": "build-04"}, "is off already"),
        ("reset", {"vm": "build-04"}, "is not running"),
        ("migrate", {"vm": "web-01", "host": "nowhere"}, "hosts are esx-fra-01.demo.example"),
        ("move_nic", {"vm": "web-01", "nic": "9", "network": "test"}, "its NICs are: 4000 (Network adapter 1"),
        ("move_nic", {"vm": "web-01", "nic": "4000", "network": "x"}, "networks are backup, build"),
        ("create_vm", {"name": "x", "host": "nowhere"}, "there is no host"),
    ],
)
def test_refusals_say_what_is_possible_and_change_nothing(
    world: World, command: str, arguments: dict[str, Any], said: str
) -> None:
    before = [*world.containers(), *world.vms()]
    with pytest.raises(CommandRefused) as caught:
        do(world, command, **arguments)
    assert said in str(caught.value)
    assert [*world.containers(), *world.vms()] == before


def test_two_vms_of_one_name_are_told_apart_by_id(world: World) -> None:
    do(world, "rename", vm="web-02", name="web-01")
    with pytest.raises(CommandRefused, match="2 VMs are called"):
        do(world, "reset", vm="web-01")
    assert vm_after(world, "reset", world.machines.id(0)).booted_at == AT


def test_events_name_whoever_gave_the_command(world: World) -> None:
    assert do(world, "reset", vm="web-01").attributions[0].actor == "operator"
    assert do(world, "reset", vm="web-01", by="j.kim").attributions[0].actor == "j.kim"
    assert do(world, "reset", vm="web-01", by="").attributions == ()


def test_every_command_says_what_it_is() -> None:
    assert all(command.__doc__ for command in COMMANDS.values())
    assert len(set(COMMANDS.values())) == len(COMMANDS)

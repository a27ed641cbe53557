"""Demo and a real libvirtd on one engine: whatever an administrator does on either shows, with who did it if known.

How fast it shows is measured by tests/bench/bench_live.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.console import Console, aside, console, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.changes import Seen
from vmi_console.estate.records import VM, Connection, Power, State, ToolsState
from vmi_console.estate.vlan import access, trunk

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

NEWCOMER, NEW_MAC, SECOND_MAC = "newcomer", "52:54:00:aa:00:01", "52:54:00:aa:00:02"
DEMO = "demo://?hosts=2&vms=20&story=off"


class Both:
    """A console on both, and hands on both."""

    def __init__(self, one: Console, lab: Laboratory) -> None:
        self.console = one
        self._lab = lab

    async def on_libvirt(self, act: Callable[[Administrator], None]) -> None:
        def work() -> None:
            with self._lab.administrator() as administrator:
                act(administrator)

        await aside(work)

    async def on_demo(self, vm: VM, command: str, **arguments: Any) -> None:
        await self.console.client.call("act", entity=vm.id, command=command, arguments={"by": "a.admin", **arguments})

    def demo_vm(self, power: Power = Power.ON) -> VM:
        return next(vm for vm in self.console.vms if "/demo-" in vm.id and vm.power is power and vm.nics)

    def named(self, name: str) -> VM | None:
        return next((vm for vm in self.console.vms if vm.name == name), None)

    def network_names(self, name: str) -> list[str | None]:
        vm = self.named(name)
        return [nic.network_name for nic in vm.nics] if vm else []


@pytest.fixture
async def both(lab: Laboratory) -> AsyncIterator[Both]:
    async with console(PrivateEngine(None)) as one:
        for uri in (DEMO, lab.uri):
            await one.client.call("add_connection", uri=uri, saved=False)
        await eventually(lambda: [known.health.state for known in one.connections] == [State.LIVE] * 2, seconds=60)
        yield Both(one, lab)


async def test_the_guests_are_known_inside_and_out(both: Both) -> None:
    await eventually(lambda: (web := both.named("web")) and web.nics[0].addresses)
    web, db = both.named("web"), both.named("db")
    assert web is not None
    assert db is not None
    assert (web.power, web.vcpus, web.memory_bytes) == (Power.ON, 1, definitions.WEB.memory_mib << 20)
    lan, tagged = web.nics
    assert (lan.mac, lan.network_name, lan.link_up) == (definitions.WEB.lan_mac, definitions.LAN, True)
    assert [address.ip for address in lan.addresses] == [definitions.WEB.lan_address]
    assert lan.filter == definitions.FILTER
    assert tagged.vlan == access(110)
    assert db.nics[1].vlan == trunk([(110, 110), (120, 120), (130, 130)], native=130)
    assert {disk.format for vm in (web, db) for disk in vm.disks} == {"raw", "qcow2"}
    assert [snapshot.name for snapshot in db.snapshots] == ["fresh"]
    assert web.guest.tools in (None, ToolsState.NOT_INSTALLED, ToolsState.NOT_RUNNING)


async def test_a_life_on_libvirt(both: Both) -> None:
    """Created, renamed, powered, given a NIC, moved, unplugged, powered off, removed."""
    await both.on_libvirt(lambda admin: admin.create("first-name", NEW_MAC))
    await eventually(lambda: both.named("first-name"))
    await both.on_libvirt(lambda admin: admin.rename("first-name", NEWCOMER))
    await eventually(lambda: both.named(NEWCOMER) and not both.named("first-name"))
    vm = both.named(NEWCOMER)
    assert vm is not None
    identity = vm.id
    await both.on_libvirt(lambda admin: admin.power_on(NEWCOMER))
    await eventually(lambda: (vm := both.named(NEWCOMER)) and vm.power is Power.ON)
    await both.on_libvirt(lambda admin: admin.add_nic(NEWCOMER, SECOND_MAC, definitions.LAN))
    await eventually(lambda: both.network_names(NEWCOMER) == [definitions.LAN] * 2)
    await both.on_libvirt(lambda admin: admin.move_nic(NEWCOMER, NEW_MAC, definitions.APART))
    await eventually(lambda: both.network_names(NEWCOMER) == [definitions.APART, definitions.LAN])
    moved = next(change for change in both.console.changes if change.after == definitions.APART)
    assert moved.before == definitions.LAN
    assert moved.actor is None, "libvirt does not say who"
    assert moved.seen is Seen.POLL, "libvirt has no event for it"
    await both.on_libvirt(lambda admin: admin.link(NEWCOMER, NEW_MAC, "down"))
    await eventually(lambda: (vm := both.named(NEWCOMER)) and vm.nics[0].link_up is False)
    await both.on_libvirt(lambda admin: admin.remove_nic(NEWCOMER, SECOND_MAC))
    await eventually(lambda: both.network_names(NEWCOMER) == [definitions.APART])
    await both.on_libvirt(lambda admin: admin.suspend(NEWCOMER))
    await eventually(lambda: (vm := both.named(NEWCOMER)) and vm.power is Power.PAUSED)
    await both.on_libvirt(lambda admin: admin.power_off(NEWCOMER))
    await eventually(lambda: (vm := both.named(NEWCOMER)) and vm.power is Power.OFF)
    assert both.named(NEWCOMER) is not None
    assert next(vm.id for vm in both.console.vms if vm.name == NEWCOMER) == identity
    await both.on_libvirt(lambda admin: admin.remove(NEWCOMER))
    await eventually(lambda: both.named(NEWCOMER) is None)


async def test_a_life_on_demo(both: Both) -> None:
    """The same on the demo estate, where events say who did it."""
    vm = both.demo_vm()
    other = next(
        network
        for network in both.console.records.values()
        if network.kind == "network" and "/demo-" in network.id and network.id != vm.nics[0].network
    )
    await both.on_demo(vm, "rename", name="renamed")
    await eventually(lambda: both.named("renamed"))
    await both.on_demo(vm, "move_nic", nic=vm.nics[0].key, network=other.id)
    await eventually(lambda: other.name in both.network_names("renamed"))
    await both.on_demo(vm, "add_nic", network=other.id)
    await eventually(lambda: len(both.network_names("renamed")) == len(vm.nics) + 1)
    await both.on_demo(vm, "power_off")
    await eventually(lambda: (now := both.named("renamed")) and now.power is Power.OFF)
    await both.on_demo(vm, "remove_vm")
    await eventually(lambda: both.named("renamed") is None)
    told = [change for change in both.console.changes if change.entity == vm.id]
    by_path = {change.path: change.actor for change in told}
    assert by_path["name"] == by_path["power"] == by_path[f"nics[{vm.nics[0].key}].network"] == "a.admin"


async def test_hostile_names_are_just_names(both: Both) -> None:
    name = "<b>bold<u>\u202egnp.exe &amp; \u2028" + "x" * 100  # libvirt allows no slash and 255 bytes
    await both.on_libvirt(lambda admin: admin.create(name, NEW_MAC))
    await eventually(lambda: any(vm.name.startswith("<b>bold<u>") for vm in both.console.vms))
    await both.on_libvirt(lambda admin: admin.remove(name))
    await eventually(lambda: not any(vm.name.startswith("<b>bold<u>") for vm in both.console.vms))


async def test_the_connections_say_who_answers(both: Both) -> None:
    products = [record.product or "" for record in both.console.records.values() if isinstance(record, Connection)]
    assert [("demo" in product.lower(), "libvirt" in product.lower()) for product in products] == [
        (True, False),
        (False, True),
    ]

"""Three kinds of hypervisor on one console, and administrators of all three under the same words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from tests.console import Console, aside, eventually, linked
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.engine.engines import Engines, PrivateEngine
from vmi_console.estate.records import VM, Connection, Host, Network, Record, State

DEMO = "demo://?hosts=2&vms=20&story=off"


class Hands(Protocol):
    """What an administrator does to a VM of their own on one hypervisor, behind the console's back.

    Each act but `create` is told the VM as the console knows it. A new VM is off and has one card, in `first`.
    """

    hypervisor: str
    actor: str | None  # whom the hypervisor's events name; None where they name nobody
    first: str  # networks by name
    second: str
    third: str  # … with a VLAN

    async def create(self, name: str) -> None: ...

    async def rename(self, vm: VM, name: str) -> None: ...

    async def power_on(self, vm: VM) -> None: ...

    async def power_off(self, vm: VM) -> None: ...

    async def add_nic(self, vm: VM) -> None:
        """… in the third network."""

    async def move_nic(self, vm: VM) -> None:
        """The first card goes to the second network."""

    async def set_vlan(self, vm: VM, vlan: int) -> None:
        """Of the third network."""

    async def migrate(self, vm: VM, host: Host) -> None: ...

    async def remove(self, vm: VM) -> None: ...


class Together(Console):
    """A console with demo, libvirt and vSphere connected."""

    hands: tuple[Hands, ...]

    def connection(self, provider: str) -> Connection | None:
        return next((each for each in self.connections if each.provider == provider), None)

    def named(self, name: str) -> VM | None:
        return next((vm for vm in self.vms if vm.name == name), None)

    def network(self, vm: VM, name: str) -> Network:
        """The network of this name on the VM's own endpoint, and in its own datacenter if there are several."""
        host = self.records.get(vm.host or vm.id)
        return next(
            each
            for each in self.records.values()
            if isinstance(each, Network)
            and each.name == name
            and _endpoint(each) == _endpoint(vm)
            and (each.datacenter is None or not isinstance(host, Host) or each.datacenter == host.datacenter)
        )

    def neighbour(self, vm: VM) -> Host | None:
        """Another host of the VM's cluster, if there is any."""
        hosts = [each for each in self.records.values() if isinstance(each, Host) and each.cluster is not None]
        own = next((each for each in hosts if each.id == vm.host), None)
        return next((each for each in hosts if own and each.cluster == own.cluster and each.id != own.id), None)


@asynccontextmanager
async def together(lab: Laboratory, vcenter: Vcenter, engines: Engines | None = None) -> AsyncIterator[Together]:
    """All three are live for the length of the block; on an engine of its own if none is given."""
    async with linked(Together(engines or PrivateEngine(None))) as one:
        for uri, secret in ((DEMO, ""), (lab.uri, ""), (vcenter.uri, accounts.OPERATOR.password)):
            await one.client.call("add_connection", uri=uri, secret=secret, saved=False)
        await eventually(lambda: (known := one.connection("vsphere")) and known.health.state is State.TRUST)
        known = one.connection("vsphere")
        assert known is not None
        assert known.health.certificate is not None
        await one.client.call("trust", id=known.id, fingerprint=known.health.certificate.fingerprint)
        await eventually(lambda: [each.health.state for each in one.connections] == [State.LIVE] * 3, seconds=60)
        one.hands = (DemoHands(one), LibvirtHands(lab), VcenterHands(vcenter, one))
        yield one


def _endpoint(record: Record) -> str:
    return record.id.split("/")[1]


class DemoHands:
    """… through the estate's own commands."""

    hypervisor = "demo"
    actor: str | None = "a.admin"
    first, second, third = "prod-app", "test", "guest-dmz"

    def __init__(self, one: Together) -> None:
        self._console = one

    async def create(self, name: str) -> None:
        host = next(each for each in self._console.records.values() if isinstance(each, Host) and "/demo-" in each.id)
        await self._act(host, "create_vm", name=name)

    async def rename(self, vm: VM, name: str) -> None:
        await self._act(vm, "rename", name=name)

    async def power_on(self, vm: VM) -> None:
        await self._act(vm, "power_on")

    async def power_off(self, vm: VM) -> None:
        await self._act(vm, "power_off")

    async def add_nic(self, vm: VM) -> None:
        await self._act(vm, "add_nic", network=self._console.network(vm, self.third).id)

    async def move_nic(self, vm: VM) -> None:
        await self._act(vm, "move_nic", nic=vm.nics[0].key, network=self._console.network(vm, self.second).id)

    async def set_vlan(self, vm: VM, vlan: int) -> None:
        await self._act(self._console.network(vm, self.third), "set_vlan", vlan=vlan)

    async def migrate(self, vm: VM, host: Host) -> None:
        await self._act(vm, "migrate", host=host.id)

    async def remove(self, vm: VM) -> None:
        await self._act(vm, "remove_vm")

    async def _act(self, record: Record, command: str, **arguments: object) -> None:
        given = {"by": self.actor, **arguments}
        await self._console.client.call("act", entity=record.id, command=command, arguments=given)


class LibvirtHands:
    """… through libvirt, which tells nobody who did it."""

    hypervisor = "libvirt"
    actor: str | None = None
    first, second, third = definitions.LAN, definitions.APART, "vlan120"

    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab

    async def create(self, name: str) -> None:
        await self._act(lambda admin: admin.create(name, _MAC["libvirt"], self.first))

    async def rename(self, vm: VM, name: str) -> None:
        await self._act(lambda admin: admin.rename(vm.name, name))

    async def power_on(self, vm: VM) -> None:
        await self._act(lambda admin: admin.power_on(vm.name))

    async def power_off(self, vm: VM) -> None:
        await self._act(lambda admin: admin.power_off(vm.name))

    async def add_nic(self, vm: VM) -> None:
        await self._act(lambda admin: admin.add_nic(vm.name, _SECOND_MAC["libvirt"], definitions.TRUNK, self.third))

    async def move_nic(self, vm: VM) -> None:
        await self._act(lambda admin: admin.move_nic(vm.name, _MAC["libvirt"], self.second))

    async def set_vlan(self, vm: VM, vlan: int) -> None:
        await self._act(lambda admin: admin.portgroup_vlan(definitions.TRUNK, self.third, vlan))

    async def migrate(self, vm: VM, host: Host) -> None:
        raise LabError("this libvirt host is alone")

    async def remove(self, vm: VM) -> None:
        await self._act(lambda admin: admin.remove(vm.name))

    async def _act(self, act: Callable[[Administrator], None]) -> None:
        def work() -> None:
            with self._lab.administrator() as administrator:
                act(administrator)

        await aside(work)


class VcenterHands:
    """… through vCenter, as Alice."""

    hypervisor = "vSphere"
    actor: str | None = accounts.ALICE.actor
    first, second, third = "fra-web-110", "fra-quarantine", "fra-app-120"

    def __init__(self, vcenter: Vcenter, one: Together) -> None:
        self._vcenter = vcenter
        self._console = one

    async def create(self, name: str) -> None:
        """… on a host of a cluster, with a card that is another's equal."""
        beside = next(vm.name for vm in self._console.vms if vm.name.startswith("fra-") and self._console.neighbour(vm))
        await self._act(lambda admin: admin.create(name, _MAC["vSphere"], self.first, beside))

    async def rename(self, vm: VM, name: str) -> None:
        await self._act(lambda admin: admin.rename(vm.name, name))

    async def power_on(self, vm: VM) -> None:
        await self._act(lambda admin: admin.power_on(vm.name))

    async def power_off(self, vm: VM) -> None:
        await self._act(lambda admin: admin.power_off(vm.name))

    async def add_nic(self, vm: VM) -> None:
        await self._act(lambda admin: admin.add_nic(vm.name, _SECOND_MAC["vSphere"], self.third))

    async def move_nic(self, vm: VM) -> None:
        await self._act(lambda admin: admin.move_nic(vm.name, _MAC["vSphere"], self.second))

    async def set_vlan(self, vm: VM, vlan: int) -> None:
        await self._act(lambda admin: admin.vlan(self.third, vlan))

    async def migrate(self, vm: VM, host: Host) -> None:
        await self._act(lambda admin: admin.migrate(vm.name, host.name))

    async def remove(self, vm: VM) -> None:
        await self._act(lambda admin: admin.remove(vm.name))

    async def _act(self, act: Callable[[VcenterAdministrator], None]) -> None:
        def work() -> None:
            with self._vcenter.administrator() as administrator:
                act(administrator)

        await aside(work)


_MAC = {"libvirt": "52:54:00:be:00:01", "vSphere": "00:50:56:3e:00:01"}
_SECOND_MAC = {"libvirt": "52:54:00:be:00:02", "vSphere": "00:50:56:3e:00:02"}

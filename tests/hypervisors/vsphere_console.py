"""A console on a simulated vCenter, and an administrator's hands on that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.console import Console, aside, eventually, linked
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.vcenter import ADDRESS, Vcenter
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.changes import Change
from vmi_console.estate.records import VM, Network, Nic, Power, State


class VcenterConsole(Console):
    """… with what tests of vSphere ask it."""

    vcenter: Vcenter

    async def connect(self, account: Account = accounts.OPERATOR, seconds: float = 60) -> None:
        """Adds the vCenter, trusts the certificate it shows, and waits until it is live."""
        await self.client.call(
            "add_connection", uri=self.vcenter.uri_for(account), secret=account.password, saved=False
        )
        await eventually(lambda: self.state() is State.TRUST)
        await self.trust()
        await eventually(lambda: self.state() is State.LIVE, seconds=seconds)

    async def trust(self) -> None:
        """Trusts the certificate that the only connection shows."""
        certificate = self.connections[0].health.certificate
        assert certificate is not None
        await self.client.call("trust", id=self.connections[0].id, fingerprint=certificate.fingerprint)

    async def act(self, act: Callable[[VcenterAdministrator], None], account: Account = accounts.ALICE) -> None:
        """Has somebody do something in vCenter."""

        def work() -> None:
            with VcenterAdministrator(ADDRESS, self.vcenter.port, account) as administrator:
                act(administrator)

        await aside(work)

    def reason(self) -> str:
        """Why the only connection is as it is."""
        return self.connections[0].health.reason

    def a_vm(self, prefix: str = "", power: Power = Power.ON) -> VM:
        """Any VM that is as wanted and has a card."""
        return next(
            vm for vm in self.vms if vm.power is power and vm.nics and not vm.template and vm.name.startswith(prefix)
        )

    def a_vm_at(self, network: str) -> VM:
        """Any running VM whose first card is connected to this network."""
        return next(
            vm for vm in self.vms if vm.power is Power.ON and vm.nics and vm.nics[0].connected
            and vm.nics[0].network_name == network
        )  # fmt: skip

    def now(self, vm: VM) -> VM:
        """The VM as it is now."""
        record = self.records[vm.id]
        assert isinstance(record, VM)
        return record

    def nic(self, vm: VM) -> Nic:
        """Its first card as it is now."""
        return self.now(vm).nics[0]

    def network(self, name: str, near: VM | None = None) -> Network:
        """The network of this name; of several, that of the datacenter of a VM's own."""
        found = [each for each in self.records.values() if isinstance(each, Network) and each.name == name]
        if near is not None and len(found) > 1:
            own = self.records[near.nics[0].network or near.id]
            found = [each for each in found if isinstance(own, Network) and each.datacenter == own.datacenter]
        return found[0]

    def told(self, vm: VM, path: str) -> list[Change]:
        """The changes of one property of a VM."""
        return [change for change in self.changes if change.entity == vm.id and change.path == path]


@asynccontextmanager
async def vcenter_console(vcenter: Vcenter) -> AsyncIterator[VcenterConsole]:
    """A console with an engine of its own, not connected yet."""
    async with linked(VcenterConsole(PrivateEngine(None))) as one:
        one.vcenter = vcenter
        yield one

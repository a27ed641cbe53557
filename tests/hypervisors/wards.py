"""Consoles that may quarantine, and VMs to be quarantined by them, on a real libvirtd and on a simulated vCenter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.console import Console, eventually, linked
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.engine.client import Client
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.protocol import Quarantines, Subscribe
from vmi_console.estate.records import VM, State
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage


class WardConsole(Console):
    """A console that remembers every quarantine as it was told."""

    def __init__(self, workspace: Path) -> None:
        engines = PrivateEngine(workspace)
        super().__init__(engines)
        self.told: list[Quarantine] = []
        self.client = Client(engines, self, Subscribe(findings=True), self, self._hear)

    def _hear(self, message: Quarantines) -> None:
        self.told.extend(message.quarantines)

    # --- connecting -------------------------------------------------------------------------------------------------

    async def connect_libvirt(self, lab: Laboratory, uri: str = "") -> None:
        """With the right to quarantine."""
        await self.add(uri or lab.uri, grants={"quarantine": True})

    async def connect_vcenter(self, vcenter: Vcenter, account: Account = accounts.ALICE) -> None:
        """With the right to quarantine, as far as this console is concerned."""
        await self.client.call(
            "add_connection",
            uri=vcenter.uri_for(account),
            secret=account.password,
            saved=False,
            grants={"quarantine": True},
        )
        await eventually(lambda: self.state() is State.TRUST)
        certificate = self.connections[0].health.certificate
        assert certificate is not None
        await self.client.call("trust", id=self.connections[0].id, fingerprint=certificate.fingerprint)
        await eventually(lambda: self.state() is State.LIVE, seconds=60)

    # --- acting -----------------------------------------------------------------------------------------------------

    async def known(self, name: str) -> VM:
        """A VM, as soon as the console knows of it."""
        await eventually(lambda: any(vm.name == name for vm in self.vms))
        return self.vm(name)

    async def plan(self, vm: VM, network: str = "") -> Plan:
        return msgspec.convert(await self.client.call("quarantine_plan", vm=vm.id, network=network), Plan)

    async def carry_out(self, plan: Plan, **arguments: Any) -> Quarantine:
        told = await self.client.call("quarantine", token=plan.token, reason="a test", **arguments)
        return msgspec.convert(told, Quarantine)

    async def isolate(self, vm: VM, network: str = "", **arguments: Any) -> Quarantine:
        return await self.carry_out(await self.plan(vm, network), **arguments)

    async def release(self, vm: VM, choice: str = "exact") -> Quarantine:
        return msgspec.convert(await self.client.call("release", vm=vm.id, choice=choice), Quarantine)

    # --- looking ----------------------------------------------------------------------------------------------------

    def quarantine(self, vm: VM) -> Quarantine | None:
        """That of a VM as it was told last."""
        return next((each for each in reversed(self.told) if each.vm == vm.id), None)

    async def settles(self, vm: VM, stage: Stage, holds: Callable[[Quarantine], object] = lambda found: True) -> None:
        """Waits until the VM is in a stage, and something more is so."""

        def settled() -> bool:
            found = self.quarantine(vm)
            return found is not None and found.stage is stage and bool(holds(found))

        try:
            await eventually(settled, seconds=60)
        except AssertionError:
            raise AssertionError(f"not {stage}; it is {self.quarantine(vm)}") from None

    async def sees(self, vm: VM, *words: str) -> Quarantine:
        """Waits until what was noticed of the VM has these words, and it is looked after again."""

        def noticed() -> bool:
            found = self.quarantine(vm)
            told = "; ".join(each.what for each in found.noticed) if found is not None else ""
            return found is not None and found.stage.is_settled and all(word in told for word in words)

        try:
            await eventually(noticed, seconds=60)
        except AssertionError:
            raise AssertionError(f"{words} not noticed; it is {self.quarantine(vm)}") from None
        found = self.quarantine(vm)
        assert found is not None
        return found


@asynccontextmanager
async def ward_console(workspace: Path) -> AsyncIterator[WardConsole]:
    """A console with an engine of its own, not connected yet."""
    async with linked(WardConsole(workspace)) as one:
        yield one

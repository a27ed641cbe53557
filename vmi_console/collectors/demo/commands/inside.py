"""What happens inside guests, where no hypervisor sees it: only an inspector finds out, and nobody is named."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vmi_console.collectors.demo.commands.base import Command, Occurrence, Word
from vmi_console.collectors.demo.software import Inside
from vmi_console.errors import CommandRefused
from vmi_console.estate.facts import Application, Service
from vmi_console.estate.records import Power

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World


class GuestCommand(Command, kw_only=True):
    """A command that changes something inside one running guest."""

    vm: Word
    by: str = ""

    def alter(self, world: World, number: int, inside: Inside) -> Inside:
        """The inside as it is afterwards."""
        raise NotImplementedError

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = world.find_vm(self.vm)
        if vm.power is not Power.ON:
            raise CommandRefused(f"nothing can change inside {vm.name[:80]}: it is {vm.power}", "power it on first")
        number = world.number(vm.id)
        world.inside[number] = self.alter(world, number, world.inside.get(number, Inside()))
        return Occurrence(at=at, guests=(vm.id,), value={"vm": vm.id})


class InstallApplication(GuestCommand, kw_only=True):
    """Installs a package, or another version of one."""

    name: Word
    version: Word = "1.0"

    def alter(self, world: World, number: int, inside: Inside) -> Inside:
        system = world.machines.profile(number).system
        arch = {"dpkg": "amd64", "rpm": "x86_64"}.get(system.manager, "")
        installed = Application(name=self.name, version=self.version, arch=arch, manager=system.manager)
        return inside.with_application(self.name, installed)


class RemoveApplication(GuestCommand, kw_only=True):
    """Removes a package."""

    name: Word

    def alter(self, world: World, number: int, inside: Inside) -> Inside:
        if not any(application.name == self.name for application in world.software.applications(number, inside)):
            raise CommandRefused(f"{self.name} is not installed in {self.vm[:80]}")
        return inside.with_application(self.name, None)


class SetService(GuestCommand, kw_only=True):
    """Turns a service on or off: what runs now, what starts with the guest, or (by default) both."""

    name: Word
    enabled: bool = False
    running: bool | None = None  # None: as `enabled`

    def alter(self, world: World, number: int, inside: Inside) -> Inside:
        running = self.enabled if self.running is None else self.running
        state = "enabled" if self.enabled else "disabled"
        return inside.with_service(Service(name=self.name, enabled=self.enabled, running=running, state=state))

"""What changes in the demo estate by itself: a calm trickle after the story, or as many changes as were asked for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from vmi_console.collectors.demo import casting, story
from vmi_console.collectors.demo.chance import grain
from vmi_console.collectors.demo.commands import Command
from vmi_console.collectors.demo.commands.lifecycle import Migrate, Rename
from vmi_console.collectors.demo.commands.networking import MoveNic
from vmi_console.collectors.demo.commands.power import PowerOff, PowerOn
from vmi_console.collectors.demo.commands.quarantine import ATTRIBUTE
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Power

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World

CALM_PER_SECOND = 4 / 60
OFF_AT_MOST = 4  # machines that drift has switched off before it switches the first of them on again
TRIES = 12  # machines to look at before a change is left out
PASTIME_NETWORKS = ("prod-web", "prod-app", "test", "build", "guest-dmz")
CALM_FOLDERS = ("Desktops", "Engineering/Build", "Engineering/Test")  # whose power changes alarm nobody


class Drift:
    """The changes in the order of their number, each at a moment of its own. Each world has one of these."""

    def __init__(self, parameters: Parameters) -> None:
        self._seed = parameters.seed
        self._busy = parameters.changes_per_second is not None
        if parameters.changes_per_second is None:
            self._per_second = CALM_PER_SECOND if parameters.story else 0.0
        else:
            self._per_second = parameters.changes_per_second
        self._switched_off: deque[EntityId] = deque()
        self._begins = story.ENDS_AT_SECOND if parameters.story and not self._busy else 0.0

    def second(self, number: int) -> float | None:
        """When the change of that number (from 0) happens, in seconds of the world's life; ascending, or None."""
        if not self._per_second:
            return None
        return self._begins + (number + grain(self._seed, "moment", number)[0] / 256) / self._per_second

    def command(self, world: World, number: int) -> Command | None:
        """What the next change is, of that number, on the world as it is by then; None where nothing suits.

        To be asked once for each number, in order, since what is switched off is switched on again later.
        """
        chance = grain(self._seed, "drift", number)
        kind = chance[0]
        person = casting.ADMINISTRATORS[chance[2] % len(casting.ADMINISTRATORS)]
        by = person if not self._busy or chance[1] % 2 else ""
        vm = self._pick(world, int.from_bytes(chance[8:16]), calm=not self._busy and kind >= 128)
        if vm is None:
            return None
        if kind >= 176 or (not self._busy and kind >= 128):
            if vm.power is Power.OFF:
                return PowerOn(vm=vm.id, by=by)
            if len(self._switched_off) >= OFF_AT_MOST:
                return PowerOn(vm=self._switched_off.popleft(), by=by)
            self._switched_off.append(vm.id)
            return PowerOff(vm=vm.id, by=by)
        if not self._busy or kind < 80:
            return Migrate(vm=vm.id, by=casting.DRS)
        if kind < 144 and vm.nics:
            network = PASTIME_NETWORKS[chance[3] % len(PASTIME_NETWORKS)]
            return MoveNic(vm=vm.id, nic=vm.nics[0].key, network=network, by=by)
        name = vm.name.removesuffix("-new") if vm.name.endswith("-new") else f"{vm.name}-new"
        return Rename(vm=vm.id, name=name, by=by)

    def _pick(self, world: World, draw: int, *, calm: bool) -> VM | None:
        """A machine that can be changed, the first at or after a draw."""
        for step in range(min(TRIES, world.next_number)):
            vm = world.vm_by_number((draw + step) % world.next_number)
            if vm is None or vm.template or vm.access is not Access.CONNECTED or ATTRIBUTE in vm.attributes:
                continue
            if vm.power in (Power.ON, Power.OFF) and (not calm or vm.folder in CALM_FOLDERS):
                return vm
        return None

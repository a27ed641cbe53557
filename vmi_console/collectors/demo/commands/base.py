"""What a command is, and what comes of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, dataclass_transform

import msgspec

from vmi_console.errors import CommandRefused
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Attribution
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World

OPERATOR = "operator"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]  # long enough to be hostile
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in the demo estate, all at once: what a hypervisor would report of it."""

    at: datetime
    records: tuple[AnyRecord, ...] = ()
    removed: tuple[EntityId, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    guests: tuple[EntityId, ...] = ()  # VMs whose inside is worth another look
    value: Any = None  # the answer to whoever gave the command


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order that the demo hypervisor takes; its fields are the arguments.

    `by` is who the hypervisor's event will name; empty where there is no such event.
    """

    by: Annotated[str, msgspec.Meta(max_length=300)] = OPERATOR

    event: ClassVar[str] = ""

    def apply(self, world: World, at: datetime) -> Occurrence:
        """Carries the command out on a world that has come to `at`; raises `CommandRefused` and changes nothing."""
        raise NotImplementedError

    def attribution(self, entity: EntityId, paths: tuple[str, ...], at: datetime) -> tuple[Attribution, ...]:
        """Who did it, as the hypervisor's event says: nothing where it does not."""
        if not self.by:
            return ()
        return (Attribution(entity=entity, paths=paths, actor=self.by, occurred_at=at, event=self.event),)


class VmCommand(Command, kw_only=True):
    """A command that turns one VM into another one of the same id."""

    vm: Word  # id or name

    paths: ClassVar[tuple[str, ...]] = ()  # of the properties that the event names
    opens_guest: ClassVar[bool] = False  # whether the inside is worth another look

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        """The VM as it is afterwards."""
        raise NotImplementedError

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = self.edit(world, reachable(world.find_vm(self.vm)), at)
        world.put(vm)
        return Occurrence(
            at=at,
            records=(vm,),
            attributions=self.attribution(vm.id, self.paths, at),
            guests=(vm.id,) if self.opens_guest else (),
            value={"vm": vm.id},
        )


def reachable(vm: VM) -> VM:
    """The VM, if its host answers."""
    if vm.access is not Access.CONNECTED:
        raise CommandRefused(f"{vm.name[:80]} cannot be changed: its host does not answer", "try again when it does")
    return vm

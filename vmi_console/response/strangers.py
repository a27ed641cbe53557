"""Records of quarantine found with VMs that this console has no case of: another console's, or an older self's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from vmi_console.collectors.quarantine import SURVEY, Mode, Request, Survey
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.response import records
from vmi_console.response.acts import Actors
from vmi_console.response.chart import Chart, now
from vmi_console.response.keys import Keys
from vmi_console.response.quarantine import Case, Quarantine, Stage
from vmi_console.response.records import Standing
from vmi_console.wire.tasks import Tasks


class Adopted(NamedTuple):
    """A case made from a record, and what that is worth."""

    case: Case
    standing: Standing


class Strangers:
    """What was found, by VM."""

    def __init__(
        self,
        actors: Actors,
        chart: Chart,
        keys: Keys,
        tell: Callable[[Quarantine], None],
        forget: Callable[[str], None],
    ) -> None:
        self._actors = actors
        self._chart = chart
        self._keys = keys
        self._tell = tell
        self._forget = forget
        self._found: dict[EntityId, Quarantine] = {}
        self._texts: dict[EntityId, str] = {}
        self._marked: dict[EntityId, VM] = {}  # all VMs with a record, those of this console too
        self._tasks = Tasks()

    async def close(self) -> None:
        """Ends."""
        await self._tasks.close()

    def all(self) -> Iterable[Quarantine]:
        """All that were found."""
        return self._found.values()

    def get(self, vm: EntityId) -> Quarantine | None:
        """What was found with a VM."""
        return self._found.get(vm)

    def seen(self, vm: VM) -> None:
        """A VM's record is another: it may carry a record of quarantine among its attributes."""
        text = next((value for value in vm.attributes.values() if value.startswith(records.PREFIX)), None)
        if text is None:
            if vm.id in self._marked:
                self.gone(vm.id)
            return
        self._marked[vm.id] = vm
        if vm.id in self._chart:
            self.drop(vm.id)
        elif self._texts.get(vm.id) != text:
            self._texts[vm.id] = text
            self._tasks.start(self._read(vm, text), "a record found with a VM")

    def see_again(self, vm: EntityId) -> None:
        """This console has no case of a VM any more: what is with it may be another console's record."""
        if (marked := self._marked.get(vm)) is not None:
            self.seen(marked)

    def gone(self, vm: EntityId) -> None:
        """The VM is gone, or its record is."""
        self._marked.pop(vm, None)
        self.drop(vm)

    def dismiss(self, vm: EntityId) -> None:
        """Somebody wants to hear no more of what is with the VM, unless it is another record."""
        if (found := self._found.pop(vm, None)) is not None:
            self._forget(found.id)

    def drop(self, vm: EntityId) -> None:
        """What is with the VM is not another's: this console has a case of it."""
        self._texts.pop(vm, None)
        self.dismiss(vm)

    async def adopt(self, vm: EntityId) -> Adopted:
        """A case made from the whole record with the VM, to release it by. Raises `CollectorError`."""
        if (found := self._found.get(vm)) is None:
            raise CommandRefused("the VM is not in quarantine")
        survey = await self._actors.ask(SURVEY, Request(vm=vm), Survey)
        standing, record = records.read(survey.image.record, vm, await self._keys.signing())
        if record is None or standing is Standing.OF_ANOTHER_VM:
            raise CommandRefused(
                f"the record with {found.vm_name} is of no use: {standing}",
                "give the VM back by hand, and then keep it as it is here",
            )
        quarantine = replace(
            found,
            id=record.quarantine,
            mode=record.mode,
            network=record.network,
            by=record.by,
            reason=record.reason,
            policy=record.policy,
        )
        return Adopted(Case(quarantine=quarantine, before=record.before, record=survey.image.record), standing)

    async def _read(self, vm: VM, text: str) -> None:
        standing, record = records.read(text, vm.id, await self._keys.signing())
        if self._texts.get(vm.id) != text:
            return  # it is gone by now, or another, or a case of this console's: a keyring may take a minute
        if vm.id in self._chart or (record is not None and self._chart.was_closed(record.quarantine)):
            return
        at = record.at if record is not None else now()
        found = self._found[vm.id] = Quarantine(
            id=f"found/{vm.id}",
            vm=vm.id,
            vm_name=vm.name,
            mode=record.mode if record is not None else Mode.ISOLATE,
            stage=Stage.FOUND,
            since=at,
            opened_at=at,
            by=record.by if record is not None else "",
            reason=record.reason if record is not None else "",
            because=f"a record of quarantine is with the VM: {standing}",
            network=record.network if record is not None else "",
            policy=record.policy if record is not None else "",
            trusted=standing is Standing.OURS,
        )
        self._tell(found)

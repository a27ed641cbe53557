"""The cases of one engine: which VMs are in quarantine, each as the journal has it, told to whoever listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from vmi_console.errors import CommandRefused, StorageError
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.response.audit import Act, Entry
from vmi_console.response.journal import Journal
from vmi_console.response.lease import Leases
from vmi_console.response.quarantine import Case, Quarantine

log = logging.getLogger(__name__)


class Chart:
    """Open cases by VM. `tell` is called with each quarantine that is another now."""

    def __init__(self, journal: Journal, leases: Leases, tell: Callable[[Quarantine], None]) -> None:
        self._journal = journal
        self._leases = leases
        self._tell = tell
        self._cases: dict[EntityId, Case] = {}
        self._closed: set[str] = set()
        self._locks: WeakValueDictionary[EntityId, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> int:
        """Reads what is under way; gives how many cases cannot be read. Raises `StorageError`."""
        cases, unreadable = await self._journal.open_cases()
        self._cases.update((case.quarantine.vm, case) for case in cases)
        self._closed.update(quarantine.id for quarantine in await self._journal.past())
        return unreadable

    def __contains__(self, vm: EntityId) -> bool:
        return vm in self._cases

    def __iter__(self) -> Iterator[Case]:
        return iter(tuple(self._cases.values()))

    def get(self, vm: EntityId) -> Case | None:
        """The case of a VM."""
        return self._cases.get(vm)

    def of(self, vm: EntityId) -> Case:
        """The case of a VM; raises `CommandRefused` where there is none."""
        if (case := self._cases.get(vm)) is None:
            raise CommandRefused("the VM is not in quarantine")
        return case

    def was_closed(self, quarantine: str) -> bool:
        """Whether a quarantine of this console is over, as far as is remembered."""
        return quarantine in self._closed

    def is_busy(self, vm: EntityId) -> bool:
        """Whether something is being done to a VM."""
        lock = self._locks.get(vm)
        return lock is not None and lock.locked()

    @asynccontextmanager
    async def alone_with(self, vm: EntityId) -> AsyncIterator[None]:
        """Waits until nothing else is done to the VM; nothing will be, in the block."""
        lock = self._locks.setdefault(vm, asyncio.Lock())
        async with lock:
            yield

    def take_lease(self, vm: EntityId) -> None:
        """Before anything is done: raises `CommandRefused` where another console acts on the VM's endpoint."""
        self._leases.take(endpoint_of(vm))

    def leave_lease(self, vm: EntityId) -> None:
        """Lets others act on the VM's endpoint, where nothing of this console's is left."""
        endpoint = endpoint_of(vm)
        if not any(endpoint_of(other) == endpoint for other in self._cases):
            self._leases.leave(endpoint)

    # --- writing down ---------------------------------------------------------------------------------------------

    async def write(self, case: Case, act: Act, outcome: str, by: str = "", *details: str, why: str = "") -> None:
        """Writes down a case before anything is done, and tells it then. Raises `StorageError`: nothing may be done."""
        await self._journal.write(case, entry(act, outcome, case.quarantine, by, why, details))
        self.hold(case)

    async def conclude(self, case: Case, act: Act, by: str = "", why: str = "") -> Quarantine:
        """Writes down and tells what came of an act: it counts even where it cannot be written."""
        quarantine = case.quarantine
        details = tuple(part for part in (quarantine.because, *quarantine.notes) if part)
        line = entry(act, quarantine.stage, quarantine, by or quarantine.by, why, details)
        try:
            await self._journal.write(case, line)
        except StorageError as error:
            log.error("what came of %s is not in the journal: %s", quarantine.vm, error)
            case = case.now(quarantine.stage, now(), because=quarantine.because, notes=(*quarantine.notes, str(error)))
        if quarantine.stage.is_closed:
            self._closed.add(quarantine.id)
            self._cases.pop(quarantine.vm, None)
            self.leave_lease(quarantine.vm)
            self._tell(case.quarantine)
        else:
            self.hold(case)
        return case.quarantine

    def hold(self, case: Case) -> None:
        """Tells a case as it is now, which the journal need not know: what it says can be seen again."""
        self._cases[case.quarantine.vm] = case
        self._tell(case.quarantine)

    async def note(self, act: Act, outcome: str, quarantine: Quarantine, by: str, why: str) -> None:
        """Puts into the audit what has no case. Raises `StorageError`."""
        await self._journal.write(None, entry(act, outcome, quarantine, by, why))
        self._closed.add(quarantine.id)


def entry(
    act: Act, outcome: str, quarantine: Quarantine, by: str, why: str = "", details: tuple[str, ...] = ()
) -> Entry:
    """A line of the audit about a quarantine."""
    return Entry(
        at=now(),
        act=act,
        outcome=outcome,
        by=by,
        why=why or quarantine.reason,
        vm=quarantine.vm,
        vm_name=quarantine.vm_name,
        quarantine=quarantine.id,
        details=details,
    )


def now() -> datetime:
    """The console's clock."""
    return datetime.now(UTC)

"""A ward over the demo estate's world in one process, with all of its real parts: journal file, keys, leases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from tests.console import eventually
from vmi_console.collectors.demo.commands import Occurrence, parse
from vmi_console.collectors.demo.parameters import parse as parse_uri
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.quarantine import Mode, Request
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.history.journal import Forge, Link, State
from vmi_console.history.store import History
from vmi_console.response.journal import Journal
from vmi_console.response.keys import Keys
from vmi_console.response.lease import Leases
from vmi_console.response.quarantine import Quarantine
from vmi_console.response.ward import Order, Ward

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORDER = Order(by="s.tester", reason="a test")


class Killed(BaseException):
    """The console's process ends here."""


class Steps:
    """Counts what is done to the outside, before and after each thing; at the step `until` the process ends."""

    def __init__(self, until: int | None = None) -> None:
        self.until = until
        self.taken = 0

    def step(self) -> None:
        if self.taken == self.until:
            raise Killed
        self.taken += 1


class Estate:
    """The world, and the inventory that follows it. Acts as actors do (`response.acts.Actors`)."""

    def __init__(self, uri: str = "demo://?story=off&hosts=2") -> None:
        self.world = World(parse_uri(uri), BEGIN)
        numbers = count(1)
        self.inventory = Inventory(lambda: next(numbers))
        self.steps = Steps()
        self.wards: list[Ward] = []
        self.before_each: dict[str, Callable[[Request], None]] = {}  # by command, once: what happens right before it
        self.fails: dict[str, CommandRefused] = {}  # by command, once: the answer that comes instead of it
        self.mute: dict[str, CommandRefused] = {}  # by command, once: the answer that comes although it was done
        records = [*self.world.containers(), *self.world.vms()]
        for start in range(0, len(records), MAX_BATCH):
            self.inventory.apply(Batch(records=tuple(records[start : start + MAX_BATCH]), seen=Seen.DISCOVERY), BEGIN)

    def do(self, command: str, /, **arguments: Any) -> Any:
        """A command as people give them."""
        self.world.now += timedelta(seconds=1)
        return self._tell(parse(command, arguments).apply(self.world, self.world.now))

    def vm(self, name: str) -> VM:
        return self.world.find_vm(name)

    async def ask[T](self, command: str, request: Request, answer: type[T], /) -> T:
        self.steps.step()
        if (happening := self.before_each.pop(command, None)) is not None:
            happening(request)
        if (refusal := self.fails.pop(command, None)) is not None:
            raise refusal
        value = self.do(command, **msgspec.to_builtins(request))
        self.steps.step()
        if (silence := self.mute.pop(command, None)) is not None:
            raise silence
        return msgspec.convert(value, answer)

    def _tell(self, occurrence: Occurrence) -> Any:
        batch = Batch(
            records=occurrence.records,
            removed=occurrence.removed,
            attributions=occurrence.attributions,
            occurred_at=occurrence.at,
        )
        applied = self.inventory.apply(batch, occurrence.at)
        for ward in self.wards:
            ward.published(applied.records, applied.removed, applied.changes, applied.amendments)
        return occurrence.value


class CountingStore:
    """The history's journal, with a step before and after each write."""

    def __init__(self, history: History, steps: Steps) -> None:
        self._history = history
        self._steps = steps

    async def append(self, states: Any, contents: Any, forge: Forge, /) -> None:
        self._steps.step()
        await self._history.append(states, contents, forge)
        self._steps.step()

    async def open_states(self) -> list[State]:
        return await self._history.open_states()

    async def past_states(self, count: int, /) -> list[State]:
        return await self._history.past_states(count)

    async def links(self, after: int, count: int, /) -> list[Link]:
        return await self._history.links(after, count)


class Keyring:
    """A keyring that works, in memory; what the system's own does is tested with `secrets`."""

    def __init__(self, because: str | None = None) -> None:
        self.kept: dict[str, str] = {}
        self._because = because

    async def available(self) -> str | None:
        return self._because

    async def get(self, connection: str, /) -> str | None:
        return self.kept.get(connection)

    async def set(self, connection: str, secret: str, /) -> None:
        self.kept[connection] = secret


class LockedKeyring(Keyring):
    """One that a person has to unlock first; `asked` is set while it waits for that."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.unlocked = asyncio.Event()

    async def available(self) -> str | None:
        self.asked.set()
        await self.unlocked.wait()
        return None

    async def get(self, connection: str, /) -> str | None:
        found = await super().get(connection)
        await asyncio.sleep(0)  # it answers from a thread
        return found


class Hospital:
    """One console's ward, and what it told."""

    def __init__(self, estate: Estate, ward: Ward, journal: Journal) -> None:
        self.estate = estate
        self.ward = ward
        self.journal = journal
        self.told: list[Quarantine] = []
        self.forgotten: list[str] = []
        self.hearers: list[Callable[[Quarantine], None]] = []

    def hear(self, quarantine: Quarantine) -> None:
        self.told.append(quarantine)
        for hearer in self.hearers:
            hearer(quarantine)

    async def isolate(self, name: str, order: Order = ORDER, **plan: Any) -> Quarantine:
        planned = await self.ward.plan(self.estate.vm(name).id, plan.pop("mode", Mode.ISOLATE), **plan)
        return await self.ward.isolate(planned.token, order)

    def of(self, name: str) -> Quarantine | None:
        return self.ward.of(self.estate.vm(name).id)

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until something is so; fails if it never is."""
        await eventually(condition)


@asynccontextmanager
async def hospital(
    estate: Estate, folder: Path, *, keyring: Keyring | None = None, leases: Path | None = None
) -> AsyncIterator[Hospital]:
    """A console at work on an estate, its files in a folder; another one after it finds what it left."""
    history = await History.open(folder / "history.db")
    keys = Keys(keyring or Keyring())
    journal = Journal(CountingStore(history, estate.steps), keys)
    ward = Ward(
        estate,
        journal,
        keys,
        Leases(leases or folder / "acting", f"the console in {folder.name}"),
        estate.inventory.vm,
        lambda quarantine: one.hear(quarantine),
        lambda id: one.forgotten.append(id),
    )
    one = Hospital(estate, ward, journal)
    estate.wards.append(ward)
    try:
        await ward.open()
        ward.live(estate.world.endpoint)
        yield one
    finally:
        estate.wards.remove(ward)
        await ward.close()
        await history.close()

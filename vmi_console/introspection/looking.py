"""One look into one guest, whoever it belongs to: opened, read within its budget, merged with what is known, reported.

The inspectors of the providers say by which ways a guest's disks and memory can be had; everything else is here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

import msgspec

from vmi_console.errors import SourceError
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.facts import Application, FactSet, Look, Looked, Service
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Source
from vmi_console.introspection.blocks.cache import BlockCache, PlainBlocks
from vmi_console.introspection.blocks.ledger import Account, Ledger
from vmi_console.introspection.blocks.source import BlockSource
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.merging import Images, Said, merged
from vmi_console.introspection.parser.pool import Opener, ParserPool, Subject
from vmi_console.introspection.parser.protocol import Budget, Content, Found

MEMORY_BUDGET = Budget(seconds=60.0, waiting_seconds=120.0, read_bytes=1 << 30)
DISK_BUDGET = Budget(seconds=60.0, waiting_seconds=300.0, read_bytes=2 << 30)


class Reports(Protocol):
    """Where guests are reported to; a part of `provider.Sink`."""

    async def report(self, batch: Batch) -> None: ...


type Other = Callable[[Subject, str], Awaitable[tuple[BlockSource, Content]]]
"""Gives the file that an image names. Raises `SourceError` where it may not be had."""


class Part(msgspec.Struct, frozen=True):
    """One disk, or the memory, of a guest: its bytes and what they are."""

    source: BlockSource
    content: Content
    name: str
    other: Other | None = None
    doubt: str = ""  # why what is read from it may be older than it looks


type Way = Callable[[], AbstractAsyncContextManager[list[Part]]]
"""Opens the parts, and closes them when the look is over. Raises `SourceError`."""


class Asked(msgspec.Struct, frozen=True):
    """Whom to look into."""

    vm: EntityId
    name: str
    running: bool
    token: str | None = None  # is another whenever the disks may be; None where that cannot be told


class Cost(msgspec.Struct, frozen=True):
    """What a look came to."""

    read_bytes: int
    failed: bool  # nothing was learnt by it


class Step(StrEnum):
    """What a look is at."""

    WAITING = "waiting"  # for its turn
    DISKS = "disks"
    MEMORY = "memory"


class Headway(msgspec.Struct, frozen=True):
    """How far a look is, as whoever asked for it is told."""

    step: Step = Step.WAITING
    read_bytes: int = 0
    seconds: float = 0.0  # since it began


class Effort:
    """A look while it is under way: what it is at, and what it has cost."""

    def __init__(self) -> None:
        self.step = Step.WAITING
        self.accounts: list[Account] = []
        self._began = time.monotonic()

    @property
    def headway(self) -> Headway:
        """How far it is now."""
        return Headway(self.step, self.read_bytes, round(time.monotonic() - self._began, 3))

    @property
    def read_bytes(self) -> int:
        """From all sources."""
        return sum(account.cost.read_bytes for account in self.accounts)

    @property
    def calls(self) -> int:
        """Of all sources."""
        return sum(account.cost.calls for account in self.accounts)


class _Kept(msgspec.Struct):
    """What the last look at a guest's disks found, so that the next one need not read what has not moved."""

    findings: Findings
    fingerprint: str
    token: str | None


class Looker:
    """Looks into the guests of one endpoint. To be used with `async with`."""

    def __init__(self, sink: Reports, at_once: int = 2) -> None:
        self.ledger = Ledger()
        self._sink = sink
        self._pool = ParserPool(at_once)
        self._cache = BlockCache()
        self._images = Images()
        self._kept: dict[EntityId, _Kept] = {}
        self._items: dict[Application | Service, Application | Service] = {}

    async def __aenter__(self) -> Self:
        self._pool.warm_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    def look_at_once(self, guests: int) -> None:
        """From now on so many looks at once have a parser each."""
        self._pool.resize(guests)

    def keep(self, vms: set[EntityId]) -> None:
        """Forgets all others."""
        for vm in self._kept.keys() - vms:
            del self._kept[vm]
            self.ledger.forget(vm)

    async def look(self, asked: Asked, disks: Way, memory: Way | None, effort: Effort) -> Cost:
        """Looks into a guest and reports it. Cancelling it ends the reading, and nothing is reported.

        Raises `IntrospectionError` only where no parser can be started.
        """
        looks: list[Look] = []
        effort.step = Step.DISKS
        disk = await self._disk(asked, disks, effort.accounts, looks)
        in_memory = Said(Source.MEMORY)
        if memory is not None:
            effort.step = Step.MEMORY
            in_memory = await self._memory(asked, memory, effort.accounts, looks)
        elif not asked.running:
            in_memory = Said(Source.MEMORY, failure="the guest is switched off")
        guest = merged(asked.vm, asked.name, disk, in_memory, tuple(looks))
        image, guest = self._images.based(guest)
        records = (guest,) if image is None else (image, guest)
        await self._sink.report(Batch(records=records, seen=Seen.INSPECTION))
        failed = disk.findings is None and in_memory.findings is None
        return Cost(effort.read_bytes, failed)

    # --- disks ------------------------------------------------------------------------------------------------------

    async def _disk(self, asked: Asked, way: Way, accounts: list[Account], looks: list[Look]) -> Said:
        kept = self._kept.get(asked.vm)
        if kept is not None and asked.token is not None and asked.token == kept.token:
            return self._said(kept.findings)  # nothing was written since
        before = len(accounts)
        try:
            async with way() as parts:
                found = await self._read(
                    asked, parts, DISK_BUDGET, accounts, kept.fingerprint if kept is not None else ""
                )
        except SourceError as error:
            found, parts = Found(disk_failure=str(error)), []
        said = self._heard(asked, found, kept, [part.doubt for part in parts if part.doubt])
        looks += _entries(accounts[before:], said)
        return said

    def _heard(self, asked: Asked, found: Found, kept: _Kept | None, doubts: list[str]) -> Said:
        if found.unchanged and kept is not None:
            kept.token = asked.token
            return self._said(kept.findings)
        if found.disk is None:
            self._kept.pop(asked.vm, None)
            return Said(Source.DISK, failure=found.disk_failure or "nothing was found on the disks", at=_now())
        findings = self._shared(found.disk.doubted(doubts))
        self._kept[asked.vm] = _Kept(findings, found.fingerprint, asked.token)
        return self._said(findings)

    def _said(self, findings: Findings) -> Said:
        return Said(Source.DISK, findings, at=_now())

    def _shared(self, findings: Findings) -> Findings:
        """The same, with one copy of the items that many guests have alike."""
        return msgspec.structs.replace(
            findings, applications=self._pooled(findings.applications), services=self._pooled(findings.services)
        )

    def _pooled[Item: (Application, Service)](self, facts: FactSet[Item]) -> FactSet[Item]:
        if len(self._items) > 200_000:
            self._items.clear()
        items = tuple(self._items.setdefault(item, item) for item in facts.items)
        return msgspec.structs.replace(facts, items=items)

    # --- memory -----------------------------------------------------------------------------------------------------

    async def _memory(self, asked: Asked, way: Way, accounts: list[Account], looks: list[Look]) -> Said:
        before = len(accounts)
        try:
            async with way() as parts:
                found = await self._read(asked, parts, MEMORY_BUDGET, accounts)
        except SourceError as error:
            found = Found(memory_failure=str(error))
        failure = "" if found.memory is not None else found.memory_failure or "nothing was found in the memory"
        said = Said(Source.MEMORY, found.memory, failure, _now())
        looks += _entries(accounts[before:], said)
        return said

    # --- either -----------------------------------------------------------------------------------------------------

    async def _read(
        self, asked: Asked, parts: Sequence[Part], budget: Budget, accounts: list[Account], known: str = ""
    ) -> Found:
        async with contextlib.AsyncExitStack() as stack:

            async def subject(part: Part) -> Subject:
                stack.push_async_callback(part.source.close)
                source = Source.MEMORY if part.content is Content.MEMORY else Source.DISK
                account = self.ledger.account(asked.vm, source, part.source.way)
                accounts.append(account)
                if part.content is Content.MEMORY:
                    return Subject(PlainBlocks(part.source, account), part.content, part.name)
                blocks = await self._cache.open(part.source, f"{asked.vm} {part.name}", account)
                stack.callback(blocks.close)
                return Subject(blocks, part.content, part.name)

            subjects = [await subject(part) for part in parts]
            others = {id(each): part for each, part in zip(subjects, parts, strict=True)}

            async def other(by: Subject, name: str) -> Subject:
                part = others.get(id(by))
                if part is None or part.other is None:
                    raise SourceError(f"{name} is named by a disk that has nothing behind it")
                source, content = await part.other(by, name)
                opened = await subject(Part(source, content, f"{part.name}: {name}", part.other))
                others[id(opened)] = part
                return opened

            opener: Opener = other
            return await self._pool.look(subjects, budget=budget, known=known, opener=opener)


def _entries(accounts: Sequence[Account], said: Said) -> list[Look]:
    """What a source has cost and come to, an entry for each way."""
    if not accounts:
        return [_not_read(said)]
    status = Looked.READ if said.findings is not None else Looked.UNREADABLE
    by_way: dict[str, Look] = {}
    for account in accounts:
        look = account.look(status, said.at or _now(), said.failure)
        if (before := by_way.get(look.way)) is not None:
            look = msgspec.structs.replace(
                look,
                read_bytes=look.read_bytes + before.read_bytes,
                calls=look.calls + before.calls,
                seconds=look.seconds + before.seconds,
            )
        by_way[look.way] = look
    return list(by_way.values())


def _not_read(said: Said) -> Look:
    """The entry of a source of which not a byte was read."""
    status = Looked.READ if said.findings is not None else Looked.UNREADABLE
    return Look(source=said.source, way="", status=status, because=said.failure, at=said.at)


def _now() -> datetime:
    return datetime.now(UTC)

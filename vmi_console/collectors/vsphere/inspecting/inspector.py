"""The inspector of a vSphere connection: goes round its VMs and reports what is in them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from types import TracebackType

import msgspec

from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import PACES, Sink
from vmi_console.collectors.vsphere.address import target
from vmi_console.collectors.vsphere.endpoint import endpoint_of
from vmi_console.collectors.vsphere.errors import SessionEnded
from vmi_console.collectors.vsphere.inspecting.files import WAY, DatastoreFiles
from vmi_console.collectors.vsphere.inspecting.machine import (
    GuestDisk,
    Machine,
    frozen_disks,
    machine,
    obstacle,
)
from vmi_console.collectors.vsphere.inspecting.places import Datastore, Places
from vmi_console.collectors.vsphere.inspecting.snapshot import Snapshots
from vmi_console.collectors.vsphere.live import SHORTEST_SESSION_S
from vmi_console.collectors.vsphere.session import Session, opened
from vmi_console.collectors.vsphere.transport import Tally
from vmi_console.collectors.vsphere.values import Parser, text
from vmi_console.collectors.vsphere.watching import Update, Watching
from vmi_console.errors import CollectorError, CommandRefused, SourceError, Unreachable, first_of
from vmi_console.estate.identity import EntityId, entity_id, native_of
from vmi_console.introspection.blocks.source import BlockSource
from vmi_console.introspection.inspections import Inspections
from vmi_console.introspection.looking import Asked, Cost, Effort, Looker, Part, Way
from vmi_console.introspection.pace import ChosenPace, Pace
from vmi_console.introspection.parser.pool import Subject
from vmi_console.introspection.parser.protocol import Content
from vmi_console.introspection.rounds import Due, Rounds, Standing
from vmi_console.introspection.temporary import Notes
from vmi_console.wire.calls import teller

_log = logging.getLogger(__name__)

REAP_S = 60.0
"""Between two looks for what consoles that are gone have left behind."""

_VM = "VirtualMachine"
_POWER, _VERSION = "runtime.powerState", "config.changeVersion"
_WATCHED: dict[str, Parser] = {_POWER: text, _VERSION: text}

_NO_GRANT = "the VM is running, and its disks can only be read from a snapshot"
_NO_MEMORY = "vSphere hands nobody the memory of a VM without a file of it"


class VsphereInspector:
    """Facts from inside the guests of one vCenter or ESXi host (see `provider.Inspector`)."""

    def __init__(self, start: Start, pace: Pace = PACES["vsphere"]) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._start = start
        self._target = target(start.uri)
        self._own_pace = pace
        self._tally = Tally()
        self._rounds = Rounds(pace, memory=False)  # outlive a lost connection: each look at a running VM is a snapshot
        self._work: _Work | None = None  # while it runs

    async def inspect(self, vm: EntityId) -> None:
        """See `provider.Inspector`; returns when what was found has been reported. Raises `CommandRefused`."""
        self._check_grant()
        if self._work is None:
            raise CommandRefused("the hypervisor is not connected for reading guests", "try again in a moment")
        await self._work.inspect(vm)

    def want(self, vms: frozenset[EntityId]) -> None:
        """See `provider.Inspector`."""
        self._rounds.want(vms)

    def go_at(self, chosen: ChosenPace) -> None:
        """See `provider.Inspector`."""
        self._rounds.go_at(chosen.over(self._own_pace))
        if self._work is not None:
            self._work.follow_pace()

    def standing(self) -> Standing | None:
        """See `provider.Inspector`."""
        return self._rounds.standing() if self._work is not None else None

    def waits(self, vm: EntityId) -> bool:
        """See `provider.Inspector`."""
        return self._work is not None and self._rounds.waits(vm)

    async def run(self, sink: Sink) -> None:
        """Goes round until cancelled. Raises `CollectorError`.

        When the server ends the session another is begun, and the round goes on where it was.
        """
        self._check_grant()
        async with Looker(sink, self._rounds.pace.at_once) as looker:
            self._work = _Work(self._start, looker, self._rounds)
            try:
                while True:
                    await self._one_session(self._work, sink)
            finally:
                self._work.give_up()
                self._work = None

    async def _one_session(self, work: _Work, sink: Sink) -> None:
        """Returns when the server has ended it."""
        start = self._start
        session = await opened(
            self._target, start.secret, start.trusted, tally=self._tally, answered=lambda: sink.contact()
        )
        begun = time.monotonic()
        files = DatastoreFiles(session, session.caller("files"), self._rounds.pace.reads_per_host)
        try:
            await work.go_on(session, files)
        except BaseExceptionGroup as group:
            end = first_of(group, CollectorError, SessionEnded)
            if not isinstance(end, SessionEnded):
                raise end from None
            if time.monotonic() - begun < SHORTEST_SESSION_S:
                raise Unreachable(str(end)) from end
        finally:
            files.close()
            await session.close()

    def _check_grant(self) -> None:
        if not self._start.grants.read_guests:
            raise CommandRefused(
                "the console may not look into the guests of this connection",
                "allow it to read guests in the connection's settings",
            )


class _Hint(msgspec.Struct, frozen=True):
    """What is heard of a VM all the time."""

    power: str | None = None
    version: str | None = None

    @property
    def running(self) -> bool:
        return self.power == "poweredOn"

    @property
    def token(self) -> str | None:
        """Of one that is off, that and how it is configured; nothing that is cheap tells of a running VM's writes."""
        return None if self.running or self.version is None else f"{self.power} {self.version}"


class _Work:
    """The rounds, which outlive sessions."""

    def __init__(self, start: Start, looker: Looker, rounds: Rounds) -> None:
        self._may_snapshot = start.grants.temporary_snapshots
        self._files: DatastoreFiles | None = None  # of the session
        self._looker = looker
        self._inspections = Inspections(rounds)
        self._hints: dict[str, _Hint] = {}  # by managed object id
        self._endpoint = ""
        self._listed = asyncio.Event()  # all VMs are known

    async def go_on(self, session: Session, files: DatastoreFiles) -> None:
        """Until cancelled, or the session is lost. Raises an exception group of what ended it."""
        self._files = files
        self.follow_pace()
        async with asyncio.TaskGroup() as tasks:
            caller = session.caller("endpoint")
            self._endpoint = await endpoint_of(session, caller)
            snapshots = None
            if self._may_snapshot:
                snapshots = Snapshots(session.caller("snapshots"), self._endpoint, Notes())
                tasks.create_task(self._reap(snapshots))
            tasks.create_task(self._follow(Watching(session.caller("guests"), session.content, {_VM: _WATCHED})))
            ways = _Ways(session, files, snapshots)
            tasks.create_task(self._go_round(ways))

    def follow_pace(self) -> None:
        """The pace may be another one."""
        pace = self._inspections.rounds.pace
        self._looker.look_at_once(pace.at_once)
        if self._files is not None:
            self._files.read_at_once(pace.reads_per_host)

    async def inspect(self, vm: EntityId) -> None:
        """See `VsphereInspector`."""
        await self._listed.wait()
        await self._inspections.ask(vm, teller())

    def give_up(self) -> None:
        """Nobody looks any more: whoever waits is told."""
        self._listed.set()
        self._inspections.give_up()

    def _id(self, moid: str) -> EntityId:
        return entity_id("vm", self._endpoint, moid)

    # --- who is due -------------------------------------------------------------------------------------------------

    async def _follow(self, watching: Watching) -> None:
        """What is watched is told of at once, and all of it when a session begins."""
        self._hints = {}
        while (page := await watching.wait("list the VMs")).more:
            self._take(page.updates)
        self._take(page.updates)
        self._keep()
        self._listed.set()
        while True:
            page = await watching.wait("wait for changes")
            self._take(page.updates)
            if any(update.left for update in page.updates):
                self._keep()

    def _take(self, updates: tuple[Update, ...]) -> None:
        for update in updates:
            if update.left:
                self._hints.pop(update.moid, None)
                continue
            known = self._hints.get(update.moid, _Hint())
            hint = _Hint(update.told.get(_POWER, known.power), update.told.get(_VERSION, known.version))
            self._hints[update.moid] = hint
            self._inspections.rounds.seen(self._id(update.moid), running=hint.running, token=hint.token)

    def _keep(self) -> None:
        ids = {self._id(moid) for moid in self._hints}
        self._inspections.keep(ids)
        self._looker.keep(ids)

    async def _reap(self, snapshots: Snapshots) -> None:
        """Again and again: a snapshot that was about to be made may come after it was looked for."""
        while True:
            if found := await snapshots.reap():
                _log.warning("removed %d snapshots that a console left behind", found)
            await asyncio.sleep(REAP_S)

    # --- looking ----------------------------------------------------------------------------------------------------

    async def _go_round(self, ways: _Ways) -> None:
        async def look(due: Due, effort: Effort) -> Cost:
            loop = asyncio.get_running_loop()
            began = loop.time()
            known = await ways.machine(native_of(due.vm))
            self._inspections.rounds.slow_down(loop.time() - began)
            if known is None:
                raise SourceError("the VM was removed")
            asked = Asked(vm=due.vm, name=known.name, running=known.running)
            return await self._looker.look(asked, ways.disks(known), ways.memory(known), effort)

        await self._listed.wait()
        await self._inspections.go_round(look)


class _Ways:
    """The ways to the bytes of the VMs, of one session."""

    def __init__(self, session: Session, files: DatastoreFiles, snapshots: Snapshots | None) -> None:
        """Without `snapshots` none may be made."""
        self._content = session.content
        self._caller = session.caller("machines")
        self._places = Places(self._caller, session.content)
        self._files = files
        self._snapshots = snapshots

    async def machine(self, moid: str) -> Machine | None:
        """A VM as it is now; None where it is gone."""
        return await machine(self._caller, self._content, moid)

    def memory(self, known: Machine) -> Way | None:
        """None where a VM that is off has none."""
        if not known.running and not known.suspended:
            return None
        return lambda: _NoWay(_NO_MEMORY if known.running else "what a suspended VM leaves of its memory is not read")

    def disks(self, known: Machine) -> Way:
        """Of a running VM those that a snapshot freezes, of others their files."""

        @contextlib.asynccontextmanager
        async def way() -> AsyncIterator[list[Part]]:
            if known.connection != "connected":
                raise SourceError(f"its host does not answer for it ({known.connection or 'not known'})")
            if not known.disks:
                raise SourceError("the VM has no disks")
            stores = {file.datastore for disk in known.disks for file in disk.chain}
            datastores = await self._places.datastores(sorted({*known.datastores, *stores}))
            obstacles = [obstacle(disk, datastores) or _at_work(known, disk) for disk in known.disks]
            readable = [disk for disk, reason in zip(known.disks, obstacles, strict=True) if not reason]
            problems = list(filter(None, obstacles))
            if not readable:
                raise SourceError("; ".join(problems))
            async with contextlib.AsyncExitStack() as stack:
                if known.running:
                    if self._snapshots is None:
                        raise SourceError(_NO_GRANT, "allow it to make temporary snapshots in its settings")
                    written = {each: datastores[each] for each in {disk.chain[0].datastore for disk in readable}}
                    snapshot = await stack.enter_async_context(self._snapshots.of(known, written))
                    keys = {disk.key for disk in readable}
                    frozen = await frozen_disks(self._caller, self._content, snapshot)
                    readable = [disk for disk in frozen if disk.key in keys]
                yield await self._parts(known, readable, datastores, problems)

        return way

    async def _parts(
        self, known: Machine, disks: list[GuestDisk], datastores: dict[str, Datastore], problems: list[str]
    ) -> list[Part]:
        """Those that can be opened; the others are something to doubt of them."""
        parts: list[Part] = []
        for disk in disks:
            try:
                parts.append(await self._part(known, disk, datastores))
            except SourceError as error:
                problems.append(f"{disk.label}: {error}")
        if not parts:
            raise SourceError("; ".join(problems) or "the VM has no disks")
        return [msgspec.structs.replace(parts[0], doubt="; ".join(problems)), *parts[1:]]

    async def _part(self, known: Machine, disk: GuestDisk, datastores: dict[str, Datastore]) -> Part:
        counted = known.files(datastores)

        async def other(_subject: Subject, called: str) -> tuple[BlockSource, Content]:
            found = disk.files_called(called, counted)
            if len(found) != 1:
                which = "several files" if found else "no file"
                raise SourceError(f"{WAY}: {which} of {disk.label} is called {called}")
            file = found[0]
            return await self._files.open(file, datastores[file.datastore], known.host), Content.IMAGE

        top = disk.chain[0]
        source = await self._files.open(top, datastores[top.datastore], known.host)
        return Part(source, Content.IMAGE, disk.label, other=other)


class _NoWay(contextlib.AbstractAsyncContextManager[list[Part]]):
    """In place of a way where there is none: says why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def __aenter__(self) -> list[Part]:
        raise SourceError(self._reason)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""


def _at_work(known: Machine, disk: GuestDisk) -> str:
    """Why a disk is never at rest; empty where it can be."""
    if known.running and disk.independent:
        return f"{disk.label}: it is independent, so that no snapshot freezes it while the VM runs"
    return ""

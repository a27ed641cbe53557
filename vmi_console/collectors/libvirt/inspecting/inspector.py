"""The inspector of a libvirt connection: goes round its guests and reports what is in them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Any

import libvirt
import msgspec

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.errors import is_lost
from vmi_console.collectors.libvirt.inspecting.backup import Backups
from vmi_console.collectors.libvirt.inspecting.forward import route
from vmi_console.collectors.libvirt.inspecting.machine import MOST_BEHIND, GuestDisk, Machine, machine
from vmi_console.collectors.libvirt.inspecting.sources import DiskPeek, MemoryPeek, VolumeDownload, told
from vmi_console.collectors.libvirt.session import Session, opened
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import PACES, Sink
from vmi_console.errors import CommandRefused, SourceError
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

HINT_S = 4.0
"""Between two cheap looks at all domains, one call each: who runs, and whose disks were written to."""

REAP_S = 60.0
"""Between two looks for what consoles that are gone have left behind."""

_STATS = libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_BLOCK
_ON = frozenset((libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_BLOCKED, libvirt.VIR_DOMAIN_PAUSED))


class LibvirtInspector:
    """Facts from inside the guests of one libvirt daemon (see `provider.Inspector`)."""

    def __init__(self, start: Start, pace: Pace = PACES["libvirt"]) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._start = start
        self._target = target(start.uri)
        self._own_pace = self._pace = pace
        self._wanted: frozenset[EntityId] = frozenset()
        self._work: _Work | None = None  # while it runs

    async def inspect(self, vm: EntityId) -> None:
        """See `provider.Inspector`; returns when what was found has been reported. Raises `CommandRefused`."""
        self._check_grant()
        if self._work is None:
            raise CommandRefused("the hypervisor is not connected for reading guests", "try again in a moment")
        await self._work.inspect(vm)

    def want(self, vms: frozenset[EntityId]) -> None:
        """See `provider.Inspector`."""
        self._wanted = vms
        if self._work is not None:
            self._work.inspections.rounds.want(vms)

    def go_at(self, chosen: ChosenPace) -> None:
        """See `provider.Inspector`."""
        self._pace = chosen.over(self._own_pace)
        if self._work is not None:
            self._work.go_at(self._pace)

    def standing(self) -> Standing | None:
        """See `provider.Inspector`."""
        return self._work.inspections.rounds.standing() if self._work is not None else None

    def waits(self, vm: EntityId) -> bool:
        """See `provider.Inspector`."""
        return self._work is not None and self._work.inspections.rounds.waits(vm)

    async def run(self, sink: Sink) -> None:
        """Goes round until cancelled. Raises `CollectorError`."""
        self._check_grant()
        session = await opened(self._target, self._start.secret, writable=True, answered=sink.contact)
        try:
            if not session.writable:
                raise CommandRefused(
                    f"{self._target.where} lets this account only look, and peeking into guests counts as writing",
                    "join the group libvirt there, or allow org.libvirt.unix.manage",
                )
            host_uuid = (await session.call(session.survey.host)).uuid
            endpoint = self._target.endpoint(host_uuid)
            async with Looker(sink, self._pace.at_once) as looker:
                self._work = _Work(session, endpoint, self._start, self._pace, looker)
                self._work.inspections.rounds.want(self._wanted)
                await self._work.run()
        except BaseExceptionGroup as group:
            raise session.end_of(group) from None
        finally:
            if self._work is not None:
                self._work.inspections.give_up()
                self._work = None
            session.close()

    def _check_grant(self) -> None:
        if not self._start.grants.read_guests:
            raise CommandRefused(
                "the console may not look into the guests of this connection",
                "allow it to read guests in the connection's settings",
            )


class _Work:
    """The rounds of one session."""

    def __init__(self, session: Session, endpoint: str, start: Start, pace: Pace, looker: Looker) -> None:
        self._session = session
        self._endpoint = endpoint
        self._may_make_jobs = start.grants.temporary_snapshots
        self._looker = looker
        self.inspections = Inspections(Rounds(pace))
        self._backups: Backups | None = None
        self._no_backups = "it needs the grant to make temporary backup jobs"
        if self._may_make_jobs:
            try:
                self._backups = Backups(session, endpoint, Notes(), route(start.uri))
            except SourceError as error:
                self._no_backups = str(error)

    def go_at(self, pace: Pace) -> None:
        self.inspections.rounds.go_at(pace)
        self._looker.look_at_once(pace.at_once)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            if self._backups is not None:
                tasks.create_task(self._reap(self._backups))
            tasks.create_task(self.inspections.go_round(self._look))

    async def inspect(self, vm: EntityId) -> None:
        if vm not in self.inspections.rounds:
            await self._take_hints()
        await self.inspections.ask(vm, teller())

    # --- who is due -------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._take_hints()
            self.inspections.rounds.slow_down(loop.time() - began)
            await asyncio.sleep(HINT_S)

    async def _reap(self, backups: Backups) -> None:
        """Again and again: what another console was about to begin when it ended may begin after it was looked for."""
        while True:
            if found := await backups.reap():
                _log.warning("ended %d backup jobs that another console left behind", found)
            await asyncio.sleep(REAP_S)

    async def _take_hints(self) -> None:
        hints = await self._session.call(self._hints)
        for vm, (running, token) in hints.items():
            self.inspections.rounds.seen(vm, running=running, token=token)
        self.inspections.keep(set(hints))
        self._looker.keep(set(hints))

    def _hints(self) -> dict[EntityId, tuple[bool, str | None]]:
        """On a worker: of every domain, whether it runs, and what moves with its writes."""
        hints: dict[EntityId, tuple[bool, str | None]] = {}
        connection = self._session.survey.connection
        for domain, stats in connection.getAllDomainStats(_STATS, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT):
            running = stats.get("state.state") in _ON
            token = None
            if running:
                writes = [str(stats.get(f"block.{number}.wr.reqs")) for number in range(stats.get("block.count", 0))]
                token = f"{domain.ID()}:{'.'.join(writes)}" if writes and "None" not in writes else None
            hints[entity_id("vm", self._endpoint, domain.UUIDString())] = (running, token if running else "off")
        return hints

    # --- looking ----------------------------------------------------------------------------------------------------

    async def _look(self, due: Due, effort: Effort) -> Cost:
        """Looks into one guest and reports it. Raises `SourceError`."""
        domain, known = await self._session.call(self._find, native_of(due.vm))
        asked = Asked(vm=due.vm, name=known.name, running=due.running, token=due.token if due.running else None)
        disks = self._disks(domain, known, due.running, due.token)
        memory = self._memory(domain, known) if due.running and known.memory_bytes else None
        return await self._looker.look(asked, disks, memory, effort)

    def _find(self, uuid: str) -> tuple[Any, Machine]:
        try:
            domain = self._session.survey.connection.lookupByUUIDString(uuid)
            return domain, machine(domain.XMLDesc(0))
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            raise SourceError("the VM was removed") from error
        except markup.Unreadable as error:
            raise SourceError(f"the definition of {uuid} cannot be read: {error}") from error

    # --- ways to the bytes ------------------------------------------------------------------------------------------

    def _memory(self, domain: Any, known: Machine) -> Way:
        @contextlib.asynccontextmanager
        async def way() -> AsyncIterator[list[Part]]:
            source = MemoryPeek(self._session, domain, known.address_space_bytes)
            yield [Part(source, Content.MEMORY, "memory")]

        return way

    def _disks(self, domain: Any, known: Machine, running: bool, token: str | None) -> Way:
        @contextlib.asynccontextmanager
        async def way() -> AsyncIterator[list[Part]]:
            """Every disk by the best way: raw ones as they are, others through a job, or else their files."""
            async with contextlib.AsyncExitStack() as stack:
                parts: dict[str, Part] = {}
                wanting_a_job: list[GuestDisk] = []
                problems: list[SourceError] = []
                for disk in known.disks:
                    try:
                        if disk.form == "raw" and disk.kind in ("file", "block", "volume"):
                            parts[disk.target] = await self._peeked(domain, disk, token)
                        elif running and self._backups is not None and disk.kind == "file":
                            wanting_a_job.append(disk)
                        else:
                            parts[disk.target] = await self._downloaded(disk, running)
                    except SourceError as error:
                        problems.append(error)
                if wanting_a_job and self._backups is not None:
                    try:
                        job = self._backups.of(known, domain, wanting_a_job, token)
                        sources = await stack.enter_async_context(job)
                    except SourceError as error:
                        problems.append(error)
                    else:
                        for disk, source in zip(wanting_a_job, sources, strict=True):
                            parts[disk.target] = Part(source, Content.DISK, disk.target)
                if not parts:
                    raise problems[0] if problems else SourceError("the VM has no disks")
                yield _in_order(known, parts, problems)

        return way

    async def _peeked(self, domain: Any, disk: GuestDisk, token: str | None) -> Part:
        size = await self._session.call(told, DiskPeek.way, lambda: int(domain.blockInfo(disk.target)[0]))
        return Part(DiskPeek(self._session, domain, disk.target, size, token), Content.DISK, disk.target)

    async def _downloaded(self, disk: GuestDisk, running: bool) -> Part:
        """The image's file, out of the pool that it lies in; of a running guest it may be behind what QEMU holds."""
        if disk.kind != "file":
            raise SourceError(f"disk {disk.target} is of the kind {disk.kind}, which cannot be read here")
        if disk.encrypted:
            raise SourceError(f"disk {disk.target} is encrypted")
        doubt = f"disk {disk.target} was read from its file while QEMU was writing it: {self._no_backups}"
        source = await self._session.call(self._volume, disk.path)

        async def other(_subject: Subject, name: str) -> tuple[BlockSource, Content]:
            behind = disk.behind or await self._session.call(self._behind, disk.path)
            path = next((each for each in behind if PurePosixPath(each).name == name), None)
            if path is None:
                raise SourceError(f"{name} is not among the images behind disk {disk.target}")
            return await self._session.call(self._volume, path), Content.IMAGE

        return Part(source, Content.IMAGE, disk.target, other=other, doubt=doubt if running else "")

    def _volume(self, path: str) -> VolumeDownload:
        """On a worker."""
        way = VolumeDownload.way
        connection = self._session.survey.connection
        try:
            volume = connection.storageVolLookupByPath(path)
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            advice = "make its folder a storage pool" if not self._may_make_jobs else ""
            raise SourceError(f"{way}: {path} is in no storage pool of the host; {self._no_backups}", advice) from error
        size, stamp = told(way, lambda: (_file_bytes(volume), _stamp(volume)))
        return VolumeDownload(self._session, volume, size, stamp)

    def _behind(self, path: str) -> tuple[str, ...]:
        """On a worker: the images behind one, as its storage pool tells; a domain that is off does not say."""
        paths: list[str] = []
        while len(paths) < MOST_BEHIND:
            try:
                volume = self._session.survey.connection.storageVolLookupByPath(path)
                path = markup.text_of(markup.document(volume.XMLDesc(0)), "backingStore/path") or ""
            except libvirt.libvirtError as error:
                if is_lost(error):
                    raise
                break
            if not path:
                break
            paths.append(path)
        return tuple(paths)


def _in_order(known: Machine, parts: dict[str, Part], problems: list[SourceError]) -> list[Part]:
    """The disks as the guest has them; those that cannot be read are something to doubt of the others."""
    first, *rest = (parts[disk.target] for disk in known.disks if disk.target in parts)
    doubt = "; ".join(filter(None, (first.doubt, *map(str, problems))))
    return [msgspec.structs.replace(first, doubt=doubt), *rest]


def _file_bytes(volume: Any) -> int:
    """How long the file is: of a format with a header of its own that is not the disk's size."""
    physical: int = volume.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)[2]
    return physical


def _stamp(volume: Any) -> str | None:
    """When the file was last written to."""
    return markup.text_of(markup.document(volume.XMLDesc(0)), "target/timestamps/mtime")

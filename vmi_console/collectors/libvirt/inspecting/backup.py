"""A moment of a running guest's disks, whatever their format: a pull-mode backup, exported over NBD.

The job needs the grant for temporary jobs. It is noted on disk before it begins, under a token that its scratch files
carry in their names; one that its maker left behind is found by that and ended, and nothing else is (see `temporary`).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import libvirt

from vmi_console.collectors.libvirt.errors import GONE
from vmi_console.collectors.libvirt.inspecting.forward import Here
from vmi_console.collectors.libvirt.inspecting.machine import GuestDisk, Machine
from vmi_console.collectors.libvirt.inspecting.sources import told
from vmi_console.collectors.libvirt.session import Session
from vmi_console.errors import SourceError, StorageError
from vmi_console.introspection.blocks.nbd import Door, NbdSource
from vmi_console.introspection.temporary import PREFIX, Note, Notes

WAY = "backup"
SCRATCH_BYTES = 1 << 30
"""Must be free where the images lie: what the guest writes over meanwhile is kept there until the look is over."""

_token = re.compile(rf"\.{PREFIX}([0-9a-f]{{16}})\b")


class Backups:
    """The backup jobs of one connection."""

    def __init__(self, session: Session, endpoint: str, notes: Notes, route: Here) -> None:
        """`route` is how exports come here."""
        self._session = session
        self._endpoint = endpoint
        self._notes = notes
        self._route = route

    @contextlib.asynccontextmanager
    async def of(
        self, machine: Machine, domain: Any, disks: Sequence[GuestDisk], token: str | None
    ) -> AsyncIterator[list[NbdSource]]:
        """The disks as they are now, in their order. Raises `SourceError`."""
        await self._check_room(disks)
        try:
            note = self._notes.take(self._endpoint, machine.uuid, "backup job")
        except StorageError as error:
            raise SourceError(f"{WAY}: {error.message}", error.advice) from error
        door = self._route.server(note.noted.name)
        try:
            await self._session.call(told, WAY, lambda: self._begin(domain, machine, disks, note.noted.name, door))
        except SourceError:
            note.done()  # it was refused
            raise
        except BaseException:
            note.leave()  # it may begin yet: whoever reaps next finds it
            raise
        try:
            async with contextlib.AsyncExitStack() as stack:
                here = await stack.enter_async_context(self._route.opened(door))
                sources = []
                for disk in disks:
                    source = await NbdSource.open(here, disk.target, way=WAY, token=token)
                    stack.push_async_callback(source.close)
                    sources.append(source)
                yield sources
        finally:
            await asyncio.shield(self._end(note, domain))

    async def reap(self) -> int:
        """Ends the jobs that consoles which are gone have left behind. Gives how many there were."""
        found = 0
        for note in self._notes.leftovers(self._endpoint):
            ended = await self._session.call(self._end_leftover, note)
            found += ended is True
            note.done() if ended is not None else note.leave()
        return found

    # --- on a worker --------------------------------------------------------------------------------------------------

    def _begin(self, domain: Any, machine: Machine, disks: Sequence[GuestDisk], token: str, door: Door) -> None:
        """Every scratch file carries the token in its name: by that the job is known to be ours."""
        chosen = {disk.target for disk in disks}
        lines = []
        for disk in machine.disks:
            name = quoteattr(disk.target)
            if disk.target in chosen:
                scratch = quoteattr(f"{disk.path}.{token}")
                lines.append(f"<disk name={name} backup='yes' type='file'><scratch file={scratch}/></disk>")
            else:
                lines.append(f"<disk name={name} backup='no'/>")
        xml = f"<domainbackup mode='pull'>{_server(door)}<disks>{''.join(lines)}</disks></domainbackup>"
        domain.backupBegin(xml, None, 0)

    def _end_leftover(self, note: Note) -> bool | None:
        """Whether its job was still there and is ended; None where nobody can tell."""
        try:
            domain = self._session.survey.connection.lookupByUUIDString(note.noted.vm)
        except libvirt.libvirtError as error:
            return False if error.get_error_code() in GONE else None
        return _abort_if_ours(domain, note.noted.token)

    # --- before and after ---------------------------------------------------------------------------------------------

    async def _end(self, note: Note, domain: Any) -> None:
        ended: bool | None = None
        with contextlib.suppress(Exception):  # the connection is gone: the next one looks after it
            ended = await self._session.call(_abort_if_ours, domain, note.noted.token)
        note.done() if ended is not None else note.leave()

    async def _check_room(self, disks: Sequence[GuestDisk]) -> None:
        for disk in disks:
            free = await self._session.call(self._free_bytes, disk.path)
            if free is not None and free < SCRATCH_BYTES:
                raise SourceError(
                    f"{WAY}: only {free >> 20} MiB are free where {disk.path} lies",
                    f"{SCRATCH_BYTES >> 20} MiB are wanted for what the guest writes meanwhile",
                )

    def _free_bytes(self, path: str) -> int | None:
        """Where an image lies; None where no pool tells."""
        try:
            pool = self._session.survey.connection.storageVolLookupByPath(path).storagePoolLookupByVolume()
            free: int = pool.info()[3]
        except libvirt.libvirtError:
            return None
        return free


def _server(door: Door) -> str:
    if door.context is None:
        return f"<server transport='unix' socket={quoteattr(door.socket)}/>"
    return f"<server transport='tcp' name={quoteattr(door.host)} port='{door.port}' tls='yes'/>"


def _abort_if_ours(domain: Any, token: str) -> bool | None:
    """Ends a domain's backup job if it carries our token. None where nobody can tell."""
    try:
        xml = domain.backupGetXMLDesc(0)
    except libvirt.libvirtError as error:
        gone = error.get_error_code() in (*GONE, libvirt.VIR_ERR_NO_DOMAIN_BACKUP, libvirt.VIR_ERR_OPERATION_INVALID)
        return False if gone else None
    found = _token.search(xml)
    if found is None or found[1] != token:
        return False
    try:
        domain.abortJob()
    except libvirt.libvirtError:
        return None
    return True

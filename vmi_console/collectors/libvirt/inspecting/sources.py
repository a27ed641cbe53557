"""The ways to a libvirt guest's bytes that need no job: peeking at raw disks and memory, downloading from volumes.

Every blocking call is made on a worker of the session. What libvirt refuses is a `SourceError` that says which way was
tried; a connection that broke is the session's to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libvirt

from vmi_console.collectors.libvirt.errors import is_lost
from vmi_console.collectors.libvirt.session import Session
from vmi_console.errors import SourceError

PEEK_BYTES = 4 << 20
"""Of one call: VIR_DOMAIN_BLOCK_PEEK and MEMORY_PEEK carry no more (remote_protocol.x)."""


class Called:
    """A source that is read by calls of a library: what they have in common."""

    way = ""

    def __init__(self, session: Session, size: int, token: str | None) -> None:
        self.size = size
        self._session = session
        self._token = token

    async def read(self, offset: int, length: int) -> bytes:
        """See `BlockSource`."""
        parts = []
        for start in range(offset, offset + length, PEEK_BYTES):
            part = min(PEEK_BYTES, offset + length - start)
            data = await self._session.call(told, self.way, lambda at=start, much=part: self._read(at, much))
            if len(data) != part:
                raise SourceError(f"{self.way} gave {len(data)} bytes in place of {part}")
            parts.append(data)
        return b"".join(parts)

    async def token(self) -> str | None:
        """See `BlockSource`."""
        return self._token

    async def close(self) -> None:
        """There is nothing to give up."""

    def _read(self, offset: int, length: int) -> bytes:
        raise AssertionError("each kind reads in its own way")


class DiskPeek(Called):
    """A raw disk of a domain, running or not, as the guest sees it."""

    way = "blockPeek"

    def __init__(self, session: Session, domain: Any, target: str, size: int, token: str | None) -> None:
        super().__init__(session, size, token)
        self._domain = domain
        self._target = target

    def _read(self, offset: int, length: int) -> bytes:
        data: bytes = self._domain.blockPeek(self._target, offset, length, 0)
        return data


class MemoryPeek(Called):
    """The physical memory of a running domain, as it is at the moment."""

    way = "memoryPeek"

    def __init__(self, session: Session, domain: Any, size: int) -> None:
        super().__init__(session, size, None)
        self._domain = domain

    def _read(self, offset: int, length: int) -> bytes:
        data: bytes = self._domain.memoryPeek(offset, length, libvirt.VIR_MEMORY_PHYSICAL)
        return data


class VolumeDownload(Called):
    """The file of an image, as it lies in a storage pool."""

    way = "volume download"

    def __init__(self, session: Session, volume: Any, size: int, token: str | None) -> None:
        super().__init__(session, size, token)
        self._volume = volume

    def _read(self, offset: int, length: int) -> bytes:
        stream = self._session.survey.connection.newStream(0)
        try:
            self._volume.download(stream, offset, length, 0)
            parts: list[bytes] = []
            missing = length
            while missing and (part := stream.recv(min(missing, 256 * 1024))):
                parts.append(part)
                missing -= len(part)
            stream.finish()
        except BaseException:
            stream.abort()
            raise
        return b"".join(parts)


def told[T](way: str, call: Callable[[], T]) -> T:
    """The call's result; what libvirt refuses becomes `SourceError`, unless the whole connection is gone."""
    try:
        return call()
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        raise SourceError(f"{way}: {error}") from error

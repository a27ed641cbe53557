"""A client of the network block device protocol, as far as reading one export needs it.

The protocol is that of the NBD project (doc/proto.md): fixed newstyle negotiation, `NBD_OPT_GO`, simple replies. The
server is a hypervisor's, behind a Unix socket that only it and we can reach; what it says is bounded all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct

from vmi_console.errors import SourceError

_MAGIC = 0x4E42444D41474943  # “NBDMAGIC”
_OPTIONS_MAGIC = 0x49484156454F5054  # “IHAVEOPT”
_REPLY_MAGIC = 0x3E889045565A9
_REQUEST_MAGIC = 0x25609513
_SIMPLE_REPLY_MAGIC = 0x67446698

_FLAG_FIXED_NEWSTYLE, _FLAG_NO_ZEROES = 0x1, 0x2
_OPTION_GO = 7
_ACKNOWLEDGED, _INFO = 1, 3
_INFO_EXPORT = 0
_READ, _DISCONNECT = 0, 2

_greeting = struct.Struct(">QQH")
_option = struct.Struct(">QII")
_option_reply = struct.Struct(">QIII")
_export = struct.Struct(">HQH")
_request = struct.Struct(">IHHQQI")
_reply = struct.Struct(">IIQ")

LONGEST_READ = 32 << 20
"""Bytes of one request: what QEMU serves at most."""

_LONGEST_SAID = 64 * 1024
_ANSWER_S = 30.0


class NbdSource:
    """`BlockSource` of one export. Made by `open`; reads may be under way at the same time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int, way: str, token: str | None
    ) -> None:
        self.way = way
        self.size = size
        self._reader = reader
        self._writer = writer
        self._token = token
        self._numbers = 0
        self._turn = asyncio.Lock()
        self._broken = ""

    @classmethod
    async def open(cls, socket: str, export: str, *, way: str = "NBD", token: str | None = None) -> NbdSource:
        """Connects to a Unix socket and chooses an export. Raises `SourceError`."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(socket)
                try:
                    size = await _negotiate(reader, writer, export)
                except BaseException:
                    writer.close()
                    raise
        except TimeoutError as error:
            raise SourceError(f"{way}: {socket} did not answer within {_ANSWER_S:.0f} s") from error
        except (OSError, asyncio.IncompleteReadError, _Broken) as error:
            raise SourceError(f"{way}: {socket} cannot be read: {error}") from error
        return cls(reader, writer, size, way, token)

    async def read(self, offset: int, length: int) -> bytes:
        parts = []
        async with self._turn:
            if self._broken:
                raise SourceError(f"{self.way}: {self._broken}")
            try:
                async with asyncio.timeout(_ANSWER_S):
                    for start in range(offset, offset + length, LONGEST_READ):
                        parts.append(await self._read(start, min(LONGEST_READ, offset + length - start)))
            except BaseException as error:  # an answer that is still under way would be taken for the next one's
                self._broken = f"reading failed: {str(error) or type(error).__name__}"
                if isinstance(error, OSError | asyncio.IncompleteReadError | _Broken | TimeoutError):
                    raise SourceError(f"{self.way}: {self._broken}") from error
                raise
        return b"".join(parts)

    async def token(self) -> str | None:
        return self._token

    async def close(self) -> None:
        if not self._broken:
            self._broken = "it was closed"
            with contextlib.suppress(OSError):
                self._writer.write(_request.pack(_REQUEST_MAGIC, 0, _DISCONNECT, 0, 0, 0))
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self, offset: int, length: int) -> bytes:
        self._numbers += 1
        self._writer.write(_request.pack(_REQUEST_MAGIC, 0, _READ, self._numbers, offset, length))
        await self._writer.drain()
        magic, error, number = _reply.unpack(await self._reader.readexactly(_reply.size))
        if magic != _SIMPLE_REPLY_MAGIC or number != self._numbers:
            raise _Broken("the answer makes no sense")
        if error:
            raise _Broken(f"the server says error {error}")
        return await self._reader.readexactly(length)


class _Broken(Exception):
    """The server does not keep to the protocol."""


async def _negotiate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, export: str) -> int:
    """Chooses an export and gives its size."""
    magic, options, flags = _greeting.unpack(await reader.readexactly(_greeting.size))
    if magic != _MAGIC or options != _OPTIONS_MAGIC or not flags & _FLAG_FIXED_NEWSTYLE:
        raise _Broken("it speaks no NBD of this century")
    ours = flags & (_FLAG_FIXED_NEWSTYLE | _FLAG_NO_ZEROES)
    name = export.encode()
    chosen = struct.pack(">I", len(name)) + name + struct.pack(">H", 0)
    writer.write(struct.pack(">I", ours) + _option.pack(_OPTIONS_MAGIC, _OPTION_GO, len(chosen)) + chosen)
    await writer.drain()
    size = None
    while True:
        magic, option, kind, length = _option_reply.unpack(await reader.readexactly(_option_reply.size))
        if magic != _REPLY_MAGIC or option != _OPTION_GO or length > _LONGEST_SAID:
            raise _Broken("its answer makes no sense")
        said = await reader.readexactly(length)
        if kind == _ACKNOWLEDGED:
            break
        if kind == _INFO:
            if length >= _export.size and said[:2] == _INFO_EXPORT.to_bytes(2):
                size = int(_export.unpack_from(said)[1])
        elif kind & 0x80000000:
            raise _Broken(f"it refuses the export {export!r}: {said.decode(errors='replace')[:200] or hex(kind)}")
    if size is None:
        raise _Broken("it does not say how large the export is")
    return size

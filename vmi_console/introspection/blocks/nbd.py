"""A client of the network block device protocol, as far as reading one export needs it.

The protocol is that of the NBD project (doc/proto.md): fixed newstyle negotiation, `NBD_OPT_STARTTLS`, `NBD_OPT_GO`,
simple replies. The server is a hypervisor's, behind a Unix socket that only it and we can reach, or across a network
over TLS and in no other way; what it says is bounded all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from typing import NamedTuple

import msgspec

from vmi_console.errors import SourceError

_MAGIC = 0x4E42444D41474943  # “NBDMAGIC”
_OPTIONS_MAGIC = 0x49484156454F5054  # “IHAVEOPT”
_REPLY_MAGIC = 0x3E889045565A9
_REQUEST_MAGIC = 0x25609513
_SIMPLE_REPLY_MAGIC = 0x67446698

_FLAG_FIXED_NEWSTYLE, _FLAG_NO_ZEROES = 0x1, 0x2
_OPTION_START_TLS, _OPTION_GO = 5, 7
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


class Door(msgspec.Struct, frozen=True):
    """Where a server listens: a Unix socket, or a port of a host, which is spoken to over TLS."""

    socket: str = ""
    host: str = ""
    port: int = 0
    context: ssl.SSLContext | None = None  # says whom to trust and who we are; there is no port without one

    def __str__(self) -> str:
        return self.socket or f"{self.host}:{self.port}"


class NbdSource:
    """`BlockSource` of one export. Made by `open`; reads may be under way at the same time."""

    def __init__(self, line: _Line, size: int, way: str, token: str | None) -> None:
        self.way = way
        self.size = size
        self._line = line
        self._reader = line.reader
        self._writer = line.writer
        self._token = token
        self._numbers = 0
        self._turn = asyncio.Lock()
        self._broken = ""

    @classmethod
    async def open(cls, door: Door, export: str, *, way: str = "NBD", token: str | None = None) -> NbdSource:
        """Connects to a server and chooses an export. Raises `SourceError`."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                line = await _connected(door)
                try:
                    size = await _negotiate(line.reader, line.writer, export)
                except BaseException:
                    line.close()
                    raise
        except TimeoutError as error:
            raise SourceError(f"{way}: {door} did not answer within {_ANSWER_S:.0f} s") from error
        except ssl.SSLCertVerificationError as error:
            raise SourceError(
                f"{way}: the certificate of {door} is not to be trusted: {error.verify_message}",
                "it has to be signed by the CA that libvirt's pki folder names, for the host's name",
            ) from error
        except (OSError, asyncio.IncompleteReadError, _Broken) as error:
            raise SourceError(f"{way}: {door} cannot be read: {error}") from error
        return cls(line, size, way, token)

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
        self._line.close()
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


class _Line(NamedTuple):
    """A connection. What is beneath one over TLS is kept with it: it ends when nobody knows it any more."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    beneath: asyncio.StreamWriter | None = None

    def close(self) -> None:
        self.writer.close()
        if self.beneath is not None:
            self.beneath.close()


async def _connected(door: Door) -> _Line:
    """A connection on which options are agreed upon; across a network it is one over TLS."""
    if door.context is None:
        line = _Line(*await asyncio.open_unix_connection(door.socket))
    else:
        line = _Line(*await asyncio.open_connection(door.host, door.port))
    try:
        await _greet(line.reader, line.writer)
        if door.context is not None:
            return await _encrypted(line.reader, line.writer, door.context, door.host)
    except BaseException:
        line.close()
        raise
    return line


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    magic, options, flags = _greeting.unpack(await reader.readexactly(_greeting.size))
    if magic != _MAGIC or options != _OPTIONS_MAGIC or not flags & _FLAG_FIXED_NEWSTYLE:
        raise _Broken("it speaks no NBD of this century")
    writer.write(struct.pack(">I", flags & (_FLAG_FIXED_NEWSTYLE | _FLAG_NO_ZEROES)))


async def _encrypted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext, host: str
) -> _Line:
    """The same connection over TLS. Nothing that came in before is heard after: somebody else may have said it."""
    writer.write(_option.pack(_OPTIONS_MAGIC, _OPTION_START_TLS, 0))
    await writer.drain()
    kind, _ = await _option_answer(reader, _OPTION_START_TLS)
    if kind != _ACKNOWLEDGED:
        raise _Broken("it offers no TLS")
    loop = asyncio.get_running_loop()
    afresh = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(afresh)
    transport = await loop.start_tls(writer.transport, protocol, context, server_hostname=host)
    if transport is None:
        raise _Broken("it closed the connection")
    protocol.connection_made(transport)
    return _Line(afresh, asyncio.StreamWriter(transport, protocol, afresh, loop), writer)


async def _option_answer(reader: asyncio.StreamReader, asked: int) -> tuple[int, bytes]:
    """One answer to an option: its kind, and what it says."""
    magic, option, kind, length = _option_reply.unpack(await reader.readexactly(_option_reply.size))
    if magic != _REPLY_MAGIC or option != asked or length > _LONGEST_SAID:
        raise _Broken("its answer makes no sense")
    return kind, await reader.readexactly(length)


async def _negotiate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, export: str) -> int:
    """Chooses an export and gives its size."""
    name = export.encode()
    chosen = struct.pack(">I", len(name)) + name + struct.pack(">H", 0)
    writer.write(_option.pack(_OPTIONS_MAGIC, _OPTION_GO, len(chosen)) + chosen)
    await writer.drain()
    size = None
    while True:
        kind, said = await _option_answer(reader, _OPTION_GO)
        if kind == _ACKNOWLEDGED:
            break
        if kind == _INFO:
            if len(said) >= _export.size and said[:2] == _INFO_EXPORT.to_bytes(2):
                size = int(_export.unpack_from(said)[1])
        elif kind & 0x80000000:
            raise _Broken(f"it refuses the export {export!r}: {said.decode(errors='replace')[:200] or hex(kind)}")
    if size is None:
        raise _Broken("it does not say how large the export is")
    return size

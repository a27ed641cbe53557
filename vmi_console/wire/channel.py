"""Typed messages over a pair of byte streams.

A frame is a header of eight bytes (payload length and sequence number, unsigned, big-endian) and a msgpack payload.
The first frame in each direction is a `Hello`; all others are messages of the unions that both sides agreed on.
Sequence numbers rise by one, so a peer that left frames out is seen to have done so, and is asked to send all again.
"""

from __future__ import annotations

import asyncio
import os
import struct
from typing import Protocol, TypeVar, cast, get_args

import msgspec

from vmi_console.errors import ChannelClosed, IncompatiblePeer, WireError
from vmi_console.wire.program import version

PROTOCOL = 1
"""Raised when a peer of the previous version could misunderstand; added messages and fields do not raise it."""

MAX_FRAME = 16 * 1024 * 1024
"""Bytes of payload. Records come at most a hundred to a frame; what is longer than this is not ours."""

HEADER = struct.Struct(">II")

In = TypeVar("In")


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The first frame on every stream."""

    protocol: int = PROTOCOL
    program: str = msgspec.field(default_factory=version)
    pid: int = msgspec.field(default_factory=os.getpid)
    epoch: str = ""  # changes whenever what the sender numbers starts anew
    identity: str = ""  # who the sender is: an engine's workspace, a role's name


class Reader(Protocol):
    """The half of `asyncio.StreamReader` that is needed."""

    async def readexactly(self, n: int) -> bytes: ...


class Writer(Protocol):
    """The half of `asyncio.StreamWriter` that is needed."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...

    def close(self) -> None: ...


_encoder = msgspec.msgpack.Encoder()


def encode(message: msgspec.Struct) -> bytes:
    """A message as payload; raises `WireError` if it is longer than a frame may be."""
    payload = _encoder.encode(message)
    if len(payload) > MAX_FRAME:
        raise WireError(f"a {type(message).__name__} of {len(payload)} bytes does not fit into a frame")
    return payload


class Channel[In]:
    """One end of a stream of messages. `accepts` is the union type of what may come in, in frames of at most `longest`
    bytes."""

    def __init__(self, reader: Reader, writer: Writer, accepts: object, longest: int = MAX_FRAME) -> None:
        self._longest = longest
        self._reader = reader
        self._writer = writer
        union = getattr(accepts, "__value__", accepts)
        self._decoder: msgspec.msgpack.Decoder[In] = msgspec.msgpack.Decoder(union)
        self._known = {member.__struct_config__.tag for member in get_args(union) or (union,)}
        self._sent = 0
        self._received = 0
        self._gap = False

    async def greet(self, hello: Hello) -> Hello:
        """Exchanges greetings; raises `IncompatiblePeer` if the other side is of another protocol version."""
        await self.send_payload(_encoder.encode(hello))
        payload = await self._payload()
        try:
            theirs = msgspec.msgpack.decode(payload, type=Hello)
        except msgspec.MsgspecError as error:
            raise WireError("the peer process did not greet") from error
        if theirs.protocol != hello.protocol:
            raise IncompatiblePeer(
                f"the peer process is of version {theirs.program} (protocol {theirs.protocol}), "
                f"this one of {hello.program} (protocol {hello.protocol})",
                "stop the older one and start it again from the same installation",
            )
        return theirs

    async def send(self, message: msgspec.Struct) -> None:
        """Sends a message, waiting while the peer is slow to read."""
        await self.send_payload(encode(message))

    async def send_payload(self, payload: bytes) -> None:
        """Sends what `encode` gave, waiting while the peer is slow to read."""
        self.post_payload(payload)
        await self.drain()

    def post(self, message: msgspec.Struct) -> None:
        """Sends a message without waiting, for what is small and rare.

        And for what is answered: who waits for the peer to have read it may find it gone, its answer still unread.
        """
        self.post_payload(encode(message))

    def post_payload(self, payload: bytes) -> None:
        """Sends what `encode` gave without waiting. Who sends much this way must watch the writer's buffer."""
        self._writer.write(HEADER.pack(len(payload), self._sent & 0xFFFFFFFF) + payload)
        self._sent += 1

    async def drain(self) -> None:
        """Waits until the peer has read most of what was sent."""
        try:
            await self._writer.drain()
        except (ConnectionError, OSError) as error:
            raise ChannelClosed("the peer process has closed its end") from error

    def leave_out(self) -> None:
        """Counts a message that is not sent, so that the peer sees the gap and asks for everything again."""
        self._sent += 1

    async def receive(self) -> In:
        """The next message of a known kind; messages of kinds that a newer peer may send are passed over."""
        while True:
            payload = await self._payload()
            try:
                return self._decoder.decode(payload)
            except msgspec.MsgspecError as error:
                if self._is_of_known_kind(payload):
                    raise WireError(f"the peer process sent what cannot be understood: {error}") from error

    def take_gap(self) -> bool:
        """Whether frames were left out since the last call."""
        gap, self._gap = self._gap, False
        return gap

    def close(self) -> None:
        """Closes this end; the peer reads to the end of what was sent."""
        self._writer.close()

    async def _payload(self) -> bytes:
        try:
            length, sequence = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if length > self._longest:
                raise WireError(f"the peer process announced a frame of {length} bytes")
            payload = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError, OSError) as error:
            raise ChannelClosed("the peer process is gone") from error
        if sequence != self._received & 0xFFFFFFFF:
            self._gap = True
        self._received = sequence + 1
        return payload

    def _is_of_known_kind(self, payload: bytes) -> bool:
        try:
            kind = msgspec.msgpack.decode(payload, type=dict[str, msgspec.Raw]).get("type")
            return kind is None or cast(object, msgspec.msgpack.decode(kind)) in self._known
        except (msgspec.MsgspecError, TypeError):
            return True

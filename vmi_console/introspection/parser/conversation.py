"""The parser's end of the channel, which waits: a parser of file systems reads where it stands.

The frames are those of `wire.channel`.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import msgspec

from vmi_console.errors import WireError
from vmi_console.introspection.parser.protocol import (
    LARGEST_MESSAGE,
    Data,
    FromParser,
    Look,
    Open,
    Opened,
    Stream,
    ToParser,
    Want,
)
from vmi_console.wire.channel import HEADER, MAX_FRAME, PROTOCOL, Hello

_PIPE_BYTES = 1 << 20
"""What a pipe should hold, where it can be chosen: a reading of many blocks then takes fewer turns."""


class Conversation:
    """With whoever started this parser, over its standard streams. When that one is gone, the process ends."""

    def __init__(self) -> None:
        """Takes the standard streams over: whatever else reads or prints finds nothing, and says nothing."""
        self._incoming, self._outgoing = os.dup(0), os.dup(1)
        _widen(self._incoming, self._outgoing)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[ToParser] = msgspec.msgpack.Decoder(ToParser)
        self._sent = 0
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1):
            os.dup2(nothing, descriptor)
        os.close(nothing)
        sys.stdout = sys.stderr

    def fall_silent(self) -> None:
        """Standard error too: what a hostile guest makes a library print is for nobody's terminal."""
        os.dup2(1, 2)

    def greet(self) -> None:
        """Exchanges greetings. Raises `WireError` where the other side is of another version."""
        self._write(self._encoder.encode(Hello(identity="parser")))
        theirs = msgspec.msgpack.decode(self._payload(), type=Hello)
        if theirs.protocol != PROTOCOL:
            raise WireError(f"the parser is of protocol {PROTOCOL}, and whoever started it of {theirs.protocol}")

    def look(self) -> Look:
        """The next guest to look into."""
        message = self._receive()
        if not isinstance(message, Look):
            self._end()
        return message

    def send(self, message: FromParser) -> None:
        """Says something. Raises `WireError` if it is too long to be said."""
        payload = self._encoder.encode(message)
        if len(payload) > LARGEST_MESSAGE:
            raise WireError(f"{len(payload):,} bytes of findings are more than one guest can have")
        self._write(payload)

    # --- streams.Asking -------------------------------------------------------------------------------------------

    def want(self, stream: Stream, offset: int, length: int) -> bytes:
        """Bytes of a stream. Raises OSError where they cannot be had."""
        self.send(Want(stream=stream.number, offset=offset, length=length))
        data = self._receive()
        if not isinstance(data, Data):
            self._end()
        if data.error or len(data.content) != length:
            raise OSError(data.error or "fewer bytes came than were asked for")
        return data.content

    def open(self, stream: Stream, name: str) -> Stream:
        """The file that an image names. Raises OSError where it may not be had."""
        self.send(Open(stream=stream.number, name=name))
        opened = self._receive()
        if not isinstance(opened, Opened):
            self._end()
        if opened.stream is None:
            raise OSError(opened.error or f"{name} may not be opened")
        return opened.stream

    # --- frames ---------------------------------------------------------------------------------------------------

    def _receive(self) -> ToParser:
        return self._decoder.decode(self._payload())

    def _payload(self) -> bytes:
        length, _ = HEADER.unpack(self._read(HEADER.size))
        if length > MAX_FRAME:
            self._end()
        return self._read(length)

    def _read(self, length: int) -> bytes:
        content = bytearray(length)
        view = memoryview(content)
        while view:
            part = os.read(self._incoming, len(view))
            if not part:
                self._end()
            view[: len(part)] = part
            view = view[len(part) :]
        return bytes(content)

    def _write(self, payload: bytes) -> None:
        view = memoryview(HEADER.pack(len(payload), self._sent & 0xFFFFFFFF) + payload)
        self._sent += 1
        try:
            while view:
                view = view[os.write(self._outgoing, view) :]
        except OSError:
            self._end()

    def _end(self) -> NoReturn:
        """Nobody is there any more who would understand."""
        os._exit(0)


def _widen(*pipes: int) -> None:
    if sys.platform != "linux":
        return
    import fcntl

    for pipe in pipes:
        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            return  # no pipe, or no more room for this user's

"""Frames: what goes in comes out, what is wrong is said, what is left out is noticed."""

from __future__ import annotations

import asyncio
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import ChannelClosed, IncompatiblePeer, WireError
from vmi_console.wire.channel import HEADER, MAX_FRAME, PROTOCOL, Channel, Hello, encode


class Ping(msgspec.Struct, frozen=True, tag=True):
    text: str = ""


class Pong(msgspec.Struct, frozen=True, tag=True):
    number: int = 0


class NewerPing(msgspec.Struct, frozen=True, tag="Ping"):
    text: str = ""
    invented_later: int = 7


class InventedLater(msgspec.Struct, frozen=True, tag=True):
    anything: int = 0


class Pipe:
    """Both ends of a stream in memory: what is written can be read."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()

    def write(self, data: bytes) -> None:
        self.reader.feed_data(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        self.reader.feed_eof()

    async def readexactly(self, n: int) -> bytes:
        return await self.reader.readexactly(n)


type Either = Ping | Pong


def loopback() -> tuple[Channel[Either], Pipe]:
    pipe = Pipe()
    return Channel(pipe, pipe, Either), pipe


@given(st.lists(st.one_of(st.builds(Ping, st.text()), st.builds(Pong, st.integers(-(2**63), 2**64 - 1)))))
def test_messages_arrive_in_order_and_whole(messages: list[Either]) -> None:
    async def run() -> None:
        channel, _ = loopback()
        for message in messages:
            await channel.send(message)
        assert [await channel.receive() for _ in messages] == messages
        assert not channel.take_gap()

    asyncio.run(run())


async def test_a_message_left_out_is_noticed_once() -> None:
    channel, _ = loopback()
    channel.post(Ping("1"))
    channel.leave_out()
    channel.post(Ping("3"))
    await channel.receive()
    assert not channel.take_gap()
    await channel.receive()
    assert channel.take_gap()
    assert not channel.take_gap()


async def test_unknown_fields_and_kinds_of_a_newer_peer_are_passed_over() -> None:
    channel, _ = loopback()
    channel.post(NewerPing("hello"))
    channel.post(InventedLater())
    channel.post(Pong(1))
    assert await channel.receive() == Ping("hello")
    assert await channel.receive() == Pong(1)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        b"\x93\x01\x02\x03",
        msgspec.msgpack.encode({"type": "Ping", "text": 3}),
        b"\x81\xa4type\x91\x91\x90",
    ],
)
async def test_nonsense_is_an_error(payload: bytes) -> None:
    channel, pipe = loopback()
    pipe.write(HEADER.pack(len(payload), 0) + payload)
    with pytest.raises(WireError):
        await channel.receive()


async def test_a_frame_longer_than_allowed_is_refused_before_it_is_read() -> None:
    channel, pipe = loopback()
    pipe.write(HEADER.pack(MAX_FRAME + 1, 0))
    with pytest.raises(WireError, match="announced"):
        await channel.receive()


def test_a_message_too_long_for_a_frame_is_not_sent() -> None:
    with pytest.raises(WireError, match="does not fit"):
        encode(Ping("x" * (MAX_FRAME + 1)))


@given(st.binary(max_size=200))
def test_random_bytes_never_do_worse_than_a_wire_error(data: bytes) -> None:
    async def receive_all() -> None:
        channel, pipe = loopback()
        pipe.write(data)
        pipe.close()
        while True:
            await channel.receive()

    with pytest.raises(WireError):
        asyncio.run(receive_all())


async def test_half_a_frame_and_an_end_mean_that_the_peer_is_gone() -> None:
    channel, pipe = loopback()
    pipe.write(struct.pack(">II", 10, 0) + b"abc")
    pipe.close()
    with pytest.raises(ChannelClosed):
        await channel.receive()


async def test_greetings_are_exchanged() -> None:
    channel, _ = loopback()
    theirs = await channel.greet(Hello(identity="me", epoch="e1"))
    assert (theirs.identity, theirs.epoch, theirs.protocol) == ("me", "e1", PROTOCOL)


async def test_another_protocol_version_is_named() -> None:
    channel, pipe = loopback()
    other = msgspec.msgpack.encode(Hello(protocol=PROTOCOL + 1, program="9.9"))
    pipe.write(HEADER.pack(len(other), 0) + other)
    with pytest.raises(IncompatiblePeer, match=r"9\.9"):
        await channel.greet(Hello())

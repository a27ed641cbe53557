"""Streams as files: what is read is what is there, in as few and as small questions as will do."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.introspection.parser.protocol import BLOCK, MOST_WANTED, SMALL_BLOCK, Content, Stream
from vmi_console.introspection.parser.streams import KEPT_BYTES, SMALL_BYTES, BlockFile, Blocks

MIB = 1 << 20


class Asked:
    """Has the bytes, and remembers what it was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.wants: list[tuple[int, int]] = []

    def want(self, stream: Stream, offset: int, length: int) -> bytes:
        assert 0 <= offset < offset + length <= stream.size
        assert length <= MOST_WANTED
        self.wants.append((offset, length))
        return self.content[offset : offset + length]

    def open(self, stream: Stream, name: str) -> Stream:
        raise OSError(f"{name} is not to be had")


def a_file(size: int, content: Content = Content.DISK, *, small: bool = False) -> tuple[BlockFile, Asked]:
    asked = Asked(os.urandom(4096) * (size // 4096) + bytes(size % 4096))
    return BlockFile(Stream(number=0, content=content, size=size), Blocks(asked, small=small)), asked


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2 * BLOCK, 9 * BLOCK)), max_size=30), st.booleans())
def test_it_is_a_file_like_any_other(acts: list[tuple[int, int]], small: bool) -> None:
    file, asked = a_file(7 * BLOCK + 1234, small=small)
    like = io.BytesIO(asked.content)
    for act, number in acts:
        if act == 0:
            assert file.read(max(-1, number)) == like.read(max(-1, number))
        elif act == 1 and number >= 0:
            assert file.seek(number) == like.seek(number)
        elif act == 2:
            assert file.seek(-abs(number) % file.size, os.SEEK_END) == like.seek(-abs(number) % file.size, os.SEEK_END)
        else:
            buffers = bytearray(abs(number)), bytearray(abs(number))
            assert file.readinto(buffers[0]) == like.readinto(buffers[1])
            assert buffers[0] == buffers[1]
        assert file.tell() == like.tell()


def test_a_block_is_asked_for_once() -> None:
    file, asked = a_file(4 * BLOCK)
    for offset in (10, 20, BLOCK - 1, BLOCK, 5):
        file.at(offset, 1)
    assert asked.wants == [(0, BLOCK), (BLOCK, BLOCK)]


def test_a_long_read_is_one_question() -> None:
    file, asked = a_file(10 * MIB)
    file.at(5, 3 * MIB)
    assert asked.wants == [(0, 3 * MIB + BLOCK)]


def test_who_reads_on_and_on_is_read_ahead_for_and_who_jumps_is_not() -> None:
    file, asked = a_file(64 * MIB)
    for offset in range(0, 32 * MIB, BLOCK):
        file.at(offset, 100)
    assert len(asked.wants) < 45  # and not 512
    assert max(length for _, length in asked.wants) <= MIB
    file, asked = a_file(64 * MIB)
    for offset in range(0, 64 * MIB, MIB):
        file.at(offset, 100)
    assert [length for _, length in asked.wants] == [BLOCK] * 64


def test_memory_is_not_read_ahead_and_can_be_read_anew() -> None:
    file, asked = a_file(8 * MIB, Content.MEMORY)
    for offset in range(0, MIB, BLOCK):
        file.at(offset, 1)
    assert [length for _, length in asked.wants] == [BLOCK] * 16
    asked.content = bytes(8 * MIB)
    file.forget()
    assert file.at(0, 4) == bytes(4)


def test_a_look_that_may_find_nothing_new_reads_little_until_it_does() -> None:
    file, asked = a_file(64 * MIB, small=True)
    for read, offset in enumerate(range(0, 64 * MIB, 256 * 1024), start=1):
        file.at(offset, 100)
        if read * SMALL_BLOCK <= SMALL_BYTES:
            assert asked.wants[-1] == (offset, SMALL_BLOCK)
    assert asked.wants[-1] == (64 * MIB - 256 * 1024, BLOCK)
    assert file.at(0, 100) == asked.content[:100]


def test_no_more_is_kept_than_may_be() -> None:
    file, asked = a_file(2 * KEPT_BYTES)
    file.read()
    before = len(asked.wants)
    file.at(2 * KEPT_BYTES - 1, 1)
    assert len(asked.wants) == before
    file.at(0, 1)
    assert len(asked.wants) == before + 1


def test_a_file_that_may_not_be_had_is_an_error_of_the_system() -> None:
    file, _ = a_file(BLOCK)
    with pytest.raises(OSError, match=r"base.img is not to be had"):
        file.other("base.img")

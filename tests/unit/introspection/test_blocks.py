"""Sources of blocks, the cache in front of them, and what is booked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import SourceError
from vmi_console.estate.facts import Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Source
from vmi_console.introspection.blocks.cache import BLOCK, LONGEST_CALL, BlockCache, PlainBlocks
from vmi_console.introspection.blocks.files import FileSource
from vmi_console.introspection.blocks.ledger import Account, Ledger
from vmi_console.wire.tasks import Tasks
from vmi_console.wire.workers import Workers

VM = EntityId("vm/here/1")


class Counted:
    """A source that remembers what was asked of it, and may be made to wait or fail."""

    way = "counted"

    def __init__(self, size: int, token: str | None = "1") -> None:
        self.content = bytes(range(251)) * (size // 251) + bytes(size % 251)
        self.size = size
        self.calls: list[tuple[int, int]] = []
        self.gate: asyncio.Event | None = None
        self.failing = False
        self._token = token

    async def read(self, offset: int, length: int) -> bytes:
        self.calls.append((offset, length))
        if self.gate is not None:
            await self.gate.wait()
        if self.failing:
            raise SourceError("the source is gone")
        return self.content[offset : offset + length]

    async def token(self) -> str | None:
        return self._token

    async def close(self) -> None:
        pass


async def soon(do: Callable[[], object]) -> None:
    """Does something after all others have had their turn."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    do()


def account() -> Account:
    return Account(Source.DISK, "counted")


@given(st.lists(st.tuples(st.integers(0, 20 * BLOCK), st.integers(0, 4 * BLOCK)), max_size=20), st.integers(1, 12))
def test_what_comes_out_of_the_cache_is_what_the_source_holds(wanted: list[tuple[int, int]], blocks: int) -> None:
    async def read() -> None:
        source = Counted(20 * BLOCK + 777)
        cache = BlockCache(blocks * BLOCK)
        view = await cache.open(source, "disk", account())
        for offset, length in wanted:
            length = min(length, source.size - offset)
            assert await view.read(offset, length) == source.content[offset : offset + length]
            assert cache.size_bytes <= blocks * BLOCK
        assert view.account.cost.calls == len(source.calls)
        assert view.account.cost.read_bytes == sum(length for _, length in source.calls)

    asyncio.run(read())


async def test_adjacent_blocks_are_read_in_one_call_and_only_those_that_are_missing() -> None:
    source = Counted(10 * BLOCK)
    view = await BlockCache().open(source, "disk", account())
    await view.read(3 * BLOCK, BLOCK)
    await view.read(BLOCK + 5, 6 * BLOCK)
    assert source.calls == [(3 * BLOCK, BLOCK), (BLOCK, 2 * BLOCK), (4 * BLOCK, 4 * BLOCK)]


async def test_no_call_is_longer_than_the_longest() -> None:
    source = Counted(2 * LONGEST_CALL + 5)
    await (await BlockCache().open(source, "disk", account())).read(0, source.size)
    assert [length for _, length in source.calls] == [LONGEST_CALL, LONGEST_CALL, 5]
    plain = Counted(2 * LONGEST_CALL + 5)
    assert await PlainBlocks(plain, account()).read(0, plain.size) == plain.content
    assert [length for _, length in plain.calls] == [LONGEST_CALL, LONGEST_CALL, 5]


async def test_what_several_want_at_once_is_read_once() -> None:
    source = Counted(4 * BLOCK)
    source.gate = asyncio.Event()
    view = await BlockCache().open(source, "disk", account())
    *read, _ = await asyncio.gather(*(view.read(0, 2 * BLOCK) for _ in range(5)), soon(source.gate.set))
    assert set(read) == {source.content[: 2 * BLOCK]}
    assert len(source.calls) == 1


async def test_who_waits_for_one_that_gives_up_reads_itself() -> None:
    source = Counted(BLOCK)
    source.gate = asyncio.Event()
    view = await BlockCache().open(source, "disk", account())
    async with Tasks() as tasks:
        first, second = (tasks.start(view.read(0, BLOCK), "reading") for _ in range(2))
        await soon(first.cancel)
        await soon(source.gate.set)
        assert await second == source.content
        assert first.cancelled()


async def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    source = Counted(BLOCK)
    source.gate = asyncio.Event()
    source.failing = True
    view = await BlockCache().open(source, "disk", account())
    readings = (view.read(0, BLOCK) for _ in range(3))
    *outcomes, _ = await asyncio.gather(*readings, soon(source.gate.set), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [SourceError] * 3
    source.failing = False
    assert await view.read(0, BLOCK) == source.content


@pytest.mark.parametrize(("token", "again"), [("1", 1), (None, 2)])
async def test_blocks_serve_later_looks_while_the_token_is_the_same(token: str | None, again: int) -> None:
    source, cache = Counted(BLOCK, token), BlockCache()
    for _ in range(2):
        view = await cache.open(source, "disk", account())
        await view.read(0, BLOCK)
        view.close()
    assert len(source.calls) == again
    assert (cache.size_bytes == 0) == (token is None)


async def test_another_token_or_another_disk_is_read_anew() -> None:
    cache = BlockCache()
    sources = [Counted(BLOCK, "1"), Counted(BLOCK, "2"), Counted(BLOCK, "1")]
    for source, name in zip(sources, ("a", "a", "b"), strict=True):
        await (await cache.open(source, name, account())).read(0, BLOCK)
    assert [len(source.calls) for source in sources] == [1, 1, 1]


async def test_a_source_that_gives_less_than_it_was_asked_for_is_not_believed() -> None:
    source = Counted(BLOCK)
    source.content = source.content[:-1]
    view = await BlockCache().open(source, "disk", account())
    with pytest.raises(SourceError, match="65535 bytes in place of 65536"):
        await view.read(0, BLOCK)


async def test_less_than_a_block_is_read_as_little_as_it_is_and_served_from_what_is_kept() -> None:
    source = Counted(2 * BLOCK + 100)
    view = await BlockCache().open(source, "disk", account())
    for _ in range(2):
        assert await view.read(4096, 4096) == source.content[4096:8192]
    await view.read(0, BLOCK)
    await view.read(4096, 4096)
    assert source.calls == [(4096, 4096), (4096, 4096), (0, BLOCK)]
    for _ in range(2):
        await view.read(2 * BLOCK, 100)  # the last block is no longer than that
    assert source.calls[3:] == [(2 * BLOCK, 100)]


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers("test files", 2)
    yield workers
    workers.stop()
    workers.join()


async def test_a_file_is_read_and_its_token_moves_with_it(tmp_path: Path, workers: Workers) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(b"0123456789")
    source = FileSource(path, workers)
    before = await source.token()
    assert source.size == 10
    assert await source.read(2, 5) == b"23456"
    assert await source.token() == before
    os.utime(path, ns=(1, 1))
    assert await source.token() != before
    with pytest.raises(SourceError, match="has become shorter"):
        await source.read(5, 6)
    await source.close()
    await source.close()
    with pytest.raises(SourceError, match="was closed"):
        await source.read(0, 1)


def test_what_is_no_file_is_refused(tmp_path: Path, workers: Workers) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it must not wait for a writer
    for path, what in (
        (tmp_path / "missing", "No such file"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "is a pipe"),
        (Path("/dev/zero"), "is a device"),
    ):
        with pytest.raises(SourceError, match=what):
            FileSource(path, workers)


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_looks_are_booked_apart_and_together() -> None:
    ledger = Ledger()
    first, second = ledger.account(VM, Source.DISK, "file"), ledger.account(VM, Source.DISK, "file")
    with first.call(100):
        pass
    with pytest.raises(SourceError), second.call(50):
        raise SourceError("gone")
    total = ledger.totals(VM)[Source.DISK, "file"]
    assert (first.cost.calls, first.cost.read_bytes) == (1, 100)
    assert (second.cost.calls, second.cost.read_bytes) == (1, 0)
    assert (total.calls, total.read_bytes) == (2, 100)
    look = first.look(Looked.READ, datetime.now(UTC))
    assert (look.way, look.calls, look.read_bytes) == ("file", 1, 100)
    ledger.forget(VM)
    assert ledger.totals(VM) == {}

"""Blocks that were read once and need not be read again, shared by all VMs that a process looks into.

Sources cost by the call, over networks and through hypervisors' daemons. So blocks are read whole, adjacent ones in
one call, and what several looks want at the same time once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Iterator

from vmi_console.errors import SourceError
from vmi_console.introspection.blocks.ledger import Account
from vmi_console.introspection.blocks.source import BlockSource

BLOCK = 64 * 1024
LONGEST_CALL = 4 << 20
"""Bytes asked of a source at once: what libvirt's blockPeek and memoryPeek carry at most."""

LIMIT_BYTES = 256 << 20

type _Key = tuple[Hashable, int]
"""Of which content, and the number of the block in it."""

type _Outcome = bytes | SourceError | None
"""What a block under way came to; None where whoever fetched it gave up."""


class BlockCache:
    """The blocks used last, up to `limit_bytes` of them. Used from one event loop."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._blocks: OrderedDict[_Key, bytes] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Future[_Outcome]] = {}

    @property
    def size_bytes(self) -> int:
        """Of what is held."""
        return self._size_bytes

    async def open(self, source: BlockSource, name: str, account: Account) -> CachedBlocks:
        """The source with the cache in front; `name` says which disk it is, whatever way it is read.

        Blocks serve later looks as long as the source's token is the same; where it has none, only this one.
        Raises `SourceError`.
        """
        token = await source.token()
        return CachedBlocks(self, source, (name, token) if token is not None else object(), account)

    async def read(self, content: Hashable, source: BlockSource, offset: int, length: int, account: Account) -> bytes:
        """Bytes of a source whose content is known by `content`. Raises `SourceError`.

        What is less than a block is wanted by those who want little: no more is read for them, and nothing kept.
        """
        if not length:
            return b""
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        if first == last and length < min(BLOCK, source.size - first * BLOCK):
            return await self._little(content, source, offset, length, account)
        found: dict[int, bytes] = {}
        while len(found) <= last - first:
            awaited: list[tuple[int, asyncio.Future[_Outcome]]] = []
            missing: list[int] = []
            for number in range(first, last + 1):
                if number in found:
                    continue
                if (block := self._blocks.get((content, number))) is not None:
                    self._blocks.move_to_end((content, number))
                    found[number] = block
                elif (future := self._under_way.get((content, number))) is not None:
                    awaited.append((number, future))
                else:
                    missing.append(number)
            for run in _runs(missing):
                found.update(await self._fetch(content, source, run, account))
            for number, future in awaited:
                outcome = await asyncio.shield(future)
                if isinstance(outcome, SourceError):
                    raise outcome
                if outcome is not None:  # else it is our turn to fetch it
                    found[number] = outcome
        joined = b"".join(found[number] for number in range(first, last + 1))
        start = offset - first * BLOCK
        return joined[start : start + length]

    def forget(self, content: Hashable) -> None:
        """Drops every block of a content that nobody will ask for again."""
        for key in [key for key in self._blocks if key[0] is content or key[0] == content]:
            self._size_bytes -= len(self._blocks.pop(key))

    async def _little(
        self, content: Hashable, source: BlockSource, offset: int, length: int, account: Account
    ) -> bytes:
        number, start = divmod(offset, BLOCK)
        if (block := self._blocks.get((content, number))) is not None:
            self._blocks.move_to_end((content, number))
            return block[start : start + length]
        with account.call(length):
            return _whole(await source.read(offset, length), length, source)

    async def _fetch(self, content: Hashable, source: BlockSource, run: range, account: Account) -> dict[int, bytes]:
        """Reads adjacent blocks in one call, for all who wait for them."""
        futures: dict[int, asyncio.Future[_Outcome]] = {}
        for number in run:
            futures[number] = self._under_way[content, number] = asyncio.get_running_loop().create_future()
        outcomes: dict[int, bytes] = {}
        failure: SourceError | None = None
        try:
            start = run.start * BLOCK
            length = min(run.stop * BLOCK, source.size) - start
            with account.call(length):
                data = _whole(await source.read(start, length), length, source)
            for number in run:
                outcomes[number] = data[(number - run.start) * BLOCK : (number - run.start + 1) * BLOCK]
                self._keep((content, number), outcomes[number])
            return outcomes
        except SourceError as error:
            failure = error
            raise
        finally:
            for number, future in futures.items():
                del self._under_way[content, number]
                future.set_result(outcomes.get(number, failure))

    def _keep(self, key: _Key, block: bytes) -> None:
        self._blocks[key] = block
        self._size_bytes += len(block)
        while self._size_bytes > self._limit_bytes:
            _, dropped = self._blocks.popitem(last=False)
            self._size_bytes -= len(dropped)


class CachedBlocks:
    """A source with the cache in front of it, for one look. It is not the owner of the source."""

    def __init__(self, cache: BlockCache, source: BlockSource, content: Hashable, account: Account) -> None:
        self.size = source.size
        self.account = account
        self._cache = cache
        self._source = source
        self._content = content

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes, which are inside. Raises `SourceError`."""
        return await self._cache.read(self._content, self._source, offset, length, self.account)

    def close(self) -> None:
        """The look is over: what serves no other one is dropped."""
        if not isinstance(self._content, tuple):
            self._cache.forget(self._content)


class PlainBlocks:
    """A source whose content moves while it is read, such as memory, with nothing in front of it."""

    def __init__(self, source: BlockSource, account: Account) -> None:
        self.size = source.size
        self.account = account
        self._source = source

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes, which are inside, as they are now. Raises `SourceError`."""
        parts = []
        for start in range(offset, offset + length, LONGEST_CALL):
            part = min(LONGEST_CALL, offset + length - start)
            with self.account.call(part):
                parts.append(_whole(await self._source.read(start, part), part, self._source))
        return b"".join(parts)

    def close(self) -> None:
        """There is nothing to drop."""


def _whole(data: bytes, length: int, source: BlockSource) -> bytes:
    if len(data) != length:
        raise SourceError(f"{source.way} gave {len(data)} bytes in place of {length}")
    return data


def _runs(numbers: list[int]) -> Iterator[range]:
    """Adjacent numbers together, as many as one call may carry.

    >>> list(_runs([1, 2, 3, 7]))
    [range(1, 4), range(7, 8)]
    """
    most = LONGEST_CALL // BLOCK
    start = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1 or index - start == most:
            yield range(numbers[start], numbers[index - 1] + 1)
            start = index

"""Files of this machine that are looked into: disks, memory, and what a disk's image may name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from vmi_console.errors import InputError, SourceError
from vmi_console.estate.records import Source
from vmi_console.introspection.blocks.cache import BlockCache, CachedBlocks, PlainBlocks
from vmi_console.introspection.blocks.files import FileSource
from vmi_console.introspection.blocks.ledger import Account
from vmi_console.introspection.parser.pool import Subject
from vmi_console.introspection.parser.protocol import Content
from vmi_console.plain_text import visible
from vmi_console.wire.workers import Workers

READERS = 4
MEMORY_SUFFIXES = frozenset({".vmem", ".core", ".lime", ".dump", ".dmp", ".vmss", ".vmsn", ".vmcore"})
STATE_SUFFIXES = (".vmss", ".vmsn")  # of what VMware suspended, and took a snapshot of
MEMORY_STARTS = (b"\x7fELF", b"KDUMP   ", b"DISKDUMP", b"EMiL", b"PAGEDU64", b"PAGEDUMP")
"""How files begin that are a dump of memory, and no disk, whatever they are called."""


class Files:
    """Files of one machine, open for one look. Made by `opened`."""

    def __init__(self, beside: Sequence[Path], devices: bool, workers: Workers) -> None:
        self.subjects: list[Subject] = []
        self.accounts: dict[Source, Account] = {}
        self._beside = tuple(beside)
        self._devices = devices
        self._workers = workers
        self._cache = BlockCache()
        self._folders: dict[int, Path] = {}  # by the identity of the bytes: whose names are looked up where
        self._open: list[tuple[FileSource, CachedBlocks | PlainBlocks]] = []

    async def add(self, path: Path, content: Content | None) -> None:
        """Opens one more; what it holds is found out where it is not said. Raises `SourceError`."""
        source = FileSource(path, self._workers, devices=self._devices)
        try:
            if content is None:
                content = Content.MEMORY if await self._is_memory(source) else Content.IMAGE
            subject = await self._subject(source, content)
        except BaseException:
            await source.close()
            raise
        self.subjects.append(subject)
        if content is Content.MEMORY and path.suffix.lower() == ".vmem":
            await self._add_state(path)

    async def _add_state(self, memory: Path) -> None:
        """The state that VMware put beside a memory file, under the same name: it says which addresses that has."""
        for suffix in STATE_SUFFIXES:
            path = memory.with_suffix(suffix)
            if path.is_file() and path.resolve().parent == memory.resolve().parent:  # noqa: ASYNC240 - a look at a name
                source = FileSource(path, self._workers)
                self.subjects.append(await self._subject(source, Content.STATE))
                return

    async def other(self, subject: Subject, name: str) -> Subject:
        """The file that an image names, if it is in the image's folder or was named on the command line.

        A name is no more than that: images may be hostile, and one that names `/etc/shadow`, or leads there by a link,
        gets nothing. Raises `SourceError`.
        """
        shown = visible(name, 80)
        if not name or name in (".", "..") or any(mark in name for mark in ("/", "\\", "\0", ":")):
            raise SourceError(f"the image names “{shown}”, which is no name of a file")
        named = next((path for path in self._beside if path.name == name), None)
        if named is not None:
            return await self._subject(FileSource(named, self._workers, devices=self._devices), Content.IMAGE)
        folder = self._folders[id(subject.bytes)]
        try:
            path = (folder / name).resolve()
        except (OSError, RuntimeError) as error:  # links in a circle
            raise SourceError(f"the image names {shown}, which leads nowhere: {error}") from error
        if path.parent != folder:
            raise SourceError(
                f"the image names {shown}, which leads out of its folder", "name that file with --with to allow it"
            )
        try:
            source = FileSource(path, self._workers)
        except SourceError as error:
            raise SourceError(
                f"the image is not whole without {shown}: {error.message}", "name the file with --with"
            ) from error
        return await self._subject(source, Content.IMAGE)

    def progress(self) -> str:
        """How much was read so far, in words."""
        costs = [account.cost for account in self.accounts.values()]
        read_bytes, calls = sum(cost.read_bytes for cost in costs), sum(cost.calls for cost in costs)
        return f"reading: {read_bytes / 1e6:,.1f} MB in {calls:,} calls"

    async def close(self) -> None:
        """Closes every file."""
        for source, read in self._open:
            read.close()
            await source.close()

    async def _subject(self, source: FileSource, content: Content) -> Subject:
        kind = Source.DISK if content.is_disk else Source.MEMORY
        account = self.accounts.setdefault(kind, Account(kind, FileSource.way))
        if not content.is_disk:
            read: CachedBlocks | PlainBlocks = PlainBlocks(source, account)
        else:
            read = await self._cache.open(source, str(source.path), account)
        self._open.append((source, read))
        self._folders[id(read)] = source.path.resolve().parent
        return Subject(read, content, source.path.name)

    async def _is_memory(self, source: FileSource) -> bool:
        if source.path.suffix.lower() in MEMORY_SUFFIXES:
            return True
        return (await source.read(0, min(16, source.size))).startswith(MEMORY_STARTS)


def _lies_beside(path: Path, paths: Sequence[Path]) -> bool:
    """Whether it is the state of a memory file that is named, too, and is read with that."""
    return path.suffix.lower() in STATE_SUFFIXES and path.with_suffix(".vmem") in paths


@contextlib.asynccontextmanager
async def opened(
    paths: Sequence[Path], beside: Sequence[Path] = (), content: Content | None = None, *, devices: bool = False
) -> AsyncIterator[Files]:
    """The files of one machine: its disks, and its memory. Raises `VmiError`.

    All hold `content`, where that is said. `beside` are files that an image may name although they are elsewhere.
    """
    workers = Workers("file reader", READERS)
    files = Files(beside, devices, workers)
    try:
        for path in paths:
            if not _lies_beside(path, paths):
                await files.add(path, content)
        if sum(subject.content is Content.MEMORY for subject in files.subjects) > 1:
            raise InputError("several files of memory are not one machine", "name one, with the disks of its machine")
        yield files
    finally:
        await files.close()
        workers.stop()

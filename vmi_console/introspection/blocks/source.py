"""What every source of bytes is to those who read it."""

from __future__ import annotations

from typing import Protocol


class BlockSource(Protocol):
    """A disk image or a machine's memory, as bytes at offsets. Used from one event loop.

    Every method raises `SourceError` where the bytes cannot be had: it says which way was tried, and why it failed.
    """

    way: str
    """How it is read, as the ledger calls it: file, blockPeek, backup, volume download, datastore file, memoryPeek."""

    size: int
    """In bytes."""

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes; whoever asks stays within `size`."""

    async def token(self) -> str | None:
        """Something that is another whenever the content may be; None where that cannot be told."""

    async def close(self) -> None:
        """Gives up whatever was opened for it. Safe to call twice."""

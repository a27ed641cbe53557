"""The files of a guest, as those who look for facts in them see them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, Protocol

import msgspec

LARGEST_READ = 64 << 20
"""Bytes that `Files.read` gives unless it is asked for fewer: what a guest stores must not fill our memory."""


class Kind(StrEnum):
    """What a name in a folder stands for."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"  # devices, sockets, pipes


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A name in a folder, and what is cheaply known of it."""

    name: str
    kind: Kind
    size: int = 0  # bytes
    changed_ns: int = 0  # of the content, by the guest's clock; 0 where not known
    mode: int = 0  # permission bits; 0 where the file system has none


class Absent(Exception):
    """There is no such file. A fact: the guest does not have it."""


class Unreadable(Exception):
    """The file is there, or may be, and cannot be read: damaged, encrypted, of a kind we do not know. Says why."""


class Files(Protocol):
    """The mounted file systems of one guest, from its root on.

    Paths are absolute, with `/`, and for Windows begin at the system's drive (`/Windows/System32`), where case does not
    matter. Links are followed within the guest: an absolute target begins at the guest's root, never at ours; loops are
    `Unreadable`. Methods raise `Absent` or `Unreadable`, and nothing else.
    """

    def read(self, path: str, limit: int = LARGEST_READ) -> bytes:
        """The content of a file; `Unreadable` where it is longer than `limit`."""

    def open(self, path: str) -> BinaryIO:
        """A file to seek and read in, for what is read in parts only."""

    def entries(self, path: str) -> Iterator[Entry]:
        """The names in a folder, in no order; links are given as links."""

    def entry(self, path: str, follow: bool = True) -> Entry:
        """What is known of a file or folder."""

    def target(self, path: str) -> str:
        """What a link says, as it is written in it."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why what is read may be older than it looks: a journal that could not be replayed, a disk that is missing."""

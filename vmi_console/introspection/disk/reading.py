"""Reading a guest's files within bounds, and remembering what could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from vmi_console.estate.facts import FactSet, Looked
from vmi_console.estate.records import Part
from vmi_console.introspection.disk.files import Absent, Entry, Files, Kind, Unreadable

LONGEST_TEXT = 1 << 20
"""Bytes of a file of settings; nobody writes longer ones by hand."""
MOST_ENTRIES = 20_000
"""Names in one folder."""
MOST_CALLS = 50_000
"""Files and folders that are touched for one set of facts."""
LONGEST_WORD = 512
"""Characters that one fact may have."""
_LONGEST_PATH = 4096
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_DOUBTS = 5


class Reading:
    """The files of one guest, as one set of facts is read from them.

    `text`, `data`, `open`, `folder` and `entry` raise `Absent` and `Unreadable`, as `Files` does, and `Unreadable` once
    more files were touched than any guest needs. The methods below them are for what may be missing: `known_…` give
    nothing where there is no such file, and raise `Unreadable`; `any_…` note that in `doubts` instead, and are for what
    only adds to a set, so that nothing is called absent, or switched off, because it could not be read.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._calls = 0
        self._doubts: list[str] = []
        self._more_doubts = 0

    # --- what must be there ------------------------------------------------------------------------------------------

    def data(self, path: str, limit: int = LONGEST_TEXT) -> bytes:
        self._count(path)
        return self._files.read(path, limit)

    def text(self, path: str, limit: int = LONGEST_TEXT) -> str:
        return self.data(path, limit).decode("utf-8", "replace")

    def open(self, path: str) -> BinaryIO:
        self._count(path)
        return self._files.open(path)

    def folder(self, path: str) -> list[Entry]:
        """The names in a folder, sorted; `Unreadable` where there are more than any folder has that we look into."""
        self._count(path)
        found: list[Entry] = []
        for entry in self._files.entries(path):
            if len(found) >= MOST_ENTRIES:
                raise Unreadable(f"{path} holds more than {MOST_ENTRIES} names")
            if entry.name not in (".", ".."):
                found.append(entry)
        found.sort(key=lambda entry: entry.name)
        return found

    def entry(self, path: str, follow: bool = True) -> Entry:
        self._count(path)
        return self._files.entry(path, follow)

    def target(self, path: str) -> str:
        self._count(path)
        return self._files.target(path)

    # --- what may be missing -----------------------------------------------------------------------------------------

    def known_text(self, path: str, limit: int = LONGEST_TEXT) -> str | None:
        """The text of a file; None where there is none."""
        try:
            return self.text(path, limit)
        except Absent:
            return None

    def known_files(self, path: str) -> list[tuple[str, str]]:
        """Name and path of the files of a folder, and of links in it, sorted; none where there is no folder."""
        try:
            entries = self.folder(path)
        except Absent:
            return []
        return [(entry.name, f"{path}/{entry.name}") for entry in entries if entry.kind in (Kind.FILE, Kind.LINK)]

    def any_text(self, path: str, limit: int = LONGEST_TEXT) -> str | None:
        """The text of a file, or None."""
        try:
            return self.text(path, limit)
        except Absent:
            return None
        except Unreadable as error:
            self.doubt(f"{path}: {error}")
            return None

    def any_folder(self, path: str) -> list[Entry]:
        """The names in a folder; none where it is missing."""
        try:
            return self.folder(path)
        except Absent:
            return []
        except Unreadable as error:
            self.doubt(f"{path}: {error}")
            return []

    def any_entry(self, path: str, follow: bool = True) -> Entry | None:
        try:
            return self.entry(path, follow)
        except Absent:
            return None
        except Unreadable as error:
            self.doubt(f"{path}: {error}")
            return None

    def any_target(self, path: str) -> str | None:
        """What a link says, or None."""
        try:
            return self.target(path)
        except Absent:
            return None
        except Unreadable as error:
            self.doubt(f"{path}: {error}")
            return None

    def exists(self, path: str) -> bool:
        """Whether there is anything under this name, readable or not."""
        try:
            self.entry(path)
        except Absent:
            return False
        except Unreadable:
            return True
        return True

    def any_files(self, path: str) -> list[tuple[str, str]]:
        """Name and path of the files of a folder, and of links in it, sorted."""
        entries = self.any_folder(path)
        return [(entry.name, f"{path}/{entry.name}") for entry in entries if entry.kind in (Kind.FILE, Kind.LINK)]

    # --- doubt -------------------------------------------------------------------------------------------------------

    def doubt(self, text: str) -> None:
        """Notes that something is missing from what was read."""
        if text in self._doubts:
            return
        if len(self._doubts) < _MOST_DOUBTS:
            self._doubts.append(word(text))
        else:
            self._more_doubts += 1

    @property
    def doubts(self) -> tuple[str, ...]:
        more = (f"and {self._more_doubts} more",) if self._more_doubts else ()
        return (*self._doubts, *more)

    def _count(self, path: str) -> None:
        if "\0" in path or len(path) > _LONGEST_PATH:
            raise Absent(path[:LONGEST_WORD])  # no file system has such a name; only a hostile guest asks for it
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise Unreadable(f"it would take more than {MOST_CALLS} files to read")


def fact_set[Fact: Part](read: Callable[[Reading], list[Fact]], reading: Reading) -> FactSet[Fact]:
    """What `read` gives, as a set of facts. Raises nothing: a set that cannot be read says why."""
    try:
        items = tuple(read(reading))
    except Absent as error:
        return FactSet(status=Looked.UNREADABLE, because=word(f"{error} is missing"))
    except Unreadable as error:
        return FactSet(status=Looked.UNREADABLE, because=word(str(error)))
    except Exception as error:  # whatever a hostile disk may yet bring about ends with the set that it is in
        return FactSet(status=Looked.UNREADABLE, because=word(f"it is damaged ({type(error).__name__}: {error})"))
    return FactSet(status=Looked.READ, items=items, doubt="; ".join(reading.doubts))


def lines(text: str) -> Iterator[str]:
    """The lines of a file of settings without surrounding blanks, empty ones and comments (`#`)."""
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            yield line


def word(text: str) -> str:
    """A fact as it is kept: bounded, and text that can be encoded, whatever bytes a file's name was made of."""
    return sound(text.strip()[:LONGEST_WORD])


def sound(text: str) -> str:
    """
    >>> sound("caf\\udce9")
    'caf\\ufffd'
    """
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)

"""Taking a fingerprint of files: it moves when one of them does, and costs no more than finding them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from vmi_console.introspection.disk.files import Absent, Entry, Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading

MOST_NAMES = 2_000
"""Of one folder that are part of a fingerprint."""


class Fingerprint:
    """A digest of names, sizes and times. What cannot be read is part of it as well, by the reason it gives."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._digest = hashlib.sha256()

    def add(self, path: str) -> None:
        """A file, or a folder without what is in it."""
        self._add(path, self._entry(path))

    def add_folder(self, path: str, depth: int = 0) -> None:
        """A folder with what is in it, and what is in folders in it, so many levels down."""
        self.add(path)
        self._add_names(path, depth)

    def add_note(self, path: str, note: str) -> None:
        """What else tells versions of a file apart."""
        self._digest.update(f"{path}\0{note}\n".encode("utf-8", "surrogatepass"))

    def digest(self) -> str:
        return self._digest.hexdigest()

    def _add_names(self, folder: str, depth: int) -> None:
        for entry in self._entries(folder):
            path = f"{folder}/{entry.name}"
            self._add(path, self._timed(path, entry))
            if entry.kind is Kind.FOLDER and depth > 0:
                self._add_names(path, depth - 1)

    def _add(self, path: str, found: Entry | str) -> None:
        told = found if isinstance(found, str) else f"{found.kind}\0{found.size}\0{found.changed_ns}\0{found.mode}"
        self.add_note(path, told)

    def _entry(self, path: str) -> Entry | str:
        try:
            return self._reading.entry(path)
        except Absent:
            return "absent"
        except Unreadable as error:
            return str(error)

    def _timed(self, path: str, entry: Entry) -> Entry | str:
        """An entry with its time; a folder's listing may leave it out."""
        return entry if entry.changed_ns or entry.kind is Kind.LINK else self._entry(path)

    def _entries(self, path: str) -> Iterator[Entry]:
        try:
            found = self._reading.folder(path)
        except (Absent, Unreadable):
            return iter(())
        return iter(found[:MOST_NAMES])

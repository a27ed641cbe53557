"""When a demo world began, and every command given to it since: an append-only file that its roles share.

The first line says when the world began; it is written by whichever role comes first. Each further line is a command,
appended with one write. Each role reads what was appended since it last looked.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from vmi_console.errors import StorageError

FILE_NAME = "demo.jsonl"
EFFECT_AFTER = timedelta(milliseconds=100)  # leaves other roles the time to read a command before they pass its moment

type Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock that every role reads, unless a test has one of its own."""
    return datetime.now(UTC)


class Beginning(msgspec.Struct, frozen=True):
    """The first line."""

    started_at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A command that somebody gave, and when it takes effect."""

    key: str
    at: datetime
    command: str
    arguments: dict[str, Any] = {}


class Chronicle:
    """The file in a folder that the roles of one connection share; in memory where there is none."""

    def __init__(self, folder: str, clock: Clock = utc_now) -> None:
        """Opens or begins the chronicle; raises `StorageError`."""
        self._clock = clock
        self._path = Path(folder) / FILE_NAME if folder else None
        self._position = 0
        self._pending: list[Entry] = []  # in memory only
        if self._path is None:
            self.started_at = clock()
            return
        try:
            if not self._path.exists():
                self._begin(self._path)
            with self._path.open("rb") as file:
                line = file.readline()
            self.started_at = msgspec.json.decode(line, type=Beginning).started_at
        except (OSError, msgspec.DecodeError) as error:
            raise StorageError(f"the demo estate's file {self._path} cannot be used: {error}", "remove it") from error
        self._position = len(line)

    def append(self, command: str, arguments: dict[str, Any]) -> Entry:
        """Gives a command, to take effect in a moment; raises `StorageError`."""
        entry = Entry(key=uuid.uuid4().hex, at=self._clock() + EFFECT_AFTER, command=command, arguments=arguments)
        if self._path is None:
            self._pending.append(entry)
            return entry
        line = msgspec.json.encode(entry) + b"\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StorageError(f"the demo estate's file {self._path} cannot be written: {error}") from error
        return entry

    def news(self) -> list[Entry]:
        """The commands given since the last call, in the order of the file; raises `StorageError`."""
        if self._path is None:
            entries, self._pending = self._pending, []
            return entries
        try:
            if self._path.stat().st_size <= self._position:
                return []
            with self._path.open("rb") as file:
                file.seek(self._position)
                written = file.read()
            whole = written[: written.rfind(b"\n") + 1]
            entries = [msgspec.json.decode(line, type=Entry) for line in whole.splitlines()]
        except (OSError, msgspec.DecodeError) as error:
            raise StorageError(f"the demo estate's file {self._path} cannot be read: {error}", "remove it") from error
        self._position += len(whole)
        return entries

    def _begin(self, path: Path) -> None:
        """Makes the file whole or not at all, unless another role was faster."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="demo-", suffix=".new") as file:
            file.write(msgspec.json.encode(Beginning(self._clock())) + b"\n")
            file.flush()
            try:
                os.link(file.name, path)
            except FileExistsError:
                return

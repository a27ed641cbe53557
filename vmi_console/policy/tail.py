"""Follows a file that another program appends lines to, through its rotations; or listens where it connects."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vmi_console.errors import StorageError
from vmi_console.wire import local
from vmi_console.wire.workers import Workers

type Take = Callable[[list[bytes]], None]
"""Takes whole lines, without their ends; called on the event loop."""

POLL_SECONDS = 0.5
CHUNK_BYTES = 4 << 20
LONGEST_LINE_BYTES = 1 << 20
LAST_READ_SECONDS = 2.0
"""How long the end waits for a read that hangs."""
LOOK_BACK_BYTES = 4 << 20
"""So much of a file that is there already is read, so that the alerts of late are known."""


class TailedFile:
    """A file whose lines are read as they come. `read` blocks as long as the file system does.

    A file that is renamed or cut off is begun anew under its name; one that is not there yet has no lines.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._rest = b""
        self._skipping = False  # the rest of a line that is too long, or was met in its middle

    def read(self) -> list[bytes]:
        """The whole lines that came since; at most what `CHUNK_BYTES` hold. Raises `StorageError`."""
        try:
            if self._file is None and not self._open(LOOK_BACK_BYTES if self._identity is None else None):
                return []
            lines = self._more()
            if not lines and self._is_another():
                if lines := self._more():  # what came since, before its writer went on to the other one
                    return lines
                self.close()
                return self._more() if self._open(None) else []
        except OSError as error:
            self.close()
            raise StorageError(f"{self.path} cannot be read: {error.strerror}", "check its permissions") from error
        return lines

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, look_back: int | None) -> bool:
        """Begins at the file's start, or so many bytes before its end. False where there is no file."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            self._identity = self._identity or (-1, -1)  # what comes later is new, and read whole
            return False
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise StorageError(f"{self.path} is no regular file", "name a file that lines are appended to")
        self._file, self._identity = descriptor, (status.st_dev, status.st_ino)
        self._offset = max(0, status.st_size - look_back) if look_back is not None else 0
        self._rest, self._skipping = b"", self._offset > 0
        return True

    def _more(self) -> list[bytes]:
        assert self._file is not None
        os.lseek(self._file, self._offset, os.SEEK_SET)
        content = os.read(self._file, CHUNK_BYTES)
        self._offset += len(content)
        *lines, self._rest = (self._rest + content).split(b"\n")
        if self._skipping and lines:
            del lines[0]
            self._skipping = False
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._rest, self._skipping = b"", True
        return lines

    def _is_another(self) -> bool:
        """Whether another file has its name now, and something was written to that; or it was cut off.

        Before its writer has noticed that the file was moved away it goes on with this one.
        """
        assert self._file is not None
        if os.fstat(self._file).st_size < self._offset:
            return True
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False  # moved away, and the next one is not there yet
        return (status.st_dev, status.st_ino) != self._identity and status.st_size > 0


async def follow(path: Path, take: Take, failed: Callable[[StorageError | None], None]) -> None:
    """Reads the file until cancelled. `failed` hears of the first failure, and with None of the recovery."""
    workers = Workers(f"tail of {path.name}", 1)
    tailed = TailedFile(path)
    broken = False
    try:
        while True:
            try:
                lines = await workers.run(tailed.read)
            except StorageError as error:
                if not broken:
                    failed(error)
                broken, lines = True, []
            else:
                if broken:
                    failed(None)
                broken = False
            if lines:
                take(lines)
            await asyncio.sleep(0 if lines else POLL_SECONDS)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_READ_SECONDS):
                await workers.run(tailed.close)  # after the read that may be under way
        workers.stop()


async def listen(path: Path, take: Take) -> None:
    """Takes lines from whoever connects to a Unix socket at `path`, until cancelled.

    Its user and group may connect: an engine that looks at the network runs as another user. Raises `StorageError`
    where the socket cannot be made; one that was left behind is replaced, and nothing else is.
    """

    connected: set[asyncio.StreamWriter] = set()
    over = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if over:  # it connected in the last moment
            writer.close()
            return
        connected.add(writer)
        try:
            while line := await _line(reader):
                take([line.rstrip(b"\r\n")])
        finally:
            connected.discard(writer)
            writer.close()

    server = await asyncio.start_unix_server(serve, sock=_listening(path), limit=LONGEST_LINE_BYTES)
    try:
        await asyncio.Event().wait()
    finally:
        over = True
        await local.close(server)
        for writer in connected:
            writer.close()  # or the server waits for them
        await server.wait_closed()
        local.remove(path)


def _listening(path: Path) -> socket.socket:
    local.refuse_to_replace(path)
    try:
        return local.listening_at(path, mask=0o117)
    except OSError as error:
        raise StorageError(f"nothing can listen at {path}: {error.strerror or error}", "choose another path") from error


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, empty at the end, however that came. One that is too long ends the connection: it is no event."""
    try:
        return await reader.readline()
    except (ValueError, ConnectionError):
        return b""

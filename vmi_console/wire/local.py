"""Listening and connecting on this machine, for this user only.

Where there are Unix sockets: a socket that only its owner may open, in a folder of ours, and the peer's user is
checked besides. Elsewhere (Windows): a port on the loopback address and a secret in a file that only its owner may
read; whoever connects must send it first.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from vmi_console.errors import EngineUnavailable, StorageError
from vmi_console.settings import replace_file

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

UNIX = sys.platform != "win32"
SECRET_BYTES = 32
LONGEST_PATH = 103  # of a Unix socket on every system we know (macOS: 104 with the final NUL)


class Listener:
    """Accepts connections at `path` until closed. Made by `listen`."""

    def __init__(self, path: Path, serve: Serve) -> None:
        self.path = path
        self._serve = serve
        self.server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._closed = False

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to its end."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._serving.add(task)
        try:
            if not self._closed:  # else it connected in the last moment
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # by `close`
        finally:
            self._serving.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def close(self) -> None:
        """Stops accepting, ends the connections that are open, and removes what `path` names."""
        self._closed = True
        if self.server is not None:
            await close(self.server)
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        remove(self.path)


async def listen(path: Path, serve: Serve, *, unix: bool = UNIX) -> Listener:
    """Serves every connection of this user with `serve`.

    Raises `StorageError` if somebody listens there already, or nobody can.
    """
    if unix and len(os.fsencode(path)) > LONGEST_PATH:
        raise StorageError(f"the path of the socket is too long: {path}", f"use one of at most {LONGEST_PATH} bytes")
    try:
        _, writer = await connect(path, unix=unix)
    except EngineUnavailable:
        pass
    else:
        writer.close()
        await writer.wait_closed()
        raise StorageError(f"an engine is already listening at {path}", "use that one, or stop it first")
    listener = Listener(path, serve)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(path, unix)
        await (_listen_unix(listener) if unix else _listen_loopback(listener))
    except OSError as error:
        raise StorageError(f"nothing can listen at {path}: {error.strerror}", "choose another path") from error
    return listener


async def connect(path: Path, *, unix: bool = UNIX) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connects to what listens at `path`; raises `EngineUnavailable` if nothing does."""
    try:
        if unix:
            return await asyncio.open_unix_connection(path)
        port, secret = _port_and_secret(path)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(secret)
        return reader, writer
    except (OSError, ValueError) as error:
        raise EngineUnavailable(
            f"no engine is listening at {path}", f"start one with: vmi-console engine --listen {path}"
        ) from error


async def close(server: asyncio.Server) -> None:
    """Lets nobody in any more.

    Whoever has just been accepted is let in before: asyncio forgets a connection, and leaves it open, whose server is
    closed in between.
    """
    loop = asyncio.get_running_loop()
    try:
        for each in server.sockets:
            with contextlib.suppress(NotImplementedError):  # the loop of Windows asks the sockets in another way
                loop.remove_reader(each.fileno())
        await asyncio.sleep(0)
    finally:
        server.close()


def _clear(path: Path, unix: bool) -> None:
    """Removes what a listener that was killed left behind, and never what a person keeps there."""
    if unix:
        refuse_to_replace(path)
    remove(path)


def remove(path: Path) -> None:
    """Takes away what somebody listened at."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()


async def _listen_unix(listener: Listener) -> None:
    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _is_this_user(writer.get_extra_info("socket")):
            await listener.accept(reader, writer)
        else:
            writer.close()

    listener.server = await asyncio.start_unix_server(checked, sock=listening_at(listener.path, 0o177))


def refuse_to_replace(path: Path) -> None:
    """Raises `StorageError` where something is at `path` that is no socket: it may be a person's."""
    if path.exists() and not path.is_socket():
        raise StorageError(f"{path} is something else than a socket", "choose another path")


def listening_at(path: Path, mask: int) -> socket.socket:
    """A Unix socket in the place of whatever is at `path`, never open to those whom the mask keeps out.

    It is there when it listens, and not before: who sees it is never refused. Raises OSError.
    """
    first = path.with_name(f".{secrets.token_hex(2)}")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(mask)
    try:
        listening.bind(os.fspath(first))
        listening.listen()
        first.replace(path)
    except BaseException:
        listening.close()
        remove(first)
        raise
    finally:
        os.umask(before)
    return listening


def _is_this_user(peer: socket.socket) -> bool:
    if sys.platform != "linux":  # the socket's own permissions hold there
        return True
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(user == os.getuid())


async def _listen_loopback(listener: Listener) -> None:
    secret = secrets.token_bytes(SECRET_BYTES)

    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                given = await reader.readexactly(SECRET_BYTES)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            given = b""
        if hmac.compare_digest(given, secret):
            await listener.accept(reader, writer)
        else:
            writer.close()

    listener.server = await asyncio.start_server(checked, "127.0.0.1", 0)
    _write_port_and_secret(listener.path, listener.server.sockets[0].getsockname()[1], secret)


def _write_port_and_secret(path: Path, port: int, secret: bytes) -> None:
    replace_file(path, f"{port} {secret.hex()}\n".encode())  # whole, or not to be seen yet


def _port_and_secret(path: Path) -> tuple[int, bytes]:
    port, secret = path.read_text().split()
    return int(port), bytes.fromhex(secret)

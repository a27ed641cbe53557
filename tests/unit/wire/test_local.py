"""Listening for one user only, both ways: Unix sockets, and the loopback port with a secret."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vmi_console.errors import EngineUnavailable, StorageError
from vmi_console.wire import local

both_ways = pytest.mark.parametrize(
    "unix", [pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")), False]
)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(5))  # empty where somebody only looks whether anyone listens
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@both_ways
async def test_this_user_is_served(tmp_path: Path, unix: bool) -> None:
    listener = await local.listen(tmp_path / "run" / "engine", echo, unix=unix)
    reader, writer = await local.connect(listener.path, unix=unix)
    writer.write(b"hello")
    assert await reader.read() == b"hello"
    writer.close()
    await writer.wait_closed()
    await listener.close()
    assert not listener.path.exists()


@both_ways
async def test_nobody_else_may_open_it(tmp_path: Path, unix: bool) -> None:
    listener = await local.listen(tmp_path / "run" / "engine", echo, unix=unix)
    assert stat.S_IMODE(listener.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(listener.path.parent.stat().st_mode) == 0o700
    await listener.close()


@both_ways
async def test_nobody_listens(tmp_path: Path, unix: bool) -> None:
    with pytest.raises(EngineUnavailable, match="no engine is listening"):
        await local.connect(tmp_path / "engine", unix=unix)


@pytest.mark.skipif(not local.UNIX, reason="no Unix sockets")
def test_who_sees_a_socket_is_never_refused(tmp_path: Path) -> None:
    def knock(path: Path) -> None:
        while not path.exists():
            pass
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(path))

    with ThreadPoolExecutor(1) as aside:
        for number in range(300):
            knocking = aside.submit(knock, tmp_path / str(number))
            with local.listening_at(tmp_path / str(number), 0o177):
                knocking.result(timeout=5)


@pytest.mark.skipif(not local.UNIX, reason="no Unix sockets")
def test_a_socket_that_cannot_be_put_there_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        local.listening_at(tmp_path / "folder", 0o177)
    assert [*tmp_path.iterdir()] == [tmp_path / "folder"]


@both_ways
async def test_a_second_one_is_refused_and_a_dead_one_replaced(tmp_path: Path, unix: bool) -> None:
    path = tmp_path / "engine"
    listener = await local.listen(path, echo, unix=unix)
    with pytest.raises(StorageError, match="already listening"):
        await local.listen(path, echo, unix=unix)
    await listener.close()
    if unix:  # what one that was killed leaves behind
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
    else:
        path.write_text("1 00")  # nobody listens at port 1
    listener = await local.listen(path, echo, unix=unix)
    await listener.close()


@both_ways
@pytest.mark.parametrize("turns", range(6))
async def test_whoever_connects_when_it_closes_is_not_served_after_that(tmp_path: Path, unix: bool, turns: int) -> None:
    served: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        await reader.read()

    listener = await local.listen(tmp_path / "engine", serve, unix=unix)
    _, writer = await local.connect(listener.path, unix=unix)
    for _ in range(turns):  # of the loop, in which it is accepted step by step
        await asyncio.sleep(0)
    await listener.close()
    before = len(served)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(served) == before
    assert all(each.is_closing() for each in served)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_the_loopback_port_serves_nobody_without_the_secret(tmp_path: Path) -> None:
    listener = await local.listen(tmp_path / "engine", echo, unix=False)
    port = int(listener.path.read_text().split()[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"0" * local.SECRET_BYTES + b"hello")
    try:
        answer = await reader.read()
    except ConnectionResetError:
        answer = b""
    assert answer == b""
    writer.close()
    await listener.close()


@pytest.mark.skipif(not local.UNIX, reason="no Unix sockets")
async def test_a_path_too_long_for_a_socket_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="too long"):
        await local.listen(tmp_path / ("x" * 120), echo)

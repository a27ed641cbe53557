"""The engine's main program: private, over its standard streams, or listening for clients of this user."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from vmi_console import logs, runtime_folder
from vmi_console.engine import protocol
from vmi_console.engine.engine import Engine
from vmi_console.engine.opening import Opening
from vmi_console.engine.past import HistorySource
from vmi_console.engine.review import Review, SnapshotSource, Source
from vmi_console.errors import VmiError, WireError
from vmi_console.policy.shipped import editable
from vmi_console.runtime_folder import RuntimeFolder
from vmi_console.settings import Workspace
from vmi_console.wire import local, stdio
from vmi_console.wire.channel import Channel, Hello
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

type ClientChannel = Channel[protocol.ToEngine]

COLLECTIONS = (10_000, 10, 100)
"""Thresholds of Python's garbage collector. Nearly all that an engine makes lives on, and looking for garbage in all of
a large estate takes as long as ten slices of work: that is done less often, and in smaller portions."""


def main(arguments: list[str]) -> int:
    """The main program of a private engine, started by a client:
    `engine --private [--workspace DIR | --ephemeral] [--policies DIR]`, or of one in which nothing acts:
    `engine --private --review FILE` on a snapshot, `engine --private --review-history FILE [--at TIME]` on a history.

    An ephemeral one has a workspace of its own that ends with it, and no connections at first. Policies that came with
    the program it takes a copy of.
    """
    parser = argparse.ArgumentParser("vmi-console engine --private")
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--ephemeral", action="store_true")
    parser.add_argument("--policies", type=Path)
    parser.add_argument("--review", type=Path, metavar="FILE")
    parser.add_argument("--review-history", type=Path, metavar="FILE")
    parser.add_argument("--at", type=datetime.fromisoformat, metavar="TIME")
    options = parser.parse_args(arguments)
    logs.to_standard_error("engine")
    if options.review is not None:
        run_review(SnapshotSource(options.review))
    elif options.review_history is not None:
        run_review(HistorySource(options.review_history, options.at))
    elif options.ephemeral:
        with RuntimeFolder() as folder:
            workspace = Workspace.at(folder.path)
            run_private(workspace, editable(options.policies, workspace.policies), ephemeral=True)
    else:
        run_private(Workspace.at(options.workspace) if options.workspace else Workspace.of_user(), options.policies)
    return 0


def run_private(workspace: Workspace, policies: Path | None = None, *, ephemeral: bool = False) -> None:
    """Serves the one client that started this process, and ends with it; an ephemeral workspace does so, too."""
    gc.set_threshold(*COLLECTIONS)

    async def opening(told: Opening) -> Engine:
        engine = await Engine.open(workspace, policies, remembers_all=ephemeral)
        logs.to_file("engine", workspace.log)
        return engine

    asyncio.run(_serve_private(opening))


def run_review(source: Source) -> None:
    """The same with an engine on another time, which only reads the file that remembers it."""
    gc.set_threshold(*COLLECTIONS)

    async def opening(told: Opening) -> Review:
        gc.disable()  # of what is read nothing is garbage
        try:
            return await Review.begin(source, progress=told.progress, ahead=told.ahead)
        finally:
            gc.freeze()
            gc.enable()

    asyncio.run(_serve_private(opening))


def run_listening(workspace: Workspace, path: Path, listening: Callable[[], None] = lambda: None) -> None:
    """Serves every client of this user that connects at `path`, until interrupted. Raises `StorageError`.

    `listening` is called as soon as clients can connect.
    """
    gc.set_threshold(*COLLECTIONS)
    asyncio.run(_serve_listening(workspace, path, listening))


async def _serve_private(opening: Callable[[Opening], Awaitable[Engine | Review]]) -> None:
    _tidy_up()
    reader, writer = stdio.take_over()
    channel: ClientChannel = Channel(reader, writer, protocol.ToEngine)
    told = Opening()

    async with Tasks() as tasks:
        opened = tasks.start(_open(opening(told)), "open the engine")  # it gets ready while its client does
        try:
            await channel.greet(Hello(identity="engine"))
            await told.tell(channel, opened)
            match await opened:
                case VmiError() as error:
                    await channel.send(protocol.Refused(error=error.message, advice=error.advice))
                case Review() as review:
                    await review.serve(channel, writer.pending, told.told)
                case engine:
                    await engine.serve(channel, writer.pending)
        except WireError as error:
            log.debug("the client is gone: %s", error)
        finally:
            if not isinstance(engine := await opened, VmiError):
                await engine.close()
            channel.close()


async def _open(opening: Awaitable[Engine | Review]) -> Engine | Review | VmiError:
    """The engine, or why there is none."""
    try:
        return await opening
    except VmiError as error:
        return error


def _tidy_up() -> None:
    """What engines left behind that were killed goes on a thread that nobody waits for."""
    threading.Thread(target=runtime_folder.sweep, name="tidying", daemon=True).start()


async def _serve_listening(workspace: Workspace, path: Path, listening: Callable[[], None]) -> None:
    _tidy_up()
    engine = await Engine.open(workspace)
    logs.to_file("engine", workspace.log)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel: ClientChannel = Channel(reader, writer, protocol.ToEngine)
        try:
            await channel.greet(Hello(identity="engine"))
            await engine.serve(channel, writer.transport.get_write_buffer_size)
        except WireError as error:
            log.warning("a client was dismissed: %s", error)

    try:
        interrupted = _interruption()  # before anybody can see it, and may want it to end
        listener = await local.listen(path, serve)
        try:
            listening()
            with contextlib.suppress(KeyboardInterrupt):
                await interrupted.wait()
        finally:
            await listener.close()
    finally:
        await engine.close()


def _interruption() -> asyncio.Event:
    """Set by Ctrl+C or a request to terminate, from now on."""
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop

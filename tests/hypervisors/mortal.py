"""A real console that is killed (SIGKILL), engine and actor at once, after a chosen step of what it does to a VM.

Steps are what leaves a trace outside: each write to the hypervisor by an actor, and each write of the journal. How many
are left to live is in a file that all processes of the console share; without the file they live for ever. An actor may
also die alone.

    python -m tests.hypervisors.mortal engine FATE SOCKET WORKSPACE
    python -m tests.hypervisors.mortal actor FATE            (by that engine)
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.console import Console, console, eventually
from vmi_console.collectors import provider, role
from vmi_console.engine.engines import RunningEngine
from vmi_console.engine.main import run_listening
from vmi_console.history.store import History
from vmi_console.settings import Workspace
from vmi_console.wire import child, program
from vmi_console.wire.child import end

STARTING_S = 60.0
ALONE, TOGETHER = "alone", "together"


class Fate:
    """The file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def dies_after(self, steps: int, *, alone: bool = False) -> None:
        """From now on; `alone`: the actor, after so many of its own."""
        self._path.write_text(f"{steps} {ALONE if alone else TOGETHER}")

    def lives(self) -> str:
        """Nobody dies any more; gives the name of the step after which somebody did, or an empty text."""
        said = self._path.read_text() if self._path.exists() else ""
        self._path.unlink(missing_ok=True)
        return "" if " " in said else said

    def step(self, name: str, engine: int, actor: int | None = None) -> None:
        """A step is done, by the engine itself or by an actor of its."""
        try:
            left, how = self._path.read_text().split()
        except (FileNotFoundError, ValueError):
            return  # nobody dies, or somebody has
        if how == ALONE and actor is None:
            return
        self._path.write_text(f"{int(left) - 1} {how}" if int(left) > 1 else name)
        if int(left) <= 1:
            if how == TOGETHER:
                os.kill(engine, signal.SIGKILL)
            if actor is not None:
                os.kill(actor, signal.SIGKILL)


class Lives:
    """The console's lives, one after the other, on one workspace."""

    def __init__(self, folder: Path) -> None:
        """The folder must be one that a socket can be in."""
        self.fate = Fate(folder / "fate")
        self._folder = folder

    @asynccontextmanager
    async def next(self) -> AsyncIterator[Console]:
        """A console with an engine that may have died by the end of the block."""
        socket = self._folder / "engine"
        arguments = (str(self._folder / "fate"), str(socket), str(self._folder / "workspace"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.hypervisors.mortal", "engine"), *arguments
        )
        try:
            await eventually(socket.exists, seconds=STARTING_S)
            async with console(RunningEngine(socket)) as one:
                yield one
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await end(process, grace=10)
            socket.unlink(missing_ok=True)


# --- the processes that die -----------------------------------------------------------------------------------------


def engine(fate: str, socket: str, workspace: str) -> None:
    """Serves until killed."""
    append = History.append

    def mortal_command(*arguments: str) -> list[str]:
        if arguments == ("role", "actor"):
            return [sys.executable, "-m", "tests.hypervisors.mortal", "actor", fate]
        return program.command(*arguments)

    async def mortal_append(*arguments: Any) -> None:
        await append(*arguments)
        Fate(Path(fate)).step("journal", os.getpid())

    child.command = mortal_command  # type: ignore[attr-defined]
    History.append = mortal_append  # type: ignore[method-assign, assignment]
    run_listening(Workspace.at(Path(workspace)), Path(socket))


def actor(fate: str) -> int:
    """Acts until killed, and takes the engine along."""
    load = provider.load

    def mortal_provider(name: str) -> Any:
        module = load(name)
        for owner, method in _writes(name):
            setattr(owner, method, _mortal(getattr(owner, method), method, Fate(Path(fate))))
        return module

    provider.load = mortal_provider
    return role.main("actor")


def _writes(name: str) -> tuple[tuple[type, str], ...]:
    """The calls that change something at a hypervisor."""
    if name == "libvirt":
        import libvirt

        return (
            (libvirt.virConnect, "nwfilterDefineXML"),
            (libvirt.virDomain, "updateDeviceFlags"),
            (libvirt.virDomain, "setMetadata"),
            (libvirt.virConnect, "defineXML"),
            (libvirt.virNWFilter, "undefine"),
        )
    from vmi_console.collectors.vsphere.acting.enforcing import Enforcement

    return (Enforcement, "_task"), (Enforcement, "_leave_record")


def _mortal(write: Callable[..., Any], name: str, fate: Fate) -> Callable[..., Any]:
    @functools.wraps(write)
    def call(*arguments: Any, **named: Any) -> Any:
        answer = write(*arguments, **named)
        fate.step(name, os.getppid(), os.getpid())
        return answer

    return call


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["engine", fate, socket, workspace]:
            engine(fate, socket, workspace)
        case ["actor", fate]:
            sys.exit(actor(fate))

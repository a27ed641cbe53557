"""A moment of a running VM's disks: a snapshot, without memory and the guest's help, for as long as a look takes.

It needs the grant for temporary snapshots. It is noted on disk before it is made, under a token that its name carries;
one that its maker left behind is found by that and removed, and no other one is (see `temporary`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from typing import Any

from pyVmomi import vim, vmodl

from vmi_console.collectors.vsphere.errors import SessionEnded, words
from vmi_console.collectors.vsphere.inspecting.machine import Machine
from vmi_console.collectors.vsphere.inspecting.places import Datastore
from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.watching import on
from vmi_console.errors import CollectorError, SourceError, StorageError
from vmi_console.introspection.temporary import Note, Noted, Notes

_log = logging.getLogger(__name__)

WAY = "snapshot"
DESCRIPTION = "Made by VMI Console to read the disks; it is removed when they are read"

ROOM_BYTES = 1 << 30
"""Must be free in each of the VM's datastores: what the guest writes meanwhile is kept there."""

PAUSES_S = (2.0, 4.0, 8.0)
"""Before a VM at which another task is at work is tried again."""

MAKING_S = 300.0
REMOVING_S = 900.0
"""What was written meanwhile is put back into the disks then."""

_PASSING = (vim.fault.TaskInProgress, vim.fault.InvalidState, vim.fault.ConcurrentAccess, vim.fault.ResourceInUse)


class Snapshots:
    """The temporary snapshots of one session. Never two at once on one host or in one datastore."""

    def __init__(self, caller: Caller, endpoint: str, notes: Notes) -> None:
        self._caller = caller
        self._endpoint = endpoint
        self._notes = notes
        self._turns: dict[str, asyncio.Lock] = {}

    @contextlib.asynccontextmanager
    async def of(self, machine: Machine, datastores: dict[str, Datastore]) -> AsyncIterator[str]:
        """The managed object id of a snapshot that exists for the length of the block.

        `datastores` are those that the disks are in, where what the guest writes meanwhile comes to. Raises
        `SourceError`, and as `Caller.call` where the connection is lost.
        """
        _check_fit(machine, datastores)
        async with self._turn(filter(None, [*datastores, machine.host])):
            try:
                note = self._notes.take(self._endpoint, machine.moid, WAY)
            except StorageError as error:
                raise SourceError(f"{WAY}: {error.message}", error.advice) from error
            try:
                snapshot = await self._make(machine, note.noted.name)
            except _Unfinished:
                note.leave()
                raise
            except SourceError:
                note.done()  # it was refused
                raise
            except BaseException:
                note.leave()  # it may come yet: whoever reaps next finds it
                raise
            try:
                yield snapshot
            finally:
                await asyncio.shield(self._end(note, [snapshot]))

    async def reap(self) -> int:
        """Removes what consoles that are gone have left behind. Gives how many there were. Raises as `Caller.call`."""
        count = 0
        for note in self._notes.leftovers(self._endpoint):
            try:
                found = await self._caller.call("look for snapshots", partial(_named, note.noted))
            except BaseException:
                note.leave()
                raise
            if found is None:
                note.leave()  # it is about to come: the next one who looks finds it
            else:
                count += await self._end(note, found)
        return count

    # --- making and removing ------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _turn(self, places: Iterable[str]) -> AsyncIterator[None]:
        """Until nobody else has a snapshot at any of these; in one order, so that nobody waits for one another."""
        async with contextlib.AsyncExitStack() as stack:
            for place in sorted(places):
                await stack.enter_async_context(self._turns.setdefault(place, asyncio.Lock()))
            yield

    async def _make(self, machine: Machine, name: str) -> str:
        def begin(line: Line) -> Any:
            return vim.VirtualMachine(machine.moid, line).CreateSnapshot_Task(
                name=name, description=DESCRIPTION, memory=False, quiesce=False
            )

        for pause in (*PAUSES_S, None):
            try:
                made = await self._carry_out(begin, f"make a snapshot of {machine.name}", MAKING_S)
            except _Busy as busy:
                if pause is None:
                    raise SourceError(
                        f"{WAY}: {machine.name} is busy: {busy}", "it can be looked into when that is over"
                    ) from busy
                await asyncio.sleep(pause)
            else:
                return str(made._moId)
        raise AssertionError("the last try returns or raises")

    async def _end(self, note: Note, snapshots: Iterable[str]) -> int:
        """Removes snapshots of ours, and forgets them when they are gone. Gives how many it removed."""
        removed = 0
        try:
            for snapshot in snapshots:
                await self._remove(snapshot, note.noted.name)
                removed += 1
        except (SourceError, CollectorError, SessionEnded) as error:
            _log.warning("the snapshot %s is still there, and will be removed: %s", note.noted.name, error)
            note.leave()
        except BaseException:
            note.leave()
            raise
        else:
            note.done()
        return removed

    async def _remove(self, snapshot: str, name: str) -> None:
        def begin(line: Line) -> Any:
            return vim.vm.Snapshot(snapshot, line).RemoveSnapshot_Task(removeChildren=False, consolidate=True)

        for pause in (*PAUSES_S, None):
            try:
                await self._carry_out(begin, f"remove the snapshot {name}", REMOVING_S, gone_is_fine=True)
            except _Busy as busy:
                if pause is None:
                    raise SourceError(f"{WAY}: it cannot be removed now: {busy}") from busy
                await asyncio.sleep(pause)
            else:
                return

    async def _carry_out(
        self, begin: Callable[[Line], Any], doing: str, limit_s: float, *, gone_is_fine: bool = False
    ) -> Any:
        """A task's result. Raises `SourceError` where it was refused, `_Busy` where that passes."""
        try:
            task = await self._caller.once(doing, lambda line: _asked(line, begin))
            if isinstance(task, vmodl.MethodFault):
                raise task
            pause = 0.1
            async with asyncio.timeout(limit_s):
                while True:
                    info = await self._caller.call(doing, lambda line: _info(line, task._moId))
                    if isinstance(info, vmodl.MethodFault):
                        raise info
                    if str(info.state) not in ("queued", "running"):
                        break
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, 2.0)
            if str(info.state) == "error":
                raise info.error
            return info.result
        except TimeoutError as error:
            raise _Unfinished(f"{WAY}: vCenter has not come to {doing} within {limit_s:.0f} s") from error
        except vmodl.fault.ManagedObjectNotFound as fault:
            if gone_is_fine:
                return None
            raise SourceError(f"{WAY}: the VM is not there any more") from fault
        except vim.fault.NoPermission as fault:
            raise SourceError(
                f"{WAY}: the console's user may not {doing} ({fault.privilegeId})",
                "give it the role that docs/vsphere.md describes",
            ) from fault
        except _PASSING as fault:
            raise _Busy(words(fault)) from fault
        except vmodl.MethodFault as fault:
            raise SourceError(f"{WAY}: vCenter could not {doing}: {words(fault)}") from fault


class _Busy(Exception):
    """Something else is being done with the VM."""


class _Unfinished(SourceError):
    """A task may still come to its end: what it makes has to be looked for."""


def _check_fit(machine: Machine, datastores: dict[str, Datastore]) -> None:
    """Raises `SourceError` where a snapshot might do harm."""
    if machine.wants_consolidation:
        raise SourceError(f"{WAY}: the disks of {machine.name} want to be consolidated first", "do so in vCenter")
    for each in datastores.values():
        if each.free_bytes is not None and each.free_bytes < ROOM_BYTES:
            raise SourceError(
                f"{WAY}: only {each.free_bytes >> 20} MiB are free in the datastore {each.name}",
                f"{ROOM_BYTES >> 20} MiB are wanted for what the guest writes meanwhile",
            )


# --- on the caller's thread -------------------------------------------------------------------------------------------


def _asked(line: Line, begin: Callable[[Line], Any]) -> Any:
    """The task, or the fault in its place; a session that has ended is the caller's to tell."""
    try:
        return begin(line)
    except vim.fault.NotAuthenticated:
        raise
    except vmodl.MethodFault as fault:
        return fault


def _info(line: Line, task: str) -> Any:
    return _asked(line, lambda to: vim.Task(task, to).info)


def _named(noted: Noted, line: Line) -> list[str] | None:
    """The snapshots of a VM that carry a token, none where the VM is gone; None while one is being made."""
    vm = vim.VirtualMachine(noted.vm, line)
    try:
        making = any(_is_making(line, task) for task in vm.recentTask or ())  # before what it made is looked for
        info = vm.snapshot
    except vmodl.fault.ManagedObjectNotFound:
        return []
    if making:
        return None
    trees = info.rootSnapshotList if info is not None else ()
    return [str(tree.snapshot._moId) for tree in _all(trees) if tree.name == noted.name]


def _is_making(line: Line, task: Any) -> bool:
    try:
        info = on(line, task).info
    except vmodl.fault.ManagedObjectNotFound:
        return False  # it is over, and forgotten
    return str(info.state) in ("queued", "running") and "createSnapshot" in str(info.descriptionId)


def _all(trees: Iterable[Any]) -> Iterator[Any]:
    waiting = list(trees or ())
    while waiting:
        tree = waiting.pop()
        yield tree
        waiting += tree.childSnapshotList or ()

"""Several VMs to which the same is to be done: each is looked at, then acted on, and has an outcome of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from PySide6.QtCore import QObject, Signal

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId

LOOKED_AT_ONCE = 4
ACTED_ON_AT_ONCE = 3
"""Each is a process towards the hypervisor: more would not be faster."""


class Phase(Enum):
    """Where one VM of several is."""

    LOOKING = "looking"
    READY = "ready"  # it can be done
    IMPOSSIBLE = "impossible"  # it cannot, and `why` says why
    WAITING = "waiting"  # for its turn
    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"  # it was refused, and `why` says why
    NOT_BEGUN = "not begun"  # it was stopped before its turn


class Item:
    """One of the VMs. `wanted`: it is not left out; `barred`: why it cannot be done to it, whatever one sees of it."""

    def __init__(self, vm: EntityId, name: str, barred: str = "") -> None:
        self.vm = vm
        self.name = name
        self.barred = barred
        self.phase = Phase.IMPOSSIBLE if barred else Phase.LOOKING
        self.wanted = True
        self.why = barred

    @property
    def is_chosen(self) -> bool:
        """Whether it is among those to which it would be done."""
        return self.wanted and self.phase is Phase.READY

    def forget(self) -> None:
        """What was seen of it no longer counts."""
        if not self.barred:
            self.phase, self.why = Phase.LOOKING, ""

    def refuse(self, why: str) -> None:
        """It cannot be done to this one."""
        self.phase, self.why = Phase.IMPOSSIBLE, why


class Batch[One: Item](QObject):
    """Takes steps for its items, some at once; `moved` says that one is another now (None: all may be)."""

    moved = Signal(object)

    def __init__(self, items: Sequence[One], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items = items
        self.running = False
        self.stopping = False

    def count(self, *phases: Phase) -> int:
        """How many are in one of these phases."""
        return sum(item.phase in phases for item in self.items)

    @property
    def chosen(self) -> list[One]:
        """Those to which it would be done."""
        return [item for item in self.items if item.is_chosen]

    def stop(self) -> None:
        """No other one is begun; what is under way goes on to its end."""
        self.stopping = True
        self.moved.emit(None)

    async def look(self, look: Callable[[One], Awaitable[None]]) -> None:
        """Looks at all of them; what is refused is said of the one."""

        async def one(item: One) -> None:
            try:
                await look(item)
            except VmiError as error:
                item.refuse(str(error))
            else:
                if item.phase is Phase.LOOKING:
                    item.phase = Phase.READY
            self.moved.emit(item)

        await _in_turn([item for item in self.items if item.phase is Phase.LOOKING], one, LOOKED_AT_ONCE)

    async def act(self, act: Callable[[One], Awaitable[None]]) -> None:
        """Acts on those that are chosen."""
        chosen = self.chosen
        self.running = True
        for item in chosen:
            item.phase = Phase.WAITING
        self.moved.emit(None)

        async def one(item: One) -> None:
            if self.stopping:
                item.phase = Phase.NOT_BEGUN
            else:
                item.phase = Phase.UNDER_WAY
                self.moved.emit(item)
                try:
                    await act(item)
                except VmiError as error:
                    item.phase, item.why = Phase.FAILED, str(error)
                else:
                    if item.phase is Phase.UNDER_WAY:
                        item.phase = Phase.DONE
            self.moved.emit(item)

        try:
            await _in_turn(chosen, one, ACTED_ON_AT_ONCE)
        finally:
            self.running = False
            self.moved.emit(None)


async def _in_turn[One](items: Sequence[One], run: Callable[[One], Awaitable[None]], most: int) -> None:
    """Runs something for each, at most so many at once, in their order."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await run(item)

    async with asyncio.TaskGroup() as group:
        for number in range(min(most, len(items))):
            group.create_task(worker(), name=f"one of several {number}")

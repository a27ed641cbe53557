"""Who is looked at when, and how much it may cost: the round of one endpoint's guests.

Looking is cheap where nothing has moved and not free where something has. So a guest is looked at when somebody asks,
when it was never looked at, when its disks have been written to since, when its memory is due, and seldom otherwise;
and never more at once, nor more bytes in a second, than the pace allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, time

import msgspec

from vmi_console.estate.identity import EntityId


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the round goes, for one endpoint."""

    at_once: int = 2  # guests
    changed_s: float = 15.0  # between two looks at a guest whose disks are written to
    memory_s: float = 20.0  # between two looks at the memory of a running guest
    idle_s: float = 3_600.0  # between two looks at a guest of which nothing is heard
    bytes_per_s: float = 16 * 2**20  # what peeking costs a host then is a tenth of one processor at the most
    slowest_s: float = 3_600.0  # that a guest which cannot be read is left alone
    quiet: tuple[time, time] | None = None  # from … to …, local time: only who is asked for is looked at

    def is_quiet(self, now: time) -> bool:
        """Whether this is a time of quiet; it may go over midnight.

        >>> Pace(quiet=(time(22), time(6))).is_quiet(time(23, 30)), Pace(quiet=(time(22), time(6))).is_quiet(time(12))
        (True, False)
        """
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= now < end if begin <= end else now >= begin or now < end


class _Guest(msgspec.Struct):
    """What is known of one guest's looks. Times are the loop's."""

    running: bool = False
    token: str | None = None  # moves with what is written to its disks; None where that cannot be told
    looked_token: str | None = None
    looked_at: float | None = None
    failures: int = 0
    urgent: bool = False
    under_way: bool = False


class Rounds:
    """The guests of one endpoint in the order in which they are due. Used from one event loop."""

    def __init__(
        self, pace: Pace, *, memory: bool = True, clock: Callable[[], time] = lambda: datetime.now().time()
    ) -> None:
        """`memory`: whether running guests are looked at for what their memory says."""
        self.pace = pace
        self._memory = memory
        self._clock = clock
        self._guests: dict[EntityId, _Guest] = {}
        self._moved = asyncio.Event()
        self._free_at = 0.0
        self._slowness = 1.0

    def __len__(self) -> int:
        return len(self._guests)

    def seen(self, vm: EntityId, *, running: bool, token: str | None) -> None:
        """What a cheap look at the hypervisor tells: whether the guest runs, and what moves when its disks do."""
        guest = self._guests.setdefault(vm, _Guest())
        if guest.running != running:
            guest.looked_at = None  # powered on or off: what its memory said is over
        if (guest.running, guest.token) != (running, token) or guest.looked_at is None:
            self._moved.set()
        guest.running, guest.token = running, token

    def keep(self, vms: set[EntityId]) -> None:
        """Forgets all others."""
        for vm in self._guests.keys() - vms:
            del self._guests[vm]

    def ask_for(self, vm: EntityId) -> None:
        """This one is next, whatever the pace."""
        self._guests.setdefault(vm, _Guest()).urgent = True
        self._moved.set()

    def slow_down(self, answer_s: float) -> None:
        """Tells how long the hypervisor took for a cheap answer: a busy one is asked less."""
        self._slowness = min(8.0, max(1.0, answer_s))

    async def next(self) -> EntityId:
        """Waits until a guest is due, and begins a look at it; `done` ends that."""
        loop = asyncio.get_running_loop()
        while True:
            self._moved.clear()
            vm, due = self._first(loop.time())
            if vm is not None and due <= loop.time():
                self._guests[vm].under_way = True
                self._guests[vm].urgent = False
                return vm
            pause = min(60.0, due - loop.time()) if vm is not None else 60.0
            try:
                async with asyncio.timeout(max(0.05, pause)):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def done(self, vm: EntityId, *, token: str | None, read_bytes: int, failed: bool = False) -> None:
        """The look is over: what the token was before it, what it cost, and whether it came to nothing."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + read_bytes / self.pace.bytes_per_s
        if (guest := self._guests.get(vm)) is None:
            return
        guest.under_way = False
        guest.looked_at, guest.looked_token = now, token
        guest.failures = guest.failures + 1 if failed else 0
        self._moved.set()

    def _first(self, now: float) -> tuple[EntityId | None, float]:
        """The guest that is due first, and when."""
        first, earliest = None, float("inf")
        quiet = self.pace.is_quiet(self._clock())
        for vm, guest in self._guests.items():
            if guest.under_way or (quiet and not guest.urgent):
                continue
            due = 0.0 if guest.urgent else max(self._due(guest), self._free_at)
            if due < earliest:
                first, earliest = vm, due
        return first, earliest

    def _due(self, guest: _Guest) -> float:
        if guest.looked_at is None:
            return 0.0
        pace, wait = self.pace, self.pace.idle_s
        if guest.running and self._memory:
            wait = min(wait, pace.memory_s)
        if guest.token is None or guest.token != guest.looked_token:
            wait = min(wait, pace.changed_s if guest.token is not None or guest.running else pace.idle_s)
        if guest.failures:
            wait = max(wait, min(pace.slowest_s, pace.changed_s * 2 ** min(guest.failures, 12)))
        return guest.looked_at + wait * self._slowness

"""Who is looked at when, and how much it may cost: the round of one endpoint's guests.

Looking is cheap where nothing has moved and not free where something has. So a guest is looked at when somebody asks,
when it was never looked at, when its disks have been written to since, when its memory is due, and seldom otherwise;
and never more at once, nor more bytes in a second, than the pace allows. Guests in which somebody is looking for
something (*wanted*: policies ask what is in them) come before others, and more often.
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
    wanted: float = 0.5  # of those times, for guests that are wanted sooner
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


class Due(msgspec.Struct, frozen=True):
    """A guest whose turn it is, and what was heard of it last."""

    vm: EntityId
    running: bool
    token: str | None


class _Guest(msgspec.Struct):
    """What is known of one guest's looks. Times are the loop's."""

    running: bool = False
    token: str | None = None  # moves with what is written to its disks; None where that cannot be told
    looked_token: str | None = None
    looked_at: float | None = None
    failures: int = 0
    urgent: bool = False  # somebody waits for it
    overdue: bool = False  # it is due, whenever it was looked at
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
        self._wanted: frozenset[EntityId] = frozenset()
        self._moved = asyncio.Event()
        self._free_at = 0.0
        self._slowness = 1.0

    def __len__(self) -> int:
        return len(self._guests)

    def __contains__(self, vm: object) -> bool:
        return vm in self._guests

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
        """This one, which is known, is next, whatever the pace."""
        self._guests[vm].urgent = True
        self._moved.set()

    def withdraw(self, vm: EntityId) -> None:
        """Nobody asks for this one any more: it is looked at when it is due."""
        if (guest := self._guests.get(vm)) is not None:
            guest.urgent = False

    def want(self, vms: frozenset[EntityId]) -> None:
        """From now on these, and no others, come sooner; those that were not among them are due now."""
        for vm in (vms - self._wanted) & self._guests.keys():
            self._guests[vm].overdue = not self._guests[vm].under_way
        self._wanted = vms
        self._moved.set()

    def slow_down(self, answer_s: float) -> None:
        """Tells how long the hypervisor took for a cheap answer: a busy one is asked less."""
        self._slowness = min(8.0, max(1.0, answer_s))

    async def next(self) -> Due:
        """Waits until a guest is due, and begins a look at it; `done`, `given_up` or
        `interrupted` ends that."""
        loop = asyncio.get_running_loop()
        while True:
            self._moved.clear()
            vm, due = self._first()
            if vm is not None and due <= loop.time():
                guest = self._guests[vm]
                guest.under_way, guest.urgent, guest.overdue = True, False, False
                return Due(vm, guest.running, guest.token)
            pause = min(60.0, due - loop.time()) if vm is not None else 60.0
            try:
                async with asyncio.timeout(max(0.05, pause)):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def done(self, due: Due, *, read_bytes: int, failed: bool = False) -> None:
        """The look is over: what it cost, and whether it came to nothing."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + read_bytes / self.pace.bytes_per_s
        if (guest := self._ended(due.vm)) is not None:
            guest.looked_token = due.token
            guest.failures = guest.failures + 1 if failed else 0

    def given_up(self, vm: EntityId) -> None:
        """The look was given up: the guest has its next turn as if it had just been looked at, and found as before."""
        self._ended(vm)

    def interrupted(self, vm: EntityId) -> None:
        """The look came to no end, through no fault of the guest that is known: it is due again, once, and then as one
        that cannot be read.
        """
        if (guest := self._ended(vm)) is not None:
            guest.overdue = not guest.failures
            guest.failures += 1

    def _ended(self, vm: EntityId) -> _Guest | None:
        guest = self._guests.get(vm)
        if guest is not None:
            guest.under_way = False
            guest.looked_at = asyncio.get_running_loop().time()
            self._moved.set()
        return guest

    def _first(self) -> tuple[EntityId | None, float]:
        """The guest that is due first, and when its turn is."""
        first, earliest = None, float("inf")
        quiet = self.pace.is_quiet(self._clock())
        for vm, guest in self._guests.items():
            if guest.under_way or (quiet and not guest.urgent):
                continue
            due = float("-inf") if guest.urgent else self._due(vm, guest)
            if due < earliest:
                first, earliest = vm, due
        urgent = first is not None and self._guests[first].urgent
        return first, earliest if urgent else max(earliest, self._free_at)

    def _due(self, vm: EntityId, guest: _Guest) -> float:
        wanted = vm in self._wanted
        if guest.looked_at is None or guest.overdue:
            return -1.0 if wanted else 0.0
        pace, wait = self.pace, self.pace.idle_s
        if guest.running and self._memory:
            wait = min(wait, pace.memory_s)
        if guest.token is None or guest.token != guest.looked_token:
            wait = min(wait, pace.changed_s if guest.token is not None or guest.running else pace.idle_s)
        if guest.failures:
            wait = max(wait, min(pace.slowest_s, pace.changed_s * 2 ** min(guest.failures, 12)))
        return guest.looked_at + wait * self._slowness * (self.pace.wanted if wanted else 1.0)

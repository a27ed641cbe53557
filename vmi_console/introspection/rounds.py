"""Who is looked at when, and how much it may cost: the round of one endpoint's guests.

Looking is cheap where nothing has moved and not free where something has. So a guest is looked at when somebody asks,
when it was never looked at, when its disks have been written to since, when its memory is due, and seldom otherwise;
and never more at once, nor more bytes in a second, than the pace allows. Guests in which somebody is looking for
something (*wanted*: policies ask what is in them) come before others, and more often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.introspection.pace import InQuiet, Pace

MOST_SLOWNESS = 8.0
"""How many times as long a busy hypervisor's guests wait at the most."""

LONGEST_PAUSE_S = 60.0
"""Between two looks at the clock: somebody may set it."""

CHECK_AGAIN = timedelta(hours=1)
"""After which it is worked out again whether a quiet without an end has one."""


class Due(msgspec.Struct, frozen=True):
    """A guest whose turn it is, and what was heard of it last."""

    vm: EntityId
    running: bool
    token: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the round goes at the moment."""

    guests: int = 0
    under_way: int = 0
    waiting: int = 0  # due, and left alone until the quiet hours are over
    quiet: bool = False
    quiet_until: datetime | None = None  # None, where it is quiet: for ever
    slowness: float = 1.0  # how many times as long as the pace says everybody waits, as the hypervisor is busy


class _Quiet(msgspec.Struct, frozen=True):
    """That it is quiet: since when that is known, how long it need not be worked out again, and when it ends."""

    since: datetime
    checked_until: datetime
    until: datetime | None


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
        self, pace: Pace, *, memory: bool = True, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`memory`: whether running guests are looked at for what their memory says."""
        self._pace = pace
        self._memory = memory
        self._clock = clock
        self._guests: dict[EntityId, _Guest] = {}
        self._wanted: frozenset[EntityId] = frozenset()
        self._moved = asyncio.Event()
        self._paced = asyncio.Event()
        self._under_way = 0
        self._free_at = 0.0
        self._answer_s = 0.0
        self._quiet: _Quiet | None = None  # as it was worked out last

    @property
    def pace(self) -> Pace:
        """At which the round goes."""
        return self._pace

    def go_at(self, pace: Pace) -> None:
        """From now on at another pace; looks that are under way are not ended."""
        loop_time = asyncio.get_running_loop().time()
        owed = max(0.0, self._free_at - loop_time)  # for what was read: paid off at the new rate
        self._free_at = loop_time + owed * self._pace.bytes_per_s / pace.bytes_per_s
        self._pace = pace
        self._quiet = None
        self._moved.set()
        self._paced.set()

    async def allows(self, at_once: int) -> None:
        """Waits until so many guests may be looked at, at once."""
        while self._pace.at_once < at_once:
            self._paced.clear()
            await self._paced.wait()

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
        self._answer_s = answer_s

    @property
    def _slowness(self) -> float:
        usual = self._pace.busy_s
        return min(MOST_SLOWNESS, max(1.0, self._answer_s / usual)) if usual else 1.0

    # --- how it goes ------------------------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """How the round goes at the moment."""
        quiet = self._is_quiet()
        return Standing(
            guests=len(self._guests),
            under_way=self._under_way,
            waiting=sum(self.waits(vm) for vm in self._guests) if quiet else 0,
            quiet=quiet,
            quiet_until=self._quiet.until if quiet and self._quiet is not None else None,
            slowness=round(self._slowness, 1),
        )

    def waits(self, vm: EntityId) -> bool:
        """Whether a guest is due, and left alone only because it is quiet."""
        guest = self._guests.get(vm)
        if guest is None or guest.under_way or not self._is_quiet() or self._may(vm, guest):
            return False
        return self._due(vm, guest) <= asyncio.get_running_loop().time()

    # --- going round ------------------------------------------------------------------------------------------------

    async def next(self) -> Due:
        """Waits until a guest is due, and begins a look at it; `done`, `given_up` or
        `interrupted` ends that."""
        loop = asyncio.get_running_loop()
        while True:
            self._moved.clear()
            vm, due = self._first() if self._under_way < self._pace.at_once else (None, 0.0)
            if vm is not None and due <= loop.time():
                guest = self._guests[vm]
                guest.under_way, guest.urgent, guest.overdue = True, False, False
                self._under_way += 1
                return Due(vm, guest.running, guest.token)
            pause = min(LONGEST_PAUSE_S, due - loop.time()) if vm is not None else LONGEST_PAUSE_S
            if self._is_quiet() and self._quiet is not None and self._quiet.until is not None:
                pause = min(pause, (self._quiet.until - self._clock()).total_seconds())
            try:
                async with asyncio.timeout(max(0.05, pause)):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def done(self, due: Due, *, read_bytes: int, calls: int = 0, failed: bool = False) -> None:
        """The look is over: what it cost, and whether it came to nothing."""
        now = asyncio.get_running_loop().time()
        spent_s = max(read_bytes / self._pace.bytes_per_s, calls / self._pace.calls_per_s)
        self._free_at = max(self._free_at, now) + spent_s
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
        self._under_way -= 1
        self._moved.set()
        guest = self._guests.get(vm)
        if guest is not None:
            guest.under_way = False
            guest.looked_at = asyncio.get_running_loop().time()
        return guest

    def _first(self) -> tuple[EntityId | None, float]:
        """The guest that is due first, and when its turn is."""
        first, earliest = None, float("inf")
        quiet = self._is_quiet()
        for vm, guest in self._guests.items():
            if guest.under_way or (quiet and not self._may(vm, guest)):
                continue
            due = float("-inf") if guest.urgent else self._due(vm, guest)
            if due < earliest:
                first, earliest = vm, due
        urgent = first is not None and self._guests[first].urgent
        return first, earliest if urgent else max(earliest, self._free_at)

    def _is_quiet(self) -> bool:
        now, known = self._clock(), self._quiet
        if known is not None and known.since <= now < known.checked_until:
            return True
        if not self._pace.quiet.at(now):
            self._quiet = None
            return False
        until = self._pace.quiet.until(now)
        self._quiet = _Quiet(now, until or now + CHECK_AGAIN, until)
        return True

    def _may(self, vm: EntityId, guest: _Guest) -> bool:
        """Whether a guest may be looked at although it is quiet."""
        if guest.urgent:
            return True
        match self._pace.wanted_in_quiet if vm in self._wanted else InQuiet.NONE:
            case InQuiet.NONE:
                return False
            case InQuiet.AT_ONCE:
                return guest.looked_at is None or guest.overdue
            case InQuiet.ALL:
                return True

    def _due(self, vm: EntityId, guest: _Guest) -> float:
        wanted = vm in self._wanted
        if guest.looked_at is None or guest.overdue:
            return -1.0 if wanted else 0.0
        pace, wait = self._pace, self._pace.idle_s
        if guest.running and self._memory:
            wait = min(wait, pace.memory_s)
        if guest.token is None or guest.token != guest.looked_token:
            wait = min(wait, pace.changed_s if guest.token is not None or guest.running else pace.idle_s)
        if guest.failures:
            wait = max(wait, min(pace.slowest_s, pace.changed_s * 2 ** min(guest.failures, 12)))
        return guest.looked_at + wait * self._slowness * (pace.wanted if wanted else 1.0)

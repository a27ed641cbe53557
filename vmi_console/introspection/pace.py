"""How fast an endpoint's guests are looked at: as its provider has it, and what the operator chose in place of that."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from vmi_console.introspection.quiet import Quiet, check_zone

MOST_AT_ONCE = 8
"""Guests, and reads of one host: what anybody may choose."""


class InQuiet(StrEnum):
    """Which looks at guests whose inside a policy asks about still happen in quiet hours."""

    NONE = "none"
    AT_ONCE = "at once"  # those that are due because somebody begins to ask, or the guest is new, or was switched on
    ALL = "all"


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the round goes, for one endpoint."""

    at_once: int = 2  # guests
    reads_per_host: int = 2  # at once, where one endpoint has many hosts
    changed_s: float = 15.0  # between two looks at a guest whose disks are written to
    memory_s: float = 20.0  # between two looks at the memory of a running guest
    idle_s: float = 3_600.0  # between two looks at a guest of which nothing is heard
    bytes_per_s: float = 16 * 2**20  # what peeking costs a host then is a tenth of one processor at the most
    calls_per_s: float = 500.0  # more than those bytes take in blocks of 64 KiB: it is felt where reads are small
    busy_s: float = 1.0  # that a cheap answer may take; a host that takes longer is asked less. 0: never mind
    slowest_s: float = 3_600.0  # that a guest which cannot be read is left alone
    wanted: float = 0.5  # of those times, for guests that are wanted sooner
    quiet: Quiet = Quiet()  # when only who is asked for is looked at
    wanted_in_quiet: InQuiet = InQuiet.AT_ONCE  # … and who is wanted


type Guests = Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)]
type Seconds = Annotated[float, msgspec.Meta(ge=1, le=30 * 86_400)]


class ChosenPace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the operator chose, for all endpoints; None: as each provider has it."""

    at_once: Guests | None = None
    reads_per_host: Guests | None = None
    changed_s: Seconds | None = None
    memory_s: Seconds | None = None
    idle_s: Seconds | None = None
    bytes_per_s: Annotated[float, msgspec.Meta(ge=2**16, le=2**34)] | None = None
    calls_per_s: Annotated[float, msgspec.Meta(ge=1, le=100_000)] | None = None
    busy_s: Annotated[float, msgspec.Meta(ge=0, le=60)] | None = None
    slowest_s: Seconds | None = None
    quiet: Quiet = Quiet()
    wanted_in_quiet: InQuiet = InQuiet.AT_ONCE

    def over(self, pace: Pace) -> Pace:
        """The pace that follows from a provider's own.

        >>> ChosenPace(at_once=1).over(Pace(changed_s=900.0)).changed_s
        900.0
        """
        chosen = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(pace, **chosen)

    def check(self) -> None:
        """Raises `InputError` for what cannot be carried out on this machine."""
        check_zone(self.quiet.zone)

"""What a replay of one policy comes to: how often it would have fired, on whom, when, and what it would have held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.policy.judgement import Severity
from vmi_console.review.replay import Episode, Isolation, Replayed

PARTS = 120
"""Of the span, in each of which firings are counted."""

MOST_VMS = 5_000
MOST_TITLES = 5
LONGEST_EVIDENCE = 300


class Lack(StrEnum):
    """What the past does not tell, and so the replay does not know."""

    ADVISORIES = "advisories"  # a check asks for known vulnerabilities, and none were loaded
    ADVISORIES_OF_THEN = "advisories of then"  # it was held against those that are known today
    FIRST_LOOKS = "first looks"  # what is inside guests is taken as known all the time


class Fired(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One VM on which it would have fired. Names and evidence are untrusted."""

    vm: EntityId
    vm_name: str
    times: int
    first: datetime
    last: datetime  # when it began for the last time
    until: datetime | None = None  # when it held again; None: not by the end
    from_before: bool = False  # it was so already when the replay began
    severity: Severity
    checks: tuple[str, ...]  # what they are called, at most some
    evidence: str = ""  # the first
    held_at: datetime | None = None  # when it would have been quarantined, or a person asked
    waited_seconds: float = 0.0  # until then
    asked: bool = False  # a person would have been asked
    because: str = ""  # and why


class Firings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What there would have been. Of VMs at most some are told; the counts are of all."""

    since: datetime
    until: datetime
    times: int = 0
    before: int = 0  # of these, those that were so already when it began
    vms: int = 0
    held: int = 0  # VMs that would have been quarantined
    asked: int = 0  # … and of which a person would have been asked, and that are not among those
    unknown: int = 0  # VMs on which it did not fire, and of which nobody could tell in the end
    unclear: int = 0  # entities of which a part of the past cannot be told
    parts: tuple[int, ...] = ()  # how often it began, in equal parts of the span
    fired: tuple[Fired, ...] = ()  # the first of them first
    lacks: tuple[Lack, ...] = ()


def summed(replayed: Replayed, *, lacks: Sequence[Lack] = (), unclear: int = 0) -> Firings:
    """The sum of a replay."""
    fired = sorted(_fired(replayed), key=lambda each: (each.first, each.vm_name, each.vm))
    return Firings(
        since=replayed.since,
        until=replayed.until,
        times=len(replayed.episodes),
        before=sum(each.from_before for each in replayed.episodes),
        vms=len(fired),
        held=sum(each.held_at is not None and not each.asked for each in fired),
        asked=sum(each.asked for each in fired),
        unknown=len(replayed.unknown),
        unclear=unclear,
        parts=_parts(replayed),
        fired=tuple(fired[:MOST_VMS]),
        lacks=tuple(lacks),
    )


def _fired(replayed: Replayed) -> Iterator[Fired]:
    held: dict[EntityId, Isolation] = {}
    for isolation in replayed.isolations:
        before = held.get(isolation.vm)
        if before is None or (before.asked and not isolation.asked):  # what would have been done, before what was asked
            held[isolation.vm] = isolation
    for vm, some in groupby(sorted(replayed.episodes, key=lambda each: (each.vm, each.since)), lambda each: each.vm):
        yield _one(list(some), held.get(vm))


def _one(episodes: Sequence[Episode], held: Isolation | None) -> Fired:
    first, last = episodes[0], episodes[-1]
    ends = [each.until for each in episodes]
    closed = [end for end in ends if end is not None]
    return Fired(
        vm=first.vm,
        vm_name=last.vm_name or first.vm_name,
        times=len(episodes),
        first=first.since,
        last=last.since,
        until=max(closed) if len(closed) == len(ends) else None,
        from_before=first.from_before,
        severity=max((each.severity for each in episodes), key=lambda severity: severity.rank),
        checks=tuple(dict.fromkeys(each.title for each in episodes))[:MOST_TITLES],
        evidence=first.evidence[:LONGEST_EVIDENCE],
        held_at=None if held is None else held.at,
        waited_seconds=0.0 if held is None else held.waited_seconds,
        asked=held is not None and held.asked,
        because="" if held is None else held.because,
    )


def _parts(replayed: Replayed) -> tuple[int, ...]:
    span = (replayed.until - replayed.since).total_seconds()
    counts = Counter(
        min(PARTS - 1, int(PARTS * (each.since - replayed.since).total_seconds() / span)) if span else 0
        for each in replayed.episodes
        if not each.from_before
    )
    return tuple(counts[part] for part in range(PARTS))

"""A VM in quarantine, or on its way in or out: what the journal keeps of it, and what clients are told.

    asked ──confirmed──┐                                  ┌─> released
    countdown ──due────┼─> isolating ─> isolated ─> releasing
    a person's order ──┘       │     ├> partly isolated <─┐└─> (back, where it was refused)
                               │     └> undone ───────────┘ re-asserted
                               └─> failed: nothing was changed

Whatever cannot be looked at is *uncertain* until it can. These are stored and travel to clients: fields may be added
with defaults; none is renamed or given another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from vmi_console.collectors.quarantine import HOST_FRAME_BYTES, Channel, Hold, Image, Mode
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM


class Stage(StrEnum):
    """Where a quarantine is."""

    ASKED = "asked"  # a policy proposes it, and waits for a person
    COUNTDOWN = "countdown"  # it begins by itself when `due`, unless somebody stops it
    ISOLATING = "isolating"
    ISOLATED = "isolated"  # every way to the world was seen closed
    PARTLY = "partly isolated"  # some way is open, or nobody can tell
    OBSERVED = "observed"  # nothing was closed, and nothing was meant to be
    UNDONE = "undone"  # it was isolated, and somebody has opened a way since
    RELEASING = "releasing"
    UNCERTAIN = "uncertain"  # something was begun, and the VM cannot be looked at
    GONE = "gone"  # the VM is no longer there; should it come back, it may be open
    FOUND = "found"  # another console's record is with the VM
    RELEASED = "released"
    KEPT = "kept"  # somebody decided to leave the VM as it is
    FAILED = "failed"  # it was refused, and nothing was changed
    STOPPED = "stopped"  # somebody stopped it, or its reason went away, before anything was done

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do."""
        return self in (Stage.RELEASED, Stage.KEPT, Stage.FAILED, Stage.STOPPED)

    @property
    def is_settled(self) -> bool:
        """Whether the VM is in quarantine and nothing is under way with it."""
        return self in (Stage.ISOLATED, Stage.PARTLY, Stage.OBSERVED, Stage.UNDONE)

    @property
    def counts(self) -> bool:
        """Whether the VM counts as one in quarantine, for limits."""
        return self in (Stage.ISOLATING, Stage.ISOLATED, Stage.PARTLY, Stage.UNDONE, Stage.UNCERTAIN, Stage.RELEASING)


class Noticed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a VM in quarantine."""

    at: datetime
    what: str  # untrusted
    actor: str | None = None  # only where an event names it
    number: int = 0  # of the change, for amendments


class Quarantine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One VM's quarantine, from the order to the release. What it says of VMs, people and networks is untrusted."""

    id: str
    vm: EntityId
    vm_name: str
    mode: Mode
    stage: Stage
    since: datetime  # in this stage
    opened_at: datetime
    by: str
    reason: str  # why it is
    because: str = ""  # why it is in this stage, where that is not what was ordered
    advice: str = ""
    network: str = ""
    policy: str = ""
    finding: str = ""
    evidence: str = ""
    channels: tuple[Channel, ...] = ()
    verified_at: datetime | None = None
    noticed: tuple[Noticed, ...] = ()
    notes: tuple[str, ...] = ()
    reasserts: bool = False  # whether what somebody undoes is put back
    tries: int = 0  # how often it was put back
    due: datetime | None = None  # of a countdown
    trusted: bool = True  # of one that was found: whether the record is signed with a key that this console knows


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quarantine with what its release needs: what the journal keeps."""

    quarantine: Quarantine
    before: Image
    after: Image | None = None
    record: str = ""  # as it was left with the VM
    closed_before: tuple[str, ...] = ()  # keys of the ways to the world that were closed before anything was done
    held: tuple[str, ...] = ()  # keys of those that were seen closed since: they can be closed
    releasing: bool = False  # which way it was going when it became uncertain
    was: VM | None = None  # what the estate told of the VM before, for policies (see `policy.displaced`)

    def now(self, stage: Stage, at: datetime, **more: object) -> Case:
        """The case in a stage, in it since `at` unless it was there before; `more` are fields of the quarantine."""
        since = self.quarantine.since if stage is self.quarantine.stage else at
        fields = {"because": "", "advice": "", **more, "stage": stage, "since": since}
        quarantine = msgspec.structs.replace(self.quarantine, **fields)
        closed = {channel.key for channel in quarantine.channels if channel.hold is Hold.HELD}
        return msgspec.structs.replace(self, quarantine=quarantine, held=tuple(sorted({*self.held, *closed})))


def stage_of(mode: Mode, channels: Iterable[Channel]) -> Stage:
    """What a VM is after the act: isolated only where each way is known to be closed."""
    if mode is Mode.OBSERVE:
        return Stage.OBSERVED
    return Stage.ISOLATED if all(channel.hold is Hold.HELD for channel in channels) else Stage.PARTLY


def open_ways(channels: Iterable[Channel]) -> str:
    """The ways that are not closed, in words."""
    return "; ".join(
        f"{channel.title}: {channel.hold}{f' ({channel.because})' if channel.because else ''}"
        for channel in channels
        if channel.hold is not Hold.HELD
    )


MOST_HOST_FRAMES = 8
"""That a host says on one device between two looks: more are somebody else's."""


def passed_meanwhile(first: Iterable[Channel], then: Iterable[Channel]) -> tuple[Channel, ...]:
    """The channels as looked at last; one that counts as closed and whose frames went on is not.

    What the host itself says to the guest is not held against it: it comes through no way that could be closed.
    """
    before = {channel.key: channel for channel in first}
    seen = []
    for channel in then:
        passed, octets = _since(before.get(channel.key), channel)
        if channel.hold is Hold.HELD and passed > 0 and not _is_host_itself(passed, octets):
            channel = msgspec.structs.replace(
                channel, hold=Hold.NOT_HELD, because=f"{passed} frames went through since it was closed"
            )
        seen.append(channel)
    return tuple(seen)


def _is_host_itself(frames: int, octets: int | None) -> bool:
    """Whether so many frames of so many bytes in all can be what the host says by itself between two looks."""
    if octets is None or frames > MOST_HOST_FRAMES:
        return False
    sums = {0}
    for _ in range(frames):
        sums = {each + size for each in sums for size in HOST_FRAME_BYTES}
    return octets in sums


def _since(first: Channel | None, then: Channel) -> tuple[int, int | None]:
    """The frames that were counted between two looks at a channel, and their bytes where those are known."""
    if first is None or first.frames is None or then.frames is None:
        return 0, None
    passed = then.frames - first.frames
    if first.frame_bytes is None or then.frame_bytes is None:
        return passed, None
    return passed, then.frame_bytes - first.frame_bytes

"""What became of an act whose outcome nobody heard: worked out from the VM as it is found."""

from __future__ import annotations

from enum import Enum, auto

from vmi_console.collectors.quarantine import Hold, Mode, Survey
from vmi_console.response.quarantine import Case, Stage, stage_of


class Progress(Enum):
    """How far an act came."""

    NOT_BEGUN = auto()
    HALF_DONE = auto()
    TO_TIDY = auto()  # done, but for what may be left behind; doing it once more takes that away
    DONE = auto()


def of_isolating(case: Case, found: Survey) -> Progress:
    """How far isolating came.

    The record is left first: a VM that is as it was, or with another record, was not touched. Where no record could be
    left, the ways to the world tell.
    """
    ours = bool(case.record) and found.image.record == case.record
    stage = stage_of(case.quarantine.mode, found.channels)
    if ours and stage is not Stage.PARTLY:
        return Progress.DONE
    if ours:
        return Progress.HALF_DONE
    as_before = found.image.version == case.before.version or found.image.state == case.before.state
    if as_before or found.image.record or not _some_held(case, found):
        return Progress.NOT_BEGUN
    return Progress.HALF_DONE


def of_releasing(case: Case, found: Survey) -> Progress:
    """How far releasing came. The record is taken away last; restoring once more what is restored does no harm."""
    if found.image.state == case.before.state and not _is_ours(case, found):
        return Progress.DONE
    if case.after is not None and found.image.version == case.after.version and _is_ours(case, found):
        return Progress.NOT_BEGUN
    if _is_ours(case, found) or (case.quarantine.mode is not Mode.OBSERVE and _some_held(case, found)):
        return Progress.HALF_DONE
    return Progress.TO_TIDY if found.image.version == case.before.version else Progress.DONE


def _is_ours(case: Case, found: Survey) -> bool:
    return bool(case.record) and found.image.record == case.record


def _some_held(case: Case, found: Survey) -> bool:
    """Whether a way to the world is closed that was not before."""
    return any(channel.hold is Hold.HELD and channel.key not in case.closed_before for channel in found.channels)

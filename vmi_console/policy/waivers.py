"""Waivers: somebody decided that something may be so, why, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from vmi_console.errors import InputError
from vmi_console.estate.identity import EntityId
from vmi_console.policy.findings import Finding, Kept

LONGEST_TEXT = 4000


class Waiver(Kept):
    """All that it names must fit a finding: a VM, a named group, a policy, a rule of that policy."""

    id: str
    justification: str
    by: str
    at: datetime
    expires_at: datetime
    vm: EntityId | None = None
    group: str = ""
    policy: str = ""
    rule: str = ""

    def covers(self, finding: Finding, is_member: Callable[[str, EntityId], bool]) -> bool:
        """Whether it speaks of this finding; `is_member(group, vm)` knows the named groups."""
        return (
            (self.vm is None or self.vm == finding.vm)
            and (not self.policy or self.policy == finding.policy)
            and (not self.rule or self.rule == finding.rule)
            and (not self.group or is_member(self.group, finding.vm))
        )


def check(waiver: Waiver) -> Waiver:
    """The waiver, if it can be one. Raises `InputError`."""
    if not waiver.justification.strip():
        raise InputError("a waiver needs a justification", "say why this may be so")
    if len(waiver.justification) > LONGEST_TEXT:
        raise InputError(f"the justification has more than {LONGEST_TEXT} characters", "say it shorter")
    if waiver.expires_at.tzinfo is None:
        raise InputError("the end of a waiver needs a time zone", "write it as 2026-12-31T00:00:00Z")
    if waiver.expires_at <= waiver.at:
        raise InputError("the end of the waiver has passed already", "choose a later one")
    if waiver.rule and not waiver.policy:
        raise InputError("a rule is named together with its policy", "name both")
    if waiver.vm is None and not waiver.group and not waiver.rule:
        raise InputError("this would waive everything", "name a VM, a group, or a rule of a policy")
    return waiver


def holding(
    waivers: Iterable[Waiver], finding: Finding, now: datetime, is_member: Callable[[str, EntityId], bool]
) -> Waiver | None:
    """Of the waivers that cover a finding now, the one that lasts longest."""
    covering = [waiver for waiver in waivers if waiver.expires_at > now and waiver.covers(finding, is_member)]
    return max(covering, key=lambda waiver: waiver.expires_at, default=None)

"""Finding: one check that fails on one VM, from the first time to the last; and what people decided about it.

These are stored and travel to clients. Fields may be added with defaults; none is renamed or given another meaning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, dataclass_transform

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.policy.joining import Origin
from vmi_console.policy.judgement import Severity, Verdict

SCHEMA_VERSION = 1
"""Of findings and decisions: raised when a field is added, so that a file says which console wrote it."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Kept(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag=str.lower):
    """Base of what the console keeps about its policies."""


class Stage(StrEnum):
    """Where a finding is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # somebody has seen it
    WAIVED = "waived"  # somebody decided that it may be so, until a certain day
    RESOLVED = "resolved"


class Ending(StrEnum):
    """Why a finding is resolved."""

    PASSES = "passes"
    GONE = "gone"  # the VM is, or its connection
    NOT_A_MEMBER = "no longer a member"  # or another policy counts for it
    WITHDRAWN = "withdrawn"  # the policy or its rule


class Acknowledgement(Kept):
    """Somebody has seen a finding. It holds until the finding is resolved."""

    finding: str
    by: str
    at: datetime
    note: str = ""


class Finding(Kept):
    """One rule of one policy that does not hold for one VM; known by those three for good.

    `verdict` is the present one: unknown where it failed and nobody can tell now (that resolves nothing), pass only
    while `flapping`. `evidence` and `because` hold untrusted text.
    """

    id: str  # see `finding_id`
    policy: str
    rule: str
    check: str  # the kind of check
    vm: EntityId
    opened_at: datetime  # the last time
    first_opened_at: datetime
    title: str = ""
    vm_name: str = ""
    severity: Severity = Severity.MEDIUM
    verdict: Verdict = Verdict.FAIL
    stage: Stage = Stage.OPEN
    evidence: str = ""
    because: str = ""
    paths: tuple[str, ...] = ()
    resolved_at: datetime | None = None
    ending: Ending | None = None
    reopened: int = 0
    flapping: bool = False  # it comes and goes: it stays open until it has been gone for a while
    origin: Origin | None = None
    acknowledged: Acknowledgement | None = None
    waiver: str = ""  # id of the waiver that holds

    @property
    def is_open(self) -> bool:
        """Whether it asks for anything: neither resolved nor waived."""
        return self.stage in (Stage.OPEN, Stage.ACKNOWLEDGED)

    @property
    def actor(self) -> str | None:
        """Who made the change behind it, where that is known."""
        return self.origin.actor if self.origin is not None else None

    @property
    def incident(self) -> str:
        """What findings of one cause have in common; a finding whose cause is its own is its own incident."""
        if self.origin is not None and self.origin.is_shared:
            return f"change/{self.origin.number}"
        return self.id


def finding_id(policy: str, rule: str, vm: EntityId) -> str:
    """The key of a finding, 32 hexadecimal digits: the same wherever and whenever it is made."""
    return hashlib.blake2b("\0".join((policy, rule, vm)).encode("utf-8", "replace"), digest_size=16).hexdigest()


class FindingsListener(Protocol):
    """Whoever acts on findings: response, notifications. Called on the event loop; must return within milliseconds."""

    def findings_moved(
        self, opened: Sequence[Finding], changed: Sequence[Finding], closed: Sequence[Finding], /
    ) -> None:
        """What opened (or came back), what is another now, what is resolved or waived."""

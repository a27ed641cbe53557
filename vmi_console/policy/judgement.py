"""What a check says of one VM."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """Three-valued. Unknown is never a pass: it counts against coverage."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How bad a failure is, least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A verdict and what it rests on.

    `evidence` says in one line what the VM has and what is allowed; it holds untrusted text. `because` says why
    nobody can tell, where the verdict is unknown. `paths` are the properties that speak against the VM
    (`nics[4000].vlan`, `applications`), as changes name them: through them a finding finds the change behind it.
    """

    verdict: Verdict
    evidence: str = ""
    because: str = ""
    paths: tuple[str, ...] = ()


PASSED = Judgement(verdict=Verdict.PASS)


def failed(evidence: str, *paths: str) -> Judgement:
    """The VM does not do what it must."""
    return Judgement(verdict=Verdict.FAIL, evidence=evidence, paths=paths)


def unknown(because: str, *paths: str) -> Judgement:
    """Nobody can tell, and why."""
    return Judgement(verdict=Verdict.UNKNOWN, because=because, paths=paths)

"""Scores, always with their coverage: how many demands hold, of those of which anybody can tell."""

from __future__ import annotations

import msgspec


class Score(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Judgements of one VM, one policy or the whole estate: one for each rule and VM that it counts for.

    `waived` are among the `failed`.
    """

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    waived: int = 0

    @property
    def total(self) -> int:
        """All judgements."""
        return self.passed + self.failed + self.unknown

    @property
    def percent(self) -> float | None:
        """The share that holds (or is waived) of those of which anybody can tell, 0 to 100; None of none."""
        told = self.passed + self.failed
        return 100 * (self.passed + self.waived) / told if told else None

    @property
    def coverage_percent(self) -> float | None:
        """The share of which anybody can tell, 0 to 100; None where nothing is demanded."""
        return 100 * (self.passed + self.failed) / self.total if self.total else None

    def __add__(self, other: Score) -> Score:
        return Score(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            waived=self.waived + other.waived,
        )

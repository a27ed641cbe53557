"""What speaks against a VM and what nobody can tell, gathered until there is a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from vmi_console.plain_text import visible
from vmi_console.policy.judgement import PASSED, Judgement, failed, unknown

SHOWN = 4
"""Of many failures of one VM, so many are told in its evidence; `paths` has all of them."""


class Tally:
    """Failures and gaps of one VM. One known failure settles it; without one, any gap leaves the verdict open."""

    __slots__ = ("_failures", "_gaps", "_paths")

    def __init__(self) -> None:
        self._failures: list[str] = []
        self._gaps: list[str] = []
        self._paths: dict[str, None] = {}

    def against(self, evidence: str, *paths: str) -> None:
        """Something is known to be otherwise than it must be."""
        if not self._failures:
            self._paths.clear()  # those of gaps
        self._failures.append(evidence)
        self._paths.update(dict.fromkeys(paths))

    def untold(self, because: str, *paths: str) -> None:
        """Something cannot be told."""
        self._gaps.append(because)
        if not self._failures:
            self._paths.update(dict.fromkeys(paths))

    def judgement(self, demand: str = "") -> Judgement:
        """The verdict; `demand` says what is asked for, and ends the evidence of a failure."""
        if self._failures:
            evidence = shortened(self._failures, "; ")
            return failed(f"{evidence}; {demand}" if demand else evidence, *self._paths)
        if self._gaps:
            return unknown(shortened(self._gaps, "; "), *self._paths)
        return PASSED


def shortened(texts: Iterable[str], separator: str = ", ", most: int = SHOWN) -> str:
    """The first of several texts, each once, and how many more there are.

    >>> shortened(["a", "b", "c", "d", "e", "e"], most=3)
    'a, b, c and 2 more'
    """
    distinct = list(dict.fromkeys(texts))
    if len(distinct) <= most:
        return separator.join(distinct)
    return f"{separator.join(distinct[:most])} and {len(distinct) - most} more"


def named(text: str) -> str:
    """A name from outside as it stands in evidence: harmless, on one line, not too long."""
    return visible(text, 80)

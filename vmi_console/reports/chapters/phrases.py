"""How a report says names, times, shares and counts."""

from __future__ import annotations

from datetime import UTC, datetime

from vmi_console.plain_text import visible

LONGEST_NAME = 80
LONGEST_TEXT = 160


def name(text: str) -> str:
    """A name as a report shows it."""
    return visible(text, LONGEST_NAME) or "(no name)"


def saying(text: str) -> str:
    """A longer text as a report shows it."""
    return visible(text, LONGEST_TEXT)


def when(time: datetime | None) -> str:
    """A time to the minute."""
    return "not known" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def percent(value: float | None) -> str:
    """Rounded down: only what is whole is told as 100."""
    return "–" if value is None else f"{int(value * 10) / 10:g} %"


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun.

    >>> many(1, "VM"), many(1200, "VM"), many(2, "policy", "policies")
    ('1 VM', '1,200 VMs', '2 policies')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def more(shown: int, total: int, where: str) -> str:
    """What a list leaves out, and where all of it is; nothing where all of it is shown."""
    return f"The first {shown:,} of {total:,}. {where}" if total > shown else ""

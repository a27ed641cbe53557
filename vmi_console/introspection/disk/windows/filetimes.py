"""Times as Windows writes them: in steps of 100 ns since 1601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(1601, 1, 1, tzinfo=UTC)


def moment(filetime: int) -> datetime | None:
    """A time; None for those that stand for none: zero, and the end of all time.

    >>> moment(133_775_712_000_000_000).isoformat()
    '2024-12-02T00:00:00+00:00'
    >>> moment(0x7FFF_FFFF_FFFF_FFFF), moment(0)
    (None, None)
    """
    try:
        return _BEGINNING + timedelta(microseconds=filetime // 10) if filetime > 0 else None
    except OverflowError:
        return None

"""Times of another day in words, and words that mean a time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtCore import QDate, QLocale, QTime

_AGO = re.compile(r"-\s*(\d{1,5})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def day_and_time(at: datetime, *, seconds: bool = False) -> str:
    """Date and time to the minute or the second, in local time and as the language writes them."""
    local = at.astimezone()
    locale = QLocale()
    day = locale.toString(QDate(local.year, local.month, local.day), QLocale.FormatType.LongFormat)
    clock = locale.toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    if seconds:
        clock = locale.toString(
            QTime(local.hour, local.minute, local.second), locale.timeFormat().replace("t", "").strip()
        )
    return f"{day}, {clock}"


def typed(at: datetime) -> str:
    """A time as it can be typed: 2026-03-01 14:05:09, in local time."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def offset(at: datetime) -> str:
    """How far local time is from UTC then: UTC+01:00."""
    name = f"{at.astimezone():%z}"
    return f"UTC{name[:3]}:{name[3:5]}"


def time_meant(text: str, shown: datetime, now: datetime) -> datetime | None:
    """The time that was typed: a date, with a time or not; a time of the day that is shown; or so long ago (-2h, -3d).

    None where it is none of these. A time of a clock that is set back means the first of the two.
    """
    text = text.strip()
    if (ago := _AGO.fullmatch(text.lower())) is not None:
        try:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            return None
    try:
        if _CLOCK.fullmatch(text):
            day, clock = shown.astimezone().date(), time.fromisoformat(text.zfill(8 if text.count(":") > 1 else 5))
            return datetime.combine(day, clock).astimezone(UTC)
        if len(text) <= 10:
            return datetime.combine(date.fromisoformat(text), time()).astimezone(UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None

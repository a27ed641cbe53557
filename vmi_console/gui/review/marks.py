"""The round times that the axis of a span names, from seconds to years, by the local calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from PySide6.QtCore import QDate, QLocale

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
DAY = 86_400


class Mark(NamedTuple):
    """A time and its name; one that begins a day says which."""

    at: datetime
    name: str


def marks(since: datetime, until: datetime, most: int) -> list[Mark]:
    """The round times within a span, about at most so many."""
    wanted = (until - since).total_seconds() / max(1, most)
    if wanted <= _SECONDS[-1]:
        return list(_of_day(since, until, next(step for step in _SECONDS if step >= wanted)))
    if wanted <= _DAYS[-1] * DAY:
        return list(_days(since, until, next(step for step in _DAYS if step * DAY >= wanted)))
    months = next((step for step in _MONTHS if step * 30 * DAY >= wanted), _MONTHS[-1])
    return list(_months(since, until, months))


def _of_day(since: datetime, until: datetime, step: int) -> Iterator[Mark]:
    day = since.astimezone().date()
    while (midnight := _midnight(day)) < until:
        following = day + timedelta(days=1)
        at, end = midnight, _midnight(following)
        while at < end and at <= until:
            if at >= since:
                local = at.astimezone()
                clock = f"{local:%H:%M:%S}" if step < 60 else f"{local:%H:%M}"
                yield Mark(at, _day(day) if at == midnight else clock)
            at += timedelta(seconds=step)
        day = following


def _days(since: datetime, until: datetime, step: int) -> Iterator[Mark]:
    day = since.astimezone().date()
    while (at := _midnight(day)) <= until:
        if at >= since and (day.day == 1 or (day.toordinal() % step == 0 and (step == 1 or 3 <= day.day <= 29))):
            yield Mark(at, _day(day))
        day += timedelta(days=1)


def _months(since: datetime, until: datetime, step: int) -> Iterator[Mark]:
    local = since.astimezone()
    month = local.year * 12 + local.month - 1
    while (at := _midnight(date(month // 12, month % 12 + 1, 1))) <= until:
        if at >= since and month % step == 0:
            first = QDate(month // 12, month % 12 + 1, 1)
            yield Mark(at, QLocale().toString(first, "yyyy" if month % 12 == 0 else "MMM yyyy"))
        month += 1


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day).astimezone(UTC)


def _day(day: date) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), "d MMM")

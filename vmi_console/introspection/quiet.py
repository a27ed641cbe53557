"""Quiet hours: the times of a week at which guests are left alone, as a person says them and as a clock meets them.

They are times of a wall clock. Where the clock is put forward or back, what counts is what it shows: an hour that comes
twice is quiet twice, and a beginning that is left out is the moment at which it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from vmi_console.errors import InputError

DAY = 24 * 60
WEEK = 7 * DAY
"""In minutes, as all times of a week here: 0 is Monday at midnight."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ADVICE = "write them such as Mon–Fri 08:00–18:00; Sat 22:00–06:00"
_token = re.compile(r"(?P<time>\d{1,2}(?:[:.]\d\d)?)|(?P<word>[^\W\d_]+)\.?|(?P<dash>[-–—])|[\s,;]+")

_QUARTER = timedelta(minutes=15)
"""Clocks are put forward and back at full quarters of UTC's hours, everywhere."""

type Weekday = Annotated[int, msgspec.Meta(ge=0, le=6)]


class Span(msgspec.Struct, frozen=True):
    """On each of these days (0 is Monday) from a time to another; one that is not later is of the next day."""

    days: tuple[Weekday, ...]
    begin: time
    end: time

    def minutes(self) -> Iterable[range]:
        """Of the week; the last day's may go beyond it."""
        begin, end = (each.hour * 60 + each.minute for each in (self.begin, self.end))
        for day in self.days:
            yield range(day * DAY + begin, day * DAY + (end if end > begin else end + DAY))


class Quiet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Quiet hours. `zone` is where their clock stands, such as Europe/Berlin; empty: that of this machine."""

    spans: tuple[Span, ...] = ()
    zone: str = ""

    def at(self, moment: datetime) -> bool:
        """Whether it is quiet at a moment.

        >>> Quiet(read("Mon 22:00-06:00"), "Europe/Berlin").at(datetime(2026, 3, 3, 4, 59, tzinfo=UTC))
        True
        """
        intervals = _intervals(self.spans)
        if not intervals:
            return False
        local = moment.astimezone(_zone(self.zone))
        minute = local.weekday() * DAY + local.hour * 60 + local.minute
        place = bisect_right(intervals, minute, key=lambda each: each[0]) - 1
        return place >= 0 and minute < intervals[place][1]

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet ends that there is at a moment; None where there is none, or it never ends."""
        if not self.at(moment):
            return None
        return min((each for each in self._turns(moment) if not self.at(each)), default=None)

    def _turns(self, moment: datetime) -> Iterable[datetime]:
        """Moments at which it may cease to be quiet, as far as the next week goes."""
        zone = _zone(self.zone)
        local = moment.astimezone(zone)
        monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time())
        for week in range(3):
            for _, end in _intervals(self.spans):
                naive = monday + timedelta(minutes=week * WEEK + end)
                for fold in (0, 1):
                    turn = naive.replace(fold=fold, tzinfo=zone).astimezone(UTC)
                    if turn > moment:
                        yield turn
        yield from _clock_changes(moment, zone)


def check_zone(name: str) -> None:
    """Raises `InputError` where nobody here knows such a time zone."""
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(
                f"the time zone “{name}” is not known on this machine", "name one such as Europe/Berlin, or none"
            ) from error


@lru_cache(maxsize=8)
def _zone(name: str) -> tzinfo | None:
    """None: this machine's own, which the system knows best."""
    return ZoneInfo(name) if name else None


def _clock_changes(moment: datetime, zone: tzinfo | None) -> Iterable[datetime]:
    """Within the next week."""
    at = datetime.fromtimestamp(moment.timestamp() // 900 * 900, UTC)
    offset = at.astimezone(zone).utcoffset()
    for _ in range(8 * 96):
        at += _QUARTER
        before, offset = offset, at.astimezone(zone).utcoffset()
        if offset != before:
            yield at


# --- the week as minutes ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _intervals(spans: tuple[Span, ...]) -> tuple[tuple[int, int], ...]:
    """What they come to, in minutes of the week, in order and apart from each other."""
    pieces: list[tuple[int, int]] = []
    for minutes in (each for span in spans for each in span.minutes()):
        pieces.append((minutes.start, min(minutes.stop, WEEK)))
        if minutes.stop > WEEK:
            pieces.append((0, minutes.stop - WEEK))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(pieces):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return tuple(joined)


def share(spans: tuple[Span, ...], begin: int, end: int) -> float:
    """How much of some minutes of the week is quiet.

    >>> share(read("Tue 08:30-10:00"), DAY + 8 * 60, DAY + 9 * 60)
    0.5
    """
    quiet = sum(max(0, min(end, stop) - max(begin, start)) for start, stop in _intervals(spans))
    return quiet / (end - begin)


def changed(spans: tuple[Span, ...], begin: int, end: int, quiet: bool) -> tuple[Span, ...]:
    """The same, but for these minutes of the week, which are quiet or are not."""
    kept = [(start, min(stop, begin)) for start, stop in _intervals(spans) if start < begin]
    kept += [(max(start, end), stop) for start, stop in _intervals(spans) if stop > end]
    if quiet:
        kept.append((begin, end))
    return _spans(kept)


def in_order(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The same hours in as few spans as they can be said in."""
    return _spans(_intervals(spans))


def _spans(pieces: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """The pieces day by day; what goes over midnight and ends before noon is the evening's."""
    by_day: list[set[tuple[int, int]]] = [set() for _ in DAYS]
    whole = tuple(Span((begin // DAY,), _clock(begin), _clock(end)) for begin, end in _by_day(pieces))
    for begin, end in _intervals(whole):
        for part_begin, part_end in _by_day([(begin, end)]):
            by_day[part_begin // DAY].add((part_begin % DAY, (part_end - 1) % DAY + 1))
    for day in range(7):
        after = by_day[(day + 1) % 7]
        evening = next((each for each in by_day[day] if each[1] == DAY and each[0] >= DAY // 2), None)
        morning = next((each for each in after if each[0] == 0 and each[1] <= DAY // 2), None)
        if evening is not None and morning is not None:
            by_day[day].remove(evening)
            after.remove(morning)
            by_day[day].add((evening[0], DAY + morning[1]))
    times = sorted({each for day in by_day for each in day})
    spans = (
        Span(tuple(day for day in range(7) if each in by_day[day]), _clock(each[0]), _clock(each[1])) for each in times
    )
    return tuple(sorted(spans, key=lambda span: (span.days, span.begin)))


def _by_day(pieces: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    for begin, end in pieces:
        while begin < end:
            midnight = (begin // DAY + 1) * DAY
            yield begin, min(end, midnight)
            begin = midnight


def _clock(minute: int) -> time:
    return time(minute % DAY // 60, minute % 60)


# --- in words ---------------------------------------------------------------------------------------------------------


def written(spans: tuple[Span, ...], names: Sequence[str] = DAYS) -> str:
    """As people write them, the days called by these names; what `read` takes.

    >>> written(read("mo-fr 8-18, sat 22:00-6:00"))
    'Mon–Fri 08:00–18:00; Sat 22:00–06:00'
    """
    return "; ".join(
        f"{_days(days, names)} {', '.join(_hours(span) for span in of_them)}"
        for days, of_them in groupby(spans, key=lambda span: span.days)
    )


def _days(days: Sequence[int], names: Sequence[str]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    said = (
        f"{names[run[0]]}–{names[run[-1]]}" if len(run) > 2 else ", ".join(names[day] for day in run) for run in runs
    )
    return ", ".join(said)


def _hours(span: Span) -> str:
    end = "24:00" if span.end == time() else f"{span.end:%H:%M}"
    return f"{span.begin:%H:%M}–{end}"


def read(text: str, names: Sequence[str] = ()) -> tuple[Span, ...]:
    """Days and times as a person typed them; days by their English names, or by these. Without days: every day.

    Raises `InputError`, which says what cannot be understood.
    """
    spans: list[Span] = []
    days: list[int] = []
    times: list[int] = []
    word_before, dashed = False, False
    for kind, token in _tokens(text):
        if kind == "dash":
            if dashed or not (word_before or len(times) == 1):
                raise InputError("quiet hours go from something to something", ADVICE)
            dashed = True
            continue
        if kind == "word":
            if times:
                raise InputError(f"“{token}” stands where a time should", ADVICE)
            if spans and not word_before and not dashed:
                days = []
            day = _day(token, names)
            days += _following(days[-1], day) if dashed else [day]
        else:
            if not days:
                days = list(range(7))
            if times and not dashed:
                raise InputError(f"“{token}” needs a – before it, or an end behind it", ADVICE)
            times.append(_minute(token, as_end=bool(times)))
            if len(times) == 2:
                spans.append(Span(tuple(sorted(set(days))), _clock(times[0]), _clock(times[1])))
                times = []
        word_before, dashed = kind == "word", False
    if times or dashed or word_before:
        raise InputError("the last of the quiet hours has no end", ADVICE)
    return in_order(tuple(spans))


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    place = 0
    while place < len(text):
        found = _token.match(text, place)
        if found is None:
            raise InputError(f"“{text[place : place + 20]}” is neither a day nor a time", ADVICE)
        place = found.end()
        if found.lastgroup is not None:
            yield found.lastgroup, found[found.lastgroup]


def _day(word: str, names: Sequence[str]) -> int:
    """By its name, or by two letters of it or more that are no other day's."""
    folded = word.casefold()
    for known in ([name.rstrip(".").casefold() for name in names], _LONG):
        fitting = [
            day for day, name in enumerate(known) if name == folded or (len(folded) > 1 and name.startswith(folded))
        ]
        if len(fitting) == 1:
            return fitting[0]
    raise InputError(f"“{word}” is no day of the week", ADVICE)


def _following(first: int, last: int) -> list[int]:
    """The days after the first, up to the last; over the end of the week, too."""
    return [(first + step) % 7 for step in range(1, (last - first) % 7 + 1)]


def _minute(token: str, *, as_end: bool) -> int:
    hour, _, minute = token.replace(".", ":").partition(":")
    told = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or told > DAY or (told == DAY and not as_end):
        raise InputError(f"“{token}” is no time of day", ADVICE)
    return told

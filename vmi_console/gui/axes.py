"""How charts put figures and times in words: units, and the round values that an axis names."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from PySide6.QtCore import QDate, QLocale

from vmi_console.gui.loads import Figures

_BINARY = tuple(2**power for power in range(10))
_DECIMAL = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_HOURS = (3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12)


class Unit(Enum):
    """In what a quantity is told."""

    PERCENT = ("%",)
    BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
    RATE = ("B/s", "kB/s", "MB/s", "GB/s", "TB/s")

    @property
    def names(self) -> tuple[str, ...]:
        """From name to name it is `base` times as much."""
        names: tuple[str, ...] = self.value
        return names

    @property
    def base(self) -> int:
        return 1024 if self is Unit.BYTES else 1000

    def scale_of(self, value: float) -> tuple[float, str]:
        """What to divide by, and its name, for values of the size of this one."""
        power = 0
        while abs(value) >= self.base ** (power + 1) and power < len(self.names) - 1:
            power += 1
        return float(self.base**power), self.names[power]


@dataclass(frozen=True)
class Scale:
    """What an axis shows, and the values that it names."""

    bottom: float
    top: float
    ticks: tuple[float, ...]


def words(unit: Unit, value: float) -> str:
    """A figure with its unit: 34.2 %, 1.5 GiB, 120 MB/s."""
    divisor, name = unit.scale_of(value)
    return f"{_figure(value / divisor, whole=divisor == 1 and unit is not Unit.PERCENT)} {name}"


def tick(unit: Unit, value: float) -> str:
    """The same for a round value."""
    value = abs(value)
    divisor, name = unit.scale_of(value)
    scaled = value / divisor
    return f"{QLocale().toString(scaled, 'f', 0 if scaled == int(scaled) else 1)} {name}"


def three(unit: Unit, figures: Figures) -> str:
    """Least, mean and most, in the unit that suits the most."""
    divisor, name = unit.scale_of(figures.most)
    whole = divisor == 1 and unit is not Unit.PERCENT
    return (
        " · ".join(_figure(each / divisor, whole) for each in (figures.least, figures.mean, figures.most)) + f" {name}"
    )


def scale(unit: Unit, up: float, down: float, steps: int) -> Scale:
    """For values up to `up`, and below the line up to `down`, with about so many round steps."""
    if unit is Unit.PERCENT:
        return Scale(0.0, max(100.0, up), (0.0, 50.0, 100.0) if steps < 4 else (0.0, 25.0, 50.0, 75.0, 100.0))
    step = _step(unit, max(up + down, float(unit.base)) / max(1, steps))
    above, below = (math.ceil(2 * each / step) / 2 for each in (up, down))  # whole or half steps
    above = max(above, 1.0)
    ticks = tuple(step * number for number in range(-int(below), int(above) + 1))
    return Scale(-below * step, above * step, ticks)


def time_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """Round local times between two (seconds since 1970), at most about so many."""
    wanted = (end - start) / max(1, most)
    step = next((step for step in _TIME_STEPS if step >= wanted), _TIME_STEPS[-1])
    offset = time.localtime(start).tm_gmtoff
    first = math.ceil((start + offset) / step) * step - offset
    return [(at, time_of_day(at, seconds=step < 60)) for at in _counted(first, end, step)]


def time_of_day(at: float, *, seconds: bool = True) -> str:
    """Local time of a moment in seconds since 1970."""
    local = time.localtime(at)
    return f"{local.tm_hour:02}:{local.tm_min:02}" + (f":{local.tm_sec:02}" if seconds else "")


def calendar_ticks(start: float, end: float, most: int) -> list[tuple[float, str]]:
    """Round local times between two, from seconds to years apart, at most about so many; midnights by their dates."""
    wanted = (end - start) / max(1, most)
    if wanted <= _TIME_STEPS[-1]:
        ticks = time_ticks(start, end, most)
    elif wanted <= _HOURS[-1] * 3600:
        hours = next(hours for hours in _HOURS if hours * 3600 >= wanted)
        ticks = [(at, time_of_day(at, seconds=False)) for day in _days(start, end) for at in _in_day(day, hours)]
    elif wanted <= _DAYS[-1] * 86400:
        step = next(days for days in _DAYS if days * 86400 >= wanted)
        days = [day for day in _days(start, end) if day.toordinal() % step == 0]
        return [(day.timestamp(), _date(day, "d MMM")) for day in days if start <= day.timestamp() <= end]
    else:
        step = next((months for months in _MONTHS if months * 30 * 86400 >= wanted), _MONTHS[-1])
        return [(day.timestamp(), _date(day, "MMM yyyy")) for day in _months(start, end, step)]
    return [
        (at, _date(local, "d MMM") if (local.hour, local.minute, local.second) == (0, 0, 0) else text)
        for at, text in ticks
        if start <= at <= end
        for local in (datetime.fromtimestamp(at).astimezone(),)
    ]


def _days(start: float, end: float) -> list[datetime]:
    """The local midnights from the day of one time to that of another."""
    first = datetime.fromtimestamp(start).replace(hour=0, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=number) for number in range(int((end - start) // 86400) + 2)]


def _in_day(day: datetime, hours: int) -> list[float]:
    return [day.replace(hour=hour).timestamp() for hour in range(0, 24, hours)]


def _months(start: float, end: float, step: int) -> list[datetime]:
    first, last = datetime.fromtimestamp(start), datetime.fromtimestamp(end)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    months = (datetime(number // 12, number % 12 + 1, 1) for number in numbers if number % step == 0)
    return [month for month in months if start <= month.timestamp() <= end]


def _date(day: datetime, form: str) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), form)


def _counted(first: float, end: float, step: float) -> list[float]:
    return [first + step * number for number in range(max(0, int((end - first) // step) + 1))]


def _figure(value: float, whole: bool) -> str:
    """Three figures, or as many as it has before the point."""
    return QLocale().toString(value, "f", 0 if whole or abs(value) >= 100 else 1)


def _step(unit: Unit, least: float) -> float:
    """The round number that is not below `least`."""
    divisor, _ = unit.scale_of(least)
    rounds = _BINARY if unit is Unit.BYTES else _DECIMAL
    return divisor * next((each for each in rounds if each * divisor >= least), unit.base)

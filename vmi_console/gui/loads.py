"""What was measured of whatever was watched: the last hour of it, kept so that charts can go back there."""

from __future__ import annotations

import math
import time
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from PySide6.QtCore import QObject, Signal

from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId
from vmi_console.gui.replica import Replica

KEPT_S = 3600.0
MOST_SAMPLES = 3600
MOST_ENTITIES = 64
SILENT_S = 60.0
"""After that long without a sample the memory of an entity gives way to that of another."""

CLOCK_SET_BACK_S = 120.0
"""A sample older than the last one by more than this is from a clock that was set back; by less, it is a repetition."""

MISSED = 2.5
"""So many times the usual distance between two samples, and something was missed between them."""

LEAST_GAP_S, FIRST_GAP_S, MOST_GAP_S = 5.0, 25.0, 50.0
"""Bounds of that: readers are late at times; before the usual distance is known; vCenters measure every 20 seconds."""


class Quantity(StrEnum):
    """What is measured; the values are the fields of `Sample`."""

    CPU = "cpu_percent"
    MEMORY = "memory_used_bytes"
    DISK_READ = "disk_read_bytes_per_s"
    DISK_WRITE = "disk_write_bytes_per_s"
    NET_RECEIVE = "net_receive_bytes_per_s"
    NET_TRANSMIT = "net_transmit_bytes_per_s"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the samples within a range."""

    least: float
    mean: float
    most: float
    last: float


class Series:
    """One quantity of one entity: times (seconds since 1970, rising), values, and whether each is joined to the one
    before it or stands behind a gap. `dropped` counts the old ones that are gone, so that indexes can be followed."""

    __slots__ = ("dropped", "joined", "times", "values")

    def __init__(self) -> None:
        self.times = array("d")
        self.values = array("d")
        self.joined = array("b")
        self.dropped = 0

    def add(self, at: float, value: float, gap: float) -> None:
        """Later than all before; further from the last one than `gap` seconds, and nothing is known in between."""
        self.joined.append(bool(self.times) and at - self.times[-1] <= gap)
        self.times.append(at)
        self.values.append(value)
        old = max(bisect_left(self.times, at - KEPT_S), len(self.times) - MOST_SAMPLES)
        if old:
            self.drop(old)

    def drop(self, count: int) -> None:
        """Forgets the oldest ones."""
        del self.times[:count], self.values[:count], self.joined[:count]
        self.dropped += count

    def figures(self, start: float, end: float) -> Figures | None:
        """Of the samples from `start` to `end`; None where there are none."""
        values = self.values[bisect_left(self.times, start) : bisect_right(self.times, end)]
        if not values:
            return None
        return Figures(min(values), sum(values) / len(values), max(values), values[-1])

    def near(self, at: float, reach: float) -> tuple[float, float] | None:
        """The sample nearest to a time, as (time, value); None where there is none within `reach` seconds."""
        after = bisect_left(self.times, at)
        near = min(
            (index for index in (after - 1, after) if 0 <= index < len(self.times)),
            key=lambda index: abs(self.times[index] - at),
            default=None,
        )
        if near is None or abs(self.times[near] - at) > reach:
            return None
        return self.times[near], self.values[near]


class Load:
    """What was measured of one entity."""

    def __init__(self) -> None:
        self.series = {quantity: Series() for quantity in Quantity}
        self.memory_bytes: float | None = None  # how much it has
        self._last: float | None = None
        self._came = time.monotonic()
        self._distances: deque[float] = deque(maxlen=5)

    @property
    def measured(self) -> bool:
        """Whether anything was."""
        return self._last is not None

    @property
    def silent(self) -> bool:
        """Whether nothing has come for a while."""
        return time.monotonic() - self._came > SILENT_S

    @property
    def gap(self) -> float:
        """Seconds between two samples from which on something was missed."""
        if not self._distances:
            return FIRST_GAP_S
        return min(max(MISSED * median(self._distances), LEAST_GAP_S), MOST_GAP_S)

    @property
    def first(self) -> float | None:
        """The time of the oldest sample that is kept."""
        return min((series.times[0] for series in self.series.values() if series.times), default=None)

    @property
    def now(self) -> float | None:
        """What the clock that stamps the samples must show now: a hypervisor's need not agree with ours."""
        return None if self._last is None else self._last + (time.monotonic() - self._came)

    def add(self, sample: Sample) -> bool:
        """Whether it said anything new."""
        at = sample.at.timestamp()
        if self._last is not None and at <= self._last:
            if self._last - at < CLOCK_SET_BACK_S:
                return False
            self._forget()
        gap = self.gap
        for quantity, series in self.series.items():
            value: float | None = getattr(sample, quantity.value)
            if value is not None and math.isfinite(value):
                series.add(at, value, gap)
        if self._last is not None and at - self._last <= MOST_GAP_S:
            self._distances.append(at - self._last)
        if sample.memory_bytes:
            self.memory_bytes = float(sample.memory_bytes)
        self._last, self._came = at, time.monotonic()
        return True

    def _forget(self) -> None:
        for series in self.series.values():
            series.drop(len(series.times))
        self._last = None
        self._distances.clear()


class Loads(QObject):
    """Takes down every sample that comes, whoever wanted it: bounded in time, and in the number of entities."""

    grown = Signal(frozenset)  # of EntityId: there is more of these

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loads: dict[EntityId, Load] = {}  # what was asked for last is at the end
        replica.sampled_now.connect(self._sampled)

    def of(self, entity: EntityId) -> Load:
        """What was measured of an entity and what will be, for as long as others are not asked for more lately."""
        load = self._loads.pop(entity, None)
        if load is None:
            load = Load()
            if len(self._loads) >= MOST_ENTITIES:
                del self._loads[self._silent() or next(iter(self._loads))]
        self._loads[entity] = load
        return load

    def _sampled(self, samples: tuple[Sample, ...]) -> None:
        grown = set()
        for sample in samples:
            load = self._loads.get(sample.entity) or self._another(sample.entity)
            if load is not None and load.add(sample):
                grown.add(sample.entity)
        if grown:
            self.grown.emit(frozenset(grown))

    def _another(self, entity: EntityId) -> Load | None:
        """Room for one that nobody asked for yet, unless everything kept is still being measured."""
        if len(self._loads) >= MOST_ENTITIES:
            if (silent := self._silent()) is None:
                return None
            del self._loads[silent]
        self._loads[entity] = load = Load()
        return load

    def _silent(self) -> EntityId | None:
        return next((entity for entity, load in self._loads.items() if load.silent), None)

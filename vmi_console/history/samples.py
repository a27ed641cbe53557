"""Loads of hosts and VMs at falling resolution: minutes for a day, quarters of an hour for a month, days for the rest.

Samples come every few seconds, of what somebody looks at. They are gathered in memory; once a minute what was gathered
of each entity is added to its minute, its quarter of an hour and its day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId
from vmi_console.history import rows

GATHERED_SECONDS = 60

MOST_ENTITIES = 5_000
"""Of which loads are gathered at a time; more are not looked at by anybody."""

RESOLUTIONS = (
    (60, timedelta(days=1)),
    (15 * 60, timedelta(days=31)),
    (24 * 60 * 60, None),  # as long as anything
)
"""Seconds of a row's span, and how long such rows are kept."""

_METRICS = ("cpu", "memory", "disk", "net")

ADD_SUBJECT = "INSERT OR IGNORE INTO subjects (id) VALUES (?)"
ADD = (
    "INSERT INTO samples SELECT key, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
    "FROM subjects WHERE id = ? ON CONFLICT (entity, seconds, at) DO UPDATE SET "
    + ", ".join(
        f"{metric}_count = {metric}_count + excluded.{metric}_count, "
        f"{metric}_sum = {metric}_sum + excluded.{metric}_sum, "
        f"{metric}_most = max({metric}_most, excluded.{metric}_most)"
        for metric in _METRICS
    )
)

FORGET = (
    "DELETE FROM samples WHERE (entity, seconds, at) IN "
    "(SELECT entity, seconds, at FROM samples WHERE seconds = ? AND at < ? ORDER BY at LIMIT ?)"
)
"""At most so many of the oldest rows of a span that begin before a time."""

FORGOTTEN_AT_ONCE = 2_000
"""More than one commit can add, so that what is too old never piles up; few enough that nobody waits for it."""


class Gathered(NamedTuple):
    """Of one metric: how many samples told it, their sum, and the highest."""

    counted: int = 0
    total: float = 0.0
    most: float = 0.0

    def and_also(self, value: float | None) -> Gathered:
        """With one more; None is no value."""
        if value is None:
            return self
        return Gathered(self.counted + 1, self.total + value, max(self.most, value))


class Load(NamedTuple):
    """What was gathered of an entity in one span, on its way to the file."""

    entity: EntityId
    seconds: int
    at: int  # where the span begins, microseconds since 1970
    cpu: Gathered = Gathered()
    memory: Gathered = Gathered()
    disk: Gathered = Gathered()
    net: Gathered = Gathered()


class Usage(NamedTuple):
    """Mean and highest of a span; None where the hypervisor did not tell."""

    mean: float | None
    most: float | None


class PastLoad(NamedTuple):
    """How busy an entity was in a span of time."""

    at: datetime  # where the span begins
    seconds: int
    cpu_percent: Usage
    memory_used_bytes: Usage
    disk_bytes_per_s: Usage
    net_bytes_per_s: Usage


def load_row(load: Load) -> rows.Row:
    """The parameters of `ADD`."""
    return load.seconds, load.at, *load.cpu, *load.memory, *load.disk, *load.net, load.entity


def row_load(row: rows.Row) -> PastLoad:
    """The load of a row of `samples`, without its entity."""
    seconds, at, *figures = row
    usages = [
        Usage(figures[i + 1] / figures[i], figures[i + 2]) if figures[i] else Usage(None, None) for i in (0, 3, 6, 9)
    ]
    begin = rows.to_time(at)
    assert begin is not None  # the column is NOT NULL
    return PastLoad(begin, seconds, *usages)


@dataclass
class Gatherer:
    """Gathers samples, and gives them on once a minute by calling `keep`."""

    keep: Callable[[Iterable[Load]], None]
    _since: datetime | None = None
    _loads: dict[EntityId, Load] = field(default_factory=dict)

    def add(self, samples: Iterable[Sample]) -> None:
        """Takes samples in."""
        for sample in samples:
            minute = sample.at.replace(second=0, microsecond=0)
            if self._since is not None and minute != self._since:
                self.flush()
            self._since = minute
            load = self._loads.get(sample.entity)
            if load is None:
                if len(self._loads) >= MOST_ENTITIES:
                    continue
                load = Load(sample.entity, 0, 0)
            self._loads[sample.entity] = load._replace(
                cpu=load.cpu.and_also(sample.cpu_percent),
                memory=load.memory.and_also(sample.memory_used_bytes),
                disk=load.disk.and_also(_both(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s)),
                net=load.net.and_also(_both(sample.net_receive_bytes_per_s, sample.net_transmit_bytes_per_s)),
            )

    def flush(self) -> None:
        """Gives on what was gathered so far."""
        if self._since is None or not self._loads:
            return
        at = rows.to_micros(self._since)
        assert at is not None
        loads, self._loads = self._loads, {}
        self.keep(
            load._replace(seconds=seconds, at=at - at % (seconds * 1_000_000))
            for load in loads.values()
            for seconds, _ in RESOLUTIONS
        )


def _both(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0.0) + (other or 0.0)

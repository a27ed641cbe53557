"""What looking into guests has cost: bytes, calls and seconds, by VM, source, and way of reading."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from vmi_console.estate.facts import Look, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Source


class Cost(msgspec.Struct):
    """What was spent; grows."""

    read_bytes: int = 0
    calls: int = 0
    seconds: float = 0.0

    def add(self, read_bytes: int, seconds: float) -> None:
        """Books one call."""
        self.read_bytes += read_bytes
        self.calls += 1
        self.seconds += seconds


class Account:
    """What one look spends at one source. What is answered from memory costs nothing, and is not booked."""

    def __init__(self, source: Source, way: str, total: Cost | None = None) -> None:
        """`total` grows along with it."""
        self.source = source
        self.way = way
        self.cost = Cost()
        self._total = total

    @contextmanager
    def call(self, length: int) -> Iterator[None]:
        """Books what happens meanwhile as one call for so many bytes; one that fails read none, and took its time."""
        began = time.monotonic()
        read_bytes = 0
        try:
            yield
            read_bytes = length
        finally:
            seconds = time.monotonic() - began
            for cost in (self.cost, self._total):
                if cost is not None:
                    cost.add(read_bytes, seconds)

    def look(self, status: Looked, at: datetime, because: str = "") -> Look:
        """The entry in the guest's facts that says what this look came to."""
        return Look(
            source=self.source,
            way=self.way,
            status=status,
            because=because,
            at=at,
            read_bytes=self.cost.read_bytes,
            calls=self.cost.calls,
            seconds=round(self.cost.seconds, 6),
        )


class Ledger:
    """The costs of all VMs since the process began."""

    def __init__(self) -> None:
        self._totals: dict[EntityId, dict[tuple[Source, str], Cost]] = {}

    def account(self, vm: EntityId, source: Source, way: str) -> Account:
        """A new account for one look."""
        return Account(source, way, self._totals.setdefault(vm, {}).setdefault((source, way), Cost()))

    def totals(self, vm: EntityId) -> dict[tuple[Source, str], Cost]:
        """What a VM has cost so far, by source and way."""
        return self._totals.get(vm, {})

    def forget(self, vm: EntityId) -> None:
        """The VM is gone."""
        self._totals.pop(vm, None)

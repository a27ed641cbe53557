"""How fast guests are looked into, as the operator chose it: kept, and told to every inspector."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import msgspec

from vmi_console.errors import InputError, StorageError
from vmi_console.introspection.pace import ChosenPace
from vmi_console.settings import load_file, save_file
from vmi_console.wire.tasks import Tasks


class _File(msgspec.Struct, frozen=True):
    version: int = 1
    pace: ChosenPace = ChosenPace()


class Owner(Protocol):
    """The engine, as this sees it."""

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""


class Inspectors(Protocol):
    """Whom the pace is told."""

    def go_at(self, chosen: ChosenPace) -> None:
        """From now on guests are looked into at this pace, where it says something else than their provider does."""


class Introspection:
    """The pace of one engine. Made by `open`."""

    def __init__(self, inspectors: Inspectors, path: Path, pace: ChosenPace) -> None:
        self.pace = pace
        self._inspectors = inspectors
        self._path = path
        self._lock = asyncio.Lock()
        self._deeds = Tasks()
        inspectors.go_at(pace)

    @classmethod
    def open(cls, engine: Owner, inspectors: Inspectors, path: Path) -> Introspection:
        """At the pace that was kept; one that cannot be read is told to the operator."""
        try:
            kept = load_file(
                path, _File, "the pace of introspection", "so guests are looked into as usual, at any hour"
            )
            pace = kept.pace if kept is not None else ChosenPace()
            pace.check()
        except (StorageError, InputError) as error:
            engine.notice(error.message, error.advice)
            pace = ChosenPace()
        return cls(inspectors, path, pace)

    async def set(self, pace: ChosenPace) -> None:
        """Takes another pace, on disk when it returns. Raises `InputError`, `StorageError`."""
        pace.check()
        await self._deeds.to_the_end(self._set(pace), "setting the pace")  # or it would be kept, and told to nobody

    async def close(self) -> None:
        """What is being set is told to nobody any more."""
        await self._deeds.close()

    async def _set(self, pace: ChosenPace) -> None:
        async with self._lock:  # of two, the later one stays
            await asyncio.to_thread(save_file, self._path, _File(pace=pace))
            self.pace = pace
            self._inspectors.go_at(pace)

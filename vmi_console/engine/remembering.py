"""How much of the past is kept, as the operator chose it: on disk, and told to the history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from vmi_console.errors import InputError, StorageError
from vmi_console.history.figures import Figures, figures
from vmi_console.history.retention import EVERYTHING, Limits
from vmi_console.history.store import History
from vmi_console.settings import load_file, save_file
from vmi_console.wire.tasks import Tasks


class _File(msgspec.Struct, frozen=True):
    version: int = 1
    limits: Limits = Limits()


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept, and what that takes now.

    `recovered` is the share of a damaged history that was put back; None where none is being.
    """

    limits: Limits
    figures: Figures
    recovered: float | None = None


def kept_limits(path: Path) -> tuple[Limits, StorageError | None]:
    """The limits that were chosen. Where they cannot be read, all is kept, and why is said."""
    try:
        kept = load_file(path, _File, "how much of the past is kept", "so all of it is kept until then")
        limits = kept.limits if kept is not None else Limits()
        limits.check()
    except StorageError as error:
        return EVERYTHING, error
    except InputError as error:
        return EVERYTHING, StorageError(f"{path}: {error.message}", "so all of it is kept until that is corrected")
    return limits, None


class Remembering:
    """The limits of one engine's history."""

    def __init__(self, history: History, path: Path, file: Path) -> None:
        self._history = history
        self._path = path
        self._file = file
        self._lock = asyncio.Lock()
        self._deeds = Tasks()

    async def state(self) -> Remembered:
        """What is kept, and what that takes. Raises `StorageError`."""
        known = await asyncio.to_thread(figures, self._path)
        return Remembered(limits=self._history.limits, figures=known, recovered=self._history.recovered_share)

    async def set(self, limits: Limits) -> None:
        """Keeps another part of the past, on disk when it returns. Raises `InputError`, `StorageError`."""
        limits.check()
        await self._deeds.to_the_end(self._set(limits), "setting limits")  # or they would be kept, and not kept to

    async def close(self) -> None:
        """What is being set counts from the next start on."""
        await self._deeds.close()

    async def _set(self, limits: Limits) -> None:
        async with self._lock:  # of two, the later one stays
            await asyncio.to_thread(save_file, self._file, _File(limits=limits))
            self._history.keep_within(limits)

    async def compact(self, told: Callable[[float], None]) -> None:
        """Gives up what is not kept and gives its room back, now; `told` takes the share. Raises `StorageError`."""
        await self._history.compact(told)

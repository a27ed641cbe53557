"""The intrusion detection engine that this engine listens to: its EVE JSON file, or a socket it connects to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from vmi_console.errors import InputError, StorageError
from vmi_console.estate.changes import Batch
from vmi_console.estate.inventory import Inventory
from vmi_console.policy import tail
from vmi_console.policy.eve import Alerts
from vmi_console.policy.surroundings import Surroundings
from vmi_console.settings import replace_file
from vmi_console.wire.tasks import Tasks


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where alerts come from. `path` is empty where there is no sensor; `socket`: it is a socket to listen at."""

    path: str = ""
    socket: bool = False

    @property
    def place(self) -> Path:
        """The path, a home folder written out."""
        return Path(self.path).expanduser()


class SensorState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it fares, with counts since the engine started."""

    source: Source
    alerts: int = 0  # lines that were alerts of VMs
    strange: int = 0  # alerts that matched no VM
    unread: int = 0  # lines that could not be read
    last: datetime | None = None  # when an alert of a VM was heard
    error: str = ""


class Owner(Protocol):
    """The engine, as its sensor sees it."""

    inventory: Inventory

    def apply(self, batch: Batch) -> None:
        """Takes in alerts."""

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""


class Sensor:
    """Made by `open`."""

    def __init__(self, engine: Owner, surroundings: Surroundings, file: Path) -> None:
        self._engine = engine
        self._surroundings = surroundings
        self._file = file
        self._source = Source()
        self._alerts = Alerts(engine.inventory)
        self._count = 0
        self._last: datetime | None = None
        self._error = ""
        self._tasks = Tasks()
        self._deeds = Tasks()
        self._choosing = asyncio.Lock()

    @classmethod
    def open(cls, engine: Owner, surroundings: Surroundings, file: Path) -> Sensor:
        """Listens to what was chosen before; where that cannot be read, to nothing, and a notice says so."""
        sensor = cls(engine, surroundings, file)
        try:
            sensor._begin(msgspec.json.decode(file.read_bytes(), type=Source))
        except FileNotFoundError:
            pass
        except (OSError, msgspec.MsgspecError) as error:
            engine.notice(f"{file} cannot be read ({error})", "choose the sensor's file again")
        return sensor

    async def choose(self, source: Source) -> None:
        """Listens there from now on. Raises `InputError`, `StorageError`."""
        if source.path and not source.place.is_absolute():
            raise InputError(f"“{source.path}” is no whole path", "such as /var/log/suricata/eve.json")
        await self._deeds.to_the_end(self._choose(source), "choosing a sensor")  # or nobody might listen any more

    async def _choose(self, source: Source) -> None:
        async with self._choosing:  # of two, the later one stays
            try:
                await asyncio.to_thread(replace_file, self._file, msgspec.json.encode(source))
            except OSError as error:
                raise StorageError(f"{self._file} cannot be written ({error.strerror})") from error
            await self._tasks.close()
            self._begin(source)

    def state(self) -> SensorState:
        """How it fares."""
        return SensorState(
            source=self._source,
            alerts=self._count,
            strange=self._alerts.strange,
            unread=self._alerts.unread,
            last=self._last,
            error=self._error,
        )

    async def close(self) -> None:
        """Stops listening."""
        await self._deeds.close()
        await self._tasks.close()

    def _begin(self, source: Source) -> None:
        self._source, self._error = source, ""
        if source.path:
            self._tasks.start(self._hear(source), "alerts of the sensor")

    async def _hear(self, source: Source) -> None:
        path = source.place
        if not source.socket:
            await tail.follow(path, self._take, self._failed)
            return
        try:
            await tail.listen(path, self._take)
        except StorageError as error:
            self._failed(error)

    def _take(self, lines: list[bytes]) -> None:
        self._surroundings.hears_alerts = True
        now = datetime.now(UTC)
        for batch in self._alerts.batches(lines, now):
            self._count += len(batch.records)
            self._last = now if batch.records else self._last
            self._engine.apply(batch)

    def _failed(self, error: StorageError | None) -> None:
        self._error = "" if error is None else error.message
        if error is not None:
            self._engine.notice(f"no alerts are heard: {error.message}", error.advice)

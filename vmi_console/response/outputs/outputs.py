"""The outputs of one engine: what is told goes to the spool, and from there to each receiver at its own pace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import urllib.error
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from vmi_console.errors import InputError, StorageError
from vmi_console.history.journal import Link
from vmi_console.policy.findings import Finding
from vmi_console.response.outputs import choices, telling
from vmi_console.response.outputs.choices import AnyOutput, Webhook
from vmi_console.response.outputs.senders import Sender, Unwanted, sender
from vmi_console.response.outputs.spool import Spool
from vmi_console.response.outputs.telling import Event, Told
from vmi_console.wire.tasks import Tasks
from vmi_console.wire.workers import Workers

log = logging.getLogger(__name__)

AT_ONCE = 50
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
LAST_WORDS_SECONDS = 2.0
"""How long the end waits until what was told last is on disk."""

TOLD_AUDIT = "audit"  # the mark of the last act that was told


class Secrets(Protocol):
    """`secrets.Secrets`."""

    async def get(self, name: str, /) -> str | None: ...

    async def set(self, name: str, secret: str, /) -> None: ...

    async def forget(self, name: str, /) -> None: ...


class OutputState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an output fares. `error` is why its receiver does not take lines now, since `since`."""

    output: AnyOutput
    waiting: int = 0
    delivered: int = 0  # since the engine started
    refused: int = 0
    last: datetime | None = None  # when its receiver took a line, in whatever session that was
    signed: bool = False  # whether a secret is kept for it
    error: str = ""
    since: datetime | None = None


class _Delivery:
    """One output at work."""

    def __init__(self, output: AnyOutput, secret: str | None) -> None:
        self.output = output
        self.signed = bool(secret)
        self.sender: Sender = sender(output, secret)
        self.workers = Workers(f"output {output.name}", 1)
        self.there = asyncio.Event()
        self.there.set()
        self.delivered = self.refused = 0
        self.error = ""
        self.since: datetime | None = None

    def fails(self, error: str) -> bool:
        """Notes why the receiver does not take lines, or (empty) that it does; True where that is news."""
        if (error != "") == (self.error != ""):
            self.error = error
            return False
        self.error, self.since = error, datetime.now(UTC) if error else None
        return True

    def close(self) -> None:
        """A line that is on its way now is sent again after the next start: it may arrive twice, but never not."""
        self.workers.stop()
        self.sender.close()


class Outputs:
    """Made by `open`. It listens to findings (`FindingsListener`) and to the audit (`acted`)."""

    def __init__(
        self,
        path: Path,
        spool: Spool,
        disk: Workers,
        secrets: Secrets,
        links: Callable[[int, int], Awaitable[list[Link]]],
        notice: Callable[[str, str], None],
    ) -> None:
        self._path = path
        self._spool = spool
        self._disk = disk
        self._secrets = secrets
        self._links = links
        self._notice = notice
        self._chosen: tuple[AnyOutput, ...] = ()
        self._deliveries: dict[str, _Delivery] = {}
        self._tasks = Tasks()
        self._delivering = Tasks()
        self._putting = Tasks()  # what is told once, and has to reach the disk
        self._lock = asyncio.Lock()
        self._choosing = asyncio.Lock()

    @classmethod
    async def open(
        cls,
        path: Path,
        spool: Path,
        secrets: Secrets,
        links: Callable[[int, int], Awaitable[list[Link]]],
        notice: Callable[[str, str], None],
    ) -> Outputs:
        """Begins to deliver what waits. Where the outputs cannot be read, there are none, and a notice says why."""
        disk = Workers("spool of outputs", 1)
        try:
            database = await disk.run(Spool, spool)
        except (sqlite3.Error, OSError) as error:
            notice(
                f"what waits to be told in {spool} cannot be read ({error})", "so it is kept in memory until the end"
            )
            database = Spool(None)
        outputs = cls(path, database, disk, secrets, links, notice)
        try:
            chosen = choices.load(path)
        except StorageError as error:
            notice(error.message, error.advice)
            chosen = ()
        await outputs._begin(chosen)
        outputs.acted()
        return outputs

    async def choose(self, outputs: tuple[AnyOutput, ...], given: dict[str, str]) -> None:
        """These outputs from now on, and (by name) secrets that are new; an empty one is forgotten.

        Secrets of outputs that are no more are forgotten, too. Raises `InputError`, `StorageError`.
        """
        choices.check(outputs)
        await self._tasks.to_the_end(self._choose(outputs, given), "choosing outputs")  # or some would not be begun

    async def _choose(self, outputs: tuple[AnyOutput, ...], given: dict[str, str]) -> None:
        async with self._choosing:  # of two, the later one stays
            await self._take(outputs, given)

    async def _take(self, outputs: tuple[AnyOutput, ...], given: dict[str, str]) -> None:
        kept = {output.name for output in outputs}
        gone = [each.name for each in self._chosen if isinstance(each, Webhook) and each.name not in kept]
        gone = [name for name in gone if await self._secrets.get(_key(name))]
        for name, secret in given.items():
            if secret:
                await self._secrets.set(_key(name), secret)
            else:
                await self._secrets.forget(_key(name))
        choices.save(self._path, outputs)
        await self._begin(outputs)
        for name in gone:
            try:
                await self._secrets.forget(_key(name))
            except StorageError as error:
                self._notice(error.message, error.advice)

    async def states(self) -> list[OutputState]:
        """Every output and how it fares, those that are switched off among them."""
        states = []
        for output in self._chosen:
            waiting = await self._disk.run(self._spool.waiting, output.name)
            taken = await self._disk.run(self._spool.last_taken, output.name)
            state = OutputState(
                output=output, waiting=waiting, last=datetime.fromtimestamp(taken, UTC) if taken else None
            )
            if (delivery := self._deliveries.get(output.name)) is not None:
                state = replace(
                    state,
                    delivered=delivery.delivered,
                    refused=delivery.refused,
                    signed=delivery.signed,
                    error=delivery.error,
                    since=delivery.since,
                )
            elif isinstance(output, Webhook):
                state = replace(state, signed=bool(await self._secrets.get(_key(output.name))))
            states.append(state)
        return states

    async def test(self, name: str) -> None:
        """Sends a line now, past the spool. Raises `InputError` with what the receiver said."""
        if (delivery := self._deliveries.get(name)) is None:
            raise InputError(f"there is no output “{name}”", "see which there are")
        await _send_test(name, delivery.sender, delivery.workers)

    async def attempt(self, output: AnyOutput, secret: str | None = None) -> None:
        """Sends a line to an output before it is chosen; without a secret, with the one that is kept for its name.

        Raises `InputError`.
        """
        choices.check((output,))
        kept = secret if secret is not None else await self._secrets.get(_key(output.name))
        trial, workers = sender(output, kept), Workers(f"test of output {output.name}", 1)
        try:
            await _send_test(output.name, trial, workers)
        finally:
            workers.stop()
            trial.close()

    def findings_moved(
        self, opened: Sequence[Finding], changed: Sequence[Finding], closed: Sequence[Finding], /
    ) -> None:
        """Findings opened, changed or ended."""
        now = datetime.now(UTC)
        told = [
            telling.of_finding(event, finding, now)
            for event, findings in (
                (Event.FINDING_OPENED, opened),
                (Event.FINDING_CHANGED, changed),
                (Event.FINDING_CLOSED, closed),
            )
            for finding in findings
        ]
        if told and self._deliveries:
            self._putting.start(self._put(told), "telling findings")

    def acted(self) -> None:
        """The audit has grown."""
        if self._deliveries:
            self._tasks.start(self._tell_acts(), "telling acts")

    async def close(self) -> None:
        """Ends; what was not taken yet waits on disk."""
        await self._putting.finish(LAST_WORDS_SECONDS)
        await self._tasks.close()
        await self._end()
        await self._disk.run(self._spool.close)
        self._disk.stop()
        self._disk.join()

    # --- into the spool -------------------------------------------------------------------------------------------

    async def _put(self, told: Sequence[Told], mark: tuple[str, int] | None = None) -> None:
        by_rank: dict[int, list[str]] = {}
        for delivery in self._deliveries.values():
            by_rank.setdefault(delivery.output.severity.rank, []).append(delivery.output.name)
        lost = 0
        try:
            for rank, names in by_rank.items():
                payloads = [msgspec.json.encode(each) for each in told if each.severity.rank >= rank]
                if payloads:
                    lost += await self._disk.run(self._spool.put, names, payloads)
            if mark is not None:
                await self._disk.run(self._spool.put, (), (), mark)
        except sqlite3.Error as error:
            self._notice(f"what is to be told cannot be written down ({error})", "free space on the disk")
            return
        if lost:
            self._notice(f"{lost:,} lines were given up: a receiver has been away for too long", "see the outputs")
        for delivery in self._deliveries.values():
            delivery.there.set()

    async def _tell_acts(self) -> None:
        async with self._lock:  # one after the other, so that none is told twice
            after = await self._disk.run(self._spool.mark, TOLD_AUDIT)
            while links := await self._links(after, AT_ONCE):
                after = links[-1].number
                await self._put([telling.of_link(link) for link in links], (TOLD_AUDIT, after))

    # --- out of it ------------------------------------------------------------------------------------------------

    async def _begin(self, outputs: Sequence[AnyOutput]) -> None:
        await self._end()
        self._chosen = tuple(outputs)
        for output in outputs:
            if output.enabled:
                delivery = _Delivery(output, await self._secrets.get(_key(output.name)))
                self._deliveries[output.name] = delivery
                self._delivering.start(self._deliver(delivery), f"the output {output.name}")
        await self._disk.run(self._spool.forget, [output.name for output in outputs])

    async def _end(self) -> None:
        await self._delivering.close()
        deliveries, self._deliveries = self._deliveries, {}
        for delivery in deliveries.values():
            delivery.close()

    async def _deliver(self, delivery: _Delivery) -> None:
        name, pause = delivery.output.name, FIRST_PAUSE_SECONDS
        while True:
            await delivery.there.wait()
            delivery.there.clear()
            while batch := await self._disk.run(self._spool.next, name, AT_ONCE):
                for number, payload in batch:
                    taken_at: int | None = None
                    try:
                        await delivery.workers.run(delivery.sender.send, msgspec.json.decode(payload, type=Told))
                    except Unwanted as error:
                        delivery.refused += 1
                        log.warning("output %s will not take a line: %s", name, error)
                    except OSError as error:
                        if delivery.fails(_reason(error)):
                            self._notice(
                                f"the output “{name}” does not take what it is told: {delivery.error}",
                                "it is tried again",
                            )
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                        break
                    else:
                        delivery.delivered += 1
                        taken_at = int(datetime.now(UTC).timestamp())
                    if delivery.fails(""):
                        self._notice(f"the output “{name}” takes what it is told again", "")
                    pause = FIRST_PAUSE_SECONDS
                    with contextlib.suppress(sqlite3.Error):  # then it is told twice, which is better than never
                        await self._disk.run(self._spool.strike, name, number, taken_at)


async def _send_test(name: str, sender: Sender, workers: Workers) -> None:
    told = Told(event=Event.TEST, at=datetime.now(UTC), id="test", text="a test of this output")
    try:
        await workers.run(sender.send, told)
    except OSError as error:
        raise InputError(f"{name}: {_reason(error)}", "check its address, and that the receiver runs") from error


def _reason(error: OSError) -> str:
    """Why a receiver did not take a line, in the system's words without its numbers."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return inner.strerror or str(inner) if isinstance(inner, OSError) else str(inner)


def _key(name: str) -> str:
    return f"output/{name}"

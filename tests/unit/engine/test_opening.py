"""What an engine has read is with its client before all of it was checked, and counts for nothing until then."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.console import Console, eventually
from tests.unit.reports.estates import demo
from vmi_console.engine import protocol
from vmi_console.engine.client import Client
from vmi_console.engine.engines import EngineChannel
from vmi_console.engine.opening import MOST_AHEAD, Opening
from vmi_console.engine.review import Review, SnapshotSource
from vmi_console.errors import InputError, VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment
from vmi_console.review.snapshots import Ahead, Progress
from vmi_console.wire.channel import Channel, Hello
from vmi_console.wire.tasks import Tasks

MOMENT = demo()
SHOWN = {record.id: record for record in MOMENT.records if not isinstance(record, Guest | SoftwareImage)}


class Thorough(SnapshotSource):
    """Checks what it has read until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.verdict = threading.Event()
        self.is_good = True

    def first(self, progress: Progress, ahead: Ahead) -> tuple[Moment, protocol.Review]:
        found = super().first(progress, ahead)
        assert self.verdict.wait(20)
        if not self.is_good:
            raise InputError("it was changed after it was signed")
        return found


class Engine:
    """An engine that opens a source while a client is linked to it already, as `engine.main` has it."""

    def __init__(self, source: Thorough) -> None:
        self._source = source

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        ours, theirs = socket.socketpair()
        try:
            async with streams(ours) as (reader, writer), streams(theirs) as others, Tasks() as tasks:
                tasks.start(self._serve(Channel(*others, protocol.ToEngine)), "the engine")
                channel: EngineChannel = Channel(reader, writer, protocol.FromEngine)
                await channel.greet(Hello())
                yield channel, ""
        finally:
            await asyncio.get_running_loop().shutdown_default_executor()

    async def _serve(self, channel: Channel[protocol.ToEngine]) -> None:
        told = Opening()
        async with Tasks() as tasks:
            opened = tasks.start(self._open(told), "open")
            await channel.greet(Hello())
            await told.tell(channel, opened)
            match await opened:
                case VmiError() as error:
                    await channel.send(protocol.Refused(error=error.message))
                case review:
                    try:
                        await review.serve(channel, lambda: 0, told.told)
                    finally:
                        await review.close()

    async def _open(self, told: Opening) -> Review | VmiError:
        try:
            return await Review.begin(self._source, progress=told.progress, ahead=told.ahead)
        except VmiError as error:
            return error


@asynccontextmanager
async def streams(end: socket.socket) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(sock=end)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


class Early(Console):
    """Counts what comes off the wire."""

    def __init__(self, source: Thorough) -> None:
        engine = Engine(source)
        super().__init__(engine)
        self.came: Counter[EntityId] = Counter()
        self.client = Client(engine, self, of_review=self, of_records=self._came)

    def _came(self, records: Iterable[AnyRecord]) -> None:
        self.came.update(record.id for record in records)


@pytest.fixture
def source(tmp_path: Path) -> Thorough:
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    return Thorough(tmp_path / "demo.vmisnap")


async def listening(one: Early, story: Callable[[], object], until: Callable[[], object]) -> None:
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        await eventually(lambda: one.came.keys() == SHOWN.keys())
        story()
        await eventually(until)


async def test_what_was_read_ahead_counts_when_all_is_checked_and_is_sent_once(source: Thorough) -> None:
    one = Early(source)
    seen_before: list[int] = []

    def let_go() -> None:
        seen_before.append(len(one.records) + len(one.links))
        source.verdict.set()

    await listening(one, let_go, lambda: one.replays)
    assert seen_before == [0]
    assert one.records == SHOWN
    assert set(one.came.values()) == {1}


async def test_whoever_asks_again_gets_it_all_again(source: Thorough) -> None:
    one = Early(source)
    source.verdict.set()
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        await eventually(lambda: one.replays == 1)
        one.came.clear()
        one.client.resync()
        await eventually(lambda: one.replays == 2)
    assert one.came.keys() == SHOWN.keys()
    assert one.records == SHOWN


async def test_of_a_file_that_is_refused_nothing_counts(source: Thorough) -> None:
    one = Early(source)
    source.is_good = False
    await listening(one, source.verdict.set, lambda: one.links)
    assert "changed after it was signed" in one.links[0].reason
    assert one.records == {}
    assert one.replays == 0


async def test_no_more_is_sent_ahead_than_a_client_may_keep_in_vain() -> None:
    ours, theirs = socket.socketpair()
    told = Opening()
    vm = next(iter(SHOWN.values()))
    told.told.update(EntityId(str(number)) for number in range(MOST_AHEAD))
    told.ahead([vm])
    async with streams(ours) as (reader, writer), streams(theirs) as (inward, out), Tasks() as tasks:
        channel: EngineChannel = Channel(reader, writer, protocol.FromEngine)
        done = asyncio.Event()
        opened = tasks.start(done.wait(), "opening")
        telling = tasks.start(told.tell(Channel(inward, out, protocol.ToEngine), opened), "telling")
        messages = [await channel.receive() for _ in range(2)]
        done.set()
        await telling
    assert [message.records for message in messages if isinstance(message, protocol.Opening)] == [(), ()]

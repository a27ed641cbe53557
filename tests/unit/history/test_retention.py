"""What is too old is given up, and the past from there on is what it was."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.unit.history.test_findings import finding
from tests.unit.history.test_revisions import START, of, recorded
from tests.unit.history.test_store import Told, change
from vmi_console.errors import InputError, StorageError
from vmi_console.estate.records import VM
from vmi_console.history import clock, retention, rows
from vmi_console.history.database import Database
from vmi_console.history.figures import Figures, figures
from vmi_console.history.journal import Link, State
from vmi_console.history.pending import Encoded
from vmi_console.history.reader import Reader
from vmi_console.history.retention import Limits
from vmi_console.history.schema import MIGRATIONS
from vmi_console.history.store import History
from vmi_console.history.upkeep import Upkeep


def counted(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_the_past_that_is_kept_is_what_it_was(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "history.db"
    past = await recorded(path, 200, random.Random(seed))
    changes, states = counted(path, "changes"), counted(path, "revisions")
    for minutes in (40, 90, 150):
        since = START + timedelta(minutes=minutes, seconds=30)
        micros = rows.to_micros(since)
        assert micros is not None
        with closing(Database(path)) as database:
            last = database.last_number()
            sweep = retention.Sweep(micros)
            while not database.give_up(sweep):
                pass
            assert database.last_number() == last
        reader = Reader.open(path)
        span = reader.span()
        assert span is not None
        assert span.first == since
        at_bound = [estate for at, estate in past if at <= since][-1]
        assert {record.id: record for record in reader.records_at(span.first)} == at_bound
        for at, estate in past:
            if at >= since:
                assert {record.id: record for record in reader.records_at(at)} == estate
        assert reader.unreadable == 0
        assert all(change.observed_at >= since for change in list(reader.changes(START, span.last))[:-1])
        reader.close()
        assert counted(path, "revisions") < states
        assert counted(path, "changes") < changes
        changes, states = counted(path, "changes"), counted(path, "revisions")


async def lived_through(path: Path, days: int) -> None:
    """A machine that changed every day until now."""
    history = await History.open(path)
    now = datetime.now(UTC)
    for day in range(days, -1, -1):
        record = VM(id=of("vm", 99), name=f"{day} days ago")
        history.revise(now - timedelta(days=day), [record], told={record.id})
    await history.close()


async def whole_turns(history: History) -> None:
    """Lets the thread go round often enough to give up what it has to."""
    for _ in range(100):
        await history.flush()


async def test_an_engines_history_gives_up_what_is_too_old(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    past = await recorded(path, 60, random.Random(7))
    await lived_through(path, 10)
    for limits, is_cut in ((Limits(days=None), False), (Limits(days=5), True)):
        before = counted(path, "revisions")
        history = await History.open(path, limits=limits)
        history.keep_findings(
            [finding("open"), finding("resolved", START), finding("resolved late", START + timedelta(hours=1))]
        )
        await whole_turns(history)
        found = [each.record for each in await history.findings(10)]
        assert found == ([b"open"] if is_cut else [b"resolved", b"resolved late", b"open"])
        await history.close()
        assert (counted(path, "revisions") < before) == is_cut
        reader = Reader.open(path)
        span = reader.span()
        assert span is not None
        assert (span.first > START) == is_cut
        latest = {record.id: record for record in reader.records_at(span.last)}
        assert latest.pop(of("vm", 99)).name == "0 days ago"
        assert latest == past[-1][1]
        reader.close()
    assert counted(path, "changes") == 1


async def test_entities_of_which_nothing_is_kept_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    history = await History.open(path)
    gone = VM(id=of("vm", 1), name="gone")
    history.revise(START, [gone])
    history.revise(START + timedelta(days=1), removed=[gone.id])
    await history.close()
    await lived_through(path, 3)
    with closing(Database(path)) as database:
        sweep = retention.Sweep(rows.to_micros(START + timedelta(days=2)) or 0)
        while not database.give_up(sweep):
            pass
    assert counted(path, "subjects") == 1


# --- the largest size ---------------------------------------------------------------------------------------------


def filled(path: Path, megabytes: int) -> None:
    """Loads a history with changes of some weight, a minute apart until now."""
    now = rows.to_micros(datetime.now(UTC)) or 0
    count = megabytes * 256
    with closing(sqlite3.connect(path)) as file, file:
        file.executemany(
            f"INSERT INTO changes ({rows.CHANGE_COLUMNS}) VALUES (?, ?, '', 'changed', 'x', ?, NULL, ?, NULL, NULL, "
            "NULL, 'event', 1, NULL)",
            [
                (
                    number,
                    of("vm", number % 50),
                    msgspec.msgpack.encode(random.Random(number).randbytes(3_700)),
                    now - (count - number) * 60_000_000,
                )
                for number in range(1, count)
            ],
        )


async def test_the_oldest_goes_when_the_file_is_too_large_and_the_file_shrinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LEAST_BYTES", 1 << 20)
    path, told = tmp_path / "history.db", Told()
    await lived_through(path, 400)
    history = await History.open(path)
    history.keep_findings([finding("open"), finding("resolved", START)])
    history.decide("waiver", "1", Encoded(b"kept", 1))
    await history.append(
        [State("q", b"kept")], [b"kept"], lambda number, content, _: Link(number, content, b"", b"", "k")
    )
    await history.close()
    filled(path, 12)
    limits = Limits(days=400, largest_bytes=8 << 20)
    limits.check()
    size = path.stat().st_size
    assert size > 12 << 20
    history = await History.open(path, told, limits)
    shares: list[float] = []
    await history.compact(shares.append)
    await history.flush()
    assert shares == sorted(shares) or len(shares) > 3
    assert all(0 <= share <= 1 for share in shares)
    assert [each.record for each in await history.findings(5)] == [b"open"]
    assert len(await history.open_states()) == 1
    assert len(await history.links(0, 5)) == 1
    assert history.decisions("waiver") == {"1": Encoded(b"kept", 1)}
    history.record([change(history.next_number(), observed_at=datetime.now(UTC))])
    (last,) = await history.recent(1)
    assert last.number == 12 * 256
    await history.close()
    assert (6 << 20) < path.stat().st_size < (8 << 20)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((first, count, since),) = file.execute(
            "SELECT min(number), count(*), (SELECT since FROM kept) FROM changes WHERE number < ?", (last.number,)
        )
        assert count == last.number - first  # of the newest all are there
        assert since > (rows.to_micros(datetime.now(UTC)) or 0) - 400 * clock.DAY
    assert len([text for text in told if "reached the 8 MiB" in text]) == 1


async def test_nobody_has_to_wait_for_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    do_slice = Upkeep.slice

    def slice_and_wait(upkeep: Upkeep, database: Database, is_wanted: Callable[[], bool]) -> None:
        do_slice(upkeep, database, is_wanted)
        if upkeep.is_hurried():
            goes_on.wait(20)  # or it might be over before anybody can give it up

    monkeypatch.setattr(Upkeep, "slice", slice_and_wait)
    path = tmp_path / "history.db"
    await lived_through(path, 10)
    filled(path, 12)
    history = await History.open(path, limits=Limits(days=None, largest_bytes=2 << 20))
    heard: asyncio.Queue[float] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(history.compact(heard.put_nowait))
        await heard.get()
        waiting.cancel()
    assert waiting.cancelled()
    goes_on.set()
    async with asyncio.timeout(60):
        await history.compact(heard.put_nowait)  # and again
    async with asyncio.timeout(60):
        last, _ = await asyncio.gather(history.compact(heard.put_nowait), history.close(), return_exceptions=True)
    assert last is None or "closed" in str(last)
    with pytest.raises(StorageError, match="closed"):
        await history.compact(heard.put_nowait)


async def test_recording_goes_on_while_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    await lived_through(path, 10)
    filled(path, 8)
    history = await History.open(path, limits=Limits(days=None, largest_bytes=3 << 20))
    number = first = history.next_number()
    while counted(path, "changes") > 900:
        history.record([change(number, observed_at=datetime.now(UTC))])
        await history.flush()
        number = history.next_number()
    assert len(await history.recent(1_000)) >= number - first
    assert (await history.recent(1))[0].number == number - 1
    await history.close()


async def test_what_cannot_be_made_small_enough_is_told_once(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await History.open(path)
    heavy = [VM(id=of("vm", number), name=random.Random(number).randbytes(3_000).hex()) for number in range(400)]
    history.keep(heavy)
    history.revise(datetime.now(UTC) - timedelta(days=20), heavy)
    await history.close()
    history = await History.open(path, told, Limits(days=None, largest_bytes=1 << 20))
    await history.compact(lambda share: None)
    await whole_turns(history)
    await history.close()
    assert len(told) == 1
    assert "nothing more of it can be given up" in told[0]
    assert counted(path, "revisions") == 400


async def test_a_file_of_an_older_console_is_rebuilt_when_its_room_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA auto_vacuum = NONE")
        for step in MIGRATIONS:
            file.executescript(step)
        file.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    await lived_through(path, 10)
    filled(path, 6)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM changes WHERE number % 4")
    history = await History.open(path, limits=Limits())
    await history.compact(lambda share: None)
    await history.close()
    assert path.stat().st_size < 3 << 20
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    "limits", [Limits(days=0), Limits(days=36_501), Limits(largest_bytes=1), Limits(largest_bytes=1 << 60)]
)
def test_limits_that_make_no_sense_are_refused(limits: Limits) -> None:
    with pytest.raises(InputError, match="choose"):
        limits.check()


async def test_what_it_takes_and_will_come_to_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    assert figures(path) == Figures(path=str(path))
    await lived_through(tmp_path / "new.db", 0)
    assert figures(tmp_path / "new.db").bytes_per_day is None  # nobody can tell yet
    await lived_through(path, 20)
    known = figures(path)
    assert known.states is not None
    assert known.states >= 21
    assert known.first is not None
    assert known.last is not None
    assert known.last - known.first == pytest.approx(timedelta(days=20), abs=timedelta(seconds=1))
    assert known.bytes_per_day is not None
    assert 0 < known.bytes_per_day < known.file_bytes
    expected = known.expected_bytes(120, None)
    assert expected == pytest.approx(known.file_bytes - known.free_bytes + 100 * known.bytes_per_day, rel=0.01)
    assert known.expected_bytes(120, 1_000) == 1_000
    assert known.expected_bytes(None, 5_000) == 5_000
    assert known.expected_bytes(None, None) is None


# --- the clock ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leap", [timedelta(days=200), timedelta(days=20 * 365)])
async def test_a_clock_far_ahead_gives_nothing_up(tmp_path: Path, leap: timedelta) -> None:
    path = tmp_path / "history.db"
    await lived_through(path, 300)
    now = rows.to_micros(datetime.now(UTC)) or 0
    with closing(sqlite3.connect(path)) as file:
        assert clock.believed(file, now) == now
        ahead = now + leap // timedelta(microseconds=1)
        assert now - clock.believed(file, ahead) < clock.DAY
    for day in range(8):  # it goes on from there
        history = await History.open(path)
        record = VM(id=of("vm", 98), name=f"{day}")
        history.revise(datetime.now(UTC) + leap + timedelta(days=day), [record], told={record.id})
        await history.close()
        with closing(sqlite3.connect(path)) as file:
            believed = clock.believed(file, ahead + day * clock.DAY + 60_000_000)
            assert (believed > now + clock.DAY) == (day >= 6)


async def test_what_was_recorded_with_the_clock_ahead_comes_back_to_its_place(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    await lived_through(path, 3)
    history = await History.open(path)
    ahead = datetime.now(UTC) + timedelta(days=9_000)
    for step in range(40):  # more than lean on one state
        record = VM(id=of("vm", step % 2), name=f"{step}", tags=tuple(f"tag-{each}" for each in range(30)))
        history.revise(ahead + timedelta(minutes=step), [record], told={record.id})
        history.record([change(step + 1, entity=record.id, observed_at=ahead + timedelta(minutes=step))])
    history.contacted("4c4c.qemu", ahead)
    history.keep_findings([finding("then")._replace(opened_at=ahead)])
    await history.close()
    history = await History.open(path, told, Limits())
    later = VM(id=of("vm", 1), name="now")
    history.revise(datetime.now(UTC) + timedelta(seconds=1), [later], told={later.id})
    await history.flush()
    await history.close()
    assert len(told) == 1
    assert "was ahead" in told[0]
    reader = Reader.open(path)
    span = reader.span()
    assert span is not None
    assert span.last - datetime.now(UTC) < timedelta(minutes=1)
    names = {record.id: record.name for record in reader.records_at(span.last)}
    assert (names[of("vm", 0)], names[of("vm", 1)]) == ("38", "now")
    assert [each.number for each in reader.changes(START, span.last + timedelta(seconds=1))] == list(range(1, 41))
    assert len(reader.findings_at(span.last)) == 1
    assert reader.unreadable == 0
    with closing(sqlite3.connect(path)) as file:
        for (micros,) in file.execute("SELECT at FROM revisions WHERE entity IN (2, 3) ORDER BY at").fetchall():
            reader.records_at(rows.to_time(micros) or START)
    assert reader.unreadable == 0
    reader.close()


async def test_a_clock_far_behind_puts_nothing_before_the_past(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    now = datetime.now(UTC)
    history = await History.open(path)
    coming = now + timedelta(days=30)  # so that this computer's clock is behind
    for day in range(60):
        record = VM(id=of("vm", 1), name=f"{day}")
        history.revise(coming - timedelta(days=60 - day), [record], told={record.id})
    await history.close()
    history = await History.open(path, told, Limits(days=40))
    for step, at in enumerate((datetime(1970, 1, 2, tzinfo=UTC), now, now + timedelta(hours=1))):
        record, other = VM(id=of("vm", 1), name=f"later {step}"), VM(id=of("vm", 2), name=f"other {step}")
        history.revise(at, [record, other], told={record.id, other.id})
        history.record([change(step + 1, observed_at=at)])
    await whole_turns(history)
    await history.close()
    assert len(told) == 1
    assert "set the clock" in told[0]
    reader = Reader.open(path)
    span = reader.span()
    assert span is not None
    assert timedelta(0) <= span.last - (coming - timedelta(days=1)) < timedelta(seconds=1)
    assert {record.name for record in reader.records_at(span.last)} == {"later 2", "other 2"}
    assert [each.number for each in reader.changes(START, span.last + timedelta(seconds=1))] == [1, 2, 3]
    reader.close()

"""Killed at any moment, on a disk that is full, and read by another console meanwhile: nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.history.test_findings import finding
from tests.unit.history.test_recovery import link
from tests.unit.history.test_retention import filled, lived_through
from tests.unit.history.test_revisions import START, of
from tests.unit.history.test_store import Told, change, no_file_may_grow_beyond
from vmi_console.errors import StorageError
from vmi_console.estate.records import VM
from vmi_console.history import rows, writer
from vmi_console.history.journal import State
from vmi_console.history.pending import Encoded, Pending
from vmi_console.history.reader import Reader
from vmi_console.history.retention import EVERYTHING, Limits
from vmi_console.history.samples import Gathered, Load
from vmi_console.history.store import History
from vmi_console.history.writer import Writer


@pytest.mark.slow
def test_killed_at_any_moment_it_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.killed_history", "--count", "20", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed 20 times" in done.stdout


async def test_nobody_is_answered_before_what_he_told_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told right after the last of what waited was taken, and before questions are answered."""
    path = tmp_path / "history.db"
    history = await History.open(path)
    take = Writer._take
    there: list[list[int]] = []

    def look(_: Future[None]) -> None:
        with closing(sqlite3.connect(path)) as file:
            there.append([number for (number,) in file.execute("SELECT number FROM changes")])

    def take_and_tell(one: Writer) -> Pending:
        batch = take(one)
        if not batch:
            monkeypatch.undo()
            history.record([change(2)])
            one.written().add_done_callback(look)
        return batch

    monkeypatch.setattr(Writer, "_take", take_and_tell)
    history.record([change(1)])
    await history.flush()
    await history.close()
    assert there == [[1, 2]]


# --- a full disk --------------------------------------------------------------------------------------------------


class Disk(NamedTuple):
    """A small disk: `fill` leaves no room on it, `empty` makes some."""

    folder: Path
    fill: Callable[[], None]
    empty: Callable[[], None]


def _fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A real one of some megabytes where this user may have one; or else no file may become larger than now."""
    folder, ballast = tmp_path / "disk", tmp_path / "disk" / "ballast"
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(options, capture_output=True).returncode == 0:
        try:
            yield Disk(folder, lambda: _fill(ballast), lambda: ballast.unlink())
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    with contextlib.ExitStack() as full:
        yield Disk(folder, lambda: full.enter_context(no_file_may_grow_beyond(40 * 4096)), full.pop_all().close)


def tell_all(history: History, number: int) -> None:
    """Something of everything, of some weight."""
    record = VM(id=of("vm", number % 5), name=f"state {number}", tags=(random.Random(number).randbytes(3_000).hex(),))
    at = START + timedelta(minutes=number)
    history.record([change(number, observed_at=at)])
    history.revise(at, [record], told={record.id})
    history.keep([record])
    history.keep_findings([finding(f"finding {number}")])
    day = rows.to_micros(START + timedelta(days=number)) or 0
    history.keep_loads([Load(record.id, 86_400, day, Gathered(1, 1.0, 1.0))])
    history.decide("waiver", f"{number}", Encoded(b"why", 1))


def all_of(path: Path) -> dict[str, int]:
    """How many there are of what `tell_all` told."""
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = ("changes", "revisions", "findings", "samples", "decisions", "journal", "audit")
        return {table: file.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


async def test_a_full_disk_costs_nothing_that_was_acknowledged(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.1)
    path, told = disk.folder / "history.db", Told()
    history = await History.open(path, told, EVERYTHING)
    for number in range(1, 21):
        tell_all(history, number)
    await history.append([State("case", b"before")], [b"before"], link)
    await history.flush()
    disk.fill()
    number = 20
    while not told:  # what is left of the journal of the file takes some
        number += 1
        tell_all(history, number)
        with contextlib.suppress(StorageError):
            await history.flush()
        await asyncio.sleep(0)
    assert "cannot be written" in told[0]
    for _ in range(20):
        number += 1
        tell_all(history, number)
    with pytest.raises(StorageError, match="cannot be written now"):
        await history.flush()
    with pytest.raises(StorageError, match="see to the disk"):
        await history.append([State("case", b"x" * 300_000)], [b"during"], link)
    assert len(await history.recent(20)) == 20  # it can be read
    reader = Reader.open(path)
    assert "state 20" in [record.name for record in reader.records_at(START + timedelta(minutes=20))]
    reader.close()
    disk.empty()
    await told.until("written again")
    await history.append([State("case", b"after")], [b"after"], link)
    await history.flush()
    await history.close()
    assert len(told) == 2
    assert "nothing of the time between is lost" in told[1]
    assert all_of(path) == {
        **dict.fromkeys(("changes", "revisions", "findings", "samples", "decisions"), number),
        **dict.fromkeys(("journal", "audit"), 2),
    }


async def test_started_again_on_a_full_disk_it_has_all_that_was_acknowledged(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.05)
    path, told = disk.folder / "history.db", Told()
    history = await History.open(path, None, EVERYTHING)
    for number in range(1, 21):
        tell_all(history, number)
    await history.flush()
    disk.fill()
    await history.close()
    history = await History.open(path, told, EVERYTHING)
    number = history.next_number()
    assert number > 20
    tell_all(history, number)
    disk.empty()
    await history.flush() if not told else await told.until("written again")
    await history.flush()
    assert [each.number for each in await history.recent(30)] == [*range(1, 21), number]
    await history.close()
    assert all_of(path)["revisions"] == 21


# --- another console ----------------------------------------------------------------------------------------------

READING = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from vmi_console.history.figures import figures
from vmi_console.history.reader import Reader

reader = Reader.open(Path(sys.argv[1]))
print("open", flush=True)
newest = 0
for line in sys.stdin:
    now = datetime.now(UTC) + timedelta(minutes=1)
    records = reader.records_at(now)
    seen = [change.number for change in reader.changes(now - timedelta(minutes=10), now)]
    assert seen == sorted(seen) and (not seen or seen[-1] >= newest), seen
    newest = seen[-1] if seen else newest
    span = reader.span()
    assert span is not None and span.first <= span.last
    assert figures(Path(sys.argv[1])).file_bytes > 0
    assert reader.unreadable == 0
    try:
        reader._connection.execute("DELETE FROM changes")
    except Exception as error:
        assert "readonly" in str(error), error
    else:
        raise AssertionError("it can write")
    print(newest, flush=True)
"""


async def test_another_console_reads_while_this_one_writes_and_gives_up(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    await lived_through(path, 10)
    filled(path, 8)
    history = await History.open(path, limits=Limits(days=None, largest_bytes=4 << 20))
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", READING, str(path), stdin=pipe, stdout=pipe)
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"open\n"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(history.compact(lambda share: None))
        for _ in range(30):
            number = 0
            for _ in range(20):
                number = history.next_number()
                now = datetime.now(UTC)
                record = VM(id=of("vm", number % 5), name=f"{number}")
                history.record([change(number, observed_at=now)])
                history.revise(now, [record], told={record.id})
            await history.flush()
            other.stdin.write(b"look\n")
            assert int(await other.stdout.readline()) == number  # the other sees it as soon as it is on disk
    other.stdin.close()
    assert await other.wait() == 0
    await history.close()
    assert path.stat().st_size < 5 << 20

"""The change store: what is told comes back, over restarts, full disks and damaged files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn, cast

import msgspec
import pytest

from vmi_console.errors import StorageError, WorkspaceBusy
from vmi_console.estate.changes import Action, Amendment, Change, Seen
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Host, Nic, Power
from vmi_console.history import writer
from vmi_console.history.database import Database
from vmi_console.history.pending import Pending
from vmi_console.history.samples import Load
from vmi_console.history.schema import MIGRATIONS
from vmi_console.history.store import History

ENDPOINT = "4c4c.qemu"
WEB = entity_id("vm", ENDPOINT, "web")
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


class Told(list[str]):
    """What the operator was told."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def __call__(self, text: str, advice: str = "", /) -> None:
        self.append(f"{text} ({advice})")
        self._more.set()

    async def until(self, text: str) -> None:
        """Waits for a notice that contains the text."""
        async with asyncio.timeout(30):
            while not any(text in each for each in self):
                self._more.clear()
                await self._more.wait()


def change(number: int, **more: object) -> Change:
    values: dict[str, object] = {
        "number": number,
        "entity": WEB,
        "name": "web <b>\u202e\0",
        "action": Action.CHANGED,
        "path": "power",
        "before": "on",
        "after": "off",
        "observed_at": NOW,
    }
    return Change(**(values | more))  # type: ignore[arg-type]


FULL_CHANGE = change(
    1,
    before={"booted_at": NOW, "nics": [1, None, {"x": 2.5}]},
    after=None,
    occurred_at=NOW - timedelta(hours=30),
    not_before=NOW - timedelta(days=2),
    actor="root@pam",
    seen=Seen.RESYNC,
)


async def test_changes_come_back_as_they_were_told(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    changes = [FULL_CHANGE, change(2, action=Action.ADDED, path="", before=None, after={"name": "ü"}), change(3)]
    history.record(changes[:2])
    history.record(changes[2:])
    assert await history.recent(10) == changes
    assert await history.recent(2) == changes[1:]
    assert await history.recent(1, before=3) == [changes[1]]
    await history.close()
    again = await History.open(tmp_path / "history.db")
    assert await again.recent(10) == changes
    await again.close()


async def test_the_last_amendment_holds_and_the_change_stays_as_told(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.record([change(1), change(2)])
    history.record(amendments=[Amendment(number=1, actor="eve"), Amendment(number=1, actor="bob", occurred_at=NOW)])
    first, second = await history.recent(10)
    assert (first.actor, first.occurred_at) == ("bob", NOW)
    assert second == change(2)
    await history.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as file:
        assert file.execute("SELECT actor FROM changes WHERE number = 1").fetchone() == (None,)


async def test_numbers_go_on_where_they_ended(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    assert [history.next_number(), history.next_number()] == [1, 2]
    history.record([change(1), change(2)], [Amendment(number=7, actor="of a change that was lost")])
    await history.close()
    again = await History.open(tmp_path / "history.db")
    assert again.next_number() == 8
    await again.close()


async def test_what_is_told_is_committed_without_being_asked(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.record([change(1)])
    async with asyncio.timeout(20):
        with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as other:
            while other.execute("SELECT count(*) FROM changes").fetchone() == (0,):  # noqa: ASYNC110 - another's file
                await asyncio.sleep(0.02)
    await history.close()


async def test_more_than_a_commit_holds(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    many = [change(number) for number in range(1, 3 * writer.ROWS_PER_COMMIT + 2)]
    history.record(many, [Amendment(number=many[-1].number, actor="amy")])
    history.keep([VM(id=entity_id("vm", ENDPOINT, str(number)), name="x") for number in range(len(many))])
    await history.flush()
    told = await history.recent(len(many))
    assert told[:-1] == many[:-1]
    assert told[-1].actor == "amy"
    records, _ = await history.load(ENDPOINT)
    assert len(records) == len(many)
    await history.close()


# --- what was last known ------------------------------------------------------------------------------------------


async def test_the_last_known_records_outlive_a_restart(tmp_path: Path) -> None:
    vm = VM(id=WEB, name="web", power=Power.ON, nics=(Nic(key="0", mac="52:54:00:00:00:01"),), booted_at=NOW)
    gone = VM(id=entity_id("vm", ENDPOINT, "gone"), name="gone")
    host = Host(id=entity_id("host", "another", "h"), name="h")
    history = await History.open(tmp_path / "history.db")
    before = datetime.now(UTC)
    history.keep([msgspec.structs.replace(vm, name="old"), gone, host])
    history.keep([vm], [gone.id])
    await history.close()

    again = await History.open(tmp_path / "history.db")
    records, seen_at = await again.load(ENDPOINT)
    assert records == [vm]
    assert seen_at is not None
    assert before - timedelta(microseconds=1) <= seen_at <= datetime.now(UTC)
    later = datetime.now(UTC) + timedelta(hours=1)
    again.contacted(ENDPOINT, later)
    again.contacted("another", NOW)
    assert (await again.load(ENDPOINT))[1] == later
    records, seen_at = await again.load("another")
    assert records == [host]
    assert seen_at is not None
    assert seen_at > NOW
    await again.forget(ENDPOINT)
    assert await again.load(ENDPOINT) == ([], None)
    assert (await again.load("another"))[0] == [host]
    await again.close()


async def test_records_of_a_newer_console_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await History.open(path)
    vms = [VM(id=entity_id("vm", ENDPOINT, native), name=native) for native in ("good", "newer", "broken", "unknown")]
    history.keep(vms)
    await history.close()
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE entities SET schema = 99 WHERE id LIKE '%newer'")
        file.execute("UPDATE entities SET record = x'81' WHERE id LIKE '%broken'")
        file.execute(
            "UPDATE entities SET record = ? WHERE id LIKE '%unknown'",
            [msgspec.msgpack.encode({"kind": "teapot", "id": "x", "name": "y"})],
        )
    history = await History.open(path, told)
    assert (await history.load(ENDPOINT))[0] == [vms[0]]
    assert told == [f"3 of the last known records of {ENDPOINT} cannot be read ()"]
    await history.close()


async def test_changes_of_a_newer_console_are_left_out(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.record([change(1), change(2), change(3)])
    await history.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as file, file:
        file.execute("UPDATE changes SET seen = 'by telepathy' WHERE number = 2")
    history = await History.open(tmp_path / "history.db")
    assert [told.number for told in await history.recent(10)] == [1, 3]
    await history.close()


async def test_labels_outlive_a_restart(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.set_labels(WEB, ("pci", "dmz", "pci"))
    history.set_labels(EntityId("vm/x/y"), ("a",))
    history.set_labels(EntityId("vm/x/y"), ())
    assert history.labels() == {WEB: ("dmz", "pci")}
    await history.close()
    again = await History.open(tmp_path / "history.db")
    assert again.labels() == {WEB: ("dmz", "pci")}
    await again.close()


# --- the file -----------------------------------------------------------------------------------------------------


async def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        history = await History.open(tmp_path / "new" / "history.db")
        history.record([change(1)])
        await history.flush()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
        await history.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("history.db", "history.db-wal", "history.db-shm", "history.lock"), 0o600)


HOLDING = """
import asyncio, sys
from pathlib import Path
from vmi_console.history.store import History

async def main():
    history = await History.open(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_a_second_engine_is_told_who_is_there(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDING, str(path), stdin=pipe, stdout=pipe)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"open\n"
    with pytest.raises(WorkspaceBusy, match=f"process {other.pid}") as refused:
        await History.open(path)
    assert "can be read all the same" in refused.value.advice
    other.kill()
    await other.wait()
    history = await History.open(path)  # what its holder leaves behind when it is killed holds nobody up
    with pytest.raises(WorkspaceBusy, match=f"process {os.getpid()}"):
        await History.open(path)
    await history.close()


@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
async def test_every_earlier_version_of_the_file_is_brought_up(tmp_path: Path, version: int) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as file:
        for step in MIGRATIONS[:version]:
            file.executescript(step)
        file.execute(f"PRAGMA user_version = {version}")
    history = await History.open(tmp_path / "history.db")
    history.record([FULL_CHANGE])
    assert await history.recent(1) == [FULL_CHANGE]
    await history.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


async def test_a_file_of_a_newer_console_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE of_the_future (x)")
        file.execute("PRAGMA user_version = 999")
    content = path.read_bytes()
    with pytest.raises(StorageError, match="newer version of this console") as caught:
        await History.open(path)
    assert not isinstance(caught.value, WorkspaceBusy)
    assert path.read_bytes() == content
    with pytest.raises(StorageError, match="newer version"):  # and the lock was given back
        await History.open(path)


# --- disks that refuse --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def no_file_may_grow_beyond(size_bytes: int) -> Iterator[None]:
    """The operating system refuses every write of this process beyond that size, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_told_once_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.05)
    told = Told()
    history = await History.open(tmp_path / "history.db", told)
    history.record([change(1)])
    await history.flush()
    with no_file_may_grow_beyond(9 * 4096):  # enough for SQLite to open the file, too little to add to it
        history.record([change(2)])
        await told.until("cannot be written")
        history.keep([VM(id=WEB, name="web")])
        history.record([change(3)])
        with pytest.raises(StorageError, match="cannot be written now"):
            await history.flush()
        assert [each.number for each in await history.recent(5)] == [1]
    await told.until("written again")
    assert [each.number for each in await history.recent(5)] == [1, 2, 3]
    assert (await history.load(ENDPOINT))[0] == [VM(id=WEB, name="web")]
    await history.close()
    assert len(told) == 2
    assert "nothing of the time between is lost" in told[1]


async def test_the_oldest_are_given_up_when_too_many_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(writer, "MOST_WAITING", 10)
    told = Told()
    history = await History.open(tmp_path / "history.db", told)
    with no_file_may_grow_beyond(0):
        history.record([change(1)])
        await told.until("cannot be written")
        for number in range(2, 16):
            history.record([change(number)])
    await told.until("written again")
    assert "5 changes of the time between are lost" in told[-1]
    assert [each.number for each in await history.recent(50)] == list(range(6, 16))
    await history.close()


async def test_what_could_not_be_written_before_the_end_is_told(tmp_path: Path) -> None:
    told = Told()
    history = await History.open(tmp_path / "history.db", told)
    with no_file_may_grow_beyond(0):
        history.record([change(1), change(2)])
        await history.close()
    await asyncio.sleep(0)
    assert "2 changes were not written" in told[-1]


async def test_an_engine_can_start_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.05)
    told = Told()
    history = await History.open(tmp_path / "history.db")
    history.record([change(5)])
    await history.close()
    with no_file_may_grow_beyond(0):
        history = await History.open(tmp_path / "history.db", told)
        number = history.next_number()
        history.record([change(number)])
        assert await history.recent(5) == []
        assert await history.load(ENDPOINT) == ([], None)
    await told.until("written again")
    assert [each.number for each in await history.recent(5)] == [5, number]
    await history.close()
    assert "cannot be written" in told[0]


def damaged(folder: Path) -> list[Path]:
    return list(folder.glob("history.db.damaged-*[0-9]"))


async def test_a_damaged_file_is_set_aside_at_the_start(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    path.write_bytes(b"not a database, " * 1000)
    history = await History.open(path, told)
    assert told == []  # not before its maker has it
    await asyncio.sleep(0)
    assert "damaged" in told[0]
    history.record([change(1)])
    assert await history.recent(5) == [change(1)]
    (aside,) = damaged(tmp_path)
    assert str(aside) in told[0]
    assert aside.read_bytes() == b"not a database, " * 1000
    await history.close()


async def test_a_file_damaged_at_work_is_set_aside(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await History.open(path)
    history.record([change(number) for number in range(1, 2000)])
    await history.close()
    history = await History.open(path, told)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    history.record([change(2000)])
    await history.flush()
    assert await history.recent(5) == [change(2000)]
    assert history.next_number() >= 2000
    await history.close()
    assert "damaged" in told[0]
    assert len(damaged(tmp_path)) == 1


async def test_a_change_that_no_file_can_hold_is_left_out_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = await History.open(tmp_path / "history.db")
    history.record([change(1), change(2, name="\udcff"), change(3, after=1 << 80), change(4)])
    assert [each.number for each in await history.recent(5)] == [1, 4]
    await history.close()
    assert "2 rows hold what no file can keep" in caplog.text


# --- files that are taken away ------------------------------------------------------------------------------------


def numbers(path: Path) -> list[int]:
    """Those of the changes in a file that nobody has open."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [number for (number,) in file.execute("SELECT number FROM changes ORDER BY number")]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def with_one_change(path: Path, told: Told) -> History:
    """A history with change 1 and a label, on disk."""
    history = await History.open(path, told)
    history.set_labels(WEB, ["dmz"])
    history.record([change(1)])
    await history.flush()
    return history


unix_only = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be taken away there")


@unix_only
@pytest.mark.parametrize("endings", [("",), ("", "-wal", "-shm")])
async def test_a_deleted_file_is_noticed_at_the_next_change(tmp_path: Path, endings: tuple[str, ...]) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(path, told)
    for ending in endings:
        path.with_name(path.name + ending).unlink()
    history.record([change(2)])
    assert await history.recent(5) == [change(2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    history.record([change(3)])
    await history.close()
    assert len(told) == 1
    assert f"{path} was deleted" in told[0]
    assert numbers(path) == [2, 3]
    again = await History.open(path)
    assert again.labels() == {WEB: ("dmz",)}  # the operators' own is known, and written again
    await again.close()
    assert names(tmp_path) == ["history.db", "history.lock"]


@unix_only
async def test_a_deleted_file_is_noticed_while_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LOOK_SECONDS", 0.02)
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(path, told)
    path.unlink()
    await told.until("was deleted")
    await history.close()
    assert numbers(path) == []
    assert len(told) == 1


@unix_only
async def test_a_file_deleted_during_the_commit_costs_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(path, told)
    write = Database.write

    def write_too_late(database: Database, pending: Pending) -> int:
        monkeypatch.undo()
        path.unlink()
        return write(database, pending)

    monkeypatch.setattr(Database, "write", write_too_late)
    history.record([change(2)])
    await history.close()
    assert numbers(path) == [2]


@unix_only
async def test_a_renamed_file_holds_all_that_was_written_to_it(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(path, told)
    assert path.with_name("history.db-wal").stat().st_size > 0  # where change 1 still is
    path.rename(tmp_path / "moved.db")
    history.record([change(2)])
    await history.close()
    assert numbers(tmp_path / "moved.db") == [1]
    assert numbers(path) == [2]
    assert len(told) == 1


@unix_only
async def test_another_file_in_its_place_is_gone_on_with(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(tmp_path / "old" / "history.db", Told())
    await history.close()
    history = await History.open(path, told)
    history.record([change(7)])
    await history.flush()
    (tmp_path / "old" / "history.db").rename(path)
    history.record([change(8)])
    await history.close()
    assert numbers(path) == [1, 8]
    assert len(told) == 1


@unix_only
async def test_the_journal_of_a_moved_file_that_is_being_read_is_kept(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    history = await with_one_change(path, told)
    with contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM changes").fetchone() == (1,)
        history.record([change(2)])
        await history.flush()
        path.rename(tmp_path / "moved.db")
        history.record([change(3)])
        await history.close()
    assert numbers(path) == [3]
    (journal,) = (name for name in names(tmp_path) if ".left-" in name)
    (tmp_path / journal).rename(tmp_path / "moved.db-wal")
    assert numbers(tmp_path / "moved.db") == [1, 2]


@unix_only
async def test_a_folder_that_is_taken_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(writer, "FIRST_PAUSE_SECONDS", 0.02)
    path, told = tmp_path / "w" / "history.db", Told()
    history = await with_one_change(path, told)
    shutil.rmtree(path.parent)
    await told.until("cannot be written (No such file or directory)")
    history.record([change(2)])
    path.parent.mkdir()
    await told.until("written again")
    await history.close()
    assert numbers(path) == [2]
    assert len(told) == 3


async def test_labels_outlive_damage_at_work(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    history = await with_one_change(path, Told())
    await history.close()
    history = await History.open(path)
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    history.record([change(2)])
    await history.flush()
    await history.close()
    again = await History.open(path)
    assert again.labels() == {WEB: ("dmz",)}
    await again.close()


async def test_a_mistake_of_this_program_leaves_nobody_waiting(tmp_path: Path) -> None:
    told = Told()
    history = await History.open(tmp_path / "history.db", told)

    def mistaken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    async with asyncio.timeout(30):
        with pytest.raises(ZeroDivisionError):  # whoever asked knows, and it goes on
            await history.append([], [b"content"], mistaken)
        await history.flush()
        history.keep_loads([cast(Load, None)])  # no load at all
        with pytest.raises(StorageError, match="closed"):
            await history.flush()
        await told.until("not written any more")
        with pytest.raises(StorageError, match="closed"):
            await history.flush()
        await history.close()
    again = await History.open(tmp_path / "history.db")  # its lock was let go
    await again.close()

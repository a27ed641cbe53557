"""A damaged history: all that lies on pages that can still be read comes back, nothing else does, and the start waits
for none of it but what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.history.test_findings import finding
from tests.unit.history.test_retention import lived_through
from tests.unit.history.test_revisions import START, of, recorded
from tests.unit.history.test_store import Told, change, damaged
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment
from vmi_console.estate.records import VM
from vmi_console.history.journal import Link, State
from vmi_console.history.pages import Pages, Unreadable
from vmi_console.history.pending import Encoded
from vmi_console.history.reader import Reader
from vmi_console.history.recovery import Recovery, Unfinished
from vmi_console.history.retention import EVERYTHING
from vmi_console.history.salvage import AT_ONCE, LATER, OF_ENTITIES, Salvage
from vmi_console.history.samples import Gathered, Load
from vmi_console.history.schema import MIGRATIONS
from vmi_console.history.store import History

type Content = dict[str, set[tuple[object, ...]]]

PAGE = 4096


def link(number: int, content: bytes, digest: bytes) -> Link:
    return Link(number, content, bytes([number % 256]) + digest[:8], b"signed", "key")


async def with_something_of_all(path: Path) -> None:
    """A history in which every table has some pages."""
    await recorded(path, 25, random.Random(5))
    history = await History.open(path)
    history.record(amendments=[Amendment(number=number, actor=f"eve {number % 7}") for number in range(1, 900)])
    history.keep([VM(id=of("vm", number), name=f"web-{number}", tags=("x" * 40,) * 20) for number in range(300)])
    history.keep_findings([finding(f"finding {number}") for number in range(300)])
    for number in range(200):
        history.decide("waiver", f"{number}", Encoded(b"why " * 20, 1))
    for number in range(0, 200, 3):
        history.decide("waiver", f"{number}", None)
    for number in range(200):
        history.set_labels(of("vm", number), ("dmz", f"team {number}"))
    loads = [Load(of("vm", n % 30), 86_400, n // 30 * 86_400_000_000, Gathered(2, 3.5, 2.0)) for n in range(900)]
    history.keep_loads(loads)
    history.contacted("4c4c.qemu", START)
    states = [State(f"case {number % 50}", b"state " * 10, number % 3 == 0) for number in range(200)]
    await history.append(states, [b"entry " * 10] * 200, link)
    await history.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "history.db"
    asyncio.run(with_something_of_all(path))
    return path


def content(path: Path) -> Content:
    """All rows of the tables, with ids in place of numbers of entities."""
    found: Content = {}
    with closing(sqlite3.connect(path)) as file:
        for table in (*AT_ONCE, *LATER):
            columns = [name for _, name, *_ in file.execute(f"PRAGMA table_info({table})")]
            if table in OF_ENTITIES:
                columns = ["(SELECT id FROM subjects WHERE key = entity)", *columns[1:]]
            found[table] = set(file.execute(f"SELECT {', '.join(columns)} FROM {table}"))
    return found


def salvaged(path: Path) -> tuple[Content, Salvage]:
    with Salvage(path) as salvage:
        salvage.last_number()
        found: Content = {}
        for batch in (*salvage.at_once(), *salvage.later()):
            found.setdefault(batch.table, set()).update(batch.rows)
    return found, salvage


def spoil(path: Path, pages: Iterable[int], chance: random.Random) -> None:
    """Overwrites whole pages: with noise, with nothing, or with another page of the file."""
    count = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for number in pages:
            file.seek((chance.randrange(count)) * PAGE)
            noise = chance.choice([chance.randbytes(PAGE), bytes(PAGE), file.read(PAGE)])
            file.seek((number - 1) * PAGE)
            file.write(noise)


def safe(path: Path, spoilt: set[int]) -> set[tuple[object, ...]]:
    """The values of all rows that lie on one page, and that page is not spoilt."""
    found: set[tuple[object, ...]] = set()
    with Pages(path) as pages:
        for number in range(1, pages.count + 1):
            with contextlib.suppress(Unreadable):
                for cell in pages.rows(number):
                    if number not in spoilt and cell is not None and sum(map(_length, cell.values)) < 900:
                        found.add(cell.values)
    return found


def highest(of: Content) -> int:
    """The highest number of a change."""
    numbers = [number for number, *_ in of["changes"] if isinstance(number, int)]
    return max(numbers)


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | bytes) else 8


def test_all_of_a_whole_file_is_read(whole: Path) -> None:
    found, salvage = salvaged(whole)
    expected = {name: found for name, found in content(whole).items() if found}
    assert found == expected
    assert expected.keys() >= {*AT_ONCE, *LATER} - {"kept"}
    assert not +salvage.unreadable_pages
    assert not +salvage.unreadable_rows
    with Salvage(whole) as again:
        assert again.last_number() == highest(expected)


@pytest.mark.slow
def test_what_lies_on_whole_pages_is_read_and_nothing_is_made_up(whole: Path, tmp_path: Path) -> None:
    truth = content(whole)
    count = whole.stat().st_size // PAGE
    path = tmp_path / "history.db"
    for seed in range(10):
        chance = random.Random(seed)
        shutil.copyfile(whole, path)
        # Without its map (page 2) what was taken back must stay so: `test_a_file_without_its_first_pages_is_read`.
        spoilt = set(chance.sample([1, *range(3, count + 1)], chance.choice((1, 3, 10, count // 4))))
        spoil(path, spoilt, chance)
        found, salvage = salvaged(path)
        for table, rows_found in found.items():
            made_up = rows_found - truth[table]  # but what goes on on another page is not known to be right
            assert not [row for row in made_up if sum(map(_length, row)) < 900], f"seed {seed}: {table}"
        whole_rows = safe(whole, spoilt)
        for table in ("journal", "audit", "changes", "findings", "decided"):
            shown = [row for row in truth[table] if sum(map(_length, row)) < 900]
            without_rowid = {(None, *row[1:]) for row in shown if table not in ("findings",)} | set(shown)
            must = without_rowid & whole_rows
            there = found.get(table, set())
            have = there | {(None, *row[1:]) for row in there}
            assert must <= have, f"seed {seed}: {table}"
        assert salvage.unreadable_pages or not spoilt or len(spoilt) < 20


@pytest.mark.parametrize("what", ["header", "first page", "map", "first page and map"])
def test_a_file_without_its_first_pages_is_read(whole: Path, tmp_path: Path, what: str) -> None:
    path = tmp_path / "history.db"
    shutil.copyfile(whole, path)
    with path.open("r+b") as file:
        file.seek(PAGE if what == "map" else 0)
        file.write(random.Random(1).randbytes(100 if what == "header" else 2 * PAGE if "and" in what else PAGE))
    found, _ = salvaged(path)
    truth = content(whole)
    known_by_their_looks = {"changes", "revisions", "journal", "audit", "decided", "samples"}
    for table in known_by_their_looks if "and" in what else truth:
        if table == "labels" and what != "header":  # they look like an index
            continue
        assert found.get(table, set()) == truth[table], table


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    truth = content(whole)
    for part in (0.9, 0.5):
        shutil.copyfile(whole, path)
        with path.open("r+b") as file:
            file.truncate(int(whole.stat().st_size * part))
        found, salvage = salvaged(path)
        assert salvage.missing_pages > 0
        assert all(rows_found <= truth[table] for table, rows_found in found.items())
        assert sum(map(len, found.values())) > part * 0.4 * sum(map(len, truth.values()))


async def test_what_is_only_in_the_journal_of_the_file_is_read(tmp_path: Path) -> None:
    path, copy = tmp_path / "history.db", tmp_path / "copy.db"
    history = await History.open(path)
    for number in range(1, 30):
        history.record([change(number)])
        await history.flush()
    for ending in ("", "-wal"):
        shutil.copyfile(f"{path}{ending}", f"{copy}{ending}")
    await history.close()
    found, _ = salvaged(copy)
    assert found["changes"] == content(path)["changes"]
    wal = copy.with_name("copy.db-wal")
    size = wal.stat().st_size
    with wal.open("r+b") as file:
        file.seek(size // 2)
        file.write(random.Random(2).randbytes(5_000))
    found, _ = salvaged(copy)
    assert 5 < len(found["changes"]) < 29
    wal.unlink()
    salvaged(copy)


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob("*.recovering"))


# --- an engine on it ----------------------------------------------------------------------------------------------


async def at_work(path: Path, told: Told) -> tuple[int, History]:
    """Opens it as an engine does, and touches all of it."""
    history = await History.open(path, told, EVERYTHING)
    await history.findings(1_000)
    await history.load("4c4c.qemu")
    await history.open_states()
    number = history.next_number()
    history.record([change(number)])
    history.revise(START + timedelta(days=1), [VM(id=of("vm", 3), name="later")], told={of("vm", 3)})
    with contextlib.suppress(Exception):
        await history.append([State("new", b"state")], [b"entry"], link)
    await history.flush()
    return number, history


@pytest.mark.parametrize("seed", range(3))
async def test_an_engine_goes_on_with_what_could_be_read(whole: Path, tmp_path: Path, seed: int) -> None:
    path, told, chance = tmp_path / "history.db", Told(), random.Random(seed)
    shutil.copyfile(whole, path)
    count = path.stat().st_size // PAGE
    # The first page too, so that it is noticed at once.
    spoil(path, {1, *chance.sample(range(3, count + 1), count // 20)}, chance)
    truth = content(whole)
    number, history = await at_work(path, told)
    await told.until("could be put back")
    links = await history.links(0, 1_000)
    assert links[-1].content == b"entry"
    assert len(links) > 100
    await history.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = content(path)
    assert number > highest({"changes": truth["changes"] & found["changes"]})
    for table in (*AT_ONCE, *LATER):
        assert len(found[table] - truth[table]) <= 2, table  # what this engine wrote itself
    for table in ("changes", "revisions", "journal", "findings", "samples"):
        assert len(found[table]) > 0.5 * len(truth[table]), table
    (aside,) = damaged(tmp_path)
    assert all(str(aside) in text for text in told)
    assert not unfinished(tmp_path)
    reader = Reader.open(path)
    reader.records_at(START + timedelta(days=2))
    reader.close()


async def test_what_was_broken_off_is_gone_on_with(whole: Path, tmp_path: Path) -> None:
    path, told, truth = tmp_path / "history.db", Told(), content(whole)
    shutil.copyfile(whole, path)
    begun = Recovery.begin(path)
    assert not path.exists()
    first = await History.open(path, told, EVERYTHING)  # killed between the two is like this
    first.decide("waiver", "1", None)
    await first.flush()
    await first.close()
    begun.note(Unfinished(floor=50_000, begun=True))  # as if it had not got far
    history = await History.open(path, told, EVERYTHING)
    assert history.next_number() > 50_000
    assert "1" not in history.decisions("waiver")  # what was taken back since stays so
    assert "2" in history.decisions("waiver")
    await told.until("could be put back")
    await history.close()
    found = content(path)
    for table in LATER:
        assert found[table] == truth[table], table
    assert not unfinished(tmp_path)


async def test_the_start_does_not_wait_for_the_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held until it is asked for, the reading of the past keeps nobody from starting and recording."""
    path, told = tmp_path / "history.db", Told()
    await recorded(path, 60, random.Random(5))
    path.write_bytes(random.Random(1).randbytes(100) + path.read_bytes()[100:])
    go_on = asyncio.Event()
    loop, later = asyncio.get_running_loop(), Salvage.later

    def held(salvage: Salvage) -> object:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return later(salvage)

    monkeypatch.setattr(Salvage, "later", held)
    number, history = await at_work(path, told)
    assert history.recovered_share == 0.0
    assert [each.number for each in await history.recent(10)] == [number]
    go_on.set()
    await told.until("could be put back")
    assert len(await history.recent(10)) == 10
    await history.close()
    assert "nothing of it is lost" in told[-1]


async def test_of_mere_garbage_nobody_says_that_nothing_is_lost(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    path.write_bytes(random.Random(1).randbytes(50_000))
    _, history = await at_work(path, told)
    await told.until("could be put back")
    await history.close()
    assert "nothing could be put back; whether something of it is lost cannot be told" in told[-1]


@pytest.mark.parametrize("offset", [60, 16, 24, 40])  # version, page size, counter, cookie of the schema
async def test_a_spoilt_header_is_no_newer_console(whole: Path, tmp_path: Path, offset: int) -> None:
    path, told = tmp_path / "history.db", Told()
    shutil.copyfile(whole, path)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\x7f\xa5\x5a\x11")
    _, history = await at_work(path, told)
    if told:
        await told.until("could be put back")
    await history.close()
    assert content(path)["changes"] >= content(whole)["changes"]


async def test_damage_that_nobody_comes_across_is_found(whole: Path, tmp_path: Path) -> None:
    """In the middle of the past, where nothing looks."""
    path, told = tmp_path / "history.db", Told()
    shutil.copyfile(whole, path)
    with closing(sqlite3.connect(path)) as file:
        (root,) = file.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'revisions'").fetchone()
    with Pages(path) as pages:
        *_, leaf, _, _ = pages.children(root)
    with path.open("r+b") as at:
        at.seek((leaf - 1) * PAGE)
        at.write(b"\xff" * PAGE)
    history = await History.open(path, told, EVERYTHING)
    history.record([change(history.next_number())])
    await told.until("could be put back")
    await history.close()
    assert "past states" in told[-1]
    assert "is lost" in told[-1]
    assert content(path)["changes"] > content(whole)["changes"]


async def test_a_lost_journal_of_the_file_costs_what_was_in_it_alone(tmp_path: Path) -> None:
    path, told = tmp_path / "history.db", Told()
    await lived_through(path, 3)
    history = await History.open(path)
    history.record([change(number) for number in range(1, 50)])
    await history.flush()
    shutil.copyfile(path, tmp_path / "copy.db")  # without what is beside it, as after a crash
    await history.close()
    number, history = await at_work(tmp_path / "copy.db", told)
    assert [each.number for each in await history.recent(100)] == [number]
    await history.close()
    assert "0 days ago" in [record.name for record in _latest(tmp_path / "copy.db")]


def _latest(path: Path) -> list[AnyRecord]:
    reader = Reader.open(path)
    span = reader.span()
    assert span is not None
    records = reader.records_at(span.last + timedelta(days=1))
    reader.close()
    return records


async def test_a_file_of_an_older_console_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA auto_vacuum = NONE")
        for step in MIGRATIONS[:3]:
            file.executescript(step)
        file.execute("PRAGMA user_version = 3")
        for number in range(1, 300):
            values = (number, of("vm", 1), "web", "changed", "power", None, None, 1, None, None, None, "event", 1)
            file.execute(f"INSERT INTO changes VALUES ({', '.join('?' * 13)})", values)
            file.execute("INSERT INTO journal VALUES (?, 'case', 0, x'01')", (number,))
    found, _ = salvaged(path)
    assert len(found["changes"]) == len(found["journal"]) == 299
    path.write_bytes(random.Random(3).randbytes(PAGE) + path.read_bytes()[PAGE:])
    found, _ = salvaged(path)
    assert len(found["changes"]) == len(found["journal"]) == 299

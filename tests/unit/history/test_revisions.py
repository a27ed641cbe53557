"""The past: at every recorded time the history gives back what the inventory held then."""

from __future__ import annotations

import itertools
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vmi_console.errors import StorageError
from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.changes import Batch, Change, Seen
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, SoftwareImage
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import VM, Power
from vmi_console.history import revisions, rows
from vmi_console.history.pending import Encoded
from vmi_console.history.reader import Happened, Reader
from vmi_console.history.schema import MIGRATIONS
from vmi_console.history.store import History
from vmi_console.review.past import Journey, moment_at

ENDPOINT = "4c4c.qemu"
START = datetime(2026, 3, 1, tzinfo=UTC)

type Estate = dict[EntityId, AnyRecord]


def of(kind: str, number: int) -> EntityId:
    return entity_id(kind, ENDPOINT, str(number))


def vm(number: int, chance: random.Random) -> VM:
    return VM(
        id=of("vm", number),
        name=f"web-{number}",
        power=chance.choice(list(Power)),
        vcpus=chance.randrange(1, 5),
        folder=f"Production/{chance.randrange(3)}",
        tags=tuple(f"tag-{chance.randrange(40)}" for _ in range(chance.randrange(12))),
    )


def image(number: int) -> SoftwareImage:
    packages = tuple(Application(name=f"package-{each}", version=f"{number}.{each}") for each in range(50))
    return SoftwareImage(id=of("softwareimage", number), name=str(number), applications=packages)


def guest(number: int, chance: random.Random) -> Guest:
    """One whose state alone is larger than deflate's window, every third time."""
    many = 2_000 if number % 3 == 0 else 20
    own = tuple(Application(name=f"own-{each}", version=f"{chance.randrange(2)}") for each in range(many))
    facts = FactSet(status=Looked.READ, read_at=START, items=own, base=of("softwareimage", number % 2))
    return Guest(id=of("guest", number), name=f"web-{number}", vm=of("vm", number), applications=facts)


def keep(history: History, applied: Applied, at: datetime) -> None:
    """What the engine does with what is told."""
    history.record(applied.changes, applied.amendments)
    history.revise(at, applied.records, applied.removed, told={change.entity for change in applied.changes})


def held(inventory: Inventory) -> Estate:
    return {record.id: record for record in inventory.all()}


async def recorded(path: Path, steps: int, chance: random.Random) -> list[tuple[datetime, Estate]]:
    """A history of random batches, and what the inventory held after each."""
    history = await History.open(path)
    inventory = Inventory(history.next_number)
    first: tuple[AnyRecord, ...] = (*map(image, range(2)), *(vm(number, chance) for number in range(20)))
    keep(history, inventory.apply(Batch(records=first, seen=Seen.DISCOVERY), START), START)
    past = [(START, held(inventory))]
    for step in range(1, steps):
        at = START + timedelta(minutes=step)
        numbers = chance.sample(range(25), chance.randrange(1, 6))
        records = [vm(number, chance) if chance.random() < 0.8 else guest(number, chance) for number in numbers]
        removed = tuple(of("vm", number) for number in range(25) if chance.random() < 0.03 and number not in numbers)
        keep(history, inventory.apply(Batch(records=tuple(records), removed=removed), at), at)
        past.append((at, held(inventory)))
    await history.flush()
    await history.close()
    return past


async def test_every_recorded_moment_comes_back(tmp_path: Path) -> None:
    chance = random.Random(7)
    past = await recorded(tmp_path / "history.db", 200, chance)
    reader = Reader.open(tmp_path / "history.db")
    for at, estate in past:
        assert {record.id: record for record in reader.records_at(at)} == estate
    assert reader.records_at(START - timedelta(seconds=1)) == []
    journey = Journey(reader, past[0][0])
    for at, estate in chance.sample(past, 60):  # back and forth
        journey.go(at)
        assert {record.id: record for record in journey.moment().records} == estate
    for (here, before), (there, after) in itertools.pairwise(chance.sample(past, 40)):
        moved = reader.moved(here, there)
        differ = {entity for entity, record in after.items() if before.get(entity) != record}
        assert differ <= {record.id for record in moved.records}
        assert set(before) - set(after) <= set(moved.gone)
        assert not set(moved.gone) & set(after)
    assert reader.unreadable == 0
    reader.close()


async def test_states_lean_on_one_another_and_are_small(tmp_path: Path) -> None:
    await recorded(tmp_path / "history.db", 200, random.Random(7))
    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        forms = dict(file.execute("SELECT form, count(*) FROM revisions GROUP BY form"))
        assert forms.keys() >= {
            revisions.Form.DEFLATED,
            revisions.Form.DEFLATED_UPON_BASE,
            revisions.Form.ZSTD_UPON_BASE,
        }
        assert file.execute("SELECT max(nth) FROM revisions").fetchone() < (revisions.GROUP,)
        (leaning_on_none,) = file.execute(
            "SELECT count(*) FROM revisions AS state WHERE base IS NOT NULL AND NOT EXISTS (SELECT 1 FROM revisions "
            "WHERE entity = state.entity AND at = state.base AND base IS NULL AND content IS NOT NULL)"
        ).fetchone()
        assert leaning_on_none == 0


async def test_only_what_was_told_makes_a_state(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    later = START + timedelta(minutes=1)
    web = VM(id=of("vm", 1), name="web")
    history.revise(START, [web])
    history.revise(later, [VM(id=web.id, name="measured")])
    history.revise(later, [VM(id=of("vm", 2), name="of this session")], begins=False)
    history.revise(later, removed=[of("vm", 3)])
    await history.flush()
    reader = Reader.open(tmp_path / "history.db")  # while an engine has it
    assert reader.records_at(later) == [web]
    history.revise(later, [VM(id=web.id, name="told")], told={web.id})
    history.revise(START, [VM(id=web.id, name="a clock was set back")], told={web.id})
    await history.flush()
    assert [record.name for record in reader.records_at(later)] == ["told"]
    assert [record.name for record in reader.records_at(later + timedelta(seconds=1))] == ["a clock was set back"]
    reader.close()
    await history.close()


async def test_what_happened_is_told_by_entity_and_by_time(tmp_path: Path) -> None:
    chance = random.Random(3)
    past = await recorded(tmp_path / "history.db", 120, chance)
    end = past[-1][0] + timedelta(seconds=1)
    reader = Reader.open(tmp_path / "history.db")
    told = list(reader.changes(START, end))
    assert told == sorted(told, key=lambda change: (change.observed_at, change.number))
    web = of("vm", 4)
    mine = [change for change in told if change.entity in (web, of("guest", 4))]
    assert list(reader.changes(START, end, {web, of("guest", 4)})) == mine
    paged: list[Change] = []
    until = end
    while events := reader.timeline(web, START, until, limit=5):
        assert all(event.happened is Happened.CHANGE for event in events)
        paged += [event.what for event in events if isinstance(event.what, Change)]
        until = events[-1].at
    paged.reverse()
    assert paged == mine
    buckets = reader.activity(START, end, 7)
    assert sum(bucket.changes for bucket in buckets) == len(told)
    span = reader.span()
    assert span is not None
    assert (span.first, span.last) == (START, past[-1][0])
    moment = moment_at(reader, past[50][0], changes_since=past[40][0])
    assert {record.id: record for record in moment.records} == past[50][1]
    assert moment.changes
    reader.close()


async def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with pytest.raises(StorageError, match="there is no history"):
        Reader.open(path)
    path.write_bytes(b"not a database, " * 1000)
    with pytest.raises(StorageError, match="cannot be read"):
        Reader.open(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 2")
    with pytest.raises(StorageError, match="older version"):
        Reader.open(path)
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 999")
    with pytest.raises(StorageError, match="newer version"):
        Reader.open(path)


async def test_what_an_older_console_knew_is_the_first_that_is_known(tmp_path: Path) -> None:
    web = VM(id=of("vm", 1), name="web")
    seen_at = rows.to_micros(START)
    with closing(sqlite3.connect(tmp_path / "history.db")) as file, file:
        for step in MIGRATIONS[:3]:
            file.executescript(step)
        entity = (web.id, ENDPOINT, rows.record_blob(web), SCHEMA_VERSION, seen_at)
        file.execute("INSERT INTO entities VALUES (?, ?, ?, ?, ?)", entity)
        file.execute("INSERT INTO decisions VALUES ('waiver', '1', x'01', 1)")
        file.execute("INSERT INTO journal (subject, closed, content) VALUES ('q', 0, x'02')")
        file.execute("PRAGMA user_version = 3")
    history = await History.open(tmp_path / "history.db")
    later = START + timedelta(minutes=1)
    history.revise(later, [VM(id=web.id, name="web", vcpus=2)], told={web.id})
    await history.flush()
    reader = Reader.open(tmp_path / "history.db")
    assert reader.records_at(START) == [web]
    assert reader.records_at(later) == [VM(id=web.id, name="web", vcpus=2)]
    assert reader.decisions_at(START) == {("waiver", "1"): Encoded(b"\x01", 1)}
    assert [(state.subject, state.at) for state in reader.states(later)] == [("q", None)]
    reader.close()
    await history.close()

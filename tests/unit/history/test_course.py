"""The course of events: what is followed is all told, in order, and nothing else is made into a record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.review.administrator import STARTED, Administrator
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Power
from vmi_console.history.course import Course
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.policy.documents import document
from vmi_console.policy.folder import settled
from vmi_console.review.replay import Step, replay, replay_history

ACTIONS = 120

POLICIES = {
    "of the record": """
members: 'power == "on"'
checks: [{vlans: {allowed: [7, 8, 110, 120]}}]
""",
    "of the place": """
members: 'host != ""'
checks: [{expression: 'memory <= 2 * GiB or "web" in tags'}]
""",
    "of the inside": """
members: 'has_application("openssl") or name != ""'
checks: [{applications: {denied: ['openssl < 3']}}, {expression: 'age(software_changed) > 0.1'}]
""",
    "of age": """
members: 'name != ""'
checks: [{expression: 'age(booted) < 0.5 or memory > 2 * GiB'}]
""",
}


async def lived(path: Path, seed: int) -> Administrator:
    """An administrator's work, recorded as an engine does."""
    admin = Administrator(seed)
    history = await History.open(path)
    history.revise(STARTED, admin.inventory.all())
    admin.work(ACTIONS)
    for at, applied in admin.applied:
        told = {change.entity for change in applied.changes}
        history.revise(at, applied.records, removed=applied.removed, told=told)
        history.record(applied.changes)
    await history.flush()
    await history.close()
    return admin


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    with closing(Reader.open(path)) as reader:
        yield reader


def led(course: Course) -> tuple[dict[EntityId, AnyRecord], int]:
    """The estate at the end of a course, and how many records were told on the way."""
    estate = {record.id: record for record in course.beginning()}
    told = 0
    last = STARTED
    for turn in course.turns():
        assert turn.at > last
        last = turn.at
        for entity in turn.moved.gone:
            estate.pop(entity, None)
        estate.update((record.id, record) for record in turn.moved.records)
        told += len(turn.moved.records)
    return estate, told


def powers(estate: dict[EntityId, AnyRecord]) -> dict[EntityId, Power]:
    return {each.id: each.power for each in estate.values() if isinstance(each, VM)}


async def test_all_of_it_leads_to_the_present_and_a_part_to_the_same_in_what_is_followed(tmp_path: Path) -> None:
    admin = await lived(tmp_path / "history.db", 5)
    end = admin.now + timedelta(seconds=1)
    with reading(tmp_path / "history.db") as reader:
        present = {record.id: record for record in reader.records_at(end)}
        whole, told = led(Course(reader, STARTED, end, {}))
        assert whole == present
        part, told_of_part = led(Course(reader, STARTED, end, {"vm": {"power"}, "guest": ()}))
    assert part.keys() == present.keys()
    assert powers(part) == powers(present)
    assert told_of_part < told / 2


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_policies_say_the_same_of_what_they_read_as_of_everything(tmp_path: Path, seed: int) -> None:
    admin = await lived(tmp_path / "history.db", seed)
    first = Administrator(seed).inventory.all()
    end = admin.now + timedelta(seconds=1)
    steps = [Step(at, applied.records, applied.removed) for at, applied in admin.applied]
    fired = 0
    with reading(tmp_path / "history.db") as reader:
        for name, text in POLICIES.items():
            said, _ = settled({"a.yaml": document(f"policy: {name}{text}", "a.yaml")}, {})
            assert not said.problems, said.problems
            found = replay_history(reader, said, STARTED, end)
            assert found.episodes == replay(first, steps, said, STARTED, end).episodes, name
            fired += len(found.episodes)
    assert fired

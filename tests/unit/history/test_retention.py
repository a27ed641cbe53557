"""What is too old is given up, and the past from there on is what it was."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.history.test_revisions import START, recorded
from vmi_console.history import retention, rows
from vmi_console.history.database import Database
from vmi_console.history.reader import Reader
from vmi_console.history.store import History


def counted(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


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


async def test_an_engines_history_gives_up_what_is_too_old(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    past = await recorded(path, 60, random.Random(7))
    for kept, is_cut in ((None, False), (timedelta(days=1), True)):
        before = counted(path, "revisions")
        history = await History.open(path, kept=kept)
        for _ in range(50):  # each lets the thread go round once
            await history.flush()
        await history.close()
        assert (counted(path, "revisions") < before) == is_cut
        reader = Reader.open(path)
        span = reader.span()
        assert span is not None
        assert (span.first > START) == is_cut
        assert {record.id: record for record in reader.records_at(span.last)} == past[-1][1]
        reader.close()
    assert counted(path, "changes") == 1

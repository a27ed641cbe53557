"""The audit: a chain that shows what was changed in it, and says what it cannot show."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.response.hospital import Keyring
from vmi_console.history.store import History
from vmi_console.response.audit import Act, Entry, Verified
from vmi_console.response.journal import Journal
from vmi_console.response.keys import ENTRY, Keys

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@asynccontextmanager
async def journal(folder: Path, keyring: Keyring) -> AsyncIterator[Journal]:
    history = await History.open(folder / "history.db")
    try:
        yield Journal(history, Keys(keyring))
    finally:
        await history.close()


async def write(folder: Path, keyring: Keyring, count: int = 5) -> None:
    async with journal(folder, keyring) as one:
        for number in range(count):
            await one.write(None, Entry(at=NOW, act=Act.ISOLATE, outcome=f"{number}", by="s.tester"))


async def verify(folder: Path, keyring: Keyring, head: str = "") -> Verified:
    async with journal(folder, keyring) as one:
        return await one.verify(head)


def edit(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "history.db")) as file:
        file.execute(statement)
        file.commit()


async def test_a_whole_chain_is_proven_with_a_key_that_is_kept(tmp_path: Path) -> None:
    keyring = Keyring()
    await write(tmp_path, keyring)
    found = await verify(tmp_path, keyring)
    assert (found.entries, found.broken, found.last_at) == (5, (), NOW)
    assert any("5 of them were signed with the key in this system's keyring" in line for line in found.proven)
    assert any("cut off at the end" in line for line in found.not_proven)


async def test_entries_at_once_follow_each_other(tmp_path: Path) -> None:
    keyring = Keyring()
    async with journal(tmp_path, keyring) as one:
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(one.write(None, Entry(at=NOW, act=Act.STOP, outcome=str(number))))
        assert (await one.verify()).broken == ()
        assert len(await one.entries()) == 20


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET content = replace(content, 's.tester', 'x.tester') WHERE number = 2", "entry 2 is not what"),
        ("DELETE FROM audit WHERE number = 3", "entry 3 is missing"),
        ("UPDATE audit SET digest = x'00' WHERE number = 4", "entry 4 is not what"),
        ("UPDATE audit SET signature = x'00' WHERE number = 5", "signature of entry 5"),
        ("UPDATE audit SET content = x'c1' WHERE number = 1", "entry 1 is not what"),
    ],
)
async def test_what_was_changed_shows(tmp_path: Path, statement: str, said: str) -> None:
    keyring = Keyring()
    await write(tmp_path, keyring)
    edit(tmp_path, statement)
    found = await verify(tmp_path, keyring)
    assert any(said in line for line in found.broken)
    assert found.proven == ()


async def test_what_was_cut_off_shows_only_with_a_head_noted_elsewhere(tmp_path: Path) -> None:
    keyring = Keyring()
    await write(tmp_path, keyring)
    head = (await verify(tmp_path, keyring)).head
    assert any(
        "the head that was noted elsewhere is in it" in line for line in (await verify(tmp_path, keyring, head)).proven
    )
    edit(tmp_path, "DELETE FROM audit WHERE number = 5")
    assert (await verify(tmp_path, keyring)).broken == ()
    assert "cut off" in (await verify(tmp_path, keyring, head)).broken[0]


async def test_keys_of_sessions_prove_nothing_afterwards(tmp_path: Path) -> None:
    await write(tmp_path, Keyring("no keyring here"))
    found = await verify(tmp_path, Keyring("no keyring here"))
    assert found.broken == ()
    assert any("who wrote 5 of them" in line for line in found.not_proven)


async def test_nothing_written_proves_nothing(tmp_path: Path) -> None:
    assert (await verify(tmp_path, Keyring())).proven == ()


async def test_the_key_is_the_same_in_every_session_and_a_damaged_one_is_not_used() -> None:
    keyring = Keyring()
    first, second = await Keys(keyring).signing(), await Keys(keyring).signing()
    assert (first.name, first.lasting) == (second.name, True)
    keyring.kept[ENTRY] = "damaged"
    damaged = await Keys(keyring).signing()
    assert not damaged.lasting
    assert keyring.kept[ENTRY] == "damaged", "a person may still want it"

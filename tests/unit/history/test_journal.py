"""The journal and the audit's rows: on disk when said so, the last state counts, links follow each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmi_console.errors import StorageError
from vmi_console.history import store
from vmi_console.history.journal import Link, State
from vmi_console.history.store import History


def forge(number: int, content: bytes, before: bytes) -> Link:
    return Link(number, content, before + content[:1], b"signed", "key")


async def test_the_last_state_counts_and_links_follow_each_other(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    await history.append([State("one", b"1"), State("two", b"1")], [b"a"], forge)
    await history.append([State("one", b"2")], [b"b", b"c"], forge)
    await history.append([State("two", b"2", closed=True)], [], forge)
    await history.close()
    history = await History.open(tmp_path / "history.db")
    assert await history.open_states() == [State("one", b"2")]
    assert await history.past_states(5) == [State("two", b"2", closed=True)]
    assert [(link.number, link.digest) for link in await history.links(0, 10)] == [(1, b"a"), (2, b"ab"), (3, b"abc")]
    assert [link.number for link in await history.links(1, 1)] == [2]
    await history.close()


async def test_states_and_links_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    def broken(number: int, content: bytes, before: bytes) -> Link:
        raise OSError("no key")

    history = await History.open(tmp_path / "history.db")
    with pytest.raises(StorageError, match="cannot be written"):
        await history.append([State("one", b"1")], [b"a"], broken)
    assert await history.open_states() == []
    await history.close()


async def test_a_closed_history_says_so(tmp_path: Path) -> None:
    history = await store.History.open(tmp_path / "history.db")
    await history.close()
    with pytest.raises(StorageError):
        await history.append([State("one", b"1")], [], forge)

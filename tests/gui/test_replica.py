"""What the replica tells: everything once, however much it is, and never all of it in one go."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from PySide6.QtCore import QCoreApplication

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.estate.identity import EntityId
from vmi_console.gui import replica as module
from vmi_console.gui.replica import Delta, Replica


async def settled(replica: Replica) -> None:
    await eventually(lambda: not replica.dirty)


async def test_much_at_once_is_told_in_parts(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 7)
    replica, deltas = Replica(), list[Delta]()
    replica.refreshed.connect(deltas.append)
    records = list(estates.estate(hosts=3, vms=30))
    for update in estates.updates(records):
        replica.updated(update)
    await settled(replica)
    assert max(len(delta.before) for delta in deltas) == 7
    told = list(itertools.chain.from_iterable(delta.before for delta in deltas))
    assert sorted(told) == sorted(record.id for record in records)


async def test_what_a_replay_leaves_out_goes_but_what_came_back_meanwhile_stays(
    qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUNCH", 3)
    replica = Replica()
    estates.replay(replica, estates.estate(hosts=3, vms=30))
    replica.refresh()
    gone: set[EntityId] = set()
    replica.refreshed.connect(lambda delta: gone.update(delta.before))
    estates.replay(replica, [estates.connection()])
    back = estates.vm(1)
    replica.updated(protocol.Update(records=(back,)))
    await settled(replica)
    assert set(replica.records) == {estates.connection().id, back.id}
    assert replica.counts["vm"] == 1
    assert len(gone) > 30


async def test_what_comes_after_a_pause_is_told_at_once_and_what_comes_all_the_time_is_not(
    qapp: QCoreApplication,
) -> None:
    replica, deltas = Replica(), list[Delta]()
    replica.refresh_every(60_000)
    replica.refreshed.connect(deltas.append)
    replica.updated(protocol.Update(records=(estates.connection(),)))
    await settled(replica)
    replica.updated(protocol.Update(records=(estates.vm(1),)))
    await asyncio.sleep(0.2)
    assert len(deltas) == 1
    assert replica.dirty

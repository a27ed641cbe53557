"""Updates are gathered, bounded, and told to everyone; a client that is too slow is told again from the start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

from vmi_console.engine import protocol
from vmi_console.engine.hub import CHANGES_PER_FRAME, Hub, payloads, updates
from vmi_console.engine.session import TOO_FAR_BEHIND_BYTES, Session
from vmi_console.estate.changes import MAX_BATCH, Action, Batch, Change
from vmi_console.estate.columns import Columns
from vmi_console.estate.facts import Guest
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine
from vmi_console.wire.calls import Message
from vmi_console.wire.channel import MAX_FRAME, Channel, Hello
from vmi_console.wire.tasks import Tasks

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def vm(number: int, name: str = "") -> VM:
    return VM(id=EntityId(f"vm/e/{number}"), name=name or f"vm{number}")


def change(number: int) -> Change:
    return Change(number=number, entity=EntityId("vm/e/1"), name="vm1", action=Action.CHANGED, observed_at=NOW)


class Subscriber:
    def __init__(self) -> None:
        self.subscription: protocol.Subscribe | None = protocol.Subscribe()
        self.watched: frozenset[EntityId] = frozenset()
        self.updates: list[protocol.Update] = []

    def post(self, payload: bytes) -> None:
        self.updates.append(msgspec.msgpack.decode(payload, type=protocol.Update))


async def test_what_changes_twice_in_a_moment_is_told_once() -> None:
    hub, subscriber = Hub(), Subscriber()
    hub.join(subscriber)
    hub.tell(records=[vm(1, "before")])
    hub.tell(records=[vm(1, "after")], changes=[change(1)])
    await asyncio.sleep(0.2)
    (update,) = subscriber.updates
    assert [record.name for record in update.records] == ["after"]
    assert [change.number for change in update.changes] == [1]


async def test_removed_and_come_back_is_there_and_the_other_way_round() -> None:
    hub, subscriber = Hub(), Subscriber()
    hub.join(subscriber)
    hub.tell(removed=[vm(1).id])
    hub.tell(records=[vm(1), vm(2)])
    hub.tell(removed=[vm(2).id])
    hub.flush()
    (update,) = subscriber.updates
    assert [record.id for record in update.records] == [vm(1).id]
    assert update.removed == (vm(2).id,)


def test_updates_are_bounded_and_complete() -> None:
    records = [vm(number) for number in range(3 * MAX_BATCH + 1)]
    changes = [change(number) for number in range(CHANGES_PER_FRAME + 1)]
    frames = list(updates(records, [EntityId("vm/e/gone")], changes))
    assert [record for frame in frames for record in frame.records] == records
    assert [change for frame in frames for change in frame.changes] == changes
    assert [frame.removed for frame in frames if frame.removed] == [(EntityId("vm/e/gone"),)]
    assert all(len(frame.records) <= MAX_BATCH and len(frame.changes) <= CHANGES_PER_FRAME for frame in frames)
    assert not list(updates([]))


def test_guest_facts_are_not_sent_unasked() -> None:
    guest = Guest(id=EntityId("guest/e/1"), name="g", vm=vm(1).id)
    assert not list(updates([guest]))


class Pipe:
    """One direction of a connection, in memory."""

    def __init__(self) -> None:
        self._reader = asyncio.StreamReader()

    def write(self, data: bytes) -> None:
        self._reader.feed_data(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        self._reader.feed_eof()

    async def readexactly(self, n: int) -> bytes:
        return await self._reader.readexactly(n)


class Backend:
    """An engine of an inventory and a hub."""

    is_ready = True

    def __init__(self) -> None:
        self.inventory = Inventory(iter(range(1, 10**6)).__next__)
        self.hub = Hub()

    def apply(self, *records: VM) -> None:
        applied = self.inventory.apply(Batch(records=records), NOW)
        self.hub.tell(applied.records, applied.removed, applied.changes)
        self.hub.flush()

    async def ready(self) -> None:
        pass

    def columns(self) -> Columns:
        return Columns(self.inventory)

    async def recent_changes(self, count: int) -> list[Change]:
        return []

    def findings(self) -> dict[str, Finding]:
        return {}

    def posture(self) -> protocol.Posture:
        return protocol.Posture()

    def quarantines(self) -> list[Quarantine]:
        return []

    def about(self) -> None:
        return None

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        return None

    def watches_changed(self) -> None:
        pass


async def test_a_client_too_slow_loses_updates_sees_the_gap_and_is_told_everything_again() -> None:
    backend, behind = Backend(), 0
    there, back = Pipe(), Pipe()
    engine: Channel[protocol.ToEngine] = Channel(there, back, protocol.ToEngine)
    client: Channel[protocol.FromEngine] = Channel(back, there, protocol.FromEngine)

    async def hear(kind: type[Message]) -> list[Message]:
        heard: list[Message] = []
        while not heard or not isinstance(heard[-1], kind) or getattr(heard[-1], "phase", "end") == "begin":
            heard.append(await client.receive())
        return heard

    async with Tasks() as tasks, asyncio.timeout(10):
        greeting = tasks.start(client.greet(Hello()), "greeting")
        await engine.greet(Hello())
        await greeting
        tasks.start(Session(backend, engine, lambda: behind).serve(), "session")
        client.post(protocol.Subscribe())
        await hear(protocol.Replay)
        backend.apply(vm(1))
        await hear(protocol.Update)
        assert not client.take_gap()
        behind = TOO_FAR_BEHIND_BYTES + 1
        backend.apply(vm(2))
        behind = 0
        backend.apply(vm(3))
        await hear(protocol.Update)
        assert client.take_gap()
        client.post(protocol.Resync())
        names = {
            record.name
            for message in await hear(protocol.Replay)
            if isinstance(message, protocol.Update)
            for record in message.records
        }
        assert names == {"vm1", "vm2", "vm3"}


def test_long_texts_travel_in_more_frames_and_what_none_can_hold_is_left_out() -> None:
    decode = msgspec.msgpack.Decoder(protocol.Update).decode
    vms = tuple(msgspec.structs.replace(vm(number), annotation="x" * 500_000) for number in range(MAX_BATCH))
    changes = tuple(msgspec.structs.replace(change(number), after="x" * 500_000) for number in range(3))
    removed = (EntityId("vm/e/gone"),)
    frames = [decode(each) for each in payloads(protocol.Update(records=vms, changes=changes, removed=removed))]
    assert [each for frame in frames for each in frame.records] == list(vms)
    assert [each for frame in frames for each in frame.changes] == list(changes)
    assert [each for frame in frames for each in frame.removed] == list(removed)
    giant = msgspec.structs.replace(vm(0), annotation="x" * MAX_FRAME)
    around = [decode(each) for each in payloads(protocol.Update(records=(vm(1), giant, vm(2))))]
    assert [each for frame in around for each in frame.records] == [vm(1), vm(2)]

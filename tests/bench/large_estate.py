"""The large estate that the benches of the window show: as an engine tells it, and as it changes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count

import msgspec

from tests.gui.estates import change, estate, updates
from vmi_console.engine import protocol
from vmi_console.engine.client import SLICE_SECONDS
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Power
from vmi_console.gui.replica import Replica

HOSTS = 2_500
VMS = 45_000
GUST_S = 0.05


def vm_id(number: int) -> EntityId:
    """Of one of its VMs."""
    return entity_id("vm", "vc", str(number))


SOME = tuple(map(vm_id, range(0, VMS, 97)))
"""464 VMs from all over it."""


def demo(changes_per_second: int) -> str:
    """The address of a demo estate that is as large."""
    return f"demo://?hosts={HOSTS}&vms={VMS}&changes_per_second={changes_per_second}"


def told() -> Iterator[protocol.Update]:
    """All of it."""
    return updates(estate(HOSTS, VMS))


def encoded(messages: Iterable[protocol.Update]) -> list[bytes]:
    """As they come over the wire."""
    return list(map(msgspec.msgpack.Encoder().encode, messages))


async def feed(replica: Replica, frames: Iterable[bytes]) -> None:
    """Decodes and applies frames in slices, as the engine's client does."""
    decoder = msgspec.msgpack.Decoder(protocol.Update)
    began = time.monotonic()
    for frame in frames:
        replica.updated(decoder.decode(frame))
        if time.monotonic() - began > SLICE_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()


class Storm:
    """Changes of all sorts, in gusts every `GUST_S`: most of them power, then moves and renames, all in the log."""

    def __init__(self, replica: Replica, changes_per_second: int) -> None:
        self.replica = replica
        self._numbers = count(1)
        self._each = round(changes_per_second * GUST_S)
        self.chance = random.Random(3)

    def gust(self, _: int) -> None:
        """Some changes at once."""
        records, changes = [], []
        for number, old in self.struck():
            match number % 10:
                case 0:
                    new = self.moved(old)
                case 1:
                    new = msgspec.structs.replace(old, name=f"vm-{self.chance.randrange(10**6):06}")
                case _:
                    new = self.switched(old)
            records.append(new)
            now = datetime.now(UTC)
            changes.append(change(next(self._numbers), new, "power", "on", "off", actor="j.kim", observed_at=now))
        self.replica.updated(protocol.Update(records=tuple(records), changes=tuple(changes)))

    def struck(self) -> Iterator[tuple[int, VM]]:
        """The VMs of one gust that are there, numbered."""
        for number in range(self._each):
            if isinstance(vm := self.replica.records.get(vm_id(self.chance.randrange(VMS))), VM):
                yield number, vm

    def moved(self, vm: VM) -> VM:
        """On another host."""
        return msgspec.structs.replace(vm, host=entity_id("host", "vc", str(self.chance.randrange(HOSTS))))

    def switched(self, vm: VM) -> VM:
        """In whatever state of power."""
        return msgspec.structs.replace(vm, power=self.chance.choice((Power.ON, Power.OFF, Power.PAUSED)))

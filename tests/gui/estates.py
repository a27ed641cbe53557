"""Made-up estates and an engine that only takes notes, for tests and benchmarks of the window."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Action, Change
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    VM,
    Address,
    Cluster,
    Connection,
    Datacenter,
    Datastore,
    Disk,
    DiskKind,
    GuestSummary,
    Health,
    Host,
    Network,
    NetworkKind,
    Nic,
    NicKind,
    Power,
    Source,
    State,
    Switch,
    SwitchKind,
    ToolsState,
)
from vmi_console.estate.vlan import access
from vmi_console.gui.replica import Replica
from vmi_console.wire.calls import Tell

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CLUSTER_HOSTS = 25
NETWORKS = 40


HISTORY: dict[str, Any] = {
    "limits": {},
    "figures": {
        "path": "/data/history.db",
        "file_bytes": 3 << 30,
        "free_bytes": 1 << 30,
        "first": "2026-03-01T12:00:00Z",
        "last": "2026-05-30T12:00:00Z",
        "changes": 1_234_567,
        "states": 2_345_678,
        "bytes_per_day": 20 << 20,
    },
}
"""What an engine says of its history."""


class NotingEngine:
    """Takes what the window asks for down; answers calls with `answers[command]`, raises it, or waits for it."""

    def __init__(self) -> None:
        self.watched: tuple[EntityId, ...] = ()
        self.searches: list[tuple[int, str]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {"advisories": {}, "pace": {}, "history": HISTORY}  # what settings ask at once

    def watch(self, entities: Iterable[EntityId]) -> None:
        self.watched = tuple(entities)

    def search(self, number: int, text: str) -> None:
        self.searches.append((number, text))

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        return await self.call(command, **arguments)

    async def call(self, command: str, /, **arguments: Any) -> Any:
        self.calls.append((command, arguments))
        answer = self.answers.get(command)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return None
        return answer


def connection(endpoint: str = "vc", state: State = State.LIVE, **more: Any) -> Connection:
    fields: dict[str, Any] = {
        "name": f"{endpoint} estate",
        "uri": f"vsphere://reader@{endpoint}.example/",
        "provider": "vsphere",
        "endpoint": endpoint,
        "product": "vCenter 8.0",
        "health": Health(state=state, since=NOW),
    }
    return Connection(id=entity_id("connection", "console", endpoint), **(fields | more))


def host(number: int, endpoint: str = "vc", **more: Any) -> Host:
    fields: dict[str, Any] = {
        "name": f"esx-{number + 1:02}.example",
        "cluster": entity_id("cluster", endpoint, str(number // CLUSTER_HOSTS)),
        "product": "ESXi 8.0",
        "cpu_cores": 32,
        "memory_bytes": 512 << 30,
    }
    return Host(id=entity_id("host", endpoint, str(number)), **(fields | more))


def network(number: int, endpoint: str = "vc", **more: Any) -> Network:
    fields: dict[str, Any] = {
        "name": f"vlan-{100 + number}",
        "type": NetworkKind.DISTRIBUTED_PORTGROUP,
        "vlan": access(100 + number),
        "switch": entity_id("switch", endpoint, "1"),
    }
    return Network(id=entity_id("network", endpoint, str(number)), **(fields | more))


def vm(number: int, on: int = 0, endpoint: str = "vc", **more: Any) -> VM:
    card, other = number % NETWORKS, (number + 7) % NETWORKS
    fields: dict[str, Any] = {
        "name": f"vm-{number:05}",
        "power": Power.ON if number % 7 else Power.OFF,
        "host": entity_id("host", endpoint, str(on)),
        "uuid": f"4c4c4544-0000-4000-8000-{number:012x}",
        "vcpus": 2 + number % 4,
        "memory_bytes": (2 + number % 4) << 30,
        "guest": GuestSummary(os="Debian GNU/Linux 12", hostname=f"vm-{number:05}.example", tools=ToolsState.RUNNING),
        "nics": tuple(
            Nic(
                key=str(4000 + place),
                label=f"Network adapter {place + 1}",
                mac=f"00:50:56:{place:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
                type=NicKind.PORTGROUP,
                network=entity_id("network", endpoint, str(which)),
                network_name=f"vlan-{100 + which}",
                vlan=access(100 + which),
                connected=True,
                addresses=(Address(ip=f"10.{which}.{number >> 8 & 255}.{number & 255}", source=Source.TOOLS),),
            )
            for place, which in enumerate((card, other))
        ),
        "disks": tuple(
            Disk(
                key=str(2000 + place),
                label=f"Hard disk {place + 1}",
                type=DiskKind.FILE,
                path=f"[store-{number % 4}] vm-{number:05}/disk-{place}.vmdk",
                capacity_bytes=40 << 30,
                datastore=entity_id("datastore", endpoint, str(number % 4)),
            )
            for place in range(2)
        ),
    }
    return VM(id=entity_id("vm", endpoint, str(number)), **(fields | more))


def estate(hosts: int = 4, vms: int = 40, endpoint: str = "vc") -> Iterator[AnyRecord]:
    """A vCenter's records, each host with its share of the VMs."""
    yield connection(endpoint)
    yield Datacenter(id=entity_id("datacenter", endpoint, "1"), name="Berlin")
    for number in range((hosts + CLUSTER_HOSTS - 1) // CLUSTER_HOSTS):
        yield Cluster(
            id=entity_id("cluster", endpoint, str(number)),
            name=f"Cluster {number + 1}",
            datacenter=entity_id("datacenter", endpoint, "1"),
        )
    yield Switch(id=entity_id("switch", endpoint, "1"), name="dvs-berlin", type=SwitchKind.DISTRIBUTED)
    for number in range(NETWORKS):
        yield network(number, endpoint)
    for number in range(4):
        yield Datastore(
            id=entity_id("datastore", endpoint, str(number)), name=f"store-{number}", capacity_bytes=1 << 44
        )
    for number in range(hosts):
        yield host(number, endpoint)
    for number in range(vms):
        yield vm(number, number % hosts, endpoint)


def updates(records: Iterable[AnyRecord]) -> Iterator[protocol.Update]:
    """Records cut as the engine cuts them."""
    batch: list[AnyRecord] = []
    for record in records:
        batch.append(record)
        if len(batch) == MAX_BATCH:
            yield protocol.Update(records=tuple(batch))
            batch = []
    if batch:
        yield protocol.Update(records=tuple(batch))


def link_up(replica: Replica) -> None:
    replica.link_changed(Link(up=True, since=NOW, version="0.1.0"))


def replay(replica: Replica, records: Iterable[AnyRecord]) -> None:
    """Everything anew, as an engine that has just been found tells it."""
    link_up(replica)
    replica.replayed(protocol.Replay(phase=protocol.Phase.BEGIN))
    for update in updates(records):
        replica.updated(update)
    replica.replayed(protocol.Replay(phase=protocol.Phase.END))
    replica.refresh()


def change(number: int, of: AnyRecord, path: str = "name", before: Any = "a", after: Any = "b", **more: Any) -> Change:
    fields: dict[str, Any] = {"action": Action.CHANGED, "observed_at": NOW}
    return Change(number=number, entity=of.id, name=of.name, path=path, before=before, after=after, **(fields | more))

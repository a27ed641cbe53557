"""Small records for tests: what is not said is left as a collector that knows nothing would leave it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Attribution, Batch, Seen
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, Service, SoftwareImage
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import VM, Address, Disk, Host, Network, Nic, NicKind
from vmi_console.estate.vlan import Vlan, access

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def vm_id(native: str, endpoint: str = "vc") -> EntityId:
    return entity_id("vm", endpoint, native)


def host_id(native: str, endpoint: str = "vc") -> EntityId:
    return entity_id("host", endpoint, native)


def network_id(native: str, endpoint: str = "vc") -> EntityId:
    return entity_id("network", endpoint, native)


def image_id(native: str, endpoint: str = "vc") -> EntityId:
    return entity_id("softwareimage", endpoint, native)


def vm(native: str, *, endpoint: str = "vc", name: str | None = None, **fields: Any) -> VM:
    return VM(id=vm_id(native, endpoint), name=native if name is None else name, **fields)


def host(native: str, *, endpoint: str = "vc", name: str | None = None, **fields: Any) -> Host:
    return Host(id=host_id(native, endpoint), name=native if name is None else name, **fields)


def network(native: str, vlan: int | Vlan | None = None, *, endpoint: str = "vc", **fields: Any) -> Network:
    return Network(
        id=network_id(native, endpoint),
        name=fields.pop("name", native),
        vlan=access(vlan) if isinstance(vlan, int) else vlan,
        **fields,
    )


def nic(key: str, network: EntityId | None = None, *, ips: tuple[str, ...] = (), **fields: Any) -> Nic:
    kind = NicKind.PORTGROUP if network is not None else NicKind.OTHER
    return Nic(
        key=key,
        network=network,
        addresses=tuple(Address(ip=ip) for ip in ips),
        **{"mac": key, "type": kind, **fields},
    )


def disk(key: str, **fields: Any) -> Disk:
    return Disk(key=key, **fields)


def application(name: str, version: str = "1", **fields: Any) -> Application:
    return Application(name=name, version=version, **{"manager": "dpkg", "arch": "amd64", **fields})


def image(native: str, *applications: Application, services: tuple[Service, ...] = ()) -> SoftwareImage:
    return SoftwareImage(id=image_id(native), name=native, applications=applications, services=services)


def read(*items: Any, base: EntityId | None = None, removed: tuple[str, ...] = ()) -> FactSet[Any]:
    """A set of facts that could be read."""
    return FactSet(status=Looked.READ, items=items, base=base, removed=removed, read_at=NOON)


def guest(native: str, **fields: Any) -> Guest:
    return Guest(id=entity_id("guest", "vc", native), name=native, vm=vm_id(native), **fields)


def attribution(entity: EntityId, *paths: str, actor: str = "alice", at: datetime | None = None) -> Attribution:
    return Attribution(entity=entity, paths=paths, actor=actor, occurred_at=at)


class Estate:
    """An inventory with a clock of its own, and short ways to feed it."""

    def __init__(self, **labels: tuple[str, ...]) -> None:
        self.inventory = Inventory(
            itertools.count(1).__next__, {vm_id(native): given for native, given in labels.items()}
        )
        self.now = NOON

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def tell(
        self,
        *records: AnyRecord,
        removed: tuple[EntityId, ...] = (),
        by: tuple[Attribution, ...] = (),
        seen: Seen = Seen.EVENT,
        occurred_at: datetime | None = None,
        **options: Any,
    ) -> Applied:
        """Applies one batch."""
        batch = Batch(records=records, removed=removed, attributions=by, seen=seen, occurred_at=occurred_at)
        return self.inventory.apply(batch, self.now, **options)

    def discover(self, endpoint: str, *records: AnyRecord, not_before: datetime | None = None) -> list[Applied]:
        """A complete report."""
        self.inventory.begin(endpoint)
        return [
            self.tell(*records, seen=Seen.DISCOVERY, not_before=not_before),
            self.inventory.end(endpoint, self.now, not_before=not_before),
        ]


def told(applied: Applied) -> list[tuple[str, Any, Any]]:
    """The changes as (path, before, after), sorted by path."""
    return sorted((change.path, change.before, change.after) for change in applied.changes)

"""What changed, when, by whom, and how it was seen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.identity import EntityId


class Seen(StrEnum):
    """How a change came to be known."""

    DISCOVERY = "discovery"  # the first time this endpoint was ever read: not a change of the estate
    EVENT = "event"  # the hypervisor said so at once
    POLL = "poll"  # found by looking again
    RESYNC = "resync"  # found by comparing after a gap: `Change.not_before` bounds when it happened
    INSPECTION = "inspection"  # found inside the guest
    CONSOLE = "console"  # done on this console


class Action(StrEnum):
    """What became of an entity."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One property of one entity, before and after.

    `path` names the property as `nics[52:54:00:12:34:56].vlan`; empty where the whole entity was added or removed.
    `before` and `after` are JSON-like data (see `records.to_builtins`).
    """

    number: int  # ascending within one history
    entity: EntityId
    name: str  # of the entity at that time
    action: Action
    path: str = ""
    before: Any = None
    after: Any = None
    observed_at: datetime  # our clock
    occurred_at: datetime | None = None  # the hypervisor's clock
    not_before: datetime | None = None  # after a gap: when the old value was last seen
    actor: str | None = None  # only where an event names this entity and this property
    cause: EntityId | None = None  # the network whose change brought this one about
    seen: Seen = Seen.EVENT
    schema: int = SCHEMA_VERSION


class Attribution(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An event of the hypervisor that says who changed what.

    `paths` are property paths or prefixes of them (`nics` covers `nics[…].vlan`); an empty tuple means that the
    event names the entity's addition or removal.
    """

    entity: EntityId
    paths: tuple[str, ...]
    actor: str
    occurred_at: datetime | None = None
    event: str = ""  # the hypervisor's own name of the event


class Amendment(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A change already told turns out to have an author."""

    number: int
    actor: str
    occurred_at: datetime | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a collector saw: at most `MAX_BATCH` records, so that applying one never holds an event loop.

    Where one occurrence changes several records, they are in one batch.
    """

    records: tuple[AnyRecord, ...] = ()
    removed: tuple[EntityId, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    seen: Seen = Seen.EVENT
    occurred_at: datetime | None = None


MAX_BATCH = 100


class Sample(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The load of a host or VM at one moment; None where the hypervisor does not tell."""

    entity: EntityId
    at: datetime
    cpu_percent: float | None = None  # of what the entity could use: 0 to 100
    memory_used_bytes: int | None = None
    memory_bytes: int | None = None
    disk_read_bytes_per_s: float | None = None
    disk_write_bytes_per_s: float | None = None
    net_receive_bytes_per_s: float | None = None
    net_transmit_bytes_per_s: float | None = None

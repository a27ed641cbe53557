"""One copy of what records have in common.

Every record that arrives brings its own copy of its host's id, its network's name and the packages of its guest. At
45,000 VMs that is most of the memory. Equal values are therefore replaced by the one that came first, which changes
nothing that anybody can see in a frozen record.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec
from msgspec.structs import force_setattr

from vmi_console.estate.facts import (
    FACT_SETS,
    NOT_LOOKED,
    Application,
    FactSet,
    Guest,
    OperatingSystem,
    Patch,
    Service,
    SoftwareImage,
    User,
)
from vmi_console.estate.records import VM, Record

VM_FIELDS = ("host", "folder", "resource_pool", "hardware", "tags")
NIC_FIELDS = ("label", "model", "network", "filter")
DISK_FIELDS = ("label", "format", "bus", "datastore")
SUMMARY_FIELDS = ("os", "os_id", "kernel")
"""What repeats across the estate and is large enough to be worth the look, by struct."""

SHARED_ITEMS = (Application, Service, Patch, User, OperatingSystem)
"""Items that many guests have alike, taken one by one. Processes and sockets are each guest's own."""

POOL_LIMIT = 500_000


class Pool:
    """The values that came first."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}

    def share(self, record: Record, before: Record | None = None) -> None:
        """Lets `record` hold shared values, or those of its state `before`, where it holds equal ones.

        Call it before anybody else holds the record.
        """
        if len(self._values) > POOL_LIMIT:  # years of package versions: begin again, what is in use stays in use
            self._values.clear()
        if before is not None:
            force_setattr(record, "id", before.id)  # which is the key of many an index
        match record:
            case VM():
                self._share_fields(record, VM_FIELDS)
                if isinstance(before, VM) and before.nics == record.nics:
                    force_setattr(record, "nics", before.nics)
                else:
                    for nic in record.nics:
                        self._share_fields(nic, NIC_FIELDS)
                if isinstance(before, VM) and before.disks == record.disks:
                    force_setattr(record, "disks", before.disks)
                else:
                    for disk in record.disks:
                        self._share_fields(disk, DISK_FIELDS)
                self._share_fields(record.guest, SUMMARY_FIELDS)
            case Guest():
                for field in FACT_SETS:
                    self._share_facts(record, field)
            case SoftwareImage():
                force_setattr(record, "applications", self._shared_items(record.applications))
                force_setattr(record, "services", self._shared_items(record.services))
            case _:
                pass  # too few to matter

    def _share_fields(self, struct: msgspec.Struct, fields: tuple[str, ...]) -> None:
        for field in fields:
            value = getattr(struct, field)
            if value and (shared := self._values.setdefault(value, value)) is not value:
                force_setattr(struct, field, shared)

    def _share_facts(self, guest: Guest, field: str) -> None:
        facts: FactSet[Any] = getattr(guest, field)
        if facts == NOT_LOOKED:
            force_setattr(guest, field, NOT_LOOKED)
        else:
            self._share_fields(facts, ("base",))
            force_setattr(facts, "items", self._shared_items(facts.items))

    def _shared_items(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        if items and isinstance(items[0], SHARED_ITEMS):
            return tuple(map(self._values.setdefault, items, items))
        return items

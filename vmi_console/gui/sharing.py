"""What records have in common, kept once: the names of a host, a switch or a system are the same in thousands of VMs.

Each record comes off the wire with texts of its own; of the 45,000 VMs of a large estate they are half of the memory.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import force_setattr

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.records import VM, Disk, GuestSummary, Nic
from vmi_console.estate.vlan import Vlan

MOST = 50_000  # values kept: who has more has few in common

_OF_VM = ("host", "folder", "resource_pool", "annotation", "firmware", "hardware", "tags", "labels")
_OF_NIC = ("key", "label", "model", "network", "network_name", "switch", "filter", "vlan", "port_vlan")
_OF_DISK = ("key", "label", "format", "bus", "datastore")
_OF_GUEST = ("os", "os_id", "family", "kernel", "tools_version")

type _Value = str | tuple[str, ...] | Vlan


class Sharing:
    """Gives records that come the same values that others have already."""

    def __init__(self) -> None:
        self._kept: dict[_Value, _Value] = {}

    def share(self, record: AnyRecord) -> None:
        """Puts what was kept in the place of what equals it. The record says what it said before."""
        if not isinstance(record, VM):
            return
        if len(self._kept) > MOST:
            self._kept.clear()
        self._share(record, _OF_VM)
        self._share(record.guest, _OF_GUEST)
        for nic in record.nics:
            self._share(nic, _OF_NIC)
        for disk in record.disks:
            self._share(disk, _OF_DISK)
        for name, value in record.attributes.items():
            record.attributes[name] = self._kept.setdefault(value, value)  # type: ignore[assignment]

    def _share(self, owner: VM | GuestSummary | Nic | Disk, fields: tuple[str, ...]) -> None:
        kept = self._kept
        for field in fields:
            value: Any = getattr(owner, field)
            if value:
                same = kept.setdefault(value, value)
                if same is not value:
                    force_setattr(owner, field, same)

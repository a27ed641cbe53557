"""What a domain has that can be read: its disks, with the files behind them, and its memory."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import msgspec

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.disk import location

MOST_DISKS = 64
MOST_BEHIND = 32
"""Images behind one another."""

_LOW_BYTES = 0x80000000
"""Below 2 GiB memory lies where it is counted; what is above may begin again at 4 GiB (QEMU's machine types)."""
_HOLE_BYTES = 0x80000000


class GuestDisk(msgspec.Struct, frozen=True):
    """One disk of a domain."""

    target: str  # vda, sdb, …
    kind: str  # of its source: file, block, volume, network
    path: str  # empty where it has none that could be looked up
    form: str  # raw, qcow2, …; empty where the definition does not say
    behind: tuple[str, ...] = ()  # paths of the images behind it, nearest first
    encrypted: bool = False


class Machine(msgspec.Struct, frozen=True):
    """One domain, as its definition says."""

    uuid: str
    name: str
    memory_bytes: int
    disks: tuple[GuestDisk, ...]

    @property
    def address_space_bytes(self) -> int:
        """Up to where physical addresses may have memory behind them."""
        return self.memory_bytes + (_HOLE_BYTES if self.memory_bytes > _LOW_BYTES else 0)


def machine(xml: str) -> Machine:
    """What a definition says. Raises `markup.Unreadable` where it cannot be read."""
    root = markup.document(xml)
    devices = root.find("devices")
    elements = devices.findall("disk")[:MOST_DISKS] if devices is not None else []
    disks = tuple(_disk(element) for element in elements if element.get("device", "disk") in ("disk", "lun"))
    return Machine(
        uuid=(root.findtext("uuid") or "").strip(),
        name=(root.findtext("name") or "").strip(),
        memory_bytes=markup.size(root.find("memory")) or 0,
        disks=tuple(disk for disk in disks if disk.kind != "none"),
    )


def _disk(element: Element) -> GuestDisk:
    path = location(element) or ""
    source = element.find("source")
    encrypted = element.find("encryption") is not None or (source is not None and source.find("encryption") is not None)
    return GuestDisk(
        target=markup.attribute(element, "target", "dev") or "",
        kind=(element.get("type") or "file") if path else "none",
        path=path,
        form=markup.attribute(element, "driver", "type") or "",
        behind=tuple(_behind(element)),
        encrypted=encrypted,
    )


def _behind(element: Element) -> list[str]:
    paths: list[str] = []
    for _ in range(MOST_BEHIND):
        following = element.find("backingStore")
        if following is None:
            break
        element = following
        if path := location(element):
            paths.append(path)
    return paths

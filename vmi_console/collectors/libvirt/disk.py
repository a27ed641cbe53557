"""`<disk>` of a domain → Disk (libvirt: formatdomain, “Hard drives, floppy disks, CDROMs”)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, device_address, first_own, own, text_of, unique
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Disk, DiskKind

MAX_BACKING_DEPTH = 256  # libvirt itself refuses chains longer than 200

_KINDS = {
    "file": DiskKind.FILE,
    "block": DiskKind.BLOCK,
    "dir": DiskKind.DIRECTORY,
    "network": DiskKind.NETWORK,
    "volume": DiskKind.VOLUME,
    "nvme": DiskKind.NVME,
    "vhostuser": DiskKind.VHOST_USER,
    "vhostvdpa": DiskKind.VHOST_VDPA,
}


def disks(devices: Element | None, around: Surroundings) -> tuple[Disk, ...]:
    """The disks and drives of `<devices>`."""
    elements = devices.findall("disk")[:MAX_PARTS] if devices is not None else []
    names = (attribute(element, "target", "dev") or f"disk{number}" for number, element in enumerate(elements))
    return tuple(_disk(element, key, around) for element, key in zip(elements, unique(names), strict=True))


def _disk(element: Element, key: str, around: Surroundings) -> Disk:
    device = own(element, "device") or "disk"
    kind = _KINDS.get(element.get("type") or "file", DiskKind.OTHER)
    path = location(element)
    if path == "" and device in ("cdrom", "floppy"):
        kind = DiskKind.NONE
    return Disk(
        key=key,
        type=kind,
        device=device,
        path=path,
        format=attribute(element, "driver", "type"),
        bus=attribute(element, "target", "bus"),
        backing=tuple(_backing(element)),
        datastore=_datastore(element, path, around),
        readonly=element.find("readonly") is not None or device == "cdrom",
        shareable=element.find("shareable") is not None,
        encrypted=element.find("encryption") is not None
        or ((source := element.find("source")) is not None and source.find("encryption") is not None),
        serial=text_of(element, "serial"),
    )


def location(element: Element) -> str | None:
    """Where the data lies: a path, `pool/volume`, or an address such as `rbd://mon1:6789/pool/image`.

    Empty where the definition names no source (an empty drive); None where it names one in a way not known here.
    """
    source = element.find("source")
    if source is None or not (source.attrib or len(source)):
        return ""
    kind = element.get("type") or "file"
    if kind == "network":
        return _network_location(source)
    if kind == "volume":
        return "/".join(filter(None, (own(source, "pool"), own(source, "volume")))) or None
    if kind == "nvme":
        address = device_address(source.find("address"))
        return f"nvme://{address}/{own(source, 'namespace') or ''}" if address else None
    named = first_own(source, ("file", "dev", "dir", "path", "name"))
    # A source without a path (<source startupPolicy='optional'/>, or only its index) is an ejected medium.
    return named if named is not None or kind not in ("file", "block", "dir") else ""


def _network_location(source: Element) -> str:
    hosts = ",".join(_host(host) for host in source.findall("host")[:64])
    name = (own(source, "name") or "").lstrip("/")
    if (snapshot := attribute(source, "snapshot", "name")) is not None:  # of an RBD image, as Ceph writes it
        name = f"{name}@{snapshot}"
    query = own(source, "query")
    return f"{own(source, 'protocol') or 'network'}://{hosts}/{name}" + (f"?{query}" if query else "")


def _host(host: Element) -> str:
    if (socket := own(host, "socket")) is not None:
        return f"[{socket}]"
    name = own(host, "name") or ""
    port = own(host, "port")
    return (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")


def _backing(element: Element) -> Iterator[str]:
    """The parents of an image, nearest first. An empty `<backingStore/>` says that the chain ends."""
    for _ in range(MAX_BACKING_DEPTH):
        following = element.find("backingStore")
        if following is None:
            return
        element = following
        if (path := location(element)) != "":
            yield path or ""


def _datastore(element: Element, path: str | None, around: Surroundings) -> EntityId | None:
    if (pool := attribute(element, "source", "pool")) is not None:
        return around.pools.get(pool)
    if path is not None and path.startswith("/"):
        return around.pool_of(path)
    return None

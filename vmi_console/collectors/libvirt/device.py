"""The other hardware of `<devices>` → Device: what is passed through, and what opens a way into or out of the guest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, device_address, local, own, text_of, unique
from vmi_console.estate.records import Device


def devices(element: Element | None) -> tuple[Device, ...]:
    """Devices in the order of the definition. Controllers, inputs, hubs and consoles (twins of serial ports) are not.

    A key is the device's kind and what it is, or its number among its kind where nothing names it.
    """
    found = list(_devices(element)) if element is not None else []
    keys = unique(key for key, _, _, _ in found)
    return tuple(
        Device(key=key, type=kind, label=label, passthrough=passthrough)
        for key, (_, kind, label, passthrough) in zip(keys, found, strict=True)
    )


type _Found = tuple[str, str, str, bool]  # key, type, label, passthrough


def _devices(parent: Element) -> Iterator[_Found]:
    count = 0
    for element in parent:
        tag = local(element.tag)
        if count >= MAX_PARTS:
            return
        if tag == "hostdev":
            kind, address = _hostdev(element)
            yield f"hostdev {kind} {address}".strip(), kind, address, True
        elif (describe := _LABELS.get(tag)) is not None and (label := describe(element)) is not None:
            yield f"{tag} {label}".strip(), _TYPES.get(tag, tag), label, tag == "redirdev"
        else:
            continue
        count += 1


def _hostdev(element: Element) -> tuple[str, str]:
    """The kind and address of a device of the host that the guest was given."""
    kind = own(element, "type") or "hostdev"
    source = element.find("source")
    if source is None:
        return kind, ""
    if element.get("mode") == "capabilities":  # of containers: a block or character device, or a network interface
        return kind, text_of(source, "block") or text_of(source, "char") or text_of(source, "interface") or ""
    if kind == "pci":
        return kind, device_address(source.find("address")) or ""
    if kind == "usb":
        return kind, _usb(source)
    if kind == "mdev":
        return kind, attribute(source, "address", "uuid") or ""
    if kind == "scsi_host":
        return kind, own(source, "wwpn") or ""
    return kind, _scsi(source)


def _usb(source: Element) -> str:
    product = ":".join(
        identifier.removeprefix("0x").zfill(4)
        for part in ("vendor", "product")
        if (identifier := attribute(source, part, "id")) is not None
    )
    bus, device = attribute(source, "address", "bus"), attribute(source, "address", "device")
    return product or (f"bus {bus} device {device}" if bus and device else "")


def _scsi(source: Element) -> str:
    if own(source, "protocol") is not None:  # iSCSI
        host = attribute(source, "host", "name") or ""
        return f"{own(source, 'protocol')}://{host}/{own(source, 'name') or ''}"
    address = source.find("address")
    if address is None:
        return ""
    numbers = ":".join(address.get(part, "0")[:20] for part in ("bus", "target", "unit"))
    return f"{attribute(source, 'adapter', 'name') or ''}:{numbers}"


def _model(element: Element) -> str | None:
    return own(element, "model") or ""


def _video(element: Element) -> str | None:
    return attribute(element, "model", "type") or ""


def _graphics(element: Element) -> str | None:
    """The display server and where it listens; a port that libvirt picks is another at each start and left out."""
    listen = own(element, "listen") or attribute(element, "listen", "address") or ""
    listen = listen or own(element, "socket") or attribute(element, "listen", "socket") or ""
    port = own(element, "port") if element.get("autoport") != "yes" else None
    fixed = f":{port}" if port and port not in ("-1", "0") else ""
    return f"{own(element, 'type') or ''} {listen}{fixed}".strip()


def _tpm(element: Element) -> str | None:
    backend = element.find("backend")
    parts = (own(element, "model"), own(backend, "type") if backend is not None else None)
    version = own(backend, "version") if backend is not None else None
    return " ".join(filter(None, (*parts, version)))


def _character(element: Element) -> str | None:
    """A serial or parallel port: how it leaves the guest; a pseudo terminal's number is another at each start."""
    kind = own(element, "type") or ""
    if kind == "pty":
        return kind
    path = attribute(element, "source", "path") or attribute(element, "source", "host") or ""
    service = attribute(element, "source", "service")
    return f"{kind} {path}{f':{service}' if service else ''}".strip()


def _channel(element: Element) -> str | None:
    """The channel's name in the guest; of a forwarded connection the address that the guest calls."""
    forwarded = ":".join(filter(None, (attribute(element, "target", each) for each in ("address", "port"))))
    return attribute(element, "target", "name") or forwarded or own(element, "type") or ""


def _redirected(element: Element) -> str | None:
    """A device of somebody's desk: its bus, and how and from where it comes."""
    return " ".join(filter(None, (own(element, "bus"), _character(element))))


def _filesystem(element: Element) -> str | None:
    """What of the host the guest sees, and where."""
    source = element.find("source")
    seen = ""
    if source is not None and own(source, "usage") is not None:
        seen = f"ram {own(source, 'usage')} {own(source, 'units') or 'KiB'}"
    elif source is not None:
        names = ("dir", "file", "dev", "name", "socket", "pool")
        seen = next(filter(None, (own(source, name) for name in names)), "")
        seen += f"/{volume}" if (volume := own(source, "volume")) else ""
    return f"{seen} → {attribute(element, 'target', 'dir') or ''}".strip()


def _vsock(element: Element) -> str | None:
    """An address that libvirt picks is another at each start and left out."""
    fixed = attribute(element, "cid", "address") if attribute(element, "cid", "auto") != "yes" else None
    return f"cid {fixed}" if fixed else ""


def _watchdog(element: Element) -> str | None:
    return " ".join(filter(None, (own(element, "model"), own(element, "action"))))


def _balloon(element: Element) -> str | None:
    model = own(element, "model")
    return None if model == "none" else model or ""


def _random(element: Element) -> str | None:
    return text_of(element, "backend") or ""


def _shared_memory(element: Element) -> str | None:
    return own(element, "name") or ""


def _lease(element: Element) -> str | None:
    return text_of(element, "key") or ""


_LABELS: dict[str, Callable[[Element], str | None]] = {
    "tpm": _tpm,
    "watchdog": _watchdog,
    "rng": _random,
    "sound": _model,
    "video": _video,
    "graphics": _graphics,
    "serial": _character,
    "parallel": _character,
    "channel": _channel,
    "redirdev": _redirected,
    "filesystem": _filesystem,
    "vsock": _vsock,
    "shmem": _shared_memory,
    "smartcard": lambda element: own(element, "mode") or "",
    "memory": _model,
    "panic": _model,
    "iommu": _model,
    "crypto": _model,
    "nvram": lambda element: "",
    "memballoon": _balloon,
    "lease": _lease,
}

_TYPES = {"video": "gpu", "memballoon": "balloon"}

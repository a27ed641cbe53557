"""Each way by which a domain reaches the world, and whether it is closed, or would be."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt.acting.definition import Card, Definition
from vmi_console.collectors.libvirt.acting.measures import Kind, Means, Measure
from vmi_console.collectors.libvirt.device import devices
from vmi_console.collectors.libvirt.domain import AGENT_CHANNEL
from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, local, own
from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.estate.records import Device

_PAUSE = "pause it instead, or detach the device"

type Verdict = tuple[Hold, str, str]  # with why and advice

_HELD: Verdict = (Hold.HELD, "", "")
NOT_PAUSED: Verdict = (
    Hold.UNKNOWN,
    "the device itself is not paused with the guest, and ends what it was told to do",
    "detach the device",
)


def held_cards(
    stored: Definition | None, running: Definition | None, means: Means, *, saved: bool, acted: bool
) -> Iterator[tuple[Card, Verdict]]:
    """Every card, in force first, and whether it is closed (`acted`), or would be.

    `saved`: the domain's state is on disk with a definition of its own, which nobody changes, and comes back with it.
    """
    cards = {**(stored.cards if stored is not None else {}), **(running.cards if running is not None else {})}
    for identity, card in cards.items():
        in_force = running.cards.get(identity) if running is not None else None
        in_store = stored.cards.get(identity) if stored is not None else None
        judge = _closed if acted else _closable
        verdicts = [judge(each, means, running=each is in_force) for each in (in_force, in_store) if each is not None]
        verdict = next((each for each in verdicts if each[0] is not Hold.HELD), _HELD)
        if saved and verdict[0] is Hold.HELD:
            verdict = (
                Hold.NOT_HELD,
                "its saved state holds the card as it was, and starting the VM brings that back",
                "start it and quarantine it then, or discard the saved state (virsh managedsave-remove)",
            )
        elif acted and in_force is not None and in_store is not None and verdicts[0] == _HELD != verdicts[1]:
            verdict = (verdicts[1][0], f"closed while it runs, but at its next start {verdicts[1][1]}", verdicts[1][2])
        yield card, verdict


def _closable(card: Card, means: Means, *, running: bool) -> Verdict:
    """Whether what can be done about a card will close it."""
    kind = means.kind(card)
    if means.mode is Mode.PAUSE:
        return NOT_PAUSED if kind is Kind.PASSED_THROUGH else _HELD
    if kind is Kind.PASSED_THROUGH:
        return Hold.NOT_HELD, "the guest has the device itself, and nothing of libvirt stands between", _PAUSE
    measure = means.closed_by(card) or means.measure(card, running=running)
    if measure is Measure.LINK and kind is Kind.EXTERNAL:
        return (
            Hold.UNKNOWN,
            "its frames pass through another process or a device, which QEMU only asks to stop",
            "block its port on that switch too",
        )
    if kind is Kind.UNKNOWN and not running:
        return (
            Hold.UNKNOWN,
            "it is not known what its network is: a device that is passed through would stay open",
            "define and start the network, or look again while the VM runs",
        )
    return _HELD


def _closed(card: Card, means: Means, *, running: bool) -> Verdict:
    """Whether a card is closed now."""
    is_closable = means.mode is not Mode.PAUSE and means.kind(card) is not Kind.PASSED_THROUGH
    if is_closable and means.closed_by(card) is None:
        return Hold.NOT_HELD, "its card is open", "quarantine the VM again, and find out who opened it"
    return _closable(card, means, running=running)


def side_ways(definition: Definition, mode: Mode) -> Iterator[Channel]:
    """What leads out of the guest beside its cards. A paused guest uses none of it."""
    hardware = definition.root.find("devices")
    elements = [child for child in hardware if _is_way(child)] if hardware is not None else []
    found = {device.key: device for device in devices(hardware)}
    for device in found.values():
        if (verdict := _of_device(device)) is not None:
            yield _channel(f"{device.type} {device.label}".strip(), device.key, verdict, mode)
    for element in elements[:MAX_PARTS]:
        if local(element.tag) == "disk":
            target = attribute(element, "target", "dev") or ""
            yield _channel(
                f"shared disk {target}".strip(), target or "disk",
                (Hold.NOT_HELD, "other VMs read and write the same disk", "pause it instead"), mode,
            )  # fmt: skip
        else:
            yield _channel(
                f"serial port to {attribute(element, 'source', 'host') or own(element, 'type')}",
                f"{local(element.tag)} {own(element, 'type')}",
                (Hold.NOT_HELD, "what the guest writes there leaves the host", "pause it instead"), mode,
            )  # fmt: skip
    if any(local(child.tag) == "commandline" for child in definition.root):
        because = "QEMU is given arguments past libvirt, which may hold devices that nobody sees"
        yield _channel(
            "arguments for QEMU", "qemu arguments", (Hold.UNKNOWN, because, "read them (virsh dumpxml)"), mode
        )


_REMOTE = frozenset(("tcp", "udp", "nmdm", "unix", "dev"))


def _is_way(element: Element) -> bool:
    tag = local(element.tag)
    if tag == "disk":
        return element.find("shareable") is not None
    return tag in ("serial", "parallel") and own(element, "type") in _REMOTE


_DEVICES: dict[str, Verdict] = {
    "vsock": (Hold.NOT_HELD, "services of the host listen there, past any network", _PAUSE),
    "shmem": (Hold.NOT_HELD, "other VMs may have the same memory", _PAUSE),
    "filesystem": (Hold.NOT_HELD, "the guest reads, and may write, a folder of the host", _PAUSE),
    "redirdev": (Hold.NOT_HELD, "a device of somebody's desk is the guest's", _PAUSE),
    "net": (Hold.NOT_HELD, "the guest has the network interface itself", _PAUSE),
    "pci": (Hold.NOT_HELD, "the guest has the device itself; it may be a network card", _PAUSE),
    "usb": (Hold.NOT_HELD, "the guest has the device itself; it may be a modem or a network card", _PAUSE),
    "mdev": (Hold.UNKNOWN, "what this device of the host leads to is not known here", _PAUSE),
    "scsi": (Hold.UNKNOWN, "other machines may use the same disk", _PAUSE),
    "scsi_host": (Hold.UNKNOWN, "other machines may use the same disks", _PAUSE),
    "storage": (Hold.UNKNOWN, "other machines may use the same disk", _PAUSE),
    "misc": (Hold.UNKNOWN, "what this device of the host leads to is not known here", _PAUSE),
}


def _of_device(device: Device) -> Verdict | None:
    if device.type != "channel":
        return _DEVICES.get(device.type)
    if device.label == AGENT_CHANNEL:
        return Hold.HELD, "only the host asks there, and the guest's agent answers", ""
    return Hold.NOT_HELD, "a program of the host, or of who looks at the screen, reads what the guest writes", _PAUSE


def _channel(title: str, key: str, verdict: Verdict, mode: Mode) -> Channel:
    if mode is Mode.PAUSE:
        verdict = NOT_PAUSED if key.startswith("hostdev ") else _HELD
    hold, because, advice = verdict
    return Channel(key=key, title=title, hold=hold, because=because, advice=advice)

"""Each way by which a VM reaches the world, by what its cards can be closed, and what is closed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pyVmomi import vim

from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.collectors.vsphere.acting.cards import Card
from vmi_console.collectors.vsphere.acting.looking import Seen, Target
from vmi_console.estate.records import Power

_device = vim.vm.device
_SUSPEND = "suspend the VM instead, or remove the device while it is off"

type Verdict = tuple[Hold, str, str]  # with why and advice

_HELD: Verdict = (Hold.HELD, "", "")


class Measure(StrEnum):
    """What closes a card."""

    MOVE = "move"
    BLOCK = "block"
    DISCONNECT = "disconnect"


def measure(seen: Seen, card: Card, mode: Mode, target: Target | None) -> Measure | None:
    """By what a card is closed; None: by nothing.

    Where a port has settings of its own, which vCenter forgets when the card leaves it, the card stays and the port is
    blocked. Standard switches and ephemeral ports cannot be blocked: those cards are disconnected.
    """
    if card.is_passed_through:
        return None
    if mode is not Mode.ISOLATE:
        return Measure.DISCONNECT
    blockable = _is_blockable(seen, card)
    if target is not None:
        return Measure.BLOCK if card.port in seen.overridden and blockable else Measure.MOVE
    return Measure.BLOCK if blockable else Measure.DISCONNECT


def closed_by(seen: Seen, card: Card, mode: Mode, target: Target | None) -> Measure | None:
    """The measure that closes a card as it is; None: it is open."""
    if card.is_passed_through:
        return None
    if not card.wired(seen.running) and not card.start_connected and not card.guest_control:
        return Measure.DISCONNECT
    if mode is Mode.ISOLATE:
        if card.blocked:
            return Measure.BLOCK
        if target is not None and card.plug == target.plug:
            return Measure.MOVE
    return None


def _is_blockable(seen: Seen, card: Card) -> bool:
    group = seen.portgroups.get(card.plug.network)
    return group is not None and group.is_static and group.may_block and bool(card.port)


def channels(seen: Seen, mode: Mode, target: Target | None, *, acted: bool) -> Iterator[Channel]:
    """Every card and side way, and whether it is closed (`acted`), or would be."""
    stands_still = mode is Mode.PAUSE and (not acted or seen.power is Power.SUSPENDED)
    for card in seen.cards:
        if stands_still:
            verdict = _HELD
        elif mode in (Mode.PAUSE, Mode.OBSERVE):
            verdict = (Hold.NOT_HELD, "it is only observed" if mode is Mode.OBSERVE else "the VM is not suspended", "")
        else:
            verdict = _card(seen, card, mode, target, acted=acted)
        yield _channel(str(card.key), card.title, verdict)
    for key, title, verdict in _side_ways(seen.devices):
        yield _channel(key, title, _HELD if stands_still else verdict)


def _card(seen: Seen, card: Card, mode: Mode, target: Target | None, *, acted: bool) -> Verdict:
    if card.is_passed_through:
        return (
            Hold.NOT_HELD,
            "the guest has a part of the network adapter itself (SR-IOV)",
            _SUSPEND,
        )
    closed = closed_by(seen, card, mode, target)
    if acted and closed is None:
        return Hold.NOT_HELD, "its card is open", "quarantine the VM again, and find out who opened it"
    chosen = closed or measure(seen, card, mode, target)
    if chosen is Measure.MOVE and target is not None and target.is_trunk:
        because = f"{target.name} is a trunk: the guest chooses its VLAN by itself"
        return Hold.NOT_HELD, because, "choose a quarantine network with one VLAN"
    return _HELD


def _channel(key: str, title: str, verdict: Verdict) -> Channel:
    hold, because, advice = verdict
    return Channel(key=key, title=title, hold=hold, because=because, advice=advice)


def _side_ways(devices: tuple[Any, ...]) -> Iterator[tuple[str, str, Verdict]]:
    buses = {each.key: each for each in devices if isinstance(each, _device.VirtualSCSIController)}
    for device in devices:
        if (verdict := _of_device(device, buses)) is not None:
            label = str(device.deviceInfo.label or "") if device.deviceInfo is not None else ""
            yield str(device.key), label or type(device).__name__.rpartition(".")[2], verdict


def _of_device(device: Any, buses: dict[int, Any]) -> Verdict | None:
    match device:
        case _device.VirtualPCIPassthrough():
            return Hold.NOT_HELD, "the guest has the device itself; it may be a network card", _SUSPEND
        case _device.VirtualUSB():
            return Hold.NOT_HELD, "the guest has the device itself; it may be a modem or a network card", _SUSPEND
        case _device.VirtualSCSIPassthrough():
            return Hold.UNKNOWN, "other machines may use the same device", _SUSPEND
        case _device.VirtualSerialPort(backing=backing) if isinstance(
            backing, (_device.VirtualSerialPort.URIBackingInfo, _device.VirtualSerialPort.PipeBackingInfo)
        ):
            return Hold.NOT_HELD, "what the guest writes there leaves the VM", "disconnect the port"
        case _device.VirtualVMCIDevice():
            if device.allowUnrestrictedCommunication:
                return Hold.NOT_HELD, "other VMs of the host are reached through it (VMCI)", "restrict it while off"
            return Hold.HELD, "only services of the host itself are reached through it", ""
        case _device.VirtualDisk():
            return _disk(device, buses)
        case _:
            return None


def _disk(device: Any, buses: dict[int, Any]) -> Verdict | None:
    backing = device.backing
    bus = buses.get(device.controllerKey)
    if str(getattr(backing, "sharing", "")) == "sharingMultiWriter":
        return Hold.NOT_HELD, "other VMs read and write the same disk (multi-writer)", _SUSPEND
    if bus is not None and str(bus.sharedBus) in ("physicalSharing", "virtualSharing"):
        return Hold.NOT_HELD, "other VMs read and write disks of the same bus", _SUSPEND
    if isinstance(backing, _device.VirtualDisk.RawDiskMappingVer1BackingInfo):
        return Hold.UNKNOWN, "other machines may use the same volume of the storage", _SUSPEND
    return None

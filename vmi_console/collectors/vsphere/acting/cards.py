"""A VM's network cards as quarantine finds them, changes them and gives them back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere.values import moid, text, truth

_device = vim.vm.device
_ethernet = _device.VirtualEthernetCard


class Backing(StrEnum):
    """What kind of network a card is plugged into."""

    PORT = "port"  # of a distributed switch
    STANDARD = "standard"  # a portgroup of a standard switch
    OPAQUE = "opaque"  # a segment of another system, such as NSX
    OTHER = "other"


class Plug(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a card is plugged in. The port is not part of it: a switch gives another one at each plugging in."""

    backing: Backing
    network: str = ""  # managed object id of a standard network, key of a portgroup, id of an opaque network
    name: str = ""  # of a standard network; type of an opaque one
    switch: str = ""  # UUID


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One card, in plain values that a journal can hold."""

    key: int
    label: str
    mac: str
    kind: str  # the class of the device, such as VirtualVmxnet3
    plug: Plug
    connected: bool
    start_connected: bool
    guest_control: bool  # whether the guest may connect it by itself
    port: str = ""
    blocked: bool | None = None  # the port's own setting; None: as the portgroup has it, or not known

    def wired(self, running: bool) -> bool:
        """Whether it is connected now, or of a VM that is off, will be."""
        return self.connected if running else self.start_connected

    @property
    def is_passed_through(self) -> bool:
        return self.kind == "VirtualSriovEthernetCard"

    @property
    def title(self) -> str:
        return f"{self.label or f'NIC {self.key}'} ({self.mac})"


def card(device: Any) -> Card:
    """From a VirtualEthernetCard."""
    connectable = device.connectable
    port = device.backing.port if isinstance(device.backing, _ethernet.DistributedVirtualPortBackingInfo) else None
    return Card(
        key=int(device.key),
        label=str(device.deviceInfo.label or "") if device.deviceInfo is not None else "",
        mac=(text(device.macAddress) or "").lower(),
        kind=str(type(device).__name__).rpartition(".")[2],
        plug=_plug(device.backing),
        connected=bool(connectable is not None and connectable.connected),
        start_connected=bool(connectable is not None and connectable.startConnected),
        guest_control=bool(connectable is not None and connectable.allowGuestControl),
        port=text(port.portKey) or "" if port is not None else "",
    )


def _plug(backing: Any) -> Plug:
    match backing:
        case _ethernet.DistributedVirtualPortBackingInfo():
            port = backing.port
            return Plug(backing=Backing.PORT, network=text(port.portgroupKey) or "", switch=text(port.switchUuid) or "")
        case _ethernet.NetworkBackingInfo():
            return Plug(
                backing=Backing.STANDARD, network=moid(backing.network) or "", name=text(backing.deviceName) or ""
            )
        case _ethernet.OpaqueNetworkBackingInfo():
            return Plug(
                backing=Backing.OPAQUE,
                network=text(backing.opaqueNetworkId) or "",
                name=text(backing.opaqueNetworkType) or "",
            )
        case _:
            return Plug(backing=Backing.OTHER)


def backing(plug: Plug) -> Any:
    """What plugs a card in there; the switch chooses the port. Raises `ValueError` for a plug of no known kind."""
    match plug.backing:
        case Backing.PORT:
            port = vim.dvs.PortConnection(switchUuid=plug.switch, portgroupKey=plug.network)
            return _ethernet.DistributedVirtualPortBackingInfo(port=port)
        case Backing.STANDARD:
            network = vim.Network(plug.network) if plug.network else None
            return _ethernet.NetworkBackingInfo(deviceName=plug.name, network=network)
        case Backing.OPAQUE:
            return _ethernet.OpaqueNetworkBackingInfo(opaqueNetworkId=plug.network, opaqueNetworkType=plug.name)
        case _:
            raise ValueError(f"nothing is plugged into {plug}")


def edited(device: Any, *, plug: Plug | None = None, connected: tuple[bool | None, bool, bool] | None = None) -> Any:
    """The change of a device as it was read: where it is plugged in, and whether it is connected, connects at power-on,
    and lets the guest do so; None: as it is."""
    if plug is not None:
        device.backing = backing(plug)
    if connected is not None:
        if device.connectable is None:
            device.connectable = _device.VirtualDevice.ConnectInfo()
        info = device.connectable
        now, info.startConnected, info.allowGuestControl = connected
        if now is not None:
            info.connected = now
    return _device.VirtualDeviceSpec(operation="edit", device=device)


def version(devices: Iterable[Any], found: Iterable[Card], running: bool, sizes: tuple[object, ...]) -> str:
    """Of the configuration: cards, the other devices and what backs them, and `sizes`.

    vCenter's own `changeVersion` also moves with what the guest publishes, and does not come back with the state.
    """
    lines = [repr(sizes)]
    for each in found:
        wired = (each.wired(running), each.start_connected, each.guest_control, each.blocked)
        lines.append(repr((each.key, each.mac, each.kind, each.plug, wired)))
    for device in devices:
        if not isinstance(device, _ethernet):
            backs = device.backing
            names = ("fileName", "deviceName", "uuid", "lunUuid", "serviceURI", "sharing", "diskMode")
            lines.append(repr((int(device.key), type(device).__name__, [str(getattr(backs, n, "")) for n in names])))
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def own_block(setting: Any) -> bool | None:
    """Of a DistributedVirtualPort's setting: whether the port itself is blocked; None where it inherits."""
    blocked = getattr(setting, "blocked", None)
    return truth(blocked.value) if blocked is not None and not blocked.inherited else None

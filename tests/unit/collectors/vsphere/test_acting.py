"""What closes a card of a VM, what leads past its cards, and what counts as a change; without a connection."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pyVmomi import vim

from vmi_console.collectors.quarantine import Hold, Mode
from vmi_console.collectors.vsphere.acting.cards import Backing, Card, Plug, backing, card, edited, version
from vmi_console.collectors.vsphere.acting.looking import Portgroup, Seen, Target, former
from vmi_console.collectors.vsphere.acting.ways import Measure, channels, closed_by, measure
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Power

_device = vim.vm.device
_ethernet = _device.VirtualEthernetCard
SWITCH = "50 0a"
STANDARD = Plug(backing=Backing.STANDARD, network="network-7", name="VM Network")
GROUP = Plug(backing=Backing.PORT, network="dvportgroup-1", switch=SWITCH)
OPAQUE = Plug(backing=Backing.OPAQUE, network="segment", name="nsx.LogicalSwitch")


def nic(plug: Plug = GROUP, kind: Any = _device.VirtualVmxnet3, port: str = "12") -> Any:
    device = kind(key=4000, macAddress="00:50:56:80:00:50", backing=backing(plug))
    device.connectable = _device.VirtualDevice.ConnectInfo(connected=True, startConnected=True, allowGuestControl=True)
    if plug.backing is Backing.PORT:
        device.backing.port.portKey = port
    return device


def seen(*devices: Any, power: Power = Power.ON, may_block: bool = True, static: bool = True) -> Seen:
    group = Portgroup("red", GROUP, static, may_block, False, None)
    cards = tuple(card(each) for each in devices if isinstance(each, _ethernet))
    return Seen(
        id=EntityId("vm/e/vm-1"),
        handle=None,
        name="web",
        power=power,
        host="host-1",
        change_version="1",
        devices=devices,
        cards=cards,
        sizes=(),
        portgroups={GROUP.network: group},
        overridden=frozenset(),
        record="",
        obstacles=(),
    )


@pytest.mark.parametrize("plug", [STANDARD, GROUP, OPAQUE])
def test_card_is_plugged_back_as_it_was_read(plug: Plug) -> None:
    device = nic(plug)
    original = card(device)
    assert original.plug == plug
    edited(device, plug=Plug(backing=Backing.STANDARD, network="network-9", name="quarantine"))
    assert card(device).plug != plug
    spec = edited(device, plug=plug)
    assert card(spec.device).plug == plug
    assert msgspec.convert(msgspec.to_builtins(original), Card) == original


def test_by_what_a_card_is_closed() -> None:
    target = Target(None, "quarantine", Plug(backing=Backing.PORT, network="dvportgroup-9", switch=SWITCH))
    for plug, alone in ((GROUP, Measure.BLOCK), (STANDARD, Measure.DISCONNECT), (OPAQUE, Measure.DISCONNECT)):
        vm = seen(nic(plug))
        assert measure(vm, vm.cards[0], Mode.ISOLATE, None) is alone
        assert measure(vm, vm.cards[0], Mode.ISOLATE, target) is Measure.MOVE
        assert measure(vm, vm.cards[0], Mode.DISCONNECT, None) is Measure.DISCONNECT
        assert closed_by(vm, vm.cards[0], Mode.ISOLATE, target) is None
    for vm in (seen(nic(), static=False), seen(nic(), may_block=False)):
        assert measure(vm, vm.cards[0], Mode.ISOLATE, None) is Measure.DISCONNECT
    vm = seen(nic(kind=_device.VirtualSriovEthernetCard))
    assert measure(vm, vm.cards[0], Mode.ISOLATE, target) is None
    assert [each.hold for each in channels(vm, Mode.ISOLATE, target, acted=False)] == [Hold.NOT_HELD]


@pytest.mark.parametrize("wires", [(True, False, False), (False, True, False), (False, False, True)])
def test_card_that_may_be_connected_again_is_open(wires: tuple[bool, bool, bool]) -> None:
    device = nic()
    edited(device, connected=wires)
    vm = seen(device)
    assert closed_by(vm, vm.cards[0], Mode.DISCONNECT, None) is None
    edited(device, connected=(False, False, False))
    vm = seen(device)
    assert closed_by(vm, vm.cards[0], Mode.DISCONNECT, None) is Measure.DISCONNECT


def test_ports_and_power_cycles_are_no_change() -> None:
    def of(device: Any, running: bool = True) -> str:
        return version([device], [card(device)], running, ())

    device = nic()
    before = of(device)
    device.backing.port.portKey, device.backing.port.connectionCookie = "13", 99
    assert of(device) == before
    device.connectable.connected = False
    assert of(device) != before
    assert of(device, running=False) == before, "of a VM that is off it only matters whether it will be connected"
    assert of(nic(STANDARD)) != before


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (_device.VirtualPCIPassthrough(key=1), Hold.NOT_HELD),
        (_device.VirtualUSB(key=1), Hold.NOT_HELD),
        (_device.VirtualSCSIPassthrough(key=1), Hold.UNKNOWN),
        (_device.VirtualVMCIDevice(key=1), Hold.HELD),
        (_device.VirtualVMCIDevice(key=1, allowUnrestrictedCommunication=True), Hold.NOT_HELD),
        (_device.VirtualSerialPort(key=1, backing=_device.VirtualSerialPort.URIBackingInfo()), Hold.NOT_HELD),
        (
            _device.VirtualDisk(key=1, backing=_device.VirtualDisk.FlatVer2BackingInfo(sharing="sharingMultiWriter")),
            Hold.NOT_HELD,
        ),
        (
            _device.VirtualDisk(key=1, backing=_device.VirtualDisk.RawDiskMappingVer1BackingInfo()),
            Hold.UNKNOWN,
        ),
    ],
)
def test_side_ways(device: Any, expected: Hold) -> None:
    assert [each.hold for each in channels(seen(device), Mode.ISOLATE, None, acted=True)] == [expected]
    suspended = seen(device, power=Power.SUSPENDED)
    assert [each.hold for each in channels(suspended, Mode.PAUSE, None, acted=True)] == [Hold.HELD]


def test_disks_on_a_shared_bus_are_shared() -> None:
    bus = _device.ParaVirtualSCSIController(key=1000, sharedBus="physicalSharing")
    disk = _device.VirtualDisk(key=2000, controllerKey=1000, backing=_device.VirtualDisk.FlatVer2BackingInfo())
    assert [each.hold for each in channels(seen(bus, disk), Mode.ISOLATE, None, acted=True)] == [Hold.NOT_HELD]


def test_image_that_makes_no_sense_is_refused() -> None:
    image = seen(nic()).image
    assert former(image) == seen(nic()).cards
    with pytest.raises(CommandRefused, match="cannot be read"):
        former(msgspec.structs.replace(image, state={"cards": "none"}))

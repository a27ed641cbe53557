"""Whatever is unset or unknown in what a server tells: a record still comes of it, and says no more than was told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import PARSERS, fetched, ref, small_estate, the_vm
from vmi_console.collectors.vsphere import machine
from vmi_console.collectors.vsphere.hardware import hardware
from vmi_console.collectors.vsphere.picture import VM_KIND
from vmi_console.collectors.vsphere.values import parsed
from vmi_console.collectors.vsphere.watching import Update
from vmi_console.estate.records import AlarmStatus, NicKind, to_builtins

_device = vim.vm.device
_ethernet = _device.VirtualEthernetCard


def backings() -> list[Any]:
    """Every backing of a card, with everything unset."""
    return [
        None,
        _ethernet.NetworkBackingInfo(),
        _ethernet.DistributedVirtualPortBackingInfo(),
        _ethernet.DistributedVirtualPortBackingInfo(port=vim.dvs.PortConnection()),
        _ethernet.OpaqueNetworkBackingInfo(),
        _ethernet.LegacyNetworkBackingInfo(),
        _device.VirtualSriovEthernetCard.SriovBackingInfo(),
        _device.VirtualDevice.RemoteDeviceBackingInfo(),
        _device.VirtualDevice.BackingInfo(),
    ]


def kinds_of_devices() -> list[Any]:
    """Every class of device that pyVmomi knows."""
    found = [each for name in dir(_device) if isinstance(each := getattr(_device, name), type)]
    return [each for each in found if issubclass(each, _device.VirtualDevice)]


@given(st.lists(st.tuples(st.sampled_from(kinds_of_devices()), st.sampled_from(backings())), max_size=6))
def test_devices_of_any_class_with_nothing_set(devices: list[tuple[Any, Any]]) -> None:
    made = [kind(key=number, backing=backing) for number, (kind, backing) in enumerate(devices)]
    picture = small_estate()
    picture.take_machines([Update(kind=VM_KIND, moid="vm-40", told={}, entered=True)])
    fetched(picture, hardware(made, []))
    vm = the_vm(picture)
    to_builtins(vm)
    assert len(vm.nics) == sum(isinstance(each, _ethernet) for each in made)
    assert {nic.blocked for nic in vm.nics} <= {None}
    assert {nic.connected for nic in vm.nics} <= {None}, "not said"


def test_a_device_of_a_class_that_is_not_known() -> None:
    unknown = _device.VirtualDevice(key=1, backing=_device.VirtualDevice.BackingInfo())
    assert hardware([unknown], None).devices == ()
    (card,) = hardware([_ethernet(key=1, backing=_device.VirtualDevice.BackingInfo())], None).cards
    assert card.nic.type is NicKind.OTHER


VALUES = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(-1, 3),
    st.booleans(),
    st.just([]),
    st.just([None]),
    st.just(vim.dvs.DistributedVirtualPort.Setting()),
    st.just(vim.host.Summary.HardwareSummary()),
    st.just(ref(vim.VirtualMachine, "vm-1")),
)


@pytest.mark.parametrize("kind", sorted(PARSERS))
@given(data=st.data())
def test_properties_of_any_shape_or_none(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.sampled_from(sorted(PARSERS[kind])), VALUES))
    told = {path: parsed(PARSERS[kind], path, value) for path, value in values.items()}
    picture = small_estate()
    update = Update(kind=kind, moid="new-1", told=told, entered=True)
    if kind == VM_KIND:
        picture.take_machines([update])
        to_builtins(the_vm(picture, "new-1"))
    else:
        picture.take_places([update])
        assert len([to_builtins(record) for record in picture.places.records()]) >= 6


def test_an_alarm_of_a_status_that_is_not_known() -> None:
    this = ref(vim.VirtualMachine, "vm-40")
    state = vim.alarm.AlarmState(entity=this, alarm=ref(vim.alarm.Alarm, "alarm-6"), overallStatus="purple")
    told = {path: parsed(machine.WATCHED, path, value) for path, value in {"triggeredAlarmState": [state]}.items()}
    picture = small_estate()
    picture.take_machines([Update(kind=VM_KIND, moid="vm-40", told=told, entered=True)])
    (alarm,) = the_vm(picture).alarms or ()
    assert (alarm.status, alarm.since, alarm.acknowledged) == (AlarmStatus.OTHER, None, None)

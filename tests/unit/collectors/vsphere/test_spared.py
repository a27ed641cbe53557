"""What is left out of an answer before it is parsed makes no difference to what is read of it."""

from __future__ import annotations

from typing import Any

from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl

from tests.unit.collectors.vsphere.shapes import card, port_backing, ref
from vmi_console.collectors.vsphere.hardware import SPARED, hardware

_device = vim.vm.device
_collector = vmodl.query.PropertyCollector
VERSION = "vim.version.version9"
DEVICES = VmomiSupport.GetVmodlType("vim.vm.device.VirtualDevice[]")
OPTIONS = VmomiSupport.GetVmodlType("vim.option.OptionValue[]")


def written(values: Any) -> bytes:
    """As a server writes it into an answer."""
    content = _collector.ObjectContent(obj=ref(vim.VirtualMachine, "vm-40"))
    content.propSet = [vmodl.DynamicProperty(name="property", val=values)]
    info = VmomiSupport.Object(name="returnval", type=_collector.ObjectContent, version=VERSION, flags=0)
    answer: bytes = SoapAdapter.Serialize(content, info, VERSION)
    return answer


def read(answer: bytes) -> Any:
    envelope = (
        b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        b' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        b'<soapenv:Body><Response xmlns="urn:vim25">%s</Response></soapenv:Body></soapenv:Envelope>' % answer
    )
    stub = SoapAdapter.SoapStubAdapter("vc.example", version=VERSION)
    content = SoapAdapter.SoapResponseDeserializer(stub).Deserialize(envelope, _collector.ObjectContent)
    return content.propSet[0].val


def described(device: Any, label: str) -> Any:
    device.deviceInfo = vim.Description(label=label, summary=f"<summary> of {label} </VirtualDevice>")
    return device


def machine() -> list[Any]:
    disk = _device.VirtualDisk(key=2000, controllerKey=1000, unitNumber=0, capacityInKB=4096, capacityInBytes=4194304)
    disk.backing = _device.VirtualDisk.FlatVer2BackingInfo(
        fileName="[san] web/web-1.vmdk",
        datastore=ref(vim.Datastore, "datastore-1"),
        diskMode="independent_nonpersistent",
        thinProvisioned=True,
        split=False,
        uuid="6000C29b-0000-4000-8000-000000000001",
        parent=_device.VirtualDisk.FlatVer2BackingInfo(fileName="[san] web/web.vmdk", diskMode="persistent"),
    )
    disk.shares = vim.SharesInfo(shares=1000, level="normal")
    disk.storageIOAllocation = vim.StorageResourceManager.IOAllocationInfo(
        limit=-1, shares=vim.SharesInfo(shares=1000, level="normal")
    )
    nic = card(4000, port_backing("dvportgroup-21"))
    nic.slotInfo = _device.VirtualDevice.PciBusSlotInfo(pciSlotNumber=192)
    nic.addressType, nic.wakeOnLanEnabled = "assigned", True
    nic.connectable = _device.VirtualDevice.ConnectInfo(
        connected=True, startConnected=False, allowGuestControl=True, status="ok"
    )
    usb = _device.VirtualUSB(key=7000, connected=True)
    usb.backing = _device.VirtualUSB.USBBackingInfo(deviceName="path:0/1/2", useAutoDetect=False)
    return [
        _device.ParaVirtualSCSIController(key=1000, busNumber=0, device=[2000], sharedBus="noSharing"),
        described(_device.VirtualPCIController(key=100, busNumber=0, device=[500, 4000]), "PCI controller 0"),
        described(_device.VirtualKeyboard(key=600, controllerKey=300, unitNumber=0), "Keyboard"),
        described(_device.VirtualVideoCard(key=500, videoRamSizeInKB=4096), "Video card"),
        described(disk, "Hard disk 1"),
        described(nic, "Network adapter 1"),
        described(usb, "USB 1"),
    ]


def test_devices_are_read_alike() -> None:
    whole = written(DEVICES(machine()))
    cut = SPARED.sub(b"", whole)
    assert cut.count(b"</") < 0.7 * whole.count(b"</")
    expected = hardware(read(whole), None)
    assert len(expected.cards) == len(expected.disks) == len(expected.devices) == 1
    assert expected.disks[0][0].backing == ("[san] web/web.vmdk",)
    assert hardware(read(cut), None) == expected


def test_settings_are_read_alike() -> None:
    settings = {
        "isolation.tools.copy.disable": "TRUE",
        "ISOLATION.tools.paste.disable": "<true>",
        "ethernet0.filter4.name": "dvfilter",
        "guestinfo.appInfo": '{"applications": [{"a": "sshd", "v": "1"}], "version": "1"}',
        "guestinfo.appInfo.other": "no",
        "tools.": "no name",
        "nvram": "web.nvram",
        "": "nothing",
        "empty": "",
    }
    whole = written(OPTIONS([vim.option.OptionValue(key=key, value=value) for key, value in settings.items()]))
    cut = SPARED.sub(b"", whole)
    assert b"nvram" not in cut
    expected = hardware(None, read(whole))
    assert expected.settings is not None
    assert len(expected.settings) == 3
    assert expected.published is not None
    assert hardware(None, read(cut)) == expected

"""What is left out of an answer before it is parsed makes no difference to what is read of it."""

from __future__ import annotations

from typing import Any

from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl

from tests.unit.collectors.vsphere.shapes import card, port_backing, ref
from vmi_console.collectors.vsphere import places
from vmi_console.collectors.vsphere.hardware import SPARED, hardware
from vmi_console.collectors.vsphere.network import Setting

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


def teaming() -> Any:
    return vim.host.NetworkPolicy(
        security=vim.host.NetworkPolicy.SecurityPolicy(allowPromiscuous=False),
        nicTeaming=vim.host.NetworkPolicy.NicTeamingPolicy(policy="loadbalance_srcid", notifySwitches=True),
        shapingPolicy=vim.host.NetworkPolicy.TrafficShapingPolicy(enabled=False),
    )


def adapter() -> Any:
    ip = vim.host.IpConfig(dhcp=False, ipAddress="10.0.0.5", subnetMask="255.255.255.0")
    ip.ipV6Config = vim.host.IpConfig.IpV6AddressConfiguration(dhcpV6Enabled=False)
    spec = vim.host.VirtualNic.Specification(ip=ip, mac="00:50:56:00:00:01", mtu=9000, tsoEnabled=True)
    return vim.host.VirtualNic(device="vmk0", key="key-vim.host.VirtualNic-vmk0", portgroup="Management", spec=spec)


def test_networks_of_hosts_are_read_alike() -> None:
    switch = vim.host.VirtualSwitch(key="key-vSwitch0", name="vSwitch0", numPorts=128, mtu=9000, pnic=["key-vmnic0"])
    switch.spec = vim.host.VirtualSwitch.Specification(numPorts=128, policy=teaming(), mtu=9000)
    portgroup = vim.host.PortGroup(computedPolicy=teaming(), key="key-Backup")
    portgroup.spec = vim.host.PortGroup.Specification(
        name="Backup", vlanId=30, vswitchName="vSwitch0", policy=teaming()
    )
    management = vim.host.VirtualNicManager.NetConfig(
        nicType="management", multiSelectAllowed=True, candidateVnic=[adapter()], selectedVnic=["management.key-vmk0"]
    )
    port = vim.host.PhysicalNic(key="key-vmnic0", device="vmnic0", mac="00:50:56:00:00:02", pci="0000:03:00.0")
    port.spec = vim.host.PhysicalNic.Specification()
    port.linkSpeed = vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=10000, duplex=True)
    port.validLinkSpecification = [vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=1000, duplex=True)]
    for path, kind, value in (
        ("config.network.vswitch", "vim.host.VirtualSwitch[]", switch),
        ("config.network.portgroup", "vim.host.PortGroup[]", portgroup),
        ("config.network.vnic", "vim.host.VirtualNic[]", adapter()),
        ("config.network.pnic", "vim.host.PhysicalNic[]", port),
        ("config.virtualNicManagerInfo.netConfig", "vim.host.VirtualNicManager.NetConfig[]", management),
    ):
        parser = places.WATCHED["HostSystem"][path]
        whole = written(VmomiSupport.GetVmodlType(kind)([value]))
        cut = places.SPARED.sub(b"", whole)
        assert len(cut) < len(whole), path
        expected = parser(read(whole))
        assert expected, path
        assert parser(read(cut)) == expected, path


def test_portgroups_are_read_alike() -> None:
    switch = vim.dvs.VmwareDistributedVirtualSwitch
    setting = switch.VmwarePortConfigPolicy(
        blocked=vim.BoolPolicy(inherited=False, value=True),
        vlan=switch.TrunkVlanSpec(inherited=False, vlanId=[vim.NumericRange(start=10, end=20)]),
        inShapingPolicy=vim.dvs.DistributedVirtualPort.TrafficShapingPolicy(
            inherited=False, enabled=vim.BoolPolicy(inherited=True, value=False)
        ),
        uplinkTeamingPolicy=switch.UplinkPortTeamingPolicy(
            inherited=True, policy=vim.StringPolicy(inherited=True, value="loadbalance_srcid")
        ),
    )
    parser = places.WATCHED[places.PORTGROUP]["config.defaultPortConfig"]
    whole = written(setting)
    cut = places.SPARED.sub(b"", whole)
    assert b"loadbalance" not in cut
    expected = parser(read(whole))
    assert isinstance(expected, Setting)
    assert expected.vlan is not None
    assert (expected.blocked, expected.vlan.ranges) == (True, ((10, 20),))
    assert parser(read(cut)) == expected

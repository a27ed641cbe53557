"""VMs as vSphere tells of them, and as it fails to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pyVmomi import vim

from tests.unit.collectors.vsphere.shapes import (
    ENDPOINT,
    card,
    entered,
    fetched,
    left,
    modified,
    policy,
    port_backing,
    portgroup,
    ref,
    small_estate,
    the_vm,
    vlan_id,
)
from vmi_console.collectors.vsphere import places
from vmi_console.collectors.vsphere.alarms import TRIGGERED
from vmi_console.collectors.vsphere.hardware import hardware
from vmi_console.collectors.vsphere.machine import RECORD_FIELD
from vmi_console.collectors.vsphere.network import DEFAULT, POLICY
from vmi_console.collectors.vsphere.picture import VM_KIND, Picture
from vmi_console.collectors.vsphere.ports import SPARED, Port, port
from vmi_console.estate.facts import Guest, Looked
from vmi_console.estate.records import Access, Alarm, AlarmStatus, DiskKind, NicKind, Power, Source, ToolsState
from vmi_console.estate.vlan import access

PORT = ("50 0d", "7")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
UUID = "42310001-9c1e-7e4a-2f60-000000000001"


def test_a_vm_with_everything() -> None:
    picture = small_estate()
    changed, unread, gone = picture.take_machines(
        [
            entered(
                VM_KIND,
                "vm-40",
                {
                    "name": "web%2f01",
                    "parent": ref(vim.Folder, "group-v5"),
                    "resourcePool": ref(vim.ResourcePool, "resgroup-9"),
                    "runtime.powerState": "poweredOn",
                    "runtime.connectionState": "connected",
                    "runtime.host": ref(vim.HostSystem, "host-11"),
                    "runtime.bootTime": datetime(2026, 3, 1, tzinfo=UTC),
                    "config.changeVersion": "2026-03-01T00:00:00.123456Z",
                    "config.uuid": UUID.upper(),
                    "config.instanceUuid": UUID,
                    "config.annotation": "two\nlines",
                    "config.guestFullName": "Other Linux (64-bit)",
                    "config.guestId": "otherLinux64Guest",
                    "config.version": "vmx-21",
                    "config.firmware": "efi",
                    "config.bootOptions.efiSecureBootEnabled": True,
                    "config.hardware.numCPU": 4,
                    "config.hardware.memoryMB": 8192,
                    "guest.hostName": "web-01",
                    "guest.guestFullName": "Debian GNU/Linux 12 (64-bit)",
                    "guest.guestFamily": "linuxGuest",
                    "guest.toolsRunningStatus": "guestToolsRunning",
                    "guest.toolsVersionStatus2": "guestToolsSupportedOld",
                    "guest.toolsVersion": "11269",
                },
            )
        ]
    )
    assert (changed, unread, gone) == ({"vm-40"}, {"vm-40"}, set())
    vm = the_vm(picture)
    assert vm.id == f"vm/{ENDPOINT}/vm-40"
    assert vm.name == "web/01"
    assert vm.folder == "Web%2fShop/Blue", "only / separates"
    assert vm.resource_pool == "Gold"
    assert (vm.power, vm.access, vm.host) == (Power.ON, Access.CONNECTED, f"host/{ENDPOINT}/host-11")
    assert (vm.uuid, vm.instance_uuid) == (UUID, UUID)
    assert (vm.vcpus, vm.memory_bytes, vm.firmware, vm.secure_boot) == (4, 8 << 30, "efi", True)
    assert vm.guest.os == "Debian GNU/Linux 12 (64-bit)"
    assert vm.guest.source is Source.TOOLS
    assert vm.guest.tools is ToolsState.OUTDATED


def test_unset_everywhere() -> None:
    picture = small_estate()
    _, unread, _ = picture.take_machines([entered(VM_KIND, "vm-40", {})])
    assert unread == set(), "there is no hardware to be read"
    vm = the_vm(picture)
    assert vm.name == "vm-40"
    assert (vm.power, vm.uuid, vm.host, vm.vcpus, vm.memory_bytes) == (Power.UNKNOWN, None, None, None, None)
    assert (vm.folder, vm.resource_pool, vm.guest.tools, vm.settings) == ("", None, None, None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [("inaccessible", Access.INACCESSIBLE), ("orphaned", Access.ORPHANED), ("invalid", Access.INVALID)],
)
def test_a_vm_out_of_reach_keeps_what_was_known_of_its_hardware(told: str, expected: Access) -> None:
    picture = small_estate()
    properties = {"name": "web", "config.uuid": UUID, "config.changeVersion": "1"}
    picture.take_machines([entered(VM_KIND, "vm-40", properties)])
    fetched(picture, hardware([card(4000, port_backing("dvportgroup-21"))], []))
    _, unread, _ = picture.take_machines(
        [
            modified(
                VM_KIND,
                "vm-40",
                {"runtime.connectionState": told, "config.uuid": None, "config.changeVersion": None},
            )
        ]
    )
    assert unread == set()
    vm = the_vm(picture)
    assert vm.access is expected
    assert vm.uuid is None
    assert len(vm.nics) == 1


def test_one_property_that_makes_no_sense_costs_only_itself() -> None:
    picture = small_estate()
    picture.take_machines([entered(VM_KIND, "vm-40", {"name": "web", "guest.net": 7, "snapshot": "nonsense"})])
    assert the_vm(picture).name == "web"


def test_gone_and_back() -> None:
    picture = small_estate()
    picture.take_machines([entered(VM_KIND, "vm-40", {"name": "web"})])
    picture.news(picture.vms(["vm-40"]))
    _, _, gone = picture.take_machines([left(VM_KIND, "vm-40")])
    assert picture.gone(gone) == (f"vm/{ENDPOINT}/vm-40",)
    assert picture.gone(gone) == ()
    picture.take_machines([entered(VM_KIND, "vm-40", {"name": "web"})])
    assert len(picture.news(picture.vms(["vm-40"]))) == 1


def test_a_vm_in_a_vapp_lies_in_the_folder_of_that() -> None:
    picture = small_estate()
    properties = {
        "parentVApp": ref(vim.VirtualApp, "resgroup-v10"),
        "resourcePool": ref(vim.VirtualApp, "resgroup-v10"),
    }
    picture.take_machines([entered(VM_KIND, "vm-40", properties)])
    vm = the_vm(picture)
    assert (vm.folder, vm.resource_pool) == ("Web%2fShop", "Gold/Shop")


def test_a_template_has_no_pool() -> None:
    picture = small_estate()
    picture.take_machines([entered(VM_KIND, "vm-40", {"name": "gold", "config.template": True})])
    vm = the_vm(picture)
    assert (vm.template, vm.resource_pool) == (True, None)


def test_custom_attributes_go_by_the_names_of_their_fields() -> None:
    picture = small_estate()
    field = vim.CustomFieldsManager.FieldDef
    fields = [field(key=101, name="Owner", type=str), field(key=102, name=RECORD_FIELD, type=str)]
    picture.take_places([entered("CustomFieldsManager", "CustomFieldsManager", {"field": fields})])
    value = vim.CustomFieldsManager.StringValue
    values = [value(key=101, value="infra"), vim.CustomFieldsManager.Value(key=9), value(key=102, value="vmi1.x")]
    picture.take_machines([entered(VM_KIND, "vm-40", {"customValue": values})])
    assert the_vm(picture).attributes == {"Owner": "infra", RECORD_FIELD: "vmi1.x"}


# --- hardware -----------------------------------------------------------------------------------------------------


def test_cards_of_every_kind() -> None:
    picture = small_estate()
    picture.take_places(
        [
            portgroup("dvportgroup-22", "odd", vlan_id(5), key="a key that is no moid"),
            entered(
                "OpaqueNetwork",
                "network-o31",
                {"name": "seg", "summary": vim.OpaqueNetwork.Summary(opaqueNetworkId="nsx-1", opaqueNetworkType="nsx")},
            ),
        ]
    )
    ethernet = vim.vm.device.VirtualEthernetCard
    backings = [
        port_backing("dvportgroup-21"),
        port_backing("a key that is no moid"),
        ethernet.NetworkBackingInfo(deviceName="Management", network=ref(vim.Network, "network-30")),
        ethernet.NetworkBackingInfo(deviceName="Management"),
        ethernet.NetworkBackingInfo(deviceName="nowhere"),
        ethernet.OpaqueNetworkBackingInfo(opaqueNetworkId="nsx-1", opaqueNetworkType="nsx.LogicalSwitch"),
        None,
    ]
    cards = [card(4000 + number, backing) for number, backing in enumerate(backings)]
    cards.append(card(4010, port_backing("dvportgroup-21"), vim.vm.device.VirtualSriovEthernetCard))
    picture.take_machines([entered(VM_KIND, "vm-40", {"config.uuid": UUID})])
    fetched(picture, hardware(cards, None))
    nics = the_vm(picture).nics
    networks = [(nic.network or "").rpartition("/")[2] for nic in nics]
    assert networks == [
        "dvportgroup-21",
        "dvportgroup-22",
        "network-30",
        "network-30",
        "",
        "network-o31",
        "",
        "dvportgroup-21",
    ]
    assert [nic.type for nic in nics] == [
        *[NicKind.PORTGROUP] * 5,
        NicKind.OPAQUE,
        NicKind.NONE,
        NicKind.HOSTDEV,
    ]
    assert (nics[0].mac, nics[0].model, nics[0].port) == ("00:50:56:aa:bb:01", "vmxnet3", "7")


# --- ports --------------------------------------------------------------------------------------------------------


def at_a_port(**portgroup_fields: Any) -> Picture:
    picture = small_estate()
    if portgroup_fields:
        picture.take_places([modified(places.PORTGROUP, "dvportgroup-21", portgroup_fields)])
    picture.take_machines([entered(VM_KIND, "vm-40", {"config.uuid": UUID, "runtime.powerState": "poweredOn"})])
    fetched(picture, hardware([card(4000, port_backing("dvportgroup-21", "7"))], None))
    return picture


def test_a_port_may_have_a_vlan_and_a_block_of_its_own() -> None:
    picture = at_a_port()
    assert picture.ports_of(["vm-40"]) == [PORT]
    nic = the_vm(picture).nics[0]
    assert (nic.port_vlan, nic.blocked, nic.link_up) == (None, None, None), "not known until it was asked for"
    own = Port(vlan=access(175), blocked=True, link_up=False)
    assert picture.memory.put_ports([PORT], {PORT: own}) == {"vm-40"}
    nic = the_vm(picture).nics[0]
    assert (nic.port_vlan, nic.blocked, nic.link_up) == (access(175), True, False)
    assert picture.memory.put_ports([PORT], {PORT: own}) == set(), "no news"
    picture.take_machines([modified(VM_KIND, "vm-40", {"runtime.powerState": "poweredOff"})])
    assert the_vm(picture).nics[0].link_up is None, "nobody expects a link without power"


@pytest.mark.parametrize("common", [True, False])
def test_a_port_inherits_whether_it_is_blocked(common: bool) -> None:
    picture = at_a_port(**{DEFAULT: policy(blocked=vim.BoolPolicy(inherited=False, value=common))})
    picture.memory.put_ports([PORT], {PORT: Port()})
    assert the_vm(picture).nics[0].blocked is common
    picture.memory.put_ports([PORT], {PORT: Port(blocked=not common)})
    assert the_vm(picture).nics[0].blocked is not common


def test_a_port_that_nobody_says_is_blocked_or_not() -> None:
    picture = at_a_port()
    picture.memory.put_ports([PORT], {PORT: Port()})
    assert the_vm(picture).nics[0].blocked is None


def test_ports_that_cannot_differ_are_not_asked_for() -> None:
    strict = vim.dvs.VmwareDistributedVirtualSwitch.VMwarePortgroupPolicy(
        blockOverrideAllowed=False, vlanOverrideAllowed=False
    )
    block = policy(blocked=vim.BoolPolicy(inherited=False, value=True))
    picture = at_a_port(**{POLICY: strict, DEFAULT: block})
    assert picture.ports_of(["vm-40"]) == []
    assert the_vm(picture).nics[0].blocked is True


def test_a_portgroup_that_blocks_shows_in_the_cards_on_it() -> None:
    picture = at_a_port()
    picture.memory.put_ports([PORT], {PORT: Port()})
    block = policy(blocked=vim.BoolPolicy(inherited=False, value=True))
    assert picture.take_places([modified(places.PORTGROUP, "dvportgroup-21", {DEFAULT: block})])
    assert the_vm(picture).nics[0].blocked is True


def test_a_card_that_moves_leaves_the_settings_of_its_port_behind() -> None:
    picture = at_a_port()
    picture.memory.put_ports([PORT], {PORT: Port(blocked=True)})
    fetched(picture, hardware([card(4000, port_backing("dvportgroup-21", "8"))], None))
    assert the_vm(picture).nics[0].blocked is None
    assert picture.memory.ports == {}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, Port()),
        (vim.dvs.DistributedVirtualPort.Setting(), Port()),
        (vim.dvs.DistributedVirtualPort.Setting(blocked=vim.BoolPolicy(inherited=True, value=True)), Port()),
        (vim.dvs.DistributedVirtualPort.Setting(blocked=vim.BoolPolicy(inherited=False)), Port()),
        (vim.dvs.DistributedVirtualPort.Setting(blocked=vim.BoolPolicy(inherited=False, value=True)), Port(None, True)),
    ],
)
def test_what_a_port_says_of_itself(setting: Any, expected: Port) -> None:
    config = vim.dvs.DistributedVirtualPort.ConfigInfo(setting=setting)
    assert port(vim.dvs.DistributedVirtualPort(key="7", dvsUuid="50 0d", config=config)) == expected
    assert port(vim.dvs.DistributedVirtualPort(key="7", dvsUuid="50 0d")) == Port()


def test_what_is_spared_of_an_answer_is_what_nobody_reads() -> None:
    whole = (
        b"<returnval><key>7</key><connectee><type>vmVnic</type></connectee><config><setting><blocked>1</blocked>"
        b'<uplinkTeamingPolicy xsi:type="X"><inherited>1</inherited></uplinkTeamingPolicy><qosTag/><vlan>5</vlan>'
        b"</setting></config><state><stats><n>1</n></stats></state></returnval>"
    )
    assert SPARED.sub(b"", whole) == (
        b"<returnval><key>7</key><config><setting><blocked>1</blocked><qosTag/><vlan>5</vlan>"
        b"</setting></config><state></state></returnval>"
    )


# --- alarms -------------------------------------------------------------------------------------------------------


def alarm_state(alarm: str, entity: Any, status: str = "red", **fields: Any) -> Any:
    definition = ref(vim.alarm.Alarm, alarm)
    return vim.alarm.AlarmState(
        key=f"{alarm}.{entity._moId}", entity=entity, alarm=definition, overallStatus=status, time=NOW, **fields
    )


def test_alarms_of_the_vm_itself_by_name() -> None:
    picture = small_estate()
    this, other = ref(vim.VirtualMachine, "vm-40"), ref(vim.VirtualMachine, "vm-41")
    states = [
        alarm_state(
            "alarm-7", this, "yellow", acknowledged=True, acknowledgedByUser="LAB\\alice", acknowledgedTime=NOW
        ),
        alarm_state("alarm-6", this, acknowledged=False),
        alarm_state("alarm-6", other),
        alarm_state("alarm-8", this, "green"),
    ]
    picture.take_machines([entered(VM_KIND, "vm-40", {TRIGGERED: states})])
    assert picture.unnamed_alarms() == {"alarm-6", "alarm-7"}
    picture.name_alarms({"alarm-6": "VM CPU usage"})
    assert picture.unnamed_alarms() == {"alarm-7"}
    assert the_vm(picture).alarms == (
        Alarm(key="alarm-6", name="VM CPU usage", status=AlarmStatus.RED, since=NOW, acknowledged=False),
        Alarm(
            key="alarm-7",
            status=AlarmStatus.YELLOW,
            since=NOW,
            acknowledged=True,
            acknowledged_by="LAB\\alice",
            acknowledged_at=NOW,
        ),
    )


def test_no_alarm_is_known_from_not_being_told() -> None:
    picture = small_estate()
    picture.take_machines([entered(VM_KIND, "vm-40", {TRIGGERED: []}), entered(VM_KIND, "vm-41", {})])
    assert the_vm(picture).alarms == ()
    assert the_vm(picture, "vm-41").alarms is None


# --- another session ----------------------------------------------------------------------------------------------


def test_only_what_changed_is_fetched_in_another_session() -> None:
    first = small_estate()
    properties = {"config.uuid": UUID, "config.changeVersion": "1", "runtime.powerState": "poweredOn"}
    vms = [entered(VM_KIND, f"vm-{number}", properties) for number in (40, 41, 42)]
    _, unread, _ = first.take_machines(vms)
    assert unread == {"vm-40", "vm-41", "vm-42"}
    for moid in unread:
        fetched(first, hardware([card(4000, port_backing("dvportgroup-21", moid))], None), moid)
    second = Picture(ENDPOINT, first.memory)
    moved = {"vm-40": {}, "vm-41": {"config.changeVersion": "2"}, "vm-43": {}}
    _, unread, _ = second.take_machines([entered(VM_KIND, moid, properties | more) for moid, more in moved.items()])
    assert unread == {"vm-41", "vm-43"}
    assert the_vm(second).nics == the_vm(first).nics
    second.memory.keep_only(second.machines)
    assert second.memory.fetched("vm-42") is None
    elsewhere = Picture("another endpoint", first.memory)
    _, unread, _ = elsewhere.take_machines(vms)
    assert unread == {"vm-40", "vm-41", "vm-42"}, "ids mean nothing elsewhere"


def test_addresses_by_card_or_else_by_mac() -> None:
    picture = small_estate()
    net = vim.vm.GuestInfo.NicInfo
    address = vim.net.IpConfigInfo.IpAddress
    seen = [
        net(
            deviceConfigId=4000,
            macAddress="00:50:56:aa:bb:99",
            ipConfig=vim.net.IpConfigInfo(
                ipAddress=[
                    address(ipAddress="10.0.0.5", prefixLength=24, state="preferred"),
                    address(ipAddress="10.0.0.6", prefixLength=24, state="duplicate"),
                ]
            ),
        ),
        net(deviceConfigId=-1, macAddress="02:42:00:00:00:01", ipAddress=["172.17.0.1"]),
    ]
    picture.take_machines([entered(VM_KIND, "vm-40", {"config.uuid": UUID, "guest.net": seen})])
    fetched(picture, hardware([card(4000, port_backing("dvportgroup-21"))], None))
    (nic,) = the_vm(picture).nics
    assert [(each.ip, each.prefix, each.source) for each in nic.addresses] == [("10.0.0.5", 24, Source.TOOLS)]


def test_disks_drives_and_devices() -> None:
    device = vim.vm.device
    flat = device.VirtualDisk.FlatVer2BackingInfo
    chain = flat(
        fileName="[ds] web/web-000001.vmdk",
        datastore=ref(vim.Datastore, "datastore-50"),
        thinProvisioned=True,
        uuid="6000C290-b8f1-2b2d-1d0b-000000000001",
        diskMode="persistent",
        parent=flat(fileName="[ds] web/web.vmdk", diskMode="persistent"),
    )
    raw = device.VirtualDisk.RawDiskMappingVer1BackingInfo(
        fileName="[ds] web/rdm.vmdk",
        compatibilityMode="physicalMode",
        deviceName="vml.01",
        diskMode="independent_persistent",
    )
    found = hardware(
        [
            device.ParaVirtualSCSIController(key=1000, busNumber=0),
            device.VirtualIDEController(key=200, busNumber=0),
            device.VirtualDisk(key=2000, controllerKey=1000, backing=chain, capacityInKB=1024, capacityInBytes=1 << 20),
            device.VirtualDisk(key=2001, controllerKey=1000, backing=raw, capacityInKB=2048),
            device.VirtualDisk(key=2002, controllerKey=77, capacityInKB=0),
            device.VirtualCdrom(
                key=3000, controllerKey=200, backing=device.VirtualCdrom.IsoBackingInfo(fileName="[iso] debian.iso")
            ),
            device.VirtualCdrom(
                key=3001,
                controllerKey=200,
                backing=device.VirtualCdrom.RemotePassthroughBackingInfo(deviceName="", exclusive=False),
            ),
            device.VirtualPCIPassthrough(
                key=13000, backing=device.VirtualPCIPassthrough.VmiopBackingInfo(vgpu="grid_t4-8q")
            ),
            device.VirtualTPM(key=11000),
            device.VirtualUSBXHCIController(key=7000),
        ],
        [],
    )
    first, rdm, bare, iso, empty = [disk for disk, _ in found.disks]
    assert found.disks[0][1] == "datastore-50"
    assert (first.path, first.backing) == ("[ds] web/web-000001.vmdk", ("[ds] web/web.vmdk",))
    assert (first.format, first.bus, first.capacity_bytes) == ("vmdk (thin)", "scsi", 1 << 20)
    assert first.serial == "6000c290-b8f1-2b2d-1d0b-000000000001"
    assert (rdm.type, rdm.capacity_bytes, rdm.format) == (DiskKind.BLOCK, 2 << 20, "raw device (physicalMode)")
    assert (bare.type, bare.path, bare.capacity_bytes, bare.bus) == (DiskKind.OTHER, None, None, None)
    assert (iso.device, iso.path, iso.bus) == ("cdrom", "[iso] debian.iso", "ide")
    assert (empty.type, empty.path) == (DiskKind.NONE, "")
    assert [(each.type, each.passthrough) for each in found.devices] == [("gpu", True), ("tpm", False)]
    assert found.devices[0].label == "grid_t4-8q"


def test_settings_are_those_of_hardening_guides() -> None:
    options = [
        vim.option.OptionValue(key=key, value=value)
        for key, value in (
            ("isolation.tools.copy.disable", "TRUE"),
            ("RemoteDisplay.maxConnections", 1),
            ("ethernet0.filter1.name", "dvfilter-maclearn"),
            ("sched.mem.pshare.salt", "7"),
            ("numa.autosize.cookie", "40042"),
            ("guestinfo.userdata", "a secret"),
        )
    ]
    assert hardware([], options).settings == {
        "RemoteDisplay.maxConnections": "1",
        "ethernet0.filter1.name": "dvfilter-maclearn",
        "isolation.tools.copy.disable": "TRUE",
        "sched.mem.pshare.salt": "7",
    }
    assert hardware([], None).settings is None, "not told is not none"


# --- what guests publish ------------------------------------------------------------------------------------------


def published(text: str) -> Guest:
    picture = small_estate()
    picture.take_machines([entered(VM_KIND, "vm-40", {"name": "web", "config.uuid": UUID})])
    extra = [vim.option.OptionValue(key="guestinfo.appInfo", value=text)]
    fetched(picture, hardware([], extra))
    _, guest = picture.vms(["vm-40"])
    assert isinstance(guest, Guest)
    return guest


def test_applications_that_tools_publish() -> None:
    guest = published(
        '{"version":"1", "updateCounter":"5", "publishTime":"2026-03-01T08:00:00.000Z", "applications":['
        '{"a":"sshd","v":"9.2"},{"a":"cron","v":""},{"a":"sshd","v":"9.2"}]}'
    )
    facts = guest.applications
    assert (facts.status, facts.source) == (Looked.READ, Source.TOOLS)
    assert facts.read_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert [(each.name, each.version) for each in facts.items] == [("cron", ""), ("sshd", "9.2")]
    assert guest.services.status is Looked.NOT_YET


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"applications": 7}', '{"applications": [{}]}', "[" * 9000])
def test_what_a_hostile_guest_publishes_is_unreadable(text: str) -> None:
    facts = published(text).applications
    assert facts.status is Looked.UNREADABLE
    assert "guestinfo.appInfo" in facts.because


def test_kernel_threads_are_no_applications() -> None:
    told = published('{"applications": [{"a": "kworker/0:1-rcu_gp", "v": ""}, {"a": "sshd", "v": "9.2"}]}')
    assert [each.name for each in told.applications.items] == ["sshd"]

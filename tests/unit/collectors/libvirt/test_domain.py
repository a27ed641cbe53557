"""Domain XML → VM: what libvirt's documentation allows, and what nobody should."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmi_console.collectors.libvirt import domain, markup
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Device, DiskKind, NicKind, Power, ToolsState
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

LAN = EntityId("network/e/lan")
GROUP = EntityId("network/e/trunk#web")
DEFAULT = EntityId("network/e/trunk#default")
POOL = EntityId("datastore/e/pool")
AROUND = Surroundings(
    "e",
    networks={"lan": LAN, "trunk": EntityId("network/e/trunk")},
    portgroups={("trunk", "web"): GROUP, ("trunk", "default"): DEFAULT},
    default_portgroups={"trunk": DEFAULT},
    pools={"images": POOL},
    pool_folders={"/var/lib/libvirt/images": POOL},
)


def with_devices(devices: str) -> VM:
    return domain.vm(f"<domain type='kvm'><name>n</name><devices>{devices}</devices></domain>", AROUND)


def with_interface(kind: str, inside: str) -> VM:
    return with_devices(f"<interface type='{kind}'><mac address='52:54:00:AA:BB:CC'/>{inside}</interface>")


@pytest.mark.parametrize(
    ("kind", "inside", "type_", "network", "source"),
    [
        ("network", "<source network='lan'/>", NicKind.NETWORK, LAN, "lan"),
        ("network", "<source network='trunk' portgroup='web'/>", NicKind.PORTGROUP, GROUP, "trunk/web"),
        ("network", "<source network='trunk'/>", NicKind.PORTGROUP, DEFAULT, "trunk"),
        ("network", "<source network='lan' portgroup='none'/>", NicKind.PORTGROUP, LAN, "lan/none"),
        ("network", "<source network='gone'/>", NicKind.NETWORK, None, "gone"),
        ("network", "", NicKind.NETWORK, None, None),
        ("bridge", "<source network='trunk' portgroup='web' bridge='ovs'/>", NicKind.PORTGROUP, GROUP, "trunk/web"),
        ("direct", "<source network='lan' dev='eth0' mode='vepa'/>", NicKind.NETWORK, LAN, "lan"),
        ("bridge", "<source bridge='br0'/>", NicKind.BRIDGE, "network/e/bridge:br0", "br0"),
        ("bridge", "", NicKind.BRIDGE, None, None),
        ("user", "", NicKind.USER, None, ""),
        ("ethernet", "<target dev='tap0'/>", NicKind.ETHERNET, None, None),
        ("direct", "<source dev='eth0' mode='vepa'/>", NicKind.DIRECT, None, "eth0"),
        (
            "hostdev",
            "<source><address type='pci' bus='0x03' slot='0x10' function='0x1'/></source>",
            NicKind.HOSTDEV,
            None,
            "0000:03:10.1",
        ),
        ("vhostuser", "<source type='unix' path='/run/v' mode='server'/>", NicKind.VHOST_USER, None, "/run/v"),
        ("vdpa", "<source dev='/dev/vhost-vdpa-0'/>", NicKind.VDPA, None, "/dev/vhost-vdpa-0"),
        ("mcast", "<source address='230.0.0.1' port='5558'/>", NicKind.TUNNEL, None, "mcast 230.0.0.1:5558"),
        ("server", "<source port='5558'/>", NicKind.TUNNEL, None, "server *:5558"),
        ("internal", "<source name='LocalNet'/>", NicKind.INTERNAL, None, "LocalNet"),
        ("null", "", NicKind.NONE, None, ""),
        ("carrier-pigeon", "<source dev='bird'/>", NicKind.OTHER, None, "bird"),
    ],
)
def test_interfaces_of_every_type(
    kind: str, inside: str, type_: NicKind, network: str | None, source: str | None
) -> None:
    (nic,) = with_interface(kind, inside).nics
    assert (nic.type, nic.network, nic.source, nic.key) == (type_, network, source, "52:54:00:aa:bb:cc")


@pytest.mark.parametrize(
    ("inside", "vlan"),
    [
        ("", None),
        ("<vlan><tag id='42'/></vlan>", access(42)),
        ("<vlan><tag id='0'/></vlan>", UNTAGGED),
        ("<vlan trunk='yes'><tag id='42'/></vlan>", trunk([(42, 42)])),
        ("<vlan trunk='yes'><tag id='43'/><tag id='42'/><tag id='99'/></vlan>", trunk([(42, 43), (99, 99)])),
        ("<vlan><tag id='1'/><tag id='2'/></vlan>", trunk([(1, 2)])),
        ("<vlan trunk='yes'><tag id='42'/><tag id='7' nativeMode='untagged'/></vlan>", trunk([(42, 42), (7, 7)], 7)),
        ("<vlan><tag id='7' nativeMode='tagged'/></vlan>", trunk([(7, 7)], 7)),
        ("<vlan><tag id='9000'/><tag/></vlan>", None),
        ("<vlan/>", None),
        ("<virtualport type='openvswitch'/>", Vlan(VlanMode.TRUNK, ((1, 4094),))),
        ("<virtualport type='openvswitch'/><vlan><tag id='5'/></vlan>", access(5)),
    ],
)
def test_vlans_of_a_bridge_interface(inside: str, vlan: Vlan | None) -> None:
    assert with_interface("bridge", "<source bridge='b'/>" + inside).nics[0].port_vlan == vlan


def test_open_vswitch_interfaces_of_a_network_inherit_its_vlan() -> None:
    record = with_interface("network", "<source network='lan'/><virtualport type='openvswitch'/>")
    assert record.nics[0].port_vlan is None


def test_links_filters_and_ports() -> None:
    (nic,) = with_interface(
        "bridge",
        "<source bridge='b'/><link state='down'/><target dev='vnet7'/><model type='virtio'/>"
        "<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.2'/>"
        "<parameter name='IP' value='10.0.0.1'/></filterref>"
        "<virtualport type='openvswitch'><parameters interfaceid='abc' profileid='p'/></virtualport>",
    ).nics
    assert (nic.link_up, nic.connected, nic.device, nic.model, nic.port) == (False, False, "vnet7", "virtio", "abc")
    assert (nic.filter, nic.filter_parameters) == ("clean-traffic", (("IP", "10.0.0.1"), ("IP", "10.0.0.2")))


def test_cards_with_one_address_keep_keys_of_their_own() -> None:
    card = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"
    record = with_devices(card + card + "<interface type='user'/>")
    assert [nic.key for nic in record.nics] == ["52:54:00:00:00:01", "52:54:00:00:00:01#2", "nic2"]


@pytest.mark.parametrize(
    ("disk", "type_", "path"),
    [
        ("<disk type='file'><source file='/a.img'/><target dev='vda'/></disk>", DiskKind.FILE, "/a.img"),
        ("<disk><source file='/a.img'/><target dev='vda'/></disk>", DiskKind.FILE, "/a.img"),
        ("<disk type='block'><source dev='/dev/sdx'/></disk>", DiskKind.BLOCK, "/dev/sdx"),
        ("<disk type='dir'><source dir='/srv'/></disk>", DiskKind.DIRECTORY, "/srv"),
        ("<disk type='volume'><source pool='images' volume='v'/></disk>", DiskKind.VOLUME, "images/v"),
        ("<disk type='file' device='cdrom'><target dev='sda'/></disk>", DiskKind.NONE, ""),
        ("<disk type='file' device='cdrom'><source startupPolicy='optional'/></disk>", DiskKind.NONE, ""),
        ("<disk type='file' device='floppy'><source/></disk>", DiskKind.NONE, ""),
        ("<disk type='file'><target dev='vda'/></disk>", DiskKind.FILE, ""),
        (
            "<disk type='network'><source protocol='rbd' name='p/i'><host name='m1' port='6789'/>"
            "<host name='fe80::1'/></source></disk>",
            DiskKind.NETWORK,
            "rbd://m1:6789,[fe80::1]/p/i",
        ),
        (
            "<disk type='network'><source protocol='https' name='/a.iso' query='k=v'><host name='h'/></source></disk>",
            DiskKind.NETWORK,
            "https://h/a.iso?k=v",
        ),
        (
            "<disk type='network'><source protocol='nbd'><host transport='unix' socket='/s'/></source></disk>",
            DiskKind.NETWORK,
            "nbd://[/s]/",
        ),
        (
            "<disk type='nvme'><source type='pci' namespace='1'><address bus='0x01' slot='0x00'/></source></disk>",
            DiskKind.NVME,
            "nvme://0000:01:00.0/1",
        ),
        ("<disk type='nvme'><source namespace='1'/></disk>", DiskKind.NVME, None),
        ("<disk type='vhostuser'><source type='unix' path='/v.sock'/></disk>", DiskKind.VHOST_USER, "/v.sock"),
        ("<disk type='vhostvdpa'><source dev='/dev/vhost-vdpa-0'/></disk>", DiskKind.VHOST_VDPA, "/dev/vhost-vdpa-0"),
        ("<disk type='teapot'><source file='/a'/></disk>", DiskKind.OTHER, "/a"),
    ],
)
def test_disks_of_every_type(disk: str, type_: DiskKind, path: str | None) -> None:
    (found,) = with_devices(disk).disks
    assert (found.type, found.path) == (type_, path)


def test_a_disk_with_everything() -> None:
    (disk,) = with_devices(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
        "<source file='/var/lib/libvirt/images/deep/top.qcow2'><encryption format='luks'/></source>"
        "<backingStore type='file'><format type='qcow2'/><source file='/mid.qcow2'/>"
        "<backingStore type='network'><source protocol='nbd' name='base'><host name='h'/></source>"
        "<backingStore/></backingStore></backingStore>"
        "<target dev='vda' bus='virtio'/><readonly/><shareable/><serial>S1</serial></disk>"
    ).disks
    assert (disk.key, disk.bus, disk.format, disk.serial) == ("vda", "virtio", "qcow2", "S1")
    assert disk.backing == ("/mid.qcow2", "nbd://h/base")
    assert disk.datastore == POOL
    assert disk.readonly
    assert disk.shareable
    assert disk.encrypted


def test_other_devices() -> None:
    record = with_devices(
        "<hostdev mode='subsystem' type='pci'><source><address bus='0x06' slot='0x02'/></source></hostdev>"
        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>"
        "<hostdev mode='subsystem' type='mdev'><source><address uuid='u'/></source></hostdev>"
        "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>"
        "<address bus='0' target='0' unit='7'/></source></hostdev>"
        "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"
        "<redirdev bus='usb' type='spicevmc'/><redirdev bus='usb' type='spicevmc'/>"
        "<graphics type='vnc' port='5904' autoport='no' listen='0.0.0.0'/>"
        "<graphics type='spice' port='5901' autoport='yes'/>"
        "<memballoon model='none'/><controller type='usb'/>"
    )
    assert [(device.key, device.type, device.passthrough) for device in record.devices] == [
        ("hostdev pci 0000:06:02.0", "pci", True),
        ("hostdev usb 1234:beef", "usb", True),
        ("hostdev mdev u", "mdev", True),
        ("hostdev scsi scsi_host0:0:0:7", "scsi", True),
        ("tpm tpm-crb emulator 2.0", "tpm", False),
        ("redirdev usb spicevmc", "redirdev", True),
        ("redirdev usb spicevmc#2", "redirdev", True),
        ("graphics vnc 0.0.0.0:5904", "graphics", False),
        ("graphics spice", "graphics", False),
    ]
    assert record.devices[4] == Device(key="tpm tpm-crb emulator 2.0", type="tpm", label="tpm-crb emulator 2.0")


def described(inside: str, kind: str = "<type arch='x86_64' machine='pc'>hvm</type>") -> VM:
    return domain.vm(f"<domain type='kvm'><name>n</name>{inside.replace('<os>', '<os>' + kind)}</domain>", AROUND)


@pytest.mark.parametrize(
    ("os", "firmware", "secure"),
    [
        ("<os></os>", "bios", False),
        ("<os><loader type='pflash' secure='yes'>/c.fd</loader></os>", "efi", True),
        ("<os><loader type='pflash' secure='no'>/c.fd</loader></os>", "efi", False),
        ("<os><loader type='pflash'>/c.fd</loader></os>", "efi", None),
        ("<os><loader type='rom'>/usr/lib/xen/hvmloader</loader></os>", "bios", False),
        ("<os><loader>/usr/share/OVMF/OVMF.fd</loader></os>", "efi", None),
    ],
)
def test_firmware(os: str, firmware: str | None, secure: bool | None) -> None:
    record = described(os)
    assert (record.firmware, record.secure_boot, record.hardware) == (firmware, secure, "pc")


def test_firmware_that_libvirt_chooses() -> None:
    text = (
        "<domain><name>n</name><os firmware='efi'><firmware><feature enabled='{}' name='enrolled-keys'/>"
        "<feature enabled='yes' name='secure-boot'/></firmware></os></domain>"
    )
    assert domain.vm(text.format("yes"), AROUND).secure_boot is True
    assert domain.vm(text.format("no"), AROUND).secure_boot is False


def test_containers_have_no_firmware() -> None:
    record = described("<os></os>", "<type arch='x86_64'>exe</type>")
    assert (record.firmware, record.secure_boot) == (None, None)


def test_the_guest_as_its_author_names_it() -> None:
    libosinfo = (
        "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
        "<l:os id='http://debian.org/debian/12'/></l:libosinfo></metadata>"
    )
    channel = (
        "<devices><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'{}/></channel></devices>"
    )
    running = described(libosinfo + channel.format(" state='connected'"))
    assert (running.guest.os, running.guest.os_id, running.guest.family) == (
        "debian 12",
        "http://debian.org/debian/12",
        "linux",
    )
    assert running.guest.tools is ToolsState.RUNNING
    assert described(channel.format(" state='disconnected'")).guest.tools is ToolsState.NOT_RUNNING
    assert described(channel.format("")).guest.tools is None
    assert described("").guest.tools is ToolsState.NOT_INSTALLED


def test_metadata_becomes_attributes() -> None:
    record = described(
        "<title>Shop</title><description> The shop </description><metadata>"
        "<a:app xmlns:a='urn:a' stage='live'><a:owner>joe</a:owner><a:tag>x</a:tag><a:tag>y</a:tag></a:app></metadata>"
        "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-s'/></q:commandline>"
    )
    assert record.annotation == "The shop"
    assert record.attributes == {
        "title": "Shop",
        "type": "kvm",
        "qemu arguments": "-s",
        "app@stage": "live",
        "app/owner": "joe",
        "app/tag": "x",
        "app/tag#2": "y",
    }


def test_the_record_of_a_quarantine_is_found_again() -> None:
    record = described("<metadata><q:record xmlns:q='urn:vmi-console:quarantine'>vmi1.x</q:record></metadata>")
    assert record.attributes["VMI Console quarantine"] == "vmi1.x"


def test_a_bad_value_loses_only_itself() -> None:
    record = described("<uuid>not-one</uuid><memory unit='parsec'>1</memory><vcpu current='many'>4</vcpu>")
    assert (record.uuid, record.memory_bytes, record.vcpus, record.name) == (None, None, 4, "n")
    assert record.id == "vm/e/n"


def test_snapshots() -> None:
    found = domain.snapshot(
        "<domainsnapshot><name>s2</name><state>disk-snapshot</state><creationTime>1700000000</creationTime>"
        "<parent><name>s1</name></parent><description>why</description></domainsnapshot>",
        current="s2",
    )
    assert (found.key, found.parent, found.current, found.power) == ("s2", "s1", True, Power.ON)
    assert str(found.created_at) == "2023-11-14 22:13:20+00:00"
    assert (
        domain.snapshot("<domainsnapshot><creationTime>99999999999999</creationTime></domainsnapshot>").created_at
        is None
    )


# --- mutation -----------------------------------------------------------------------------------------------------

SEED = """<domain type='kvm' id='1'><name>seed</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
<title>t</title><memory unit='KiB'>219136</memory><vcpu placement='static' current='1'>2</vcpu>
<metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
<libosinfo:os id='http://debian.org/debian/12'/></libosinfo:libosinfo><a b='c'>d</a></metadata>
<os firmware='efi'><type arch='x86_64' machine='pc'>hvm</type><loader secure='yes' type='pflash'>/x</loader></os>
<devices><disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='iscsi' name='iqn/1'>
<host name='example.org' port='6000'/></source><backingStore type='file'><source file='/b'/><backingStore/>
</backingStore><target dev='vda' bus='virtio'/><serial>1</serial></disk>
<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><vlan trunk='yes'>
<tag id='1' nativeMode='tagged'/><tag id='4094'/></vlan><virtualport type='openvswitch'><parameters interfaceid='x'/>
</virtualport>
<link state='down'/><filterref filter='f'><parameter name='IP' value='1'/></filterref></interface>
<hostdev mode='subsystem' type='pci'><source><address domain='0x0' bus='0x6' slot='0x2' function='0x0'/></source>
</hostdev><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
<graphics type='vnc' port='-1' autoport='yes'><listen type='address' address='::'/></graphics>
<vsock><cid auto='no' address='3'/></vsock>
<tpm model='x'><backend type='emulator' version='2.0'/></tpm>
</devices></domain>"""
WORDS = [
    "",
    "-1",
    "0x",
    "1e9",
    "99999999999999999999999",
    "\n",
    "yes",
    "no",
    "ü" * 50,
    "../../etc",
    "#",
    "/",
    "'",
    "&lt;",
]


@given(seed=st.integers(0, 2**32), times=st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_mutated_definitions_are_read_or_refused(seed: int, times: int) -> None:
    """Values, names and whole stretches exchanged; whatever is still XML gives a record that travels on the wire."""
    chance = random.Random(seed)
    text = SEED
    for _ in range(times):
        text = _mutated(text, chance)
    try:
        record = domain.vm(text, AROUND)
    except markup.Unreadable:
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=VM) == record
    assert len({nic.key for nic in record.nics}) == len(record.nics)


def _mutated(text: str, chance: random.Random) -> str:
    quotes = [place for place, letter in enumerate(text) if letter == "'"]
    match chance.randrange(4):
        case 0 if len(quotes) > 1:  # another value
            first = chance.randrange(0, len(quotes) - 1, 2)
            return text[: quotes[first] + 1] + chance.choice(WORDS) + text[quotes[first + 1] :]
        case 1:  # another text
            first = text.find(">", chance.randrange(len(text)))
            last = text.find("<", first)
            return text[: first + 1] + chance.choice(WORDS) + text[last:] if 0 < first < last else text
        case 2:  # an element less
            first = text.find("<", chance.randrange(len(text)))
            last = text.find("/>", first)
            return text[:first] + text[last + 2 :] if 0 < first < last else text
        case _:  # a stretch twice
            first, last = sorted(chance.randrange(len(text)) for _ in range(2))
            return text[:last] + text[first:last] + text[last:]

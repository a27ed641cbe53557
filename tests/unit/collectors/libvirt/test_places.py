"""Networks, filters, pools and hosts."""

from __future__ import annotations

import msgspec
import pytest

from vmi_console.collectors.libvirt import filter as filters
from vmi_console.collectors.libvirt import host, markup, network, storage
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Datastore, FirewallRule, NetworkKind, SwitchKind
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

HOST = EntityId("host/e/h")
AROUND = Surroundings("e", HOST)
EVERYTHING = Vlan(VlanMode.TRUNK, ((1, 4094),))


def test_a_nat_network() -> None:
    found = network.network(
        "<network><name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid><forward mode='nat'/>"
        "<bridge name='virbr0'/><mtu size='9000'/><ip address='192.168.122.1' netmask='255.255.255.0'/>"
        "<ip family='ipv6' address='2001:db8:ca2:2::1' prefix='64'/><ip address='nonsense'/></network>",
        AROUND,
        active=True,
        autostart=False,
    )
    assert found.network.id == "network/e/dd8fe884-6c02-601e-7551-cca97df1c5df"
    assert (found.network.type, found.network.vlan, found.network.forward) == (NetworkKind.NETWORK, UNTAGGED, "nat")
    assert found.network.subnets == ("192.168.122.0/24", "2001:db8:ca2:2::/64")
    assert (found.network.active, found.network.autostart, found.network.hosts) == (True, False, (HOST,))
    assert found.switch is not None
    assert (found.switch.id, found.switch.mtu, found.switch.type) == ("switch/e/virbr0", 9000, SwitchKind.BRIDGE)
    assert found.network.switch == found.switch.id


def test_portgroups_are_networks_with_a_parent() -> None:
    found = network.network(
        "<network><name>ovs</name><uuid>81ff0d90-c92e-6742-64da-4a736edb9a8b</uuid><forward mode='bridge'/>"
        "<bridge name='ovs0'/><virtualport type='openvswitch'/><portgroup name='web' default='yes'>"
        "<vlan><tag id='110'/></vlan></portgroup><portgroup name='all'/><portgroup name='some'><vlan trunk='yes'>"
        "<tag id='5' nativeMode='untagged'/><tag id='6'/></vlan></portgroup><portgroup name='bad'>"
        "<vlan><tag id='x'/></vlan></portgroup><portgroup/></network>",
        AROUND,
    )
    base = "network/e/81ff0d90-c92e-6742-64da-4a736edb9a8b"
    assert found.network.vlan == EVERYTHING
    assert [(group.id, group.vlan) for group in found.portgroups] == [
        (f"{base}#web", access(110)),
        (f"{base}#all", EVERYTHING),
        (f"{base}#some", trunk([(5, 6)], 5)),
        (f"{base}#bad", None),
    ]
    assert {group.parent for group in found.portgroups} == {found.network.id}
    assert found.default_portgroup == f"{base}#web"
    networks, portgroups, defaults = network.lookup([found])
    assert networks == {"ovs": base}
    assert portgroups["ovs", "some"] == f"{base}#some"
    assert defaults == {"ovs": f"{base}#web"}


def test_portgroups_inherit_the_vlan_of_their_network() -> None:
    found = network.network("<network><name>n</name><vlan><tag id='7'/></vlan><portgroup name='g'/></network>", AROUND)
    assert (found.network.vlan, found.portgroups[0].vlan, found.network.forward) == (access(7), access(7), "isolated")


def test_filters() -> None:
    found = filters.nwfilter(
        "<filter name='web' chain='ipv4' priority='-700'><uuid>c38425b9-f7fa-4c92-b2d0-6f7d60be9b57</uuid>"
        "<filterref filter='no-spoofing'/><rule action='accept' direction='in' priority='100'>"
        "<tcp srcipaddr='10.0.0.0' srcipmask='8' dstportstart='80' dstportend='0x51' comment='web' state='NEW'/></rule>"
        "<rule action='drop' direction='inout'><all/></rule><rule action='return' direction='out'>"
        "<ip protocol='udp' dstipaddr='$GATEWAY' srcportstart='$PORT'/></rule><rule action='drop' direction='out'/>"
        "<rule action='accept' direction='out'><udp srcipfrom='10.0.0.1' srcipto='10.0.0.9' match='no'/></rule>"
        "</filter>",
        AROUND,
    )
    assert (found.name, found.chain, found.includes) == ("web", "ipv4", ("no-spoofing",))
    assert found.id == "filter/e/c38425b9-f7fa-4c92-b2d0-6f7d60be9b57"
    assert found.rules == (
        FirewallRule(
            action="accept",
            direction="in",
            priority=100,
            protocol="tcp",
            source="10.0.0.0/8",
            destination_ports=(80, 81),
            comment="web state=NEW",
        ),
        FirewallRule(action="drop"),
        FirewallRule(action="return", direction="out", protocol="ip udp", destination="$GATEWAY"),
        FirewallRule(action="drop", direction="out"),
        FirewallRule(action="accept", direction="out", protocol="udp", source="10.0.0.1-10.0.0.9", comment="match=no"),
    )


def test_pools() -> None:
    found = storage.pool(
        "<pool type='dir'><name>images</name><uuid>70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2</uuid>"
        "<capacity unit='bytes'>1000</capacity><available unit='bytes'>400</available>"
        "<target><path>/var/lib/libvirt/images</path></target></pool>",
        AROUND,
        active=True,
    )
    assert found == Datastore(
        id=EntityId("datastore/e/70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2"),
        name="images",
        type="dir",
        path="/var/lib/libvirt/images",
        capacity_bytes=1000,
        free_bytes=400,
        accessible=True,
        hosts=(HOST,),
    )


def test_a_pool_without_a_folder_names_its_source_and_an_inactive_one_no_sizes() -> None:
    found = storage.pool(
        "<pool type='rbd'><source><host name='ceph'/><name>rbd</name></source><capacity>0</capacity>"
        "<available>0</available></pool>",
        AROUND,
        active=False,
    )
    assert (found.name, found.path, found.capacity_bytes, found.free_bytes) == ("rbd", "ceph:rbd", None, None)


SYSINFO = (
    "<sysinfo type='smbios'><system><entry name='manufacturer'>LENOVO</entry><entry name='product'>4174BH4</entry>"
    "<entry name='serial'>Not Specified</entry></system>"
    "<processor><entry name='version'>AMD EPYC 7763</entry></processor></sysinfo>"
)


@pytest.mark.parametrize("sysinfo", [SYSINFO, None, "<broken"])
def test_hosts(sysinfo: str | None) -> None:
    found = host.host(
        HOST,
        "kvm1",
        uuid=None,
        product="QEMU 8.0.0",
        machine=host.Machine("x86_64", 1024, 32, 2450, 2, 1, 8, 2),
        sysinfo=sysinfo,
    )
    assert (found.cpu_sockets, found.cpu_cores, found.cpu_threads, found.memory_bytes) == (2, 16, 32, 1 << 30)
    known = sysinfo == SYSINFO
    assert (found.vendor, found.model, found.serial) == (("LENOVO", "4174BH4", None) if known else (None, None, None))
    assert found.cpu_model == ("AMD EPYC 7763" if known else "x86_64")


def test_the_hosts_identity() -> None:
    text = "<capabilities><host><uuid>{}</uuid></host></capabilities>"
    assert host.host_uuid(text.format("C7A5FDBDEDAF9455926AD65C16DB1809")) == "c7a5fdbd-edaf-9455-926a-d65c16db1809"
    assert host.host_uuid(text.format("00000000-0000-0000-0000-000000000000")) is None
    assert host.host_uuid("<capabilities/>") is None


def test_ports_of_the_host() -> None:
    text = (
        "<device><parent>{}</parent><capability type='net'><interface>eth0</interface>"
        "<address>00:13:02:B9:F9:D3</address><link speed='1000' state='{}'/></capability></device>"
    )
    nic = host.physical_nic(text.format("pci_8086_4227", "up"))
    assert nic is not None
    assert (nic.key, nic.mac, nic.speed_mbps) == ("eth0", "00:13:02:b9:f9:d3", 1000)
    assert host.physical_nic(text.format("pci_8086_4227", "down")) == msgspec.structs.replace(nic, speed_mbps=None)
    assert host.physical_nic(text.format("computer", "up")) is None


def test_a_bridge_carries_the_vlan_of_its_uplinks_whatever_guests_are_plugged_in() -> None:
    found = host.bridge(
        "<interface type='bridge' name='br42'><mtu size='1500'/><bridge><interface type='vlan' name='eth0.42'>"
        "<vlan tag='42'><interface name='eth0'/></vlan></interface><interface type='ethernet' name='vnet0'/>"
        "</bridge></interface>"
    )
    assert found is not None
    assert (found.uplinks({"vnet0"}), found.vlan({"vnet0"}), found.mtu) == (("eth0.42",), access(42), 1500)
    assert found.vlan(()) is None
    assert found.vlan({"vnet0", "eth0.42"}) == UNTAGGED
    assert host.bridge("<interface type='ethernet' name='eth0'/>") is None


@pytest.mark.parametrize("parse", [network.network, filters.nwfilter, storage.pool])
def test_other_documents_are_refused(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(markup.Unreadable):
        parse("<domain/>", AROUND)

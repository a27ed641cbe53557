"""What closes a card of a domain, what leads past its cards, and what counts as a change; without a connection."""

from __future__ import annotations

import copy
from xml.etree import ElementTree

import pytest

from vmi_console.collectors.libvirt.acting import measures, ways
from vmi_console.collectors.libvirt.acting.definition import Card, Definition, editable, set_plug, version
from vmi_console.collectors.libvirt.acting.measures import FILTER, Kind, Means, Measure, Target, closed
from vmi_console.collectors.libvirt.domain import RECORD_NAMESPACE
from vmi_console.collectors.libvirt.markup import Unreadable
from vmi_console.collectors.quarantine import Hold, Mode

MAC = "52:54:00:00:00:01"
SWITCHED = (
    "<network><name>ovs</name><bridge name='br0'/><forward mode='bridge'/><virtualport type='openvswitch'/>"
    "<portgroup name='red'><vlan><tag id='7'/></vlan></portgroup></network>"
)
NATTED = "<network><name>lan</name><forward mode='nat'/><bridge name='virbr0'/></network>"
NETWORKS = {
    "lan": measures.network(NATTED, True),
    "ovs": measures.network(SWITCHED, True),
    "macvtap": measures.network(
        "<network><name>macvtap</name><forward dev='eth0' mode='bridge'><interface dev='eth0'/></forward></network>",
        True,
    ),
    "vf": measures.network("<network><name>vf</name><forward mode='hostdev'/></network>", True),
}


def domain(devices: str = "", metadata: str = "", rest: str = "") -> Definition:
    return Definition(f"<domain type='qemu'><name>web</name>{metadata}<devices>{devices}</devices>{rest}</domain>")


def interface(kind: str = "network", inside: str = "<source network='lan'/>") -> str:
    return f"<interface type='{kind}'><mac address='{MAC}'/>{inside}</interface>"


def card(kind: str = "network", inside: str = "<source network='lan'/>") -> Card:
    (found,) = domain(interface(kind, inside)).cards.values()
    return found


# --- by what a card is closed ---------------------------------------------------------------------------------------

KINDS = [
    ("network", "<source network='lan'/>", Kind.TAP),
    ("network", "<source network='ovs' portgroup='red'/>", Kind.SWITCH),
    ("network", "<source network='macvtap'/>", Kind.EMULATED),
    ("network", "<source network='vf'/>", Kind.PASSED_THROUGH),
    ("network", "<source network='gone'/>", Kind.UNKNOWN),
    ("bridge", "<source network='lan' bridge='virbr0'/>", Kind.TAP),
    ("bridge", "<source bridge='br0'/>", Kind.TAP),
    ("bridge", "<source bridge='br0'/><virtualport type='openvswitch'/>", Kind.SWITCH),
    ("ethernet", "", Kind.TAP),
    ("direct", "<source dev='eth0' mode='bridge'/>", Kind.EMULATED),
    ("user", "", Kind.EMULATED),
    ("mcast", "<source address='230.0.0.1' port='5558'/>", Kind.EMULATED),
    ("vhostuser", "<source type='unix' path='/run/s' mode='client'/>", Kind.EXTERNAL),
    ("vdpa", "<source dev='/dev/vhost-vdpa-0'/>", Kind.EXTERNAL),
    ("hostdev", "<source/>", Kind.PASSED_THROUGH),
    ("of the future", "", Kind.UNKNOWN),
]


@pytest.mark.parametrize(("kind", "inside", "expected"), KINDS)
def test_kinds_of_cards(kind: str, inside: str, expected: Kind) -> None:
    means = Means(Mode.ISOLATE, networks=NETWORKS)
    found = card(kind, inside)
    assert means.kind(found) is expected
    measure = means.measure(found, running=True)
    if expected is Kind.PASSED_THROUGH:
        assert measure is None
    else:
        assert measure is (Measure.FILTER if expected is Kind.TAP else Measure.LINK)
        assert means.closed_by(found) is None
        (shut,) = domain(ElementTree.tostring(closed(found, measure, None, running=True), "unicode")).cards.values()
        assert means.closed_by(shut) is measure


@pytest.mark.parametrize(("kind", "inside", "expected"), KINDS)
@pytest.mark.parametrize("running", [True, False])
def test_only_what_libvirt_can_move_while_it_runs_is_moved(
    kind: str, inside: str, expected: Kind, running: bool
) -> None:
    means = Means(Mode.ISOLATE, networks=NETWORKS, target=Target(NETWORKS["lan"]))
    measure = means.measure(card(kind, inside), running=running)
    if expected is Kind.PASSED_THROUGH:
        assert measure is None
    elif running and (expected is not Kind.TAP or kind == "ethernet"):
        assert measure is Measure.LINK
    else:
        assert measure is Measure.MOVE


def test_filter_on_what_does_not_filter_closes_nothing() -> None:
    """libvirt stores one on any card."""
    means = Means(Mode.ISOLATE, networks=NETWORKS)
    ref = f"<filterref filter='{FILTER}'/>"
    assert means.closed_by(card("user", ref)) is None
    assert means.closed_by(card("bridge", f"<source bridge='b'/><virtualport type='openvswitch'/>{ref}")) is None
    assert means.closed_by(card("bridge", f"<source bridge='b'/>{ref}")) is Measure.FILTER
    assert Means(Mode.DISCONNECT).closed_by(card("bridge", f"<source bridge='b'/>{ref}")) is None


def test_running_card_keeps_its_port_and_gets_the_portgroups_vlan() -> None:
    inside = (
        "<source network='ovs' portgroup='blue' portid='p' bridge='br0'/>"
        "<virtualport type='openvswitch'><parameters interfaceid='i'/></virtualport><vlan><tag id='3'/></vlan>"
    )
    moved = closed(card("bridge", inside), Measure.MOVE, Target(NETWORKS["ovs"], "red"), running=True)
    assert moved.get("type") == "network"
    source, port, tags = moved.find("source"), moved.find("virtualport/parameters"), moved.findall("vlan/tag")
    assert source is not None
    assert source.attrib == {"network": "ovs", "portgroup": "red"}
    assert port is not None
    assert port.get("interfaceid") == "i"
    assert [tag.get("id") for tag in tags] == ["7"]


def test_card_is_plugged_back_as_it_was() -> None:
    original = card("bridge", "<source bridge='br0'/><vlan><tag id='5'/></vlan>")
    moved = closed(original, Measure.MOVE, Target(NETWORKS["lan"]), running=False)
    set_plug(moved, editable(original), running=False)
    (back,) = domain(ElementTree.tostring(moved, "unicode")).cards.values()
    assert back.parts == original.parts
    assert back.element.find("vlan/tag") is not None


# --- the filter -----------------------------------------------------------------------------------------------------


def test_our_filter_drops_everything() -> None:
    assert measures.drops_everything(measures.filter_xml(None))
    assert "57d4e021-7fee-4bb7-9158-ae55973a12aa" in measures.filter_xml("57d4e021-7fee-4bb7-9158-ae55973a12aa")


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<rule action='accept' direction='inout' priority='-1000'><mac/></rule>",
        "<rule action='drop' direction='in' priority='-1000'><mac/></rule>",
        "<rule action='drop' direction='inout' priority='-1000'><mac srcmacaddr='52:54:00:00:00:01'/></rule>",
        "<rule action='drop' direction='inout' priority='-1000'><ip/></rule>",
        "<rule action='accept' direction='inout' priority='-1000'><mac/></rule>"
        "<rule action='drop' direction='inout' priority='-1000'><mac/></rule>",
        "<filterref filter='clean-traffic'/><rule action='drop' direction='inout' priority='-1000'><mac/></rule>",
    ],
)
def test_filter_with_a_hole_is_known(inside: str) -> None:
    assert not measures.drops_everything(f"<filter name='{FILTER}' chain='root'>{inside}</filter>")


# --- what counts as a change ----------------------------------------------------------------------------------------


def test_record_and_the_empty_element_it_leaves_are_no_change() -> None:
    plain = domain(interface())
    record = f"<metadata><q:record xmlns:q='{RECORD_NAMESPACE}'>signed</q:record></metadata>"
    assert version(domain(interface(), record), None) == version(plain, None)
    assert version(domain(interface(), "<metadata/>"), None) == version(plain, None)
    others = "<metadata><o:note xmlns:o='urn:other'>x</o:note></metadata>"
    assert version(domain(interface(), others), None) != version(plain, None)


def test_running_as_it_is_stored_is_the_same_version() -> None:
    stored = domain(interface())
    live = interface("bridge", "<source network='lan' portid='1' bridge='virbr0'/><target dev='vnet0'/>")
    assert version(stored, domain(live)) == version(stored, None)
    for change in ("<link state='down'/>", "<filterref filter='x'/>"):
        changed = live.replace("</interface>", f"{change}</interface>")
        assert version(stored, domain(changed)) != version(stored, None)
    assert version(stored, domain(live.replace("'lan'", "'other'"))) != version(stored, None)
    assert version(stored, domain(live + live.replace(MAC, "52:54:00:00:00:02"))) != version(stored, None)
    assert version(stored, domain()) != version(stored, None)


def test_cards_with_one_mac_are_told_apart_by_their_place() -> None:
    def at(slot: int) -> str:
        return interface(inside=f"<address type='pci' domain='0x0000' bus='0x00' slot='{slot:#04x}' function='0x0'/>")

    cards = domain(at(3) + at(4)).cards
    assert [each.key for each in cards.values()] == [MAC, f"{MAC}#2"]


def test_what_is_no_domain_is_refused() -> None:
    with pytest.raises(Unreadable):
        Definition("<network/>")


# --- what leads past the cards --------------------------------------------------------------------------------------

SIDE_WAYS = [
    ("<hostdev mode='subsystem' type='pci'><source><address bus='0x06'/></source></hostdev>", Hold.NOT_HELD),
    ("<hostdev mode='subsystem' type='usb'><source/></hostdev>", Hold.NOT_HELD),
    ("<hostdev mode='subsystem' type='mdev'><source><address uuid='u'/></source></hostdev>", Hold.UNKNOWN),
    ("<vsock model='virtio'><cid auto='no' address='3'/></vsock>", Hold.NOT_HELD),
    ("<shmem name='pool'/>", Hold.NOT_HELD),
    ("<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='t'/></filesystem>",
     Hold.NOT_HELD),
    ("<redirdev bus='usb' type='spicevmc'/>", Hold.NOT_HELD),
    ("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>", Hold.HELD),
    ("<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>", Hold.NOT_HELD),
    ("<disk type='file' device='disk'><target dev='vdb'/><shareable/></disk>", Hold.NOT_HELD),
    ("<serial type='tcp'><source mode='connect' host='far.example' service='9'/></serial>", Hold.NOT_HELD),
]  # fmt: skip


@pytest.mark.parametrize(("devices", "expected"), SIDE_WAYS)
def test_side_ways(devices: str, expected: Hold) -> None:
    (way,) = ways.side_ways(domain(devices), Mode.ISOLATE)
    assert way.hold is expected
    assert way.because
    (paused,) = ways.side_ways(domain(devices), Mode.PAUSE)
    assert paused.hold is (Hold.UNKNOWN if devices.startswith("<hostdev") else Hold.HELD)


def test_what_leads_nowhere_is_no_way() -> None:
    devices = "<serial type='pty'/><disk type='file'><target dev='vda'/></disk><sound model='ich9'/><tpm model='t'/>"
    assert not list(ways.side_ways(domain(devices), Mode.ISOLATE))


def test_arguments_past_libvirt_are_not_known() -> None:
    line = (
        "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-netdev'/></q:commandline>"
    )
    (way,) = ways.side_ways(domain(rest=line), Mode.ISOLATE)
    assert way.hold is Hold.UNKNOWN


def test_card_that_opens_again_at_the_next_start_is_not_held() -> None:
    down = interface(inside="<source network='lan'/><link state='down'/>")
    means = Means(Mode.DISCONNECT, networks=NETWORKS)
    judged = list(ways.held_cards(domain(interface()), domain(down), means, saved=False, acted=True))
    assert [verdict[0] for _, verdict in judged] == [Hold.NOT_HELD]
    assert "next start" in judged[0][1][1]
    judged = list(ways.held_cards(domain(down), domain(down), means, saved=False, acted=True))
    assert [verdict[0] for _, verdict in judged] == [Hold.HELD]


def test_definitions_are_not_touched_by_what_is_made_of_them() -> None:
    definition = domain(interface())
    before = copy.deepcopy(definition.root)
    (found,) = definition.cards.values()
    closed(found, Measure.MOVE, Target(NETWORKS["ovs"], "red"), running=True)
    closed(found, Measure.LINK, None, running=True)
    definition.without_record()
    assert ElementTree.tostring(definition.root) == ElementTree.tostring(before)

"""VLANs, networks, places and addresses."""

from __future__ import annotations

import pytest

from tests.unit.estate.builders import host, host_id, network, network_id, nic, vm
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, judged
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Cluster, NicKind
from vmi_console.estate.vlan import trunk
from vmi_console.policy.judgement import Verdict

WEB, DMZ, TRUNK, PLAIN, VAGUE = (network_id(name) for name in ("web", "dmz", "trunk", "plain", "vague"))
NETWORKS = (
    network("web", 110),
    network("dmz", 666),
    network("trunk", trunk([(100, 119)], native=5)),
    network("plain", 0),
    network("vague"),
)


@pytest.mark.parametrize(
    ("text", "plugged", "verdict"),
    [
        ("vlans: {allowed: [110]}", [WEB], PASS),
        ("vlans: {allowed: [100-120]}", [WEB, WEB], PASS),
        ("vlans: {allowed: [110]}", [DMZ], FAIL),
        ("vlans: {denied: [666]}", [WEB], PASS),
        ("vlans: {denied: [600-700]}", [WEB, DMZ], FAIL),
        ("vlans: {allowed: [110]}", [PLAIN], FAIL),
        ("vlans: {allowed: [110, untagged]}", [PLAIN], PASS),
        ("vlans: {denied: [0]}", [PLAIN], FAIL),
        ("vlans: {allowed: [100-109, 110-119, 5]}", [TRUNK], PASS),
        ("vlans: {allowed: [100-119]}", [TRUNK], FAIL),  # its native VLAN is another
        ("vlans: {allowed: [100-110, 5]}", [TRUNK], FAIL),
        ("vlans: {denied: [110]}", [TRUNK], FAIL),
        ("vlans: {allowed: [1], trunks: allowed}", [TRUNK], PASS),
        ("vlans: {trunks: denied}", [TRUNK], FAIL),
        ("vlans: {trunks: denied}", [WEB], PASS),
        ("vlans: {allowed: [110]}", [WEB, VAGUE], UNKNOWN),
        ("vlans: {allowed: [110]}", [VAGUE, DMZ], FAIL),  # a known failure wins
        ("vlans: {allowed: [110]}", [], PASS),
        ("networks: {allowed: ['we*']}", [WEB], PASS),
        ("networks: {allowed: [WEB]}", [WEB], PASS),
        ("networks: {allowed: [web]}", [WEB, DMZ], FAIL),
        ("networks: {denied: ['d?z']}", [DMZ], FAIL),
        ("networks: {denied: ['d?z']}", [WEB], PASS),
        ("networks: {denied: [dmz]}", [network_id("never told of")], UNKNOWN),
    ],
)
def test_where_cards_are_plugged_in(text: str, plugged: list[EntityId], verdict: Verdict) -> None:
    cards = tuple(nic(str(4000 + number), each) for number, each in enumerate(plugged))
    assert judged(text, vm("a", nics=cards), *NETWORKS).verdict is verdict


def test_evidence_says_what_is_and_what_is_allowed_and_names_the_property() -> None:
    found = judged("vlans: {allowed: [110, 120-129]}", vm("a", nics=(nic("4000", DMZ, label="Card 1"),)), *NETWORKS)
    assert found.evidence == "Card 1 in dmz is in VLAN 666; allowed: 110, 120-129"
    assert found.paths == ("nics[4000].vlan",)


def test_evidence_stays_on_one_line_whatever_is_allowed() -> None:
    many = ", ".join(map(str, range(1, 400)))
    found = judged(f"vlans: {{allowed: [{many}]}}", vm("a", nics=(nic("4000", DMZ, label="x\n" * 500),)), *NETWORKS)
    assert found.verdict is FAIL
    assert len(found.evidence) < 400
    assert found.evidence.isprintable()


def test_a_failure_names_the_properties_that_fail_and_not_those_that_nobody_knows() -> None:
    cards = (nic("4000", VAGUE), nic("4001", DMZ), nic("4002", VAGUE))
    assert judged("vlans: {denied: [666]}", vm("a", nics=cards), *NETWORKS).paths == ("nics[4001].vlan",)


def test_a_reason_says_which_card_nobody_knows_about() -> None:
    found = judged("vlans: {denied: [666]}", vm("a", nics=(nic("4000", VAGUE, label="Card 1"),)), *NETWORKS)
    assert (found.verdict, found.because) == (UNKNOWN, "the VLAN of Card 1 in vague is not known")


def test_a_card_that_is_plugged_in_nowhere_is_in_no_vlan_and_no_network() -> None:
    loose = vm("a", nics=(nic("4000", type=NicKind.NONE),))
    assert judged("vlans: {allowed: [110]}", loose).verdict is PASS
    assert judged("networks: {allowed: [web]}", loose).verdict is PASS


def test_a_card_past_all_networks_is_in_none_that_is_allowed() -> None:
    passed_through = vm("a", nics=(nic("4000", type=NicKind.HOSTDEV),))
    assert judged("networks: {allowed: [web]}", passed_through).verdict is FAIL
    assert judged("networks: {denied: [web]}", passed_through).verdict is PASS
    assert judged("vlans: {allowed: [110]}", passed_through).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("location: {hosts: ['esx-*']}", PASS),
        ("location: {clusters: [gold]}", PASS),
        ("location: {clusters: [silver]}", FAIL),
        ("location: {hosts: ['esx-*'], clusters: [silver]}", FAIL),
        ("location: {locations: ['*rack 7']}", PASS),
        ("location: {datacenters: [Bern]}", FAIL),  # it is in none
    ],
)
def test_places(text: str, verdict: Verdict) -> None:
    gold = entity_id("cluster", "vc", "gold")
    esx = host("esx-01", cluster=gold, location="Bern, rack 7")
    placed = vm("a", host=host_id("esx-01"))
    assert judged(text, placed, Cluster(id=gold, name="gold"), esx).verdict is verdict


def test_a_place_that_nobody_told_of_is_unknown() -> None:
    found = judged("location: {hosts: [esx-01]}", vm("a", host=host_id("esx-09")))
    assert (found.verdict, found.because) == (UNKNOWN, "the host that it runs in is not known")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("macs: {allowed: ['00:50:56']}", PASS),
        ("macs: {allowed: ['005056']}", PASS),
        ("macs: {allowed: ['52:54:00']}", FAIL),
        ("macs: {denied: ['00:50:56:00:00:00..00:50:56:80:00:00']}", PASS),
        ("macs: {denied: ['00:50:56:00:00:00..00:50:56:80:00:01']}", FAIL),
        ("addresses: {allowed: [10.1.0.0/16]}", PASS),  # fe80::1 does not count
        ("addresses: {allowed: [10.1.0.1-10.1.0.7]}", PASS),
        ("addresses: {allowed: [10.1.0.1-10.1.0.6]}", FAIL),
        ("addresses: {allowed: ['2001:db8::/32']}", FAIL),
        ("addresses: {denied: ['fe80::/10']}", FAIL),
        ("link_local: {}", PASS),
    ],
)
def test_addresses(text: str, verdict: Verdict) -> None:
    card = nic("1", mac="00:50:56:80:00:01", ips=("10.1.0.7", "fe80::1"))
    assert judged(text, vm("a", nics=(card,))).verdict is verdict


def test_an_address_that_the_guest_gave_itself() -> None:
    found = judged("link_local: {}", vm("a", nics=(nic("1", ips=("169.254.7.7",)), nic("2"))))
    assert found.verdict is FAIL
    assert found.paths == ("nics[1].addresses",)


@pytest.mark.parametrize("text", ["link_local: {}", "addresses: {denied: [10.0.0.0/8]}"])
@pytest.mark.parametrize("ips", [(), ("not an address",)])
def test_addresses_that_nobody_knows(text: str, ips: tuple[str, ...]) -> None:
    assert judged(text, vm("a", nics=(nic("1", ips=ips),))).verdict is UNKNOWN


def test_a_mac_that_nobody_knows() -> None:
    assert judged("macs: {denied: ['00:50:56']}", vm("a", nics=(nic("1", mac=None),))).verdict is UNKNOWN

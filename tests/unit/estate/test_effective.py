from __future__ import annotations

import pytest

from tests.unit.estate.builders import host_id, network, network_id, nic, vm
from vmi_console.estate.effective import ANY_ID, cause_of_vlan, effective_vlan, plugged
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Network, NetworkKind, Nic, NicKind
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

WEB = network_id("web")
H1, H2, H3 = host_id("h1"), host_id("h2"), host_id("h3")
TRUNK = trunk([(10, 20)], native=1)
PRIVATE = Vlan(VlanMode.PRIVATE, ((101, 101),))
STANDARD = network("web", type=NetworkKind.PORTGROUP, host_vlans={H1: access(10), H2: access(20)})
AGREED = network("web", 10, type=NetworkKind.PORTGROUP, host_vlans={H1: access(10), H2: access(10)})
PARENT = network("lan", 7)


@pytest.mark.parametrize(
    ("card", "on", "plugged_into", "parent", "vlan"),
    [
        # the network's own VLAN
        (nic("a", WEB), H1, network("web", 30), None, access(30)),
        (nic("a", WEB), None, network("web", 30), None, access(30)),
        (nic("a", WEB), H1, network("web", 0), None, UNTAGGED),
        (nic("a", WEB), H1, network("web", None), None, None),
        (nic("a", WEB), H1, network("web", PRIVATE), None, PRIVATE),
        (nic("a", WEB, connected=False, link_up=False), H1, network("web", 30), None, access(30)),
        # the port's override
        (nic("a", WEB, port_vlan=access(5)), H1, network("web", 30), None, access(5)),
        (nic("a", WEB, port_vlan=UNTAGGED), H1, network("web", 30), None, UNTAGGED),
        (nic("a", WEB, port_vlan=TRUNK), H1, network("web", 30), None, TRUNK),
        (nic("a", WEB, port_vlan=access(5)), H1, STANDARD, None, access(5)),
        (nic("a", WEB, port_vlan=access(5)), H1, None, None, access(5)),
        (nic("a", port_vlan=access(5), type=NicKind.HOSTDEV), H1, None, None, access(5)),
        # the guest's trunk
        (nic("a", WEB), H1, network("web", TRUNK), None, TRUNK),
        (nic("a", WEB), H1, network("web", access(4095), type=NetworkKind.PORTGROUP), None, ANY_ID),
        (nic("a", WEB), H1, network("web", host_vlans={H1: access(4095)}), None, ANY_ID),
        # a standard switch's portgroup on the host it runs on
        (nic("a", WEB), H1, STANDARD, None, access(10)),
        (nic("a", WEB), H2, STANDARD, None, access(20)),
        (nic("a", WEB), H3, STANDARD, None, None),
        (nic("a", WEB), None, STANDARD, None, None),
        (nic("a", WEB), None, AGREED, None, access(10)),
        (nic("a", WEB), H3, AGREED, None, access(10)),
        # a portgroup of a network
        (nic("a", WEB), H1, network("web", None), PARENT, access(7)),
        (nic("a", WEB), H1, network("web", 30), PARENT, access(30)),
        (nic("a", WEB), H1, STANDARD, PARENT, access(10)),
        (nic("a", WEB), H3, STANDARD, PARENT, None),
        # no network that anybody knows of
        (nic("a", WEB), H1, None, None, None),
        (nic("a", type=NicKind.BRIDGE, source="br0"), H1, None, None, None),
        (nic("a", type=NicKind.HOSTDEV), H1, None, None, None),
        (nic("a", type=NicKind.NONE), H1, None, None, UNTAGGED),
        (nic("a", type=NicKind.USER), None, None, None, UNTAGGED),
        (nic("a", WEB, type=NicKind.NONE), H1, None, None, None),
    ],
)
def test_effective_vlan(
    card: Nic, on: str | None, plugged_into: Network | None, parent: Network | None, vlan: Vlan | None
) -> None:
    assert effective_vlan(card, on, plugged_into, parent) == vlan  # type: ignore[arg-type]


def test_a_card_shows_its_networks_name_and_switch() -> None:
    switch = entity_id("switch", "vc", "dvs-1")
    card = plugged(nic("a", WEB), H1, {WEB: network("web", 30, name="Web", switch=switch)})
    assert (card.vlan, card.network_name, card.switch) == (access(30), "Web", switch)


def test_a_portgroup_is_on_the_switch_of_its_network() -> None:
    switch = entity_id("switch", "vc", "br0")
    lan = network("lan", 7, switch=switch)
    card = plugged(nic("a", WEB), H1, {WEB: network("web", parent=lan.id), lan.id: lan})
    assert (card.vlan, card.network_name, card.switch) == (access(7), "web", switch)


def test_a_card_that_is_right_stays_the_same_object() -> None:
    networks = {WEB: network("web", 30)}
    card = plugged(nic("a", WEB), H1, networks)
    assert plugged(card, H1, networks) is card


def test_what_a_card_showed_before_is_forgotten_with_its_network() -> None:
    card = plugged(nic("a", WEB), H1, {WEB: network("web", 30)})
    assert plugged(card, H1, {}) == nic("a", WEB)


def test_cause_is_the_network_unless_the_vm_did_something_itself() -> None:
    before = vm("1", host=H1, nics=(nic("a", WEB), nic("b", WEB)))
    causes = {WEB: PARENT.id}
    moved = vm("1", host=H2, nics=before.nics)
    replugged = vm("1", host=H1, nics=(nic("a", WEB, port_vlan=access(9)), nic("b", WEB)))
    assert cause_of_vlan(before, before, "nics[a].vlan", causes) == PARENT.id
    assert cause_of_vlan(before, before, "nics[a].vlan", {}) is None
    assert cause_of_vlan(before, before, "nics[a].mac", causes) is None
    assert cause_of_vlan(before, before, "name", causes) is None
    assert cause_of_vlan(before, moved, "nics[a].vlan", causes) is None
    assert cause_of_vlan(before, replugged, "nics[a].vlan", causes) is None
    assert cause_of_vlan(before, replugged, "nics[b].vlan", causes) == PARENT.id

"""Who changed what: events that come with a change, before it, after it, or not at all."""

from __future__ import annotations

import pytest

from tests.unit.estate.builders import Estate, after, attribution, network, network_id, nic, vm, vm_id
from vmi_console.estate.changes import Amendment
from vmi_console.estate.records import Power
from vmi_console.estate.vlan import access

ONE = vm_id("1")


@pytest.fixture
def estate() -> Estate:
    estate = Estate()
    estate.tell(vm("1", power=Power.OFF, vcpus=1, nics=(nic("a", network_id("n")),)), network("n", 30))
    estate.wait(60)
    return estate


def authors(estate: Estate, record: object, *by: object) -> dict[str, str | None]:
    applied = estate.tell(record, by=by)  # type: ignore[arg-type]
    return {change.path: change.actor for change in applied.changes}


def test_an_event_gives_its_actor_and_time_to_what_it_names_alone(estate: Estate) -> None:
    changed = vm("1", power=Power.ON, vcpus=2, nics=(nic("a", network_id("n")),))
    applied = estate.tell(changed, by=(attribution(ONE, "power", at=after(50)),), occurred_at=after(55))
    assert {change.path: (change.actor, change.occurred_at) for change in applied.changes} == {
        "power": ("alice", after(50)),
        "vcpus": (None, after(55)),
    }
    assert applied.amendments == ()


def test_a_prefix_covers_what_is_below_it(estate: Estate) -> None:
    changed = vm("1", power=Power.OFF, vcpus=1, nics=(nic("a", network_id("m"), port_vlan=access(5)),))
    assert authors(estate, changed, attribution(ONE, "nics")) == {
        "nics[a].network": "alice",
        "nics[a].port_vlan": "alice",
        "nics[a].vlan": "alice",
    }


def test_a_prefix_ends_with_a_word(estate: Estate) -> None:
    assert authors(
        estate,
        vm("1", power=Power.OFF, vcpus=1, nics=(nic("a", network_id("n")),), created_at=after(0)),
        attribution(ONE, "create", "creat"),
    ) == {"created_at": None}


def test_addition_and_removal_have_the_author_of_an_event_without_paths(estate: Estate) -> None:
    (change,) = estate.tell(vm("2"), by=(attribution(vm_id("2")),)).changes
    assert change.actor == "alice"
    (change,) = estate.tell(removed=(vm_id("2"),), by=(attribution(vm_id("2"), actor="bob"),)).changes
    assert change.actor == "bob"


def test_an_event_without_paths_says_nothing_of_properties(estate: Estate) -> None:
    assert set(authors(estate, vm("1", power=Power.ON), attribution(ONE)).values()) == {None}


def test_an_event_of_another_entity_names_nobody(estate: Estate) -> None:
    assert set(authors(estate, vm("1", power=Power.ON), attribution(vm_id("2"), "power")).values()) == {None}


def test_a_later_event_amends_what_was_told(estate: Estate) -> None:
    (change,) = estate.tell(vm("1", power=Power.ON, vcpus=1, nics=(nic("a", network_id("n")),))).changes
    estate.wait(29)
    late = attribution(ONE, "power", at=after(59))
    applied = estate.tell(by=(late,))
    assert applied.amendments == (Amendment(number=change.number, actor="alice", occurred_at=after(59)),)
    assert estate.tell(by=(late,)).amendments == ()


def test_after_half_a_minute_nobody_knows_any_more(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.ON))
    estate.wait(30)
    assert not estate.tell(by=(attribution(ONE, "power"),))


def test_an_event_waits_for_its_change(estate: Estate) -> None:
    assert not estate.tell(by=(attribution(ONE, "power", "vcpus"),))
    estate.wait(9)
    assert authors(estate, vm("1", power=Power.ON, vcpus=1, nics=(nic("a", network_id("n")),))) == {"power": "alice"}
    # the other property that it named may still be on its way, the one that came is done with
    again = vm("1", power=Power.OFF, vcpus=2, nics=(nic("a", network_id("n")),))
    assert authors(estate, again) == {"power": None, "vcpus": "alice"}


def test_an_event_does_not_wait_for_ever(estate: Estate) -> None:
    estate.tell(by=(attribution(ONE, "power"),))
    estate.wait(10)
    assert set(authors(estate, vm("1", power=Power.ON)).values()) == {None}


def test_an_amended_change_is_not_amended_again(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.ON))
    assert estate.tell(by=(attribution(ONE, "power"),)).amendments
    assert estate.tell(by=(attribution(ONE, "power", actor="bob"),)).amendments == ()


def test_of_two_changes_of_one_property_the_nearer_in_time_is_meant(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.ON), occurred_at=after(60))
    estate.wait(10)
    off = estate.tell(vm("1", power=Power.OFF), occurred_at=after(70)).changes
    applied = estate.tell(by=(attribution(ONE, "power", actor="bob", at=after(70)),))
    assert [amendment.number for amendment in applied.amendments] == [off[0].number]
    applied = estate.tell(by=(attribution(ONE, "power", actor="alice", at=after(60)),))
    assert [amendment.actor for amendment in applied.amendments] == ["alice"]


def test_without_a_time_the_latest_is_meant(estate: Estate) -> None:
    estate.tell(vm("1", power=Power.ON))
    latest = estate.tell(vm("1", power=Power.OFF)).changes[-1]
    applied = estate.tell(by=(attribution(ONE, "power"),))
    assert [amendment.number for amendment in applied.amendments] == [latest.number]


def test_an_edit_of_a_portgroup_is_nobodys_change_of_a_vm(estate: Estate) -> None:
    estate.tell(by=(attribution(ONE, "nics", actor="carol"),))
    on_network, on_vm = estate.tell(network("n", 40), by=(attribution(network_id("n"), "vlan"),)).changes
    assert (on_network.actor, on_network.cause) == ("alice", None)
    assert (on_vm.actor, on_vm.cause) == (None, network_id("n"))
    estate.wait(1)
    assert estate.tell(by=(attribution(ONE, "nics", actor="dave"),)).amendments == ()


def test_what_waits_is_forgotten(estate: Estate) -> None:
    for number in range(50):
        estate.tell(vm("1", vcpus=number), by=(attribution(vm_id(str(number)), "power"),))
        estate.tell(by=(attribution(ONE, "vcpus"),))
    estate.wait(60)
    estate.tell()
    authorship = estate.inventory._authorship
    assert not authorship._anonymous
    assert not authorship._claims

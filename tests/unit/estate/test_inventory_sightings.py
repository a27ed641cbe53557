"""One machine seen twice, and two machines that share an identity."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.estate.builders import Estate, host, host_id, nic, vm, vm_id
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, PhysicalNic, Power

BOARD = "4c4c4544-0043-3510-8052-b4c04f564433"
OTHER_BOARD = "4c4c4544-0043-3510-8052-b4c04f564434"
UUID = "42310001-9c1e-7e4a-2f60-000000000001"
INSTANCE = "50310001-9c1e-7e4a-2f60-000000000001"


@pytest.fixture
def estate() -> Estate:
    return Estate()


def one(endpoint: str, native: str = "1", *, on: str | None = "h", power: Power = Power.ON, **fields: Any) -> VM:
    host = host_id(on, endpoint) if on is not None else None
    return vm(native, endpoint=endpoint, host=host, power=power, **{"uuid": UUID, **fields})


def verdict(estate: Estate, a: EntityId, b: EntityId) -> str:
    """What the two are to each other; the relation holds both ways."""
    inventory = estate.inventory
    assert (b in inventory.sightings(a)) == (a in inventory.sightings(b))
    assert (b in inventory.duplicates(a)) == (a in inventory.duplicates(b))
    assert a not in (*inventory.sightings(a), *inventory.duplicates(a))
    return "one" if b in inventory.sightings(a) else "two" if b in inventory.duplicates(a) else "strangers"


A, B = vm_id("1", "a"), vm_id("1", "b")


def test_an_esxi_host_beside_its_vcenter(estate: Estate) -> None:
    estate.tell(host("host-9", endpoint="vc", uuid=BOARD), host("ha-host", endpoint="esx", uuid=BOARD))
    estate.tell(
        one("vc", "vm-7", on="host-9", instance_uuid=INSTANCE, nics=(nic("4000", mac="aa:01"),)),
        one("esx", "42", on="ha-host", instance_uuid=INSTANCE, nics=(nic("4000", mac="aa:01"),)),
    )
    assert verdict(estate, vm_id("vm-7", "vc"), vm_id("42", "esx")) == "one"
    assert verdict(estate, host_id("host-9", "vc"), host_id("ha-host", "esx")) == "one"
    assert len(estate.inventory.vms()) == 2  # never merged


def test_clones_at_one_endpoint(estate: Estate) -> None:
    estate.tell(one("vc", "vm-1", power=Power.OFF), one("vc", "vm-2", power=Power.OFF))
    assert verdict(estate, vm_id("vm-1"), vm_id("vm-2")) == "two"


def test_clones_that_vcenter_tells_apart_stay_apart_where_their_host_is_seen_too(estate: Estate) -> None:
    estate.tell(host("h", endpoint="vc", uuid=BOARD), host("h", endpoint="esx", uuid=BOARD))
    estate.tell(
        one("vc", "vm-1", instance_uuid=INSTANCE),
        one("vc", "vm-2", instance_uuid="another"),
        one("esx", "42", instance_uuid="another"),
    )
    assert verdict(estate, vm_id("vm-1"), vm_id("vm-2")) == "two"
    assert verdict(estate, vm_id("vm-1"), vm_id("42", "esx")) == "two"
    assert verdict(estate, vm_id("vm-2"), vm_id("42", "esx")) == "one"


def test_a_guest_migrates_between_two_libvirt_hosts(estate: Estate) -> None:
    estate.tell(host("h", endpoint="a", uuid=BOARD), host("h", endpoint="b", uuid=OTHER_BOARD))
    estate.tell(one("a"))
    assert estate.inventory.sightings(A) == ()
    estate.tell(one("b", power=Power.PAUSED))  # waits for memory
    assert verdict(estate, A, B) == "one"
    estate.tell(one("b"))  # both say running for a moment
    assert verdict(estate, A, B) == "two"
    estate.tell(one("a", power=Power.OFF))  # its definition stays behind
    assert verdict(estate, A, B) == "one"
    estate.tell(removed=(A,))
    assert estate.inventory.sightings(B) == estate.inventory.duplicates(B) == ()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (one("a"), one("b"), "two"),
        (one("a"), one("b", power=Power.OFF), "one"),
        (one("a", power=Power.OFF), one("b", power=Power.OFF), "one"),
        (one("a"), one("b", power=Power.UNKNOWN), "two"),
        (one("a"), one("b", power=Power.SUSPENDED), "one"),
        (one("a"), one("b", power=Power.OFF, uuid="other"), "strangers"),
        (one("a", uuid=None), one("b", uuid=None), "strangers"),
        # cards speak against it, are unknown, or are in part the same
        (one("a", nics=(nic("aa"),)), one("b", power=Power.OFF, nics=(nic("bb"),)), "two"),
        (one("a", nics=(nic("aa"),)), one("b", power=Power.OFF), "one"),
        (one("a", nics=(nic("aa"), nic("cc"))), one("b", power=Power.OFF, nics=(nic("cc"),)), "one"),
        # without a host nobody can say that it is the same
        (one("a", on=None), one("b", on=None), "two"),
        # a sighting that knows no instance UUID does not contradict one that does
        (one("a", instance_uuid=INSTANCE), one("b", power=Power.OFF), "one"),
    ],
)
def test_on_different_hosts(estate: Estate, a: VM, b: VM, expected: str) -> None:
    estate.tell(host("h", endpoint="a", uuid=BOARD), host("h", endpoint="b", uuid=OTHER_BOARD), a, b)
    assert verdict(estate, A, B) == expected


def test_cards_that_differ_make_two_even_on_one_host(estate: Estate) -> None:
    estate.tell(host("h", endpoint="a", uuid=BOARD), host("h", endpoint="b", uuid=BOARD))
    estate.tell(one("a", nics=(nic("aa"),)), one("b", nics=(nic("bb"),)))
    assert verdict(estate, A, B) == "two"


def test_a_uuid_that_changes_parts_them(estate: Estate) -> None:
    estate.tell(one("a"), one("b", power=Power.OFF))
    assert verdict(estate, A, B) == "one"
    estate.tell(one("b", power=Power.OFF, uuid="other"))
    assert verdict(estate, A, B) == "strangers"


def test_a_stopped_definition_may_belong_to_either_of_two_that_run(estate: Estate) -> None:
    estate.tell(one("a"), one("b"), one("c", power=Power.OFF))
    c = vm_id("1", "c")
    assert (verdict(estate, A, c), verdict(estate, B, c), verdict(estate, A, B)) == ("one", "one", "two")


HOST_A, HOST_B = host_id("h", "a"), host_id("h", "b")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"uuid": BOARD}, "one"),
        ({"uuid": OTHER_BOARD}, "strangers"),
        ({"uuid": None}, "strangers"),
        ({"uuid": BOARD, "serial": "S1"}, "one"),
        ({"uuid": BOARD, "serial": "S2"}, "two"),
        ({"uuid": BOARD, "nics": (PhysicalNic(key="eth0", mac="bb"),)}, "two"),
    ],
)
def test_hosts(estate: Estate, fields: dict[str, Any], expected: str) -> None:
    ports = (PhysicalNic(key="eth0", mac="aa"),)
    estate.tell(host("h", endpoint="a", uuid=BOARD, serial="S1", nics=ports), host("h", endpoint="b", **fields))
    assert verdict(estate, HOST_A, HOST_B) == expected


def test_firmware_that_gives_all_boards_of_one_endpoint_the_same_uuid(estate: Estate) -> None:
    estate.tell(host("h1", uuid=BOARD), host("h2", uuid=BOARD))
    assert verdict(estate, host_id("h1"), host_id("h2")) == "two"


def test_what_is_neither_vm_nor_host_has_no_sightings(estate: Estate) -> None:
    assert estate.inventory.sightings(EntityId("network/vc/x")) == ()

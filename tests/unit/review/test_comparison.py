"""Two moments of the demo estate: the comparison shows what an administrator did between them, no more and no less."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, disk, host, network, nic, vm
from tests.unit.reports.estates import demo, hostile, of_vms
from tests.unit.review.administrator import Administrator
from vmi_console.estate.changes import Action, Batch
from vmi_console.estate.identity import EntityId, entity_id, native_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Power
from vmi_console.policy.findings import Stage
from vmi_console.review.causes import Cause
from vmi_console.review.comparison import GivenUp, compare
from vmi_console.review.likeness import Sighted, compare_vms, sighted
from vmi_console.review.moment import Moment, PolicyFile


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.integers(0, 5), between=st.integers(0, 40))
def test_it_shows_what_was_done_no_more_and_no_less(seed: int, before: int, between: int) -> None:
    admin = Administrator(seed)
    admin.work(before)
    earlier = admin.moment()
    admin.begin()
    admin.work(between)
    comparison = compare(earlier, admin.moment())
    shown = [(each.entity, each.path, repr(each.before), repr(each.after)) for each in comparison.items()]
    assert len(shown) == len(set(shown))
    assert set(shown) == admin.expected()
    assert comparison.is_empty == (not shown)
    made = {(change.entity, change.path, change.actor) for change in admin.changes}
    assert all((each.entity, each.path, each.actor) in made for each in comparison.items() if each.actor is not None)


def moment(*records: object, **fields: object) -> Moment:
    inventory = Inventory(iter(range(1, 1000)).__next__)
    inventory.apply(Batch(records=records), NOON)  # type: ignore[arg-type]
    return Moment(at=NOON, records=tuple(inventory.all()), **fields)  # type: ignore[arg-type]


def test_a_networks_edit_that_shows_in_thirty_vms_is_one_group_with_its_author() -> None:
    cards = {number: nic(f"m{number}", network("n").id) for number in range(30)}
    machines = [vm(str(number), nics=(card,)) for number, card in cards.items()]
    first = moment(network("n", 10), host("a"), *machines)
    second = moment(network("n", 20), host("a"), *machines)
    (group,) = compare(first, second).groups
    assert (group.cause, group.name, group.vms, len(group.items)) == (Cause.NETWORK, "n", 30, 31)
    assert group.items[0].path == "vlan"


def test_vms_that_leave_a_host_are_one_group_with_the_vlans_they_got_by_it() -> None:
    one, other = host("a"), host("b")
    wire = network("n", host_vlans={one.id: network("x", 1).vlan, other.id: network("x", 2).vlan})
    first = moment(one, other, wire, *(vm(str(n), host=one.id, nics=(nic(f"m{n}", wire.id),)) for n in range(3)))
    second = moment(one, other, wire, *(vm(str(n), host=other.id, nics=(nic(f"m{n}", wire.id),)) for n in range(3)))
    (group,) = compare(first, second).groups
    assert (group.cause, group.name, group.vms) == (Cause.MOVE, "a", 3)
    assert {item.path for item in group.items} == {"host", "nics[m0].vlan", "nics[m1].vlan", "nics[m2].vlan"}


def test_a_package_upgraded_in_many_guests_is_one_group() -> None:
    admin = Administrator(1)
    earlier = admin.moment()
    admin._upgrade()
    (group,) = compare(earlier, admin.moment()).groups
    assert (group.cause, group.field, group.vms) == (Cause.INSIDE, "applications", len(admin.changes))
    assert group.vms > 1


def test_a_vm_told_of_by_another_endpoint_is_the_same_vm() -> None:
    """As the same estate through a host, and through the vCenter that manages it now."""
    uuid = "4231aaaa-9c1e-7e4a-2f60-000000000001"
    first = moment(network("n", 10), vm("1", uuid=uuid, name="web", nics=(nic("52:54:00:00:00:01", network("n").id),)))
    other = network("m7", 10, endpoint="esx", name="n")
    second = moment(
        other,
        vm("7", endpoint="esx", uuid=uuid, name="web", power=Power.ON, nics=(nic("52:54:00:00:00:01", other.id),)),
    )
    comparison = compare(first, second)
    assert [(item.entity, item.path) for item in comparison.items()] == [(vm("1").id, "power")]
    stranger = vm("7", endpoint="esx", uuid=uuid, nics=(nic("52:54:00:00:00:99", other.id),))
    copied = compare(first, moment(other, stranger))
    assert {(item.name, item.action) for item in copied.items() if item.path == "" and item.vm} == {
        ("web", Action.REMOVED),
        ("7", Action.ADDED),
    }


def test_of_what_one_of_them_cannot_know_nothing_is_said() -> None:
    first = moment(vm("1", vcpus=2, disks=(disk("vda"),), power=Power.ON))
    second = moment(vm("1", power=Power.OFF), lacks=("disks",))
    comparison = compare(first, second)
    assert [item.path for item in comparison.items()] == ["power"]
    assert comparison.left_out == 2


def test_findings_policies_and_quarantine() -> None:
    first = demo()
    opened = next(each for each in first.findings if each.is_open)
    second = msgspec.structs.replace(
        first,
        at=first.at + timedelta(hours=1),
        findings=tuple(
            msgspec.structs.replace(each, stage=Stage.RESOLVED) if each is opened else each for each in first.findings
        ),
        policies=(*first.policies[1:], PolicyFile(name="zz.yaml", text="policy: A\n")),
        quarantines=(),
    )
    there = compare(first, second)
    assert not there.groups
    assert [each.finding for each in there.resolved] == [opened.id]
    assert not there.opened
    assert [(each.name, each.action) for each in there.policies] == [
        (first.policies[0].name, Action.REMOVED),
        ("zz.yaml", Action.ADDED),
    ]
    assert there.policies[1].lines[-1] == "+policy: A"
    assert [(each.before, each.after) for each in there.quarantines] == [("partly isolated", None)]
    back = compare(second, first)
    assert [each.finding for each in back.opened] == [opened.id]
    assert "the first moment is the later one" in back.notes[0]


@pytest.mark.parametrize("one", [demo(), hostile()], ids=["demo", "hostile"])
def test_a_moment_differs_in_nothing_from_itself(one: Moment) -> None:
    copies = tuple(msgspec.convert(msgspec.to_builtins(record), type(record)) for record in one.records)
    assert compare(one, msgspec.structs.replace(one, records=copies)).is_empty


def test_it_can_be_given_up() -> None:
    with pytest.raises(GivenUp):
        compare(demo(), demo(), given_up=lambda: True)


def test_a_vm_beside_its_gold_image_differs_in_what_was_done_to_it_alone() -> None:
    one = demo()
    gold = next(each for each in of_vms(one) if sighted(one, each.id).software is not None)  # type: ignore[union-attr]
    first = sighted(one, gold.id)
    assert first is not None
    assert first.software is not None
    copy = msgspec.structs.replace(
        gold,
        id=EntityId(f"{gold.id}-copy"),
        name="web-77",
        uuid=None,
        vcpus=64,
        nics=tuple(msgspec.structs.replace(card, mac="52:54:00:99:99:99", key="4999") for card in gold.nics[:1]),
        disks=tuple(msgspec.structs.replace(each, path="/elsewhere") for each in gold.disks),
    )
    gone = gold.nics[1:]
    told = list(compare_vms(first, Sighted(copy, first.software)))
    assert [each.path for each in told] == ["vcpus", *(f"nics[{number}]" for number in range(2, 2 + len(gone)))]
    assert sighted(one, entity_id("vm", "nowhere", native_of(gold.id))) is None
    assert isinstance(gold, VM)

"""What a person reads of a change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from vmi_console.cli.lines import change_line
from vmi_console.cli.watch import Table
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.differences import Difference, differences
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM, Address, Disk, Nic, Snapshot
from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk

BARE = VM(id=entity_id("vm", "e", "v"), name="web-01")
MAC = "52:54:00:00:00:01"


def row(difference: Difference, actor: str | None = None) -> str:
    """What is told of a change of the VM, without its time and name."""
    change = Change(
        number=1, entity=BARE.id, name=BARE.name, action=difference.action, path=difference.path,
        before=difference.before, after=difference.after, observed_at=datetime.now(UTC), actor=actor,
    )  # fmt: skip
    return Table(colour=False, name_of=lambda _: None).row(change_line(change, None)).partition(BARE.name)[2].strip()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"snapshots": (Snapshot(key="snapshot-7", name="before patch day"),)}, "snapshot “before patch day”"),
        ({"snapshots": (Snapshot(key="clean", name="clean"),)}, "snapshot clean"),
        ({"nics": (Nic(key=MAC, mac=MAC),)}, f"NIC {MAC}"),
        ({"nics": (Nic(key="4000", mac=MAC, label="Network adapter 1"),)}, "NIC “Network adapter 1”"),
        ({"disks": (Disk(key="vdb", path="/b.qcow2"),)}, "disk vdb"),
        ({"attributes": {"owner[s]": "amy"}}, "attribute owner[s]"),
    ],
)
def test_a_part_that_comes_or_goes_is_told_by_its_name(part: dict[str, Any], name: str) -> None:
    whole = msgspec.structs.replace(BARE, **part)
    (added,), (removed,) = differences(BARE, whole), differences(whole, BARE)
    assert row(added) == f"{name} added"
    assert row(removed, actor="s.lindqvist") == f"{name} removed, by s.lindqvist"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (access(110), access(666), "110 → 666"),
        (UNTAGGED, trunk([(1, 10), (20, 20)], native=5), "untagged → trunk 1–10, 20 (native 5)"),
        (None, Vlan(VlanMode.PRIVATE, ((401, 401),)), "not known → private 401"),
    ],
)
def test_a_vlan_is_told_as_people_write_it(before: Vlan | None, after: Vlan | None, told: str) -> None:
    one, other = (msgspec.structs.replace(BARE, nics=(Nic(key="4000", vlan=vlan),)) for vlan in (before, after))
    (moved,) = differences(one, other)
    assert row(moved) == f"nics[4000].vlan: {told}"


def test_what_consists_of_several_things_is_told_in_words() -> None:
    card = Nic(key="4000", addresses=(Address(ip="10.0.0.7", prefix=16), Address(ip="fe80::7")), connected=True)
    one = msgspec.structs.replace(BARE, nics=(msgspec.structs.replace(card, addresses=(), connected=False),))
    other = msgspec.structs.replace(BARE, nics=(card,))
    assert [row(each) for each in differences(one, other)] == [
        "nics[4000].connected: no → yes",
        "nics[4000].addresses: none → 10.0.0.7, fe80::7",
    ]
    long = Difference(Action.CHANGED, "annotation", "x" * 500, "vmi1." + "y" * 500)
    assert row(long) == f"annotation: {'x' * 99}… → the console's signed record"


def test_an_application_that_comes_is_told_by_its_name() -> None:
    telnetd = {"manager": "dpkg", "name": "telnetd", "version": "0.17"}
    assert row(Difference(Action.ADDED, "applications[telnetd]", after=telnetd)) == "application telnetd added"


def test_a_vm_that_comes_or_goes_is_told_as_one() -> None:
    assert row(Difference(Action.ADDED, "")) == "vm added"
    assert row(Difference(Action.REMOVED, "")) == "vm removed"


def test_a_property_is_told_with_both_values() -> None:
    assert row(Difference(Action.CHANGED, "power", "off", "on")) == "power: off → on"

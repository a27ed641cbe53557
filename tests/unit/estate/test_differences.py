from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.estate.builders import (
    NOON,
    application,
    disk,
    host,
    host_id,
    image,
    network,
    network_id,
    nic,
    read,
    vm,
)
from vmi_console.estate.changes import Action
from vmi_console.estate.differences import UNTOLD, Difference, differences
from vmi_console.estate.facts import FactSet, Guest, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import (
    Certificate,
    Connection,
    Datastore,
    GuestSummary,
    Health,
    HostState,
    PhysicalNic,
    Power,
    Record,
    Snapshot,
    State,
)
from vmi_console.estate.software import Image, fact_differences, view
from vmi_console.estate.vlan import access

ADDED, REMOVED, CHANGED = Action.ADDED, Action.REMOVED, Action.CHANGED


def connection(**health: Any) -> Connection:
    return Connection(
        id=EntityId("connection/console/1"), name="lab", uri="demo://", provider="demo", health=Health(**health)
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (vm("1"), vm("1"), []),
        (vm("1", name="a"), vm("1", name="b"), [(CHANGED, "name", "a", "b")]),
        (vm("1", power=Power.ON), vm("1", power=Power.OFF), [(CHANGED, "power", "on", "off")]),
        (vm("1"), vm("1", host=host_id("h")), [(CHANGED, "host", None, "host/vc/h")]),
        (vm("1", tags=("a",)), vm("1", tags=("a", "b")), [(CHANGED, "tags", ("a",), ("a", "b"))]),
        (vm("1", created_at=NOON), vm("1"), [(CHANGED, "created_at", NOON, None)]),
        # dictionaries, entry by entry
        (
            vm("1", attributes={"owner": "a", "tier": "1", "same": "s"}),
            vm("1", attributes={"owner": "b", "site": "x", "same": "s"}),
            [
                (CHANGED, "attributes[owner]", "a", "b"),
                (REMOVED, "attributes[tier]", "1", None),
                (ADDED, "attributes[site]", None, "x"),
            ],
        ),
        (
            network("n", host_vlans={host_id("h"): access(1)}),
            network("n", host_vlans={host_id("h"): access(2)}),
            [
                (
                    CHANGED,
                    "host_vlans[host/vc/h]",
                    {"mode": "access", "ranges": ((1, 1),)},
                    {"mode": "access", "ranges": ((2, 2),)},
                )
            ],
        ),
        # nested structures, field by field
        (
            vm("1", guest=GuestSummary(hostname="a", os="x")),
            vm("1", guest=GuestSummary(hostname="b", os="x")),
            [(CHANGED, "guest.hostname", "a", "b")],
        ),
        (connection(), connection(state=State.LIVE), [(CHANGED, "health.state", "connecting", "live")]),
        (
            connection(),
            connection(certificate=Certificate(fingerprint="aa")),
            [(CHANGED, "health.certificate", None, {"fingerprint": "aa"})],
        ),
        (
            connection(certificate=Certificate(fingerprint="aa")),
            connection(certificate=Certificate(fingerprint="bb")),
            [(CHANGED, "health.certificate.fingerprint", "aa", "bb")],
        ),
        # parts with a key
        (
            vm("1", nics=(nic("a", network_id("x")), nic("b"))),
            vm("1", nics=(nic("b"), nic("a", network_id("y")))),
            [(CHANGED, "nics[a].network", "network/vc/x", "network/vc/y")],
        ),
        (
            vm("1", disks=(disk("vda", path="/a"),)),
            vm("1", disks=(disk("vda", path="/b"),)),
            [(CHANGED, "disks[vda].path", "/a", "/b")],
        ),
        (
            vm("1", snapshots=(Snapshot(key="s1", name="one"),)),
            vm("1", snapshots=(Snapshot(key="s2", name="two"),)),
            [
                (REMOVED, "snapshots[s1]", {"key": "s1", "name": "one"}, None),
                (ADDED, "snapshots[s2]", None, {"key": "s2", "name": "two"}),
            ],
        ),
        (vm("1"), vm("1", disks=(disk("vda"),)), [(ADDED, "disks[vda]", None, {"key": "vda"})]),
        (
            host("h", nics=(PhysicalNic(key="eth0", speed_mbps=1000),), state=HostState.CONNECTED),
            host("h", nics=(PhysicalNic(key="eth0"),), state=HostState.MAINTENANCE),
            [
                (CHANGED, "state", "connected", "maintenance"),
                (CHANGED, "nics[eth0].speed_mbps", 1000, None),
            ],
        ),
        # parts that share a key are told apart by value
        (
            vm("1", disks=(disk("x", path="/a"), disk("x", path="/b"))),
            vm("1", disks=(disk("x", path="/b"), disk("x", path="/c"))),
            [
                (REMOVED, "disks[x]", {"key": "x", "path": "/a"}, None),
                (ADDED, "disks[x]", None, {"key": "x", "path": "/c"}),
            ],
        ),
        # addresses are one value
        (
            vm("1", nics=(nic("a", ips=("10.0.0.1",)),)),
            vm("1", nics=(nic("a"),)),
            [(CHANGED, "nics[a].addresses", ({"ip": "10.0.0.1"},), ())],
        ),
        # what moves all the time
        (vm("1", config_version="1"), vm("1", config_version="2"), []),
        (vm("1", guest=GuestSummary(read_at=NOON)), vm("1"), []),
        (vm("1", disks=(disk("a", allocated_bytes=1),)), vm("1", disks=(disk("a", allocated_bytes=2),)), []),
        (vm("1", nics=(nic("a", device="vnet1"),)), vm("1", nics=(nic("a", device="vnet2"),)), []),
        (connection(since=NOON), connection(since=NOON + timedelta(hours=1)), []),
        (
            Datastore(id=EntityId("datastore/vc/1"), name="d", free_bytes=1),
            Datastore(id=EntityId("datastore/vc/1"), name="d", free_bytes=2),
            [],
        ),
    ],
)
def test_differences(before: Record, after: Record, expected: list[tuple[Action, str, Any, Any]]) -> None:
    assert [tuple(difference) for difference in differences(before, after)] == expected


def test_untold_fields_exist() -> None:
    for struct, fields in UNTOLD.items():
        assert fields <= set(struct.__struct_fields__)


def test_guest_facts_are_left_to_whoever_knows_their_image() -> None:
    one = Guest(id=EntityId("guest/vc/1"), name="1", vm=EntityId("vm/vc/1"), applications=read(application("a")))
    two = Guest(id=one.id, name="1", vm=one.vm, applications=read(application("b")))
    assert list(differences(one, two)) == []


IMAGE = image("i", application("bash", "5"), application("curl", "7"), application("vim", "9"))
BASED = Image(IMAGE).applications


def facts(before: FactSet[Any], after: FactSet[Any], *, same_image: bool = True) -> list[Difference]:
    other = BASED if same_image else Image(IMAGE).applications
    return list(fact_differences("applications", view(before, BASED), view(after, other)))


@pytest.mark.parametrize("same_image", [True, False])
def test_facts_come_go_and_change(same_image: bool) -> None:
    found = facts(
        read(application("nginx"), base=IMAGE.id),
        read(application("curl", "8"), application("telnetd"), base=IMAGE.id, removed=("dpkg:vim:amd64",)),
        same_image=same_image,
    )
    assert {(difference.action, difference.path) for difference in found} == {
        (REMOVED, "applications[nginx]"),
        (REMOVED, "applications[vim]"),
        (ADDED, "applications[telnetd]"),
        (CHANGED, "applications[curl].version"),
    }
    (changed,) = (difference for difference in found if difference.action is CHANGED)
    assert (changed.before, changed.after) == ("7", "8")


def test_another_description_of_the_same_facts_is_no_difference() -> None:
    based = read(application("nginx"), base=IMAGE.id, removed=("dpkg:vim:amd64",))
    whole = read(application("curl", "7"), application("nginx"), application("bash", "5"))
    repeated = read(application("nginx"), application("curl", "7"), base=IMAGE.id, removed=("dpkg:vim:amd64",))
    assert facts(based, whole) == []
    assert facts(based, repeated) == []


def test_what_could_not_be_read_differs_in_nothing() -> None:
    unreadable: FactSet[Any] = FactSet(status=Looked.UNREADABLE, because="encrypted")
    assert facts(read(application("a")), unreadable) == []
    assert facts(unreadable, read(application("a"))) == []
    assert list(fact_differences("applications", view(read(base=IMAGE.id)), view(read()))) == []


def test_versions_that_are_installed_side_by_side() -> None:
    kernels = [application("kernel", version, manager="rpm") for version in ("1", "2", "3")]
    found = list(fact_differences("applications", view(read(*kernels[:2])), view(read(*kernels[1:]))))
    assert [(difference.action, difference.path) for difference in found] == [
        (REMOVED, "applications[kernel]"),
        (ADDED, "applications[kernel]"),
    ]
    assert found[1].after["version"] == "3"


def test_vm_with_hostile_names_in_its_parts() -> None:
    after = vm("1", attributes={"x].vlan": "\x00<b>"})
    assert [tuple(difference) for difference in differences(vm("1"), after)] == [
        (ADDED, "attributes[x].vlan]", None, "\x00<b>")
    ]

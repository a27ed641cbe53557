"""What was found inside guests: put together from image and difference, followed from look to look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, Estate, application, guest, image, image_id, read, told, vm, vm_id
from vmi_console.estate.changes import Seen
from vmi_console.estate.facts import Application, FactSet, Looked, OperatingSystem, Process, Service
from vmi_console.estate.software import FactView, Image, fact_differences, view

IMAGE = image(
    "debian",
    application("bash", "5"),
    application("curl", "7"),
    application("libc", "2", arch="amd64"),
    application("libc", "2", arch="i386"),
    services=(Service(name="auditd", running=True), Service(name="sshd", running=True)),
)
UNREADABLE: FactSet[Any] = FactSet(status=Looked.UNREADABLE, because="the disk is encrypted")


@pytest.fixture
def estate() -> Estate:
    estate = Estate()
    estate.tell(vm("1"), IMAGE, guest("1", applications=read(base=IMAGE.id), services=read(base=IMAGE.id)))
    return estate


def applications(estate: Estate, native: str = "1") -> FactView[Application]:
    software = estate.inventory.software(vm_id(native))
    assert software is not None
    return software.applications


def versions(found: tuple[Application, ...]) -> list[str]:
    return [item.version for item in found]


def test_nobody_looked(estate: Estate) -> None:
    assert estate.inventory.software(vm_id("2")) is None
    assert estate.inventory.guest(vm_id("2")) is None


def test_the_image_shows_through(estate: Estate) -> None:
    found = applications(estate)
    assert found.status is Looked.READ
    assert versions(found.find("bash")) == ["5"]
    assert [item.arch for item in found.find("libc")] == ["amd64", "i386"]
    assert found.find("telnetd") == ()
    assert sorted(found.names()) == ["bash", "curl", "libc", "libc"]
    assert len(found) == 4


def test_the_difference_is_laid_over_the_image(estate: Estate) -> None:
    own = (application("bash", "6"), application("telnetd"), application("libc", "3", arch="i386"))
    estate.tell(guest("1", applications=read(*own, base=IMAGE.id, removed=("dpkg:curl:amd64",))))
    found = applications(estate)
    assert versions(found.find("bash")) == ["6"]
    assert found.find("curl") == ()
    assert [(item.arch, item.version) for item in found.find("libc")] == [("amd64", "2"), ("i386", "3")]
    assert sorted(found.names()) == ["bash", "libc", "libc", "telnetd"]


def test_without_its_image_a_set_is_not_known() -> None:
    estate = Estate()
    estate.tell(vm("1"), guest("1", applications=read(application("own"), base=IMAGE.id)))
    assert applications(estate).status is Looked.NOT_YET
    assert "image" in applications(estate).because
    estate.tell(IMAGE)
    assert applications(estate).status is Looked.READ
    assert versions(applications(estate).find("bash")) == ["5"]
    assert list(estate.inventory.vms_of_image(IMAGE.id)) == [vm_id("1")]
    estate.tell(removed=(IMAGE.id,))
    assert applications(estate).status is Looked.NOT_YET


def test_why_a_set_cannot_be_read(estate: Estate) -> None:
    estate.tell(guest("1", applications=UNREADABLE))
    assert applications(estate).status is Looked.UNREADABLE
    assert applications(estate).because == "the disk is encrypted"


def test_the_first_look_is_no_change() -> None:
    applied = Estate().tell(vm("1"), IMAGE, guest("1", applications=read(application("a"))), seen=Seen.INSPECTION)
    assert len(applied.records) == 3
    assert [change.entity for change in applied.changes] == [vm_id("1")]


def test_what_changed_from_look_to_look(estate: Estate) -> None:
    second = guest(
        "1",
        applications=read(application("telnetd", "0.17"), application("curl", "8"), base=IMAGE.id),
        services=read(Service(name="auditd", running=False), base=IMAGE.id, removed=("sshd",)),
    )
    changes = estate.tell(second, seen=Seen.INSPECTION).changes
    assert {(change.path, change.action.value) for change in changes} == {
        ("applications[telnetd]", "added"),
        ("applications[curl].version", "changed"),
        ("services[auditd].running", "changed"),
        ("services[sshd]", "removed"),
    }
    assert {change.entity for change in changes} == {second.id}
    assert not estate.tell(second)


def test_looking_again_at_the_same_is_no_change(estate: Estate) -> None:
    later: FactSet[Any] = FactSet(status=Looked.READ, base=IMAGE.id, read_at=NOON + timedelta(days=1))
    applied = estate.tell(guest("1", applications=later, services=later))
    assert len(applied.records) == 1
    assert applied.changes == ()


def test_an_upgrade_of_the_whole_image_is_told_by_what_it_changed(estate: Estate) -> None:
    newer = image("debian-2", application("bash", "6"), *IMAGE.applications[1:], services=IMAGE.services)
    applied = estate.tell(newer, guest("1", applications=read(base=newer.id), services=read(base=newer.id)))
    assert told(applied) == [("applications[bash].version", "5", "6")]


def test_what_changes_while_a_set_cannot_be_read_is_told_in_the_end(estate: Estate) -> None:
    blind = estate.tell(guest("1", applications=UNREADABLE, services=read(base=IMAGE.id)))
    assert told(blind) == [
        ("applications.because", "", "the disk is encrypted"),
        ("applications.status", "read", "unreadable"),
    ]
    seeing = guest("1", applications=read(application("nc"), base=IMAGE.id), services=read(base=IMAGE.id))
    assert {change.path for change in estate.tell(seeing).changes} == {
        "applications.status",
        "applications.because",
        "applications[nc]",
    }
    assert {change.path for change in estate.tell(guest("1", applications=read(base=IMAGE.id))).changes} == {
        "applications[nc]",
        "services.status",
    }


def test_processes_come_and_go_untold(estate: Estate) -> None:
    busy = guest(
        "1",
        applications=read(base=IMAGE.id),
        services=read(base=IMAGE.id),
        processes=read(Process(pid=1, name="init")),
        os=read(OperatingSystem(name="Debian", version="12")),
    )
    assert estate.tell(busy).changes == ()
    estate.tell(guest("1", os=read(OperatingSystem(name="Debian", version="12"))))
    (change,) = estate.tell(guest("1", os=read(OperatingSystem(name="Debian", version="13")))).changes
    assert (change.path, change.before, change.after) == ("os[Debian].version", "12", "13")


def test_another_name_is_told_of_the_vm_and_not_of_its_guest_too(estate: Estate) -> None:
    (change,) = estate.tell(vm("1", name="renamed")).changes
    assert (change.entity, change.path) == (vm_id("1"), "name")
    looked_at_again = msgspec.structs.replace(guest("1"), name="renamed")
    assert [each for each in estate.tell(looked_at_again).changes if each.path == "name"] == []


def test_a_guest_goes_with_its_vm_and_an_image_with_its_last_guest(estate: Estate) -> None:
    estate.tell(vm("2"), guest("2", applications=read(base=IMAGE.id)))
    applied = estate.tell(removed=(vm_id("2"),))
    assert applied.removed == (vm_id("2"), guest("2").id)
    assert [change.entity for change in applied.changes] == [vm_id("2")]
    applied = estate.tell(removed=(vm_id("1"),))
    assert applied.removed == (vm_id("1"), guest("1").id, IMAGE.id)
    assert len(estate.inventory) == 0


def test_a_discovery_does_not_mention_what_is_inside_guests(estate: Estate) -> None:
    estate.discover("vc", vm("1"))
    assert estate.inventory.guest(vm_id("1")) is not None
    assert IMAGE.id in estate.inventory
    _, end = estate.discover("vc")
    assert set(end.removed) == {vm_id("1"), guest("1").id, IMAGE.id}


def test_guests_share_their_packages() -> None:
    estate = Estate()
    for native in ("1", "2"):
        estate.tell(guest(native, applications=read(application("own", "1.2.3"))))
    one, two = (applications(estate, native).find("own")[0] for native in ("1", "2"))
    assert one is two


ITEMS = st.builds(application, st.sampled_from("abcd"), st.sampled_from("123"), arch=st.sampled_from(["amd64", "i386"]))
KEYS = st.builds(lambda name, arch: f"dpkg:{name}:{arch}", st.sampled_from("abcd"), st.sampled_from(["amd64", "i386"]))
UNIQUE = st.lists(ITEMS, max_size=6, unique_by=lambda item: item.key)
BASES = st.one_of(st.none(), UNIQUE)
DELTAS = st.tuples(UNIQUE, st.lists(KEYS, max_size=3))


def put_together(base: list[Application] | None, delta: tuple[list[Application], list[str]]) -> dict[str, Application]:
    """The set as its definition says."""
    own, removed = delta
    whole = {item.key: item for item in base or () if item.key not in removed}
    return whole | {item.key: item for item in own}


def viewed(base: list[Application] | None, delta: tuple[list[Application], list[str]]) -> FactView[Application]:
    own, removed = delta
    if base is None:
        return view(read(*own, removed=tuple(removed)))
    return view(read(*own, base=image_id("i"), removed=tuple(removed)), Image(image("i", *base)).applications)


@given(BASES, DELTAS)
def test_a_view_is_the_set_that_it_stands_for(
    base: list[Application] | None, delta: tuple[list[Application], list[str]]
) -> None:
    whole, found = put_together(base, delta), viewed(base, delta)
    assert {item.key: item for item in found} == whole
    assert len(found) == len(whole)
    for name in "abcdx":
        assert sorted(item.key for item in found.find(name)) == sorted(
            key for key, item in whole.items() if item.name == name
        )


@given(UNIQUE, DELTAS, DELTAS, st.booleans())
def test_differences_of_views_are_those_of_their_sets(
    base: list[Application],
    old_delta: tuple[list[Application], list[str]],
    new_delta: tuple[list[Application], list[str]],
    shared: bool,
) -> None:
    before, after = viewed(base, old_delta), viewed(base, new_delta)
    if shared:
        after = FactView(after.facts, before.image, after.own_names)
    old, new = put_together(base, old_delta), put_together(base, new_delta)
    expected = sorted(
        [("removed", item.name) for key, item in old.items() if key not in new]
        + [("added", item.name) for key, item in new.items() if key not in old]
        + [("changed", item.name) for key, item in new.items() if key in old and item != old[key]]
    )
    found = fact_differences("applications", before, after)
    assert sorted((d.action.value, d.path.removeprefix("applications[").partition("]")[0]) for d in found) == expected

"""What is installed, what runs, and how current it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, application, guest, image, image_id, read, vm, vm_id
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, Place, held, judged, made
from vmi_console.estate.facts import FactSet, Looked, OperatingSystem, Patch, Service
from vmi_console.estate.records import GuestSummary
from vmi_console.policy import endoflife
from vmi_console.policy.judgement import Verdict

LOCKED = FactSet[object](status=Looked.UNREADABLE, because="the disk is encrypted")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("applications: {denied: [telnetd]}", FAIL),
        ("applications: {denied: [TELNETD]}", FAIL),
        ("applications: {denied: ['telnetd < 0.17-50']}", FAIL),
        ("applications: {denied: ['telnetd < 0.17-42']}", PASS),
        ("applications: {denied: ['tel*']}", FAIL),
        ("applications: {denied: [telnet]}", PASS),
        ("applications: {denied: [gone]}", PASS),  # in the image, and removed
        ("applications: {required: [auditd]}", PASS),
        ("applications: {required: ['auditd >= 1:3.0']}", PASS),
        ("applications: {required: ['auditd >= 2:1']}", FAIL),
        ("applications: {required: ['audit | auditd']}", PASS),
        ("applications: {required: [audit]}", FAIL),
        ("applications: {denied: ['vague < 3']}", UNKNOWN),
        ("applications: {denied: ['vague < 3', telnetd]}", FAIL),
        ("applications: {denied: [vague]}", FAIL),
        ("applications: {required: ['vague >= 3']}", UNKNOWN),
        ("applications: {required: ['vague >= 3 | auditd']}", PASS),
        ("patches: {versions: ['auditd >= 1:3.0', 'absent >= 9']}", PASS),
        ("patches: {versions: ['telnetd >= 0.17-50']}", FAIL),
        ("patches: {versions: ['vague >= 1']}", UNKNOWN),
    ],
)
def test_applications(text: str, verdict: Verdict) -> None:
    base = image("i", application("auditd", "1:3.0.9-1"), application("gone"), application("vague", ""))
    facts = read(application("telnetd", "0.17-42"), base=image_id("i"), removed=("dpkg:gone:amd64",))
    assert judged(text, vm("a"), base, guest("a", applications=facts)).verdict is verdict


def test_evidence_of_applications_names_version_demand_and_property() -> None:
    inside = guest("a", applications=read(application("telnetd", "0.17-42")))
    found = judged("applications: {denied: ['telnet*'], required: [auditd]}", vm("a"), inside)
    assert found.evidence == ("telnetd 0.17-42 is installed; denied: telnet*; not installed; required: auditd")
    assert found.paths == ("applications[telnetd]", "applications[auditd]")


NAMES = ("telnetd", "auditd", "ncat", "sudo", "bash")
VERSIONED = st.builds(application, st.sampled_from(NAMES), st.sampled_from(["1:3.1", "0.1", ""]))
RUNNING = st.builds(Service, name=st.sampled_from(NAMES), enabled=st.booleans(), running=st.none() | st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_guest_is_judged_alike_whether_its_facts_lie_in_an_image_or_not(data: st.DataObject) -> None:
    def keyed(parts: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple({part.key: part for part in data.draw(st.lists(parts, max_size=4))}.values())

    shared, running = keyed(VERSIONED), keyed(RUNNING)
    own, started = keyed(VERSIONED), keyed(RUNNING)
    removed = tuple(data.draw(st.sets(st.sampled_from([*(each.key for each in shared), "dpkg:absent:amd64"]))))
    whole = {part.key: part for part in shared if part.key not in removed} | {part.key: part for part in own}
    place = Place(
        image("i", *shared, services=running),
        vm("a"),
        vm("b"),
        guest(
            "a",
            applications=read(*own, base=image_id("i"), removed=removed),
            services=read(*started, base=image_id("i")),
        ),
        guest(
            "b",
            applications=read(*whole.values()),
            services=read(*({part.key: part for part in running} | {part.key: part for part in started}).values()),
        ),
    )
    a, b = place.vm(vm_id("a")), place.vm(vm_id("b"))
    assert a is not None
    assert b is not None
    for text in (
        "applications: {denied: ['telnetd < 1', 'n*'], required: ['auditd >= 1 | sudo']}",
        "applications: {denied: [rsh]}",
        "services: {denied: ['tel*'], enabled: [auditd | sudo], required: [bash]}",
    ):
        check = made(text)
        for _ in range(2):  # the second time from what was remembered
            assert check.judge(a, place, NOON).verdict is check.judge(b, place, NOON).verdict
            each = {one.id: check.judge(one, place, NOON) for one in (a, b)}
            assert held(check, place) == {key: said for key, said in each.items() if said.verdict is not PASS}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("applications: {denied: [telnetd]}", "applications"),
        ("services: {denied: [telnet]}", "services"),
        ("patches: {required: [KB1]}", "patches"),
        ("patches: {newest_days: 9}", "patches"),
        ("patches: {versions: ['a > 1']}", "applications"),
    ],
)
def test_guests_that_could_not_be_looked_into_are_unknown_and_the_reason_is_told(text: str, field: str) -> None:
    assert judged(text, vm("a")).because == "nobody has looked into the guest yet"
    not_yet = judged(text, vm("a"), guest("a"))
    assert (not_yet.verdict, not_yet.because) == (UNKNOWN, f"nobody has looked at the guest's {field} yet")
    locked = judged(text, vm("a"), guest("a", **{field: LOCKED}))
    assert (locked.verdict, locked.because) == (
        UNKNOWN,
        f"the guest's {field} are unreadable: the disk is encrypted",
    )


def service(name: str, enabled: bool | None = True, running: bool | None = True) -> Service:
    return Service(name=name, enabled=enabled, running=running)


@pytest.mark.parametrize(
    ("text", "services", "verdict"),
    [
        ("services: {required: [auditd]}", [service("auditd")], PASS),
        ("services: {required: [auditd.service]}", [service("auditd")], PASS),
        ("services: {required: [auditd]}", [service("auditd", enabled=False)], FAIL),
        ("services: {required: [auditd]}", [service("auditd", running=False)], FAIL),
        ("services: {required: [auditd]}", [service("auditd", running=None)], UNKNOWN),
        ("services: {required: [auditd]}", [], FAIL),
        ("services: {required: ['audit | auditd']}", [service("auditd")], PASS),
        ("services: {enabled: [auditd]}", [service("auditd", running=None)], PASS),
        ("services: {enabled: [auditd]}", [service("auditd", enabled=None)], UNKNOWN),
        ("services: {enabled: [auditd]}", [service("auditd", enabled=False)], FAIL),
        ("services: {denied: ['telnet*']}", [service("auditd")], PASS),
        ("services: {denied: ['telnet*']}", [service("telnet.socket", enabled=False)], FAIL),
        ("services: {denied: ['telnet*']}", [service("telnet", enabled=False, running=False)], PASS),
        ("services: {denied: ['telnet*']}", [service("telnet", enabled=False, running=None)], UNKNOWN),
    ],
)
def test_services(text: str, services: list[Service], verdict: Verdict) -> None:
    assert judged(text, vm("a"), guest("a", services=read(*services))).verdict is verdict


def test_evidence_of_services() -> None:
    found = judged(
        "services: {required: [auditd]}", vm("a"), guest("a", services=read(service("auditd", enabled=False)))
    )
    assert found.evidence == "auditd is disabled and runs; required to be enabled and run: auditd"
    assert found.paths == ("services[auditd]",)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("patches: {required: [kb2]}", PASS),
        ("patches: {required: ['KB9 | KB1']}", PASS),
        ("patches: {required: [KB9]}", FAIL),
        ("patches: {newest_days: 10}", PASS),
        ("patches: {newest_days: 9}", FAIL),
        ("patches: {kernel: '>= 5.10'}", PASS),
        ("patches: {kernel: '>= 6.2'}", FAIL),
    ],
)
def test_patches(text: str, verdict: Verdict) -> None:
    updates = read(
        Patch(name="KB1", installed_at=NOON - timedelta(days=40)),
        Patch(name="KB2", installed_at=NOON - timedelta(days=9, hours=12)),
    )
    summary = GuestSummary(kernel="6.1.0-28-amd64")
    assert judged(text, vm("a", guest=summary), guest("a", patches=updates)).verdict is verdict


def test_updates_of_unknown_days_leave_it_open_unless_another_is_new() -> None:
    old, vague = Patch(name="KB1", installed_at=NOON - timedelta(days=40)), Patch(name="KB2")
    new = Patch(name="KB3", installed_at=NOON)
    text = "patches: {newest_days: 9}"
    assert judged(text, vm("a"), guest("a", patches=read(old, vague))).verdict is UNKNOWN
    assert judged(text, vm("a"), guest("a", patches=read(vague, new))).verdict is PASS
    assert judged(text, vm("a"), guest("a", patches=read())).verdict is UNKNOWN


def test_the_kernel_of_a_guest_that_nobody_knows() -> None:
    assert judged("patches: {kernel: '>= 5.10'}", vm("a")).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("name", "version", "title"),
    [
        ("Debian GNU/Linux 12 (bookworm)", "12.8", "Debian 12"),
        ("Debian GNU/Linux 9 (64-bit)", "", "Debian 9"),
        ("Ubuntu 22.04.5 LTS", "22.04", "Ubuntu 22.04"),
        ("Red Hat Enterprise Linux 9.4 (Plow)", "9.4", "Red Hat Enterprise Linux 9"),
        ("Red Hat Enterprise Linux 8 (64-bit)", "", "Red Hat Enterprise Linux 8"),
        ("CentOS Linux 7 (Core)", "7.9.2009", "CentOS Linux 7"),
        ("CentOS Stream 9", "9", "CentOS Stream 9"),
        ("Microsoft Windows Server 2008 R2", "6.1.7601", "Windows Server 2008 R2"),
        ("Microsoft Windows Server 2022 (64-bit)", "", "Windows Server 2022"),
        ("Microsoft Windows 11", "10.0.22631", "Windows 11, build 22631"),
        ("Microsoft Windows 10 (64-bit)", "", "Windows 10"),
    ],
)
def test_releases_are_known_by_their_names(name: str, version: str, title: str) -> None:
    found = endoflife.release(name, version)
    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    "name", ["", "Plan 9", "Ubuntu Linux (64-bit)", "Debian GNU/Linux 99", "Other 3.x Linux", "x" * 9999]
)
def test_nobody_can_tell_of_other_systems(name: str) -> None:
    assert endoflife.release(name) is None


@pytest.mark.parametrize(
    ("text", "day", "verdict"),
    [
        ("support: {}", datetime(2026, 7, 11, 12, tzinfo=UTC), PASS),
        ("support: {}", datetime(2026, 7, 12, tzinfo=UTC), FAIL),
        ("support: {days_left: 30}", datetime(2026, 7, 1, tzinfo=UTC), FAIL),
        ("support: {days_left: 30}", datetime(2026, 6, 1, tzinfo=UTC), PASS),
        ("support: {updates: extended}", datetime(2026, 7, 12, tzinfo=UTC), PASS),
        ("support: {updates: extended}", datetime(2028, 7, 1, tzinfo=UTC), FAIL),
    ],
)
def test_the_end_of_support(text: str, day: datetime, verdict: Verdict) -> None:
    found = guest("a", os=read(OperatingSystem(name="Debian GNU/Linux 12 (bookworm)", version="12.8")))
    assert judged(text, vm("a"), found, now=day).verdict is verdict


def test_the_hypervisors_word_counts_where_nobody_looked_inside() -> None:
    named = vm("a", guest=GuestSummary(os="Debian GNU/Linux 9 (64-bit)"))
    found = judged("support: {}", named)
    assert (found.verdict, found.evidence) == (FAIL, "Debian 9 got security updates until 2020-07-18")
    assert judged("support: {}", vm("a")).verdict is UNKNOWN
    assert judged("support: {}", vm("a", guest=GuestSummary(os="Plan 9"))).verdict is UNKNOWN

"""Two sources that say different things of one guest."""

from __future__ import annotations

import pytest

from vmi_console.estate.contradictions import contradictions
from vmi_console.estate.facts import Contradiction, FactSet, Guest, Looked, OperatingSystem
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM, GuestSummary, Source

VM_ID = entity_id("vm", "here", "1")

DEBIAN = OperatingSystem(
    name="Debian GNU/Linux", version="12", id="debian", family="linux", hostname="web", kernel="6.1.0-57-amd64"
)


def told(**facts: str) -> VM:
    return VM(id=VM_ID, name="web", guest=GuestSummary(source=Source.TOOLS, **facts))  # type: ignore[arg-type]


def inside(system: OperatingSystem, status: Looked = Looked.READ) -> Guest:
    facts = FactSet(status=status, items=(system,), source=Source.DISK)
    return Guest(id=entity_id("guest", "here", "1"), name="web", vm=VM_ID, os=facts)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"os": "Debian GNU/Linux 11 (64-bit)"},
        {"os": "Other Linux (64-bit)", "family": "linux"},
        {"hostname": "WEB.example.com", "kernel": "6.1.0-57-amd64"},
    ],
)
def test_what_can_both_be_so_is_no_contradiction(facts: dict[str, str]) -> None:
    assert contradictions(told(**facts), inside(DEBIAN)) == ()


@pytest.mark.parametrize(
    ("facts", "matter", "one", "other"),
    [
        (
            {"os": "Microsoft Windows Server 2019"},
            "operating system",
            "Microsoft Windows Server 2019",
            "Debian GNU/Linux 12",
        ),
        ({"os": "Ubuntu 22.04 LTS"}, "operating system", "Ubuntu 22.04 LTS", "Debian GNU/Linux 12"),
        ({"family": "windows"}, "operating system", "windows", "linux"),
        ({"hostname": "db.example.com"}, "hostname", "db.example.com", "web"),
        ({"kernel": "5.10.0-1-amd64"}, "kernel", "5.10.0-1-amd64", "6.1.0-57-amd64"),
    ],
)
def test_what_cannot_is_told_with_both_sources(facts: dict[str, str], matter: str, one: str, other: str) -> None:
    expected = (Contradiction(matter=matter, one=f"tools: {one}", other=f"disk: {other}"),)
    assert contradictions(told(**facts), inside(DEBIAN)) == expected


def test_what_was_not_read_contradicts_nothing() -> None:
    assert contradictions(told(os="Ubuntu"), inside(DEBIAN, Looked.UNREADABLE)) == ()

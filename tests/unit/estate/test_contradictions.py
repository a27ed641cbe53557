"""Two sources that say different things of one guest."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import msgspec
import pytest

from vmi_console.estate.changes import Batch
from vmi_console.estate.contradictions import contradictions
from vmi_console.estate.facts import Contradiction, FactSet, Guest, Looked, OperatingSystem
from vmi_console.estate.identity import entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import parse
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


OF_MEMORY = Contradiction(matter="operating system in memory", one="disk: Debian", other="memory: Windows")


def test_what_was_found_inside_may_contradict_itself_too() -> None:
    guest = msgspec.structs.replace(inside(DEBIAN), contradictions=(OF_MEMORY,))
    assert contradictions(told(), guest) == (OF_MEMORY,)
    assert [each.matter for each in contradictions(told(hostname="db"), guest)] == [OF_MEMORY.matter, "hostname"]


def test_queries_know_what_contradicts_what() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    inventory = Inventory(itertools.count(1).__next__)
    vm = told(hostname="db.example.com")
    inventory.apply(Batch(records=(vm, inside(DEBIAN))), now)
    assert parse('"hostname" in contradictions').evaluate(vm, inventory, now) is True
    assert parse('"kernel" in contradictions').evaluate(vm, inventory, now) is False

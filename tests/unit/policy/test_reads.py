"""Whatever can be read stands for topics, and whatever moves touches those of its readers."""

from __future__ import annotations

from typing import Any

import pytest

import vmi_console.policy.checks  # noqa: F401  (fills the registry)
from tests.unit.estate.builders import application, guest, nic, read, vm
from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.functions import FUNCTIONS, Function
from vmi_console.estate.query import parse
from vmi_console.policy import reads
from vmi_console.policy.check import CHECKS


@pytest.mark.parametrize("name", [*ATTRIBUTES, "applications", "services", "guest", "alerts", "filters"])
def test_every_name_has_topics_of_its_own(name: str) -> None:
    found = reads.topics(frozenset({name}))
    assert 0 < found < reads.EVERYTHING or ATTRIBUTES[name].key == "vm"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_what_functions_read_is_known(function: Function) -> None:
    query = parse(function.example)
    assert 0 < reads.topics(query.reads, query.via, query.by_clock) < reads.EVERYTHING


def test_nobody_knows_a_name_so_it_stands_for_everything() -> None:
    assert reads.topics(frozenset({"what is this"})) == reads.EVERYTHING
    assert all(kind.kind for kind in CHECKS.values())


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("vlans", {"nics": (nic("a"),)}),
        ("tags", {"tags": ("pci",)}),
        ("tags", {"labels": ("mine",)}),
        ("vcpus", {"vcpus": 3}),
        ("name", {"name": "another"}),
        ("host", {"host": "host/vc/h"}),
    ],
)
def test_a_field_that_moves_touches_who_reads_it_and_nobody_else(name: str, moved: dict[str, Any]) -> None:
    touched = reads.moved_in_vm(vm("v"), vm("v", **moved))
    assert touched & reads.topics(frozenset({name}))
    assert not touched & reads.topics(frozenset({"power"}))
    assert not touched & reads.topics(frozenset({"applications"}))


def test_a_look_that_finds_the_same_touches_only_who_asks_how_old_it_is() -> None:
    before = guest("v", applications=read(application("bash")))
    after = guest("v", applications=read(application("bash"), application("nginx")))
    touched = reads.moved_in_guest(before, after)
    assert touched & reads.topics(frozenset({"applications"}))
    assert not touched & reads.topics(frozenset({"services"}))
    assert touched & reads.topics(frozenset({"guest"}))
    assert reads.moved_in_guest(before, before) == reads.NOTHING

"""Drift from a state that is known to be good, property by property."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.estate.builders import (
    NOON,
    Estate,
    application,
    guest,
    image,
    image_id,
    network,
    network_id,
    nic,
    read,
    vm,
)
from vmi_console.errors import InputError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.policy.baselines import NOTHING_TAKEN, States, as_policy, fields, gold_of, taken
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import Baseline, Group
from vmi_console.policy.surroundings import Surroundings

EVERYBODY = Group(name="", members="not template")


class Desk:
    """An estate of a VM, its guest, and two networks."""

    def __init__(self) -> None:
        self.estate = Estate()
        self.place = Surroundings(self.estate.inventory)
        self.tell(network("n1", 10), network("n2", 20), image("i1", application("nginx"), application("bash")))
        self.tell(self.machine())
        self.tell(guest("v1", applications=read(base=image_id("i1"))))

    def machine(self, native: str = "v1", place: str = "n1", **values: Any) -> VM:
        return vm(native, nics=(nic(f"{native}-mac", network_id(place)),), **{"vcpus": 2, **values})

    def tell(self, *records: AnyRecord) -> None:
        self.estate.tell(*records)

    def take(self, baseline: Baseline) -> States:
        known = taken(baseline, [EntityId("vm/vc/v1")], self.place, "amy", NOON)
        return States({each.vm: each for each in known}, known[0] if baseline.gold else None)

    def drift(self, baseline: Baseline, states: States, native: str = "v1") -> dict[str, tuple[str, ...]]:
        """The paths that deviate, by the rule that says so."""
        one = self.estate.inventory.vm(EntityId(f"vm/vc/{native}"))
        assert one is not None
        found = {}
        for rule in as_policy(baseline, states).rules:
            judgement = rule.check.judge(one, self.place, NOON)
            if judgement.verdict is Verdict.FAIL:
                found[rule.key] = judgement.paths
        return found


def test_nothing_has_drifted_from_what_was_just_taken() -> None:
    desk = Desk()
    baseline = Baseline(name="b", members=EVERYBODY)
    assert desk.drift(baseline, desk.take(baseline)) == {}


def test_each_property_that_moved_is_drift_of_its_own_until_it_is_back_or_accepted() -> None:
    desk = Desk()
    baseline = Baseline(name="b", members=EVERYBODY)
    states = desk.take(baseline)
    desk.tell(desk.machine(place="n2", vcpus=4))
    desk.tell(guest("v1", applications=read(application("telnetd"), base=image_id("i1"), removed=("dpkg:bash:amd64",))))
    assert desk.drift(baseline, states) == {
        "vcpus": ("vcpus",),
        "nics": ("nics[v1-mac].network", "nics[v1-mac].vlan"),
        "applications": ("applications[bash]", "applications[telnetd]"),
    }
    assert desk.drift(baseline, desk.take(baseline)) == {}
    desk.tell(desk.machine())
    assert set(desk.drift(baseline, states)) == {"applications"}


def test_only_what_is_watched_and_not_allowed_matters() -> None:
    desk = Desk()
    states = desk.take(Baseline(name="b", members=EVERYBODY))
    desk.tell(desk.machine(place="n2", vcpus=4))
    watching = Baseline(name="b", members=EVERYBODY, watch=("nics[*].vlan", "power"))
    assert fields(watching) == ["power", "nics"]
    assert desk.drift(watching, states) == {"nics": ("nics[v1-mac].vlan",)}
    allowing = Baseline(name="b", members=EVERYBODY, allow=("nics", "applications[tel*]"))
    assert desk.drift(allowing, states) == {"vcpus": ("vcpus",)}


def test_what_was_not_taken_or_cannot_be_read_is_unknown() -> None:
    desk = Desk()
    baseline = Baseline(name="b", members=EVERYBODY)
    one = desk.estate.inventory.vm(EntityId("vm/vc/v1"))
    assert one is not None
    verdicts = {rule.check.judge(one, desk.place, NOON).verdict for rule in as_policy(baseline, NOTHING_TAKEN).rules}
    assert verdicts == {Verdict.UNKNOWN}
    by_field = {
        rule.key: rule.check.judge(one, desk.place, NOON) for rule in as_policy(baseline, desk.take(baseline)).rules
    }
    assert by_field["applications"].verdict is Verdict.PASS
    assert by_field["services"].verdict is Verdict.UNKNOWN
    assert "services" in by_field["services"].because


def test_a_gold_vm_stands_for_its_siblings_whatever_tells_them_apart() -> None:
    desk = Desk()
    baseline = Baseline(name="b", members=EVERYBODY, gold="V1", watch=("nics", "vcpus", "applications"))
    assert gold_of(baseline, desk.place) == "vm/vc/v1"
    states = desk.take(baseline)
    desk.tell(desk.machine("v2"), guest("v2", applications=read(application("nginx"), application("bash"))))
    assert desk.drift(baseline, states, "v2") == {}
    desk.tell(desk.machine("v2", place="n2"))
    assert desk.drift(baseline, states, "v2") == {"nics": ("nics[1].network", "nics[1].vlan")}
    desk.tell(desk.machine("v3", name="v1"))
    with pytest.raises(InputError, match="2 VMs"):
        gold_of(baseline, desk.place)


def test_states_of_nobody_and_of_too_many_are_refused() -> None:
    desk = Desk()
    with pytest.raises(InputError, match="no such VM"):
        taken(Baseline(name="b", members=EVERYBODY), [EntityId("vm/vc/nobody")], desk.place, "amy", NOON)

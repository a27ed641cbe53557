"""Whatever happens in whatever order: the verdicts are those of a plain look at the estate as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmi_console.policy.checks  # noqa: F401  (fills the registry)
from tests.unit.estate.builders import (
    NOON,
    Estate,
    application,
    guest,
    host,
    host_id,
    image,
    image_id,
    network,
    network_id,
    nic,
    read,
    vm,
    vm_id,
)
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.quarantine import Mode
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.columns import outcome
from vmi_console.estate.facts import Service
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, NicKind, Power
from vmi_console.policy.displaced import Displacement, verdict_of
from vmi_console.policy.documents import document
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.findings import Ending
from vmi_console.policy.groups import Groups
from vmi_console.policy.judgement import Judgement, Verdict
from vmi_console.policy.policies import Group, Policy, PolicySet
from vmi_console.policy.preview import previewing
from vmi_console.policy.surroundings import Surroundings

type Verdicts = dict[tuple[str, str, EntityId], Judgement]


def policy(text: str) -> Policy:
    """A policy as a file says it."""
    said = document(text, "test.yaml")
    assert isinstance(said.said, Policy), said.problems
    return said.said


def plain(
    policies: PolicySet,
    estate: Surroundings,
    now: datetime,
    displaced: Callable[[EntityId], Displacement | None] = lambda vm: None,
) -> Verdicts:
    """What each rule says of each VM that it counts for, found by looking at everything; some are in quarantine."""
    groups = Groups(policies.groups)
    vms = list(estate.inventory.vms())
    was = dict.fromkeys(one.id for one in vms) | {
        one.id: known.as_before(one, estate.inventory.network)
        for one in vms
        if (known := displaced(one.id)) is not None
    }
    members = {
        each.name: {
            *groups.membership(each.members).filter(vms, estate, now),
            *groups.membership(each.members).filter([one for one in was.values() if one is not None], estate, now),
        }
        for each in policies.policies
    }
    found: Verdicts = {}
    for each in policies.policies:
        for rule in each.rules:
            for one in estate.inventory.vms():
                higher = any(
                    other.enabled and other.priority > each.priority and one.id in members[other.name]
                    for other in policies.policies
                    if rule.check.kind in {each_rule.check.kind for each_rule in other.rules}
                )
                if each.enabled and one.id in members[each.name] and not higher:
                    judge = partial(rule.check.judge, estate=estate, now=now)
                    found[each.name, rule.key, one.id] = verdict_of(judge, one, was[one.id] or one)
    return found


def kept(evaluation: Evaluation, estate: Surroundings) -> Verdicts:
    """The same, as the evaluation has it."""
    found: Verdicts = {}
    for each in evaluation.policies():
        for demand in each.demands:
            for one in estate.inventory.vms():
                judgement = evaluation.judgement(demand, one.id)
                if judgement is not None:
                    found[each.policy.name, demand.rule.key, one.id] = judgement
    return found


def same(evaluation: Evaluation, policies: PolicySet, estate: Surroundings, now: datetime) -> None:
    """Holds the two against each other, and the figures against both. Texts tell what was so when it began."""
    expected = plain(policies, estate, now, evaluation.displacement)
    found = kept(evaluation, estate)
    assert {key: (each.verdict, each.paths) for key, each in found.items()} == {
        key: (each.verdict, each.paths if each.verdict is not Verdict.PASS else ()) for key, each in expected.items()
    }
    for each in evaluation.policies():
        score = evaluation.score_of_policy(each)
        verdicts = [one.verdict for (name, _, _), one in expected.items() if name == each.policy.name]
        assert (score.passed, score.failed, score.unknown) == tuple(
            verdicts.count(verdict) for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)
        )


def previews_say_the_same(evaluation: Evaluation, policies: PolicySet, estate: Surroundings, now: datetime) -> None:
    """Holds previews of every policy, as if it came in place of the first in force, against a plain look."""
    active = next(iter(evaluation.policies()), None)
    fail_now = {entity for demand in active.demands for entity in demand.failing} if active is not None else set()
    for draft in POLICIES:
        alone = msgspec.structs.replace(draft, priority=0, enabled=True)
        expected = plain(PolicySet(policies=(alone,), groups=GROUPS), estate, now)
        fails = {vm for (_, _, vm), one in expected.items() if one.verdict is Verdict.FAIL}
        vague = {vm for (_, _, vm), one in expected.items() if one.verdict is Verdict.UNKNOWN} - fails
        membership = Groups(GROUPS).membership(draft.members)
        members = set(membership.filter(estate.inventory.vms(), estate, now))
        was = set(evaluation.members(active.policy.name)) if active is not None else set()
        told = outcome(previewing(draft, membership, active, estate, now, 100))
        assert {one.vm for one in told.first_members} == members
        assert {one.vm for one in told.first_newly_failing} == fails - fail_now
        assert all(one.evidence for one in told.first_newly_failing)
        assert {one.vm for one in told.first_newly_passing} == fail_now - fails - vague
        assert (told.members, told.joining, told.leaving) == (len(members), len(members - was), len(was - members))
        assert (told.failing, told.unknown) == (len(fails), len(vague))


POLICIES = [
    policy("""
policy: segment
members: '"pci" in tags'
checks:
  - vlans: {allowed: [10, 20]}
  - networks: {denied: [n3]}
"""),
    policy("""
policy: segment of the running
members: 'power == "on" and host == "alpha"'
priority: 5
checks:
  - vlans: {allowed: [20]}
"""),
    policy("""
policy: software
members: 'group("linux") or has_application("nginx")'
checks:
  - applications: {denied: ["telnetd < 2"], required: [nginx]}
  - services: {required: [auditd]}
"""),
    policy("""
policy: age
members: not template
checks:
  - expression: age(created) < 10
"""),
    policy(
        """
policy: off
enabled: false
members: not template
checks:
  - naming: {pattern: 'x*'}
""".replace("naming: {pattern: 'x*'}", "expression: vcpus <= 1")
    ),
]
GROUPS = (Group(name="linux", members='"linux" in tags', include=("v3",)),)

nics = st.builds(
    nic,
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, *map(network_id, ("n1", "n2", "n3"))]),
    port_vlan=st.none(),
    type=st.just(NicKind.PORTGROUP),
)
vms = st.builds(
    lambda native, cards, tags, power, on, created, vcpus: vm(
        native, nics=tuple(cards), tags=tags, power=power, host=on, created_at=created, vcpus=vcpus
    ),
    st.sampled_from(["v1", "v2", "v3"]),
    st.lists(nics, max_size=2, unique_by=lambda card: card.key),
    st.sampled_from([(), ("pci",), ("linux",), ("linux", "pci")]),
    st.sampled_from([Power.ON, Power.OFF]),
    st.sampled_from([None, host_id("h1"), host_id("h2")]),
    st.sampled_from([None, NOON - timedelta(days=9), NOON - timedelta(days=30)]),
    st.sampled_from([None, 1, 2]),
)
items = st.lists(
    st.sampled_from([application("telnetd", "1"), application("telnetd", "3"), application("nginx")]), max_size=2
)
guests = st.builds(
    lambda native, own, base, services: guest(
        native,
        applications=read(*own, base=image_id("i1") if base else None),
        services=read(*services),
    ),
    st.sampled_from(["v1", "v2", "v3"]),
    items.map(lambda own: {each.name: each for each in own}.values()),
    st.booleans(),
    st.sampled_from(
        [(), (Service(name="auditd", enabled=True, running=True),), (Service(name="auditd", enabled=False),)]
    ),
)
networks = st.builds(
    network,
    st.sampled_from(["n1", "n2", "n3"]),
    st.sampled_from([None, 10, 20, 30]),
    name=st.sampled_from(["n1", "n3"]),
)
hosts = st.builds(host, st.sampled_from(["h1", "h2"]), name=st.sampled_from(["alpha", "beta"]))
images = st.builds(lambda own: image("i1", *own), items.map(lambda own: {each.name: each for each in own}.values()))
steps = st.lists(
    st.one_of(
        vms,
        vms,
        guests,
        networks,
        hosts,
        images,
        st.sampled_from(
            [vm_id("v1"), vm_id("v2"), network_id("n1"), host_id("h1"), EntityId("guest/vc/v1"), image_id("i1")]
        ),
        st.integers(1, 20),  # days
        st.sets(st.sampled_from(range(len(POLICIES)))),
        st.just("work"),
    ),
    max_size=25,
)


FEW = st.sampled_from([0, 1, 200])
"""Up to how many VMs are looked at one by one; all others by what they have in common."""

patients = st.builds(
    lambda native, network, power: vm(
        native, nics=(nic("a", network_id(network), type=NicKind.PORTGROUP),), tags=("pci",), power=power,
        host=host_id("h1"),
    ),
    st.sampled_from(["v1", "v2"]),
    st.sampled_from(["n1", "n2", "n3"]),
    st.sampled_from([Power.ON, Power.PAUSED]),
)  # fmt: skip
displacements = st.builds(
    lambda before, mode, cards: Displacement(before=before, mode=mode, cards=cards),
    patients,
    st.sampled_from([Mode.ISOLATE, Mode.ISOLATE, Mode.PAUSE, Mode.DISCONNECT]),
    st.sampled_from([None, frozenset({"a"}), frozenset()]),
)
quarantines = st.builds(
    lambda *parts: [step for part in parts for step in part],
    st.tuples(*(st.just(network(name, number)) for name, number in (("n1", 10), ("n2", 20), ("n3", 30)))),
    st.tuples(st.just(host("h1", name="alpha")), patients, patients, displacements),
    st.lists(
        st.one_of(
            *(displacements, displacements, patients, patients, networks, hosts, st.integers(1, 20), st.just("work")),
            *(st.just("finish"), st.just("finish"), networks),
            st.sets(st.sampled_from(range(len(POLICIES))), min_size=1),
            st.builds(lambda native: ("given back", vm_id(native)), st.sampled_from(["v1", "v2", "v3"])),
            st.just(vm_id("v1")),
        ),
        max_size=15,
    ),
)


@given(steps, FEW)
def test_however_it_came_about_the_verdicts_are_those_of_a_plain_look(story: list[Any], few: int) -> None:
    verdicts_are_those_of_a_plain_look(story, few)


@given(quarantines, FEW)
def test_so_are_they_of_vms_in_quarantine_as_they_were_before(story: list[Any], few: int) -> None:
    verdicts_are_those_of_a_plain_look(story, few)


def verdicts_are_those_of_a_plain_look(story: list[Any], few: int) -> None:
    estate = Estate()
    surroundings = Surroundings(estate.inventory)
    evaluation = Evaluation(surroundings, clock=lambda: estate.now, few=few, spare=0)
    policies = PolicySet(policies=tuple(POLICIES), groups=GROUPS)
    evaluation.adopt(policies)
    failing: set[tuple[str, str, EntityId]] = set()
    for step in story:
        match step:
            case "work":
                evaluation.work(0.0)  # one step, and whatever comes next comes in between
            case "finish":
                evaluation.finish()
            case int():
                estate.wait(step * 86_400.0)
                evaluation.clock_moved()
            case set():
                policies = PolicySet(policies=tuple(POLICIES[number] for number in sorted(step)), groups=GROUPS)
                evaluation.adopt(policies)
            case Displacement():
                evaluation.displace(step.before.id, step)
            case "given back", str(native):
                entity = EntityId(native)
                known, present = evaluation.displacement(entity), estate.inventory.vm(entity)
                left = None if known is None or present is None else msgspec.structs.replace(known, left=present)
                evaluation.displace(entity, left)
            case str():
                evaluation.changed(estate.tell(removed=(EntityId(step),)))
            case _:
                evaluation.changed(estate.tell(step))
    evaluation.finish()
    same(evaluation, policies, surroundings, estate.now)
    previews_say_the_same(evaluation, policies, surroundings, estate.now)
    for demand, entity, judgement, _ in evaluation.moves():
        key = (*demand.key, entity)
        if judgement is not None and judgement.verdict is Verdict.FAIL:
            failing.add(key)
        else:
            failing.discard(key)
    assert failing == {key for key, each in kept(evaluation, surroundings).items() if each.verdict is Verdict.FAIL}


@pytest.mark.slow
@given(st.integers(0, 1000), st.lists(st.integers(1, 120), max_size=6), FEW)
def test_so_are_they_on_a_demo_estate(seed: int, seconds: list[int], few: int) -> None:
    began = datetime(2026, 3, 1, tzinfo=UTC)
    world = World(Parameters(hosts=3, vms=40, seed=seed), began)
    inventory = Inventory(iter(range(1, 1_000_000)).__next__)
    surroundings = Surroundings(inventory)
    evaluation = Evaluation(surroundings, clock=lambda: world.now, few=few, spare=0)
    policies = PolicySet(policies=tuple(POLICIES), groups=GROUPS)
    evaluation.adopt(policies)

    def tell(*records: AnyRecord) -> None:
        evaluation.changed(inventory.apply(Batch(records=records, seen=Seen.POLL), world.now))

    tell(*world.containers(), *world.vms(), *(world.image(one) for one in world.vms()), *map(world.guest, world.vms()))
    for second in sorted(seconds):
        evaluation.work(0.0)
        for occurrence in world.advance(began + timedelta(seconds=second)):
            tell(*occurrence.records)
            for entity in occurrence.guests:
                if (one := world.vm(entity)) is not None:
                    tell(world.guest(one))
    evaluation.clock_moved()
    evaluation.finish()
    same(evaluation, policies, surroundings, world.now)


def test_a_withdrawn_rule_and_a_vm_that_leaves_say_why_nothing_is_demanded_any_more() -> None:
    estate = Estate()
    surroundings = Surroundings(estate.inventory)
    evaluation = Evaluation(surroundings, clock=lambda: estate.now)
    evaluation.adopt(PolicySet(policies=(POLICIES[0],)))
    wrong = nic("a", network_id("n3"))
    for native in ("v1", "v2", "v3"):
        evaluation.changed(estate.tell(network("n3", 30), vm(native, tags=("pci",), nics=(wrong,))))
    evaluation.finish()
    assert {move.judgement.verdict for move in evaluation.moves() if move.judgement} == {Verdict.FAIL}
    evaluation.changed(estate.tell(vm("v1", nics=(wrong,))))
    evaluation.changed(estate.tell(removed=(vm_id("v2"),)))
    evaluation.finish()
    endings = {(move.vm, move.ending) for move in evaluation.moves()}
    assert endings == {(vm_id("v1"), Ending.NOT_A_MEMBER), (vm_id("v2"), Ending.GONE)}
    evaluation.adopt(PolicySet())
    evaluation.finish()
    assert {(move.vm, move.ending) for move in evaluation.moves()} == {(vm_id("v3"), Ending.WITHDRAWN)}


@pytest.mark.parametrize("few", [0, 200])
def test_a_policy_counts_again_where_one_of_higher_priority_is_withdrawn(few: int) -> None:
    estate = Estate()
    surroundings = Surroundings(estate.inventory)
    evaluation = Evaluation(surroundings, clock=lambda: estate.now, few=few)
    evaluation.adopt(PolicySet(policies=tuple(POLICIES), groups=GROUPS))
    card = nic("a", network_id("n1"), type=NicKind.PORTGROUP)
    both = vm("v1", nics=(card,), tags=("pci",), power=Power.ON, host=host_id("h1"))
    evaluation.changed(estate.tell(network("n1", 30), host("h1", name="alpha"), both))
    evaluation.finish()
    alone = PolicySet(policies=(POLICIES[0],), groups=GROUPS)
    evaluation.adopt(alone)
    evaluation.finish()
    same(evaluation, alone, surroundings, estate.now)


def test_texts_of_a_policy_may_change_without_judging_anybody_again() -> None:
    estate = Estate()
    evaluation = Evaluation(Surroundings(estate.inventory), clock=lambda: estate.now)
    evaluation.adopt(PolicySet(policies=(POLICIES[0],)))
    evaluation.finish()
    described = msgspec.structs.replace(POLICIES[0], description="other words")
    evaluation.adopt(PolicySet(policies=(described,)))
    assert evaluation.is_settled
    other = msgspec.structs.replace(POLICIES[0], members=Group(name="", members="not template"))
    evaluation.adopt(PolicySet(policies=(other,)))
    assert not evaluation.is_settled


def test_of_a_vm_in_quarantine_what_was_wrong_stays_so_and_nothing_else_is_known_to_be() -> None:
    estate = Estate()
    evaluation = Evaluation(Surroundings(estate.inventory), clock=lambda: estate.now)
    evaluation.adopt(PolicySet(policies=(POLICIES[0],)))
    vlans, networks_of_it = next(iter(evaluation.policies())).demands

    def plugged(into: str) -> VM:
        return vm("v1", tags=("pci",), nics=(nic("a", network_id(into), type=NicKind.PORTGROUP),))

    def said() -> list[tuple[Verdict, str]]:
        evaluation.finish()
        told = [evaluation.judgement(demand, vm_id("v1")) for demand in (vlans, networks_of_it)]
        return [(each.verdict, each.evidence or each.because) for each in told if each is not None]

    shut = network("q", 999, name="n3")
    evaluation.changed(estate.tell(network("n1", 10), network("n2", 30), shut, plugged("n1")))
    assert [verdict for verdict, _ in said()] == [Verdict.PASS, Verdict.PASS]
    evaluation.displace(vm_id("v1"), Displacement(mode=Mode.ISOLATE, before=plugged("n1"), cards=None))
    evaluation.changed(estate.tell(plugged("q")))
    assert said() == [
        (Verdict.UNKNOWN, "put there by this console's quarantine: a in n3 is in VLAN 999; allowed: 10, 20"),
        (Verdict.UNKNOWN, "put there by this console's quarantine: a is in n3; denied: n3"),
    ]
    assert evaluation.moves() == []
    evaluation.changed(estate.tell(network("n1", 30)))  # where the VM will be given back to
    assert said()[0] == (Verdict.FAIL, "a in n1 is in VLAN 30; allowed: 10, 20")
    evaluation.changed(estate.tell(network("n1", 10)))
    assert said()[0][0] is Verdict.UNKNOWN
    evaluation.changed(estate.tell(network("q", 10, name="n3")))  # where it is is nobody's quarantine any more
    assert [verdict for verdict, _ in said()] == [Verdict.PASS, Verdict.FAIL]
    evaluation.changed(estate.tell(shut))
    assert said()[0][0] is Verdict.UNKNOWN
    evaluation.displace(vm_id("v1"), Displacement(mode=Mode.ISOLATE, before=plugged("n1"), cards=frozenset()))
    assert said()[0][0] is Verdict.FAIL, "a card that is not held is where somebody else has put it"
    left = estate.inventory.vm(vm_id("v1"))
    evaluation.displace(vm_id("v1"), Displacement(mode=Mode.ISOLATE, before=plugged("n1"), cards=None, left=left))
    assert said()[0][0] is Verdict.UNKNOWN, "it is given back, and that was not seen yet"
    evaluation.changed(estate.tell(plugged("n1")))
    assert [verdict for verdict, _ in said()] == [Verdict.PASS, Verdict.PASS]
    evaluation.changed(estate.tell(plugged("q")))
    assert [verdict for verdict, _ in said()] == [Verdict.FAIL, Verdict.FAIL], "now it is somebody else's doing"

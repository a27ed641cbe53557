"""Findings from the first verdict to the last, and what people decide about them."""

from __future__ import annotations

from datetime import timedelta

import pytest

import vmi_console.policy.checks  # noqa: F401  (fills the registry)
from tests.unit.estate.builders import Estate, attribution, network, network_id, nic, vm, vm_id
from vmi_console.errors import InputError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Attribution
from vmi_console.estate.identity import EntityId
from vmi_console.policy.documents import document
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.findings import Ending, Finding, Stage
from vmi_console.policy.incidents import incidents
from vmi_console.policy.joining import Origins, behind, touches
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.ledger import FLAPS, RESOLVED_KEPT, WINDOW, Ledger, Moved
from vmi_console.policy.policies import Policy, PolicySet
from vmi_console.policy.surroundings import Surroundings
from vmi_console.policy.waivers import Waiver

SEGMENT = """
policy: segment
members: '"pci" in tags'
severity: high
checks:
  - vlans: {allowed: [10]}
    title: In its segment
"""


def policy(text: str = SEGMENT) -> Policy:
    said = document(text, "segment.yaml").said
    assert isinstance(said, Policy)
    return said


class Desk:
    """An estate, its evaluation and its ledger, with a clock of its own."""

    def __init__(self) -> None:
        self.estate = Estate()
        self.evaluation = Evaluation(Surroundings(self.estate.inventory), clock=lambda: self.estate.now)
        self.origins = Origins()
        self.ledger = self.another_ledger()
        self.evaluation.adopt(PolicySet(policies=(policy(),)))
        self.tell(network("good", 10), network("bad", 66))

    def another_ledger(self) -> Ledger:
        return Ledger(self.origins, lambda group, _: group == "excused", str, clock=lambda: self.estate.now)

    def tell(self, *records: AnyRecord, by: tuple[Attribution, ...] = (), removed: tuple[EntityId, ...] = ()) -> Moved:
        applied = self.estate.tell(*records, by=by, removed=removed)
        self.origins.remember(applied.changes)
        self.origins.amend(applied.amendments)
        amended = self.ledger.amend(applied.amendments)
        self.evaluation.changed(applied)
        self.evaluation.finish()
        moved = self.ledger.take(self.evaluation.moves())
        moved.changed.extend(amended.changed)
        return moved

    def put(self, place: str, native: str = "v1", by: tuple[Attribution, ...] = (), port_vlan: object = None) -> Moved:
        card = nic("a", network_id(place), port_vlan=port_vlan)
        return self.tell(vm(native, tags=("pci",), nics=(card,)), by=by)

    def unknown(self) -> Moved:
        return self.tell(vm("v1", tags=("pci",), nics=(nic("a", network_id("nowhere")),)))

    def waiver(self, **fields: object) -> Waiver:
        values: dict[str, object] = {
            "id": "w1", "justification": "a migration", "by": "amy", "at": self.estate.now,
            "expires_at": self.estate.now + timedelta(days=1), **fields,
        }  # fmt: skip
        return Waiver(**values)  # type: ignore[arg-type]


def only[T](several: list[T]) -> T:
    (one,) = several
    return one


def test_a_finding_opens_closes_and_comes_back_as_the_same() -> None:
    desk = Desk()
    assert not desk.put("good")
    opened = only(desk.put("bad").opened)
    assert (opened.policy, opened.check, opened.title, opened.vm) == ("segment", "vlans", "In its segment", vm_id("v1"))
    assert "VLAN 66" in opened.evidence
    assert opened.paths == ("nics[a].vlan",)
    desk.estate.wait(3600)
    closed = only(desk.put("good").closed)
    assert (closed.id, closed.stage, closed.ending) == (opened.id, Stage.RESOLVED, Ending.PASSES)
    assert closed.resolved_at == desk.estate.now
    desk.estate.wait(3600)
    again = only(desk.put("bad").opened)
    assert (again.id, again.reopened, again.first_opened_at) == (opened.id, 1, opened.opened_at)
    assert again.opened_at == desk.estate.now


def test_what_nobody_can_tell_any_more_is_not_resolved() -> None:
    desk = Desk()
    desk.put("bad")
    changed = only(desk.unknown().changed)
    assert (changed.stage, changed.verdict) == (Stage.OPEN, Verdict.UNKNOWN)
    assert changed.because
    assert only(desk.put("good").closed).stage is Stage.RESOLVED


def test_what_was_never_known_to_fail_is_no_finding() -> None:
    desk = Desk()
    assert not desk.unknown()
    assert not desk.ledger.all()
    score = desk.evaluation.score_of_vm(vm_id("v1"))
    assert (score.unknown, score.percent, score.coverage_percent) == (1, None, 0.0)


def test_the_change_and_the_person_behind_it_are_named() -> None:
    desk = Desk()
    desk.put("good")
    finding = only(desk.put("bad", by=(attribution(vm_id("v1"), "nics[a]", actor="j.kim"),)).opened)
    assert finding.actor == "j.kim"
    assert finding.origin is not None
    assert finding.origin.path in ("nics[a].network", "nics[a].vlan")


def test_a_person_who_is_named_later_is_named_then() -> None:
    desk = Desk()
    desk.put("good")
    assert only(desk.put("bad").opened).actor is None
    desk.estate.wait(2)
    changed = desk.tell(by=(attribution(vm_id("v1"), "nics", actor="j.kim"),)).changed
    assert only(changed).actor == "j.kim"


def test_nobody_is_blamed_for_what_another_property_did() -> None:
    desk = Desk()
    desk.put("good")
    card = nic("a", network_id("bad"))
    by = (attribution(vm_id("v1"), "annotation", actor="j.kim"),)
    finding = only(desk.tell(vm("v1", tags=("pci",), nics=(card,), annotation="note"), by=by).opened)
    assert finding.actor is None


def test_one_edit_of_a_network_is_one_incident() -> None:
    desk = Desk()
    desk.put("good", "v1")
    desk.put("good", "v2")
    by = (attribution(network_id("good"), "vlan", actor="j.kim"),)
    opened = desk.tell(network("good", 77), by=by).opened
    assert {finding.vm for finding in opened} == {vm_id("v1"), vm_id("v2")}
    incident = only(incidents(opened))
    assert (incident.vms, incident.origin and incident.origin.entity) == (2, network_id("good"))
    assert {finding.actor for finding in opened} == {"j.kim"}


def test_of_a_vm_that_is_made_wrong_its_maker_is_named() -> None:
    desk = Desk()
    desk.put("good", "v9")
    finding = only(desk.put("bad", "v1", by=(attribution(vm_id("v1"), actor="r.patel"),)).opened)
    assert finding.actor == "r.patel"


def test_acknowledging_holds_until_it_is_resolved() -> None:
    desk = Desk()
    finding = only(desk.put("bad").opened)
    _, moved = desk.ledger.acknowledge([finding.id], "amy", "on it")
    assert only(moved.changed).stage is Stage.ACKNOWLEDGED
    desk.put("good")
    assert only(desk.put("bad").opened).acknowledged is None
    with pytest.raises(InputError):
        desk.ledger.acknowledge(["nothing"], "amy", "")


def test_a_waiver_holds_until_it_ends() -> None:
    desk = Desk()
    finding = only(desk.put("bad").opened)
    assert only(desk.ledger.waive(desk.waiver(vm=vm_id("v1"))).closed).stage is Stage.WAIVED
    assert desk.ledger.waived("segment") == 1
    desk.estate.wait(2 * 86_400)
    assert only(desk.ledger.tick().opened).id == finding.id
    assert desk.ledger.waived("segment") == 0


@pytest.mark.parametrize(
    "scope", [{"vm": vm_id("v1")}, {"group": "excused"}, {"policy": "segment", "rule": policy().rules[0].key}]
)
def test_a_waiver_holds_for_a_vm_a_group_or_a_rule_and_also_for_what_comes_later(scope: dict[str, object]) -> None:
    desk = Desk()
    desk.ledger.waive(desk.waiver(**scope))
    assert only(desk.put("bad").changed).stage is Stage.WAIVED
    assert only(desk.ledger.end_waiver("w1").opened).stage is Stage.OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"justification": " ", "vm": vm_id("v1")},
        {"expires_at": Desk().estate.now, "vm": vm_id("v1")},
        {},
        {"policy": "segment"},
        {"rule": "r"},
    ],
)
def test_a_waiver_that_says_too_little_is_refused(wrong: dict[str, object]) -> None:
    desk = Desk()
    with pytest.raises(InputError):
        desk.ledger.waive(desk.waiver(**wrong))
    assert not desk.ledger.waivers()


def test_what_comes_and_goes_stays_open_until_it_has_been_gone_for_a_while() -> None:
    desk = Desk()
    desk.put("bad")
    for _ in range(FLAPS):
        desk.put("good")
        desk.estate.wait(10)
        desk.put("bad")
        desk.estate.wait(10)
    moved = desk.put("good")
    assert not moved.closed
    held = only(moved.changed)
    assert (held.stage, held.verdict, held.flapping) == (Stage.OPEN, Verdict.PASS, True)
    assert not desk.ledger.tick()
    desk.estate.now += WINDOW
    assert only(desk.ledger.tick().closed).ending is Ending.PASSES


def test_a_session_goes_on_with_what_the_last_one_knew() -> None:
    desk = Desk()
    desk.put("bad", "v1")
    desk.put("bad", "v2")
    known = list(desk.ledger.all().values())
    made, _ = desk.ledger.acknowledge([known[0].id], "amy", "")
    desk.ledger = desk.another_ledger()
    desk.ledger.restore(known, made, [desk.waiver(vm=vm_id("v2"))])
    assert [finding.stage for finding in desk.ledger.all().values()] == [Stage.ACKNOWLEDGED, Stage.WAIVED]
    assert only(desk.put("good", "v1").closed).id == known[0].id


def test_resolved_ones_are_forgotten_in_the_end() -> None:
    desk = Desk()
    finding = only(desk.put("bad").opened)
    past = [
        Finding(
            id=str(number), policy="p", rule="r", check="vlans", vm=vm_id("x"), opened_at=desk.estate.now,
            first_opened_at=desk.estate.now, stage=Stage.RESOLVED,
        )
        for number in range(RESOLVED_KEPT)
    ]  # fmt: skip
    desk.ledger = desk.another_ledger()
    desk.ledger.restore([*past, finding], [], [])
    moved = desk.put("good")
    assert moved.forgotten == ["0"]
    assert only(moved.closed).id == finding.id


def test_paths_touch_where_one_is_part_of_the_other() -> None:
    assert touches("nics[a]", "nics[a].vlan")
    assert touches("applications[telnetd]", "applications")
    assert not touches("nics[a]", "nics[ab].vlan")
    assert not touches("", "nics")
    assert set(behind("nics[a].vlan")) >= {"nics[a].vlan", "nics[a].network", "host"}
    assert list(behind("applications[telnetd]")) == ["applications[telnetd]"]

"""The past of a snapshot: led back through its changes, the estate is what it was."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, after, guest, nic, vm
from tests.unit.review.administrator import STARTED, Administrator
from tests.unit.review.test_replay import policies
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Batch, Change, Seen
from vmi_console.estate.differences import differences
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.guests import TOLD_FACTS, software_of
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Alert
from vmi_console.estate.software import Image, fact_differences
from vmi_console.review.moment import Moment
from vmi_console.review.replay import GivenUp, Step, replay
from vmi_console.review.rewinding import Past, past_of

type Records = dict[EntityId, AnyRecord]


def led(past: Past) -> list[tuple[datetime, Records]]:
    """The estate after each step."""
    records = {record.id: record for record in past.records}
    found = [(past.since, dict(records))]
    for step in past.steps:
        for entity in step.gone:
            records.pop(entity, None)
        records.update((record.id, record) for record in step.records)
        found.append((step.at, dict(records)))
    return found


def told_differences(before: Records, after: Records) -> list[object]:
    """What a change would tell between two estates; software by what it comes to, wherever it lies."""
    images = {each.id: Image(each) for each in (*before.values(), *after.values()) if isinstance(each, SoftwareImage)}
    found: list[object] = []
    for entity in before.keys() | after.keys():
        old, new = before.get(entity), after.get(entity)
        if isinstance(old or new, SoftwareImage):
            continue
        if old is None or new is None:
            found.append(entity)
            continue
        found += differences(old, new)
        if isinstance(old, Guest) and isinstance(new, Guest):
            one, other = software_of(old, images), software_of(new, images)
            for field in TOLD_FACTS:
                found += fact_differences(field, one.facts(field), other.facts(field))
    return found


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_it_is_what_it_was_at_every_step(seed: int) -> None:
    admin = Administrator(seed)
    states: list[tuple[datetime, Records]] = [(STARTED, {record.id: record for record in admin.inventory.all()})]
    for _ in range(40):
        admin.work(1)
        states.append((admin.now, {record.id: record for record in admin.inventory.all()}))
    decoder = msgspec.msgpack.Decoder(tuple[Change, ...])
    kept = decoder.decode(msgspec.msgpack.encode(admin.changes))  # as they lie in a file
    past = past_of(msgspec.structs.replace(admin.moment(), changes=kept))
    assert not past.unclear
    found = led(past)
    went = {change.entity for change in admin.changes if change.action is Action.REMOVED and not change.path}
    for at, records in found:
        truth = [known for when, known in states if when <= at][-1]
        # What was inside a machine that went is told by no change: it is not known.
        unknown = [each.id for each in truth.values() if isinstance(each, Guest) and each.vm in went]
        truth = {entity: record for entity, record in truth.items() if entity in records or entity not in unknown}
        assert told_differences(truth, records) == []
    assert {step.at for step in past.steps} == {change.observed_at for change in admin.changes}
    middle = admin.now - (admin.now - STARTED) / 2
    later = led(past.begun_at(middle))
    assert later[0][0] == middle
    assert later[-1][1] == found[-1][1]
    assert [at for at, _ in later[1:]] == [step.at for step in past.steps if step.at > middle]


VALUES: tuple[object, ...] = (
    None,
    0,
    -1,
    1 << 80,
    "",
    "x",
    "vm/e/1",
    [],
    [[]],
    {},
    {"key": "1"},
    [{"ip": "1"}],
    "2026-01-01",
    True,
    0.5,
)
PATHS = (
    *("", "id", "name", "host", "nics", "nics[", "nics[].vlan", "nics[x]", "tags[0]", "settings[a]", "settings[", "."),
    *(
        "applications",
        "applications.items",
        "applications.base",
        "applications[a].version",
        "guest.os.x",
        "vm",
        "power",
    ),
)


@pytest.mark.parametrize("number", range(40))
def test_changes_of_a_strangers_file_break_nothing(number: int) -> None:
    chance = random.Random(number)
    admin = Administrator(number)
    admin.work(60)
    moment = admin.moment()
    entities = [record.id for record in moment.records]

    def tampered(change: Change) -> Change:
        if chance.random() < 0.5:
            return change
        path = chance.choice((*PATHS, change.path, change.path, change.path))
        wild = {
            "path": path,
            "before": chance.choice(VALUES),
            "after": chance.choice(VALUES),
            "action": chance.choice(list(Action)),
            "entity": chance.choice(entities),
        }
        return msgspec.structs.replace(change, **{name: wild[name] for name in chance.sample(list(wild), 2)})

    past = past_of(msgspec.structs.replace(moment, changes=tuple(map(tampered, moment.changes))))
    assert past.unclear
    for _, records in led(past):
        assert all(record.id == entity for entity, record in records.items())
    replay(past.records, past.steps, policies(), past.since, moment.at)


def history(*states: VM | None) -> tuple[VM | None, list[Change]]:
    """What an inventory tells of a VM that becomes one after the other, a minute each."""
    inventory = Inventory(itertools.count(1).__next__)
    changes: list[Change] = []
    for minute, state in enumerate(states):
        batch = Batch(removed=(vm("1").id,)) if state is None else Batch(records=(state,), seen=Seen.EVENT)
        changes += inventory.apply(batch, after(60 * minute), tell_discovery=True).changes
    return inventory.vm(vm("1").id), changes


def test_cards_come_and_go_as_a_whole_and_settings_one_by_one() -> None:
    one, other = nic("52:54:00:00:00:01"), nic("52:54:00:00:00:02")
    states = (
        vm("1", nics=(one,), settings={"a.b": "1"}, attributes={"owner]": "x"}),
        vm("1", nics=(one, other), settings={"a.b": "2", "c": "3"}, attributes={}),
        vm("1", nics=(msgspec.structs.replace(other, connected=False),), settings=None, attributes={"owner]": "y"}),
        vm("1", nics=(), settings={"c": "4"}, tags=("red",)),
    )
    last, changes = history(*states)
    assert last is not None
    past = past_of(Moment(at=after(600), records=(last,), changes=tuple(changes), changes_since=NOON))
    assert not past.unclear
    first, *others = [records.get(last.id) for _, records in led(past)]
    assert first is None
    for state, found in zip(states, others, strict=True):  # in which order its cards are means nothing
        assert found is not None
        assert list(differences(state, found)) == []


def test_what_cannot_be_undone_is_not_shown_as_it_never_was() -> None:
    machine = vm("1", nics=(nic("52:54:00:00:00:01"),))
    nonsense = Change(
        number=1, entity=machine.id, name="1", action=Action.CHANGED, path="nics[gone].vlan", observed_at=after(60)
    )
    earlier = Change(
        number=0, entity=machine.id, name="1", action=Action.CHANGED, path="name", before="0", observed_at=after(30)
    )
    past = past_of(Moment(at=after(600), records=(machine,), changes=(earlier, nonsense), changes_since=NOON))
    assert past.unclear == {machine.id}
    assert past.records == ()
    assert past.steps == (Step(after(30), (), (machine.id,)), Step(after(60), (machine,)))


def test_a_guests_other_name_which_earlier_versions_told_makes_nothing_unclear() -> None:
    machine, inside = vm("1", name="b"), msgspec.structs.replace(guest("1"), name="b")
    changes = tuple(
        Change(
            number=number, entity=entity, name="b", action=Action.CHANGED, path="name", before="a", after="b",
            observed_at=after(30 + number),
        )
        for number, entity in enumerate((machine.id, inside.id))
    )  # fmt: skip
    past = past_of(Moment(at=after(600), records=(machine, inside), changes=changes, changes_since=NOON))
    assert past.unclear == frozenset()
    assert past.records == (msgspec.structs.replace(machine, name="a"), inside)


@pytest.mark.parametrize(
    "before", [3, "x", {"kind": "host", "id": "vm/e/1", "name": "n"}, {"kind": "vm", "id": "vm/e/2", "name": "n"}]
)
def test_values_of_a_strangers_file_become_records_or_nothing(before: object) -> None:
    removed = Change(number=1, entity=vm("1").id, name="1", action=Action.REMOVED, before=before, observed_at=after(60))
    past = past_of(Moment(at=after(600), records=(), changes=(removed,), changes_since=NOON))
    assert past.records == ()
    assert past.unclear == {vm("1").id}


def test_alerts_come_at_their_time() -> None:
    alert = Alert(id=EntityId("alert/e/1"), name="scan", at=after(60))
    old = Alert(id=EntityId("alert/e/0"), name="scan", at=after(-60))
    past = past_of(Moment(at=after(600), records=(alert, old), changes_since=NOON))
    assert (past.records, past.steps) == ((old,), (Step(after(60), (alert,)),))


def test_without_changes_there_is_no_past_and_it_can_be_given_up() -> None:
    bare = Moment(at=NOON, records=(vm("1"),))
    assert past_of(bare) == Past(NOON, (vm("1"),), ())
    last, changes = history(vm("1"), vm("1", name="other"))
    assert last is not None
    moment = Moment(at=after(60), records=(last,), changes=tuple(changes), changes_since=NOON - timedelta(days=1))
    with pytest.raises(GivenUp):
        past_of(moment, lambda: True)

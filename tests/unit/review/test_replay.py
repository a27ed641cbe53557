"""Replay: led through what happened, policies say what an evaluation that was there all the time has said."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, after, vm
from tests.unit.review.administrator import STARTED, Administrator
from vmi_console.cli.main import run
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Power
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.policy.documents import document
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.folder import settled
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import PolicySet
from vmi_console.policy.surroundings import Surroundings
from vmi_console.review import snapshots
from vmi_console.review.replay import Episode, GivenUp, Replayed, Step, replay, replay_history
from vmi_console.settings import Workspace

TEXT = """policy: Draft
members: 'power == "on"'
checks:
  - vlans: {allowed: [7, 8, 110, 120]}
  - expression: 'memory <= 2 * GiB'
"""


def policies(text: str = TEXT) -> PolicySet:
    said, _ = settled({"a.yaml": document(text, "a.yaml")}, {})
    assert not said.problems, said.problems
    return said


def recorded(evaluation: Evaluation, at: datetime, known: dict[tuple[str, str, EntityId], list[datetime]]) -> None:
    """Notes what is failing now, the plain way: who begins and who ends."""
    evaluation.finish()
    evaluation.moves()
    for each in evaluation.policies():
        for demand in each.demands:
            for machine in demand.failing:
                times = known.setdefault((*demand.key, machine), [])
                if len(times) % 2 == 0:
                    times.append(at)
    for (policy, rule, machine), times in known.items():
        demand = next(d for each in evaluation.policies() for d in each.demands if d.key == (policy, rule))
        judgement = evaluation.judgement(demand, machine)
        if len(times) % 2 == 1 and (judgement is None or judgement.verdict is Verdict.PASS):
            times.append(at)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_policies_that_were_in_force_give_what_was_recorded(seed: int) -> None:
    admin = Administrator(seed)
    first = tuple(admin.inventory.all())
    now = STARTED
    surroundings = Surroundings(admin.inventory)
    live = Evaluation(surroundings, lambda: now)
    live.adopt(policies())
    known: dict[tuple[str, str, EntityId], list[datetime]] = {}
    recorded(live, now, known)
    steps = []
    for _ in range(40):
        done = len(admin.applied)
        admin.work(1)
        for now, applied in admin.applied[done:]:
            live.changed(applied)
            recorded(live, now, known)
            steps.append(Step(now, applied.records, applied.removed))
    end = admin.now + timedelta(seconds=1)
    told: dict[tuple[str, str, EntityId], list[datetime]] = {}
    result = replay(first, steps, policies(), STARTED, end)
    for each in result.episodes:
        times = told.setdefault((each.policy, each.rule, each.vm), [])
        times += [each.since] if each.until is None else [each.since, each.until]
    assert told == known
    assert sum(result.per_rule().values()) == len(result.episodes)
    assert sum(result.per_day().values()) == sum(not each.from_before for each in result.episodes)


RESPOND = """policy: Off
members: 'name != ""'
checks:
  - expression: 'power == "on"'
respond: {quarantine: %s, after: 10m, limit: {vms: 1, percent: 100}}
"""


def played(how: str, *steps: Step) -> Replayed:
    machines = [vm(str(number), power=Power.ON) for number in range(3)]
    return replay(machines, steps, policies(RESPOND % how), NOON, after(7200))


def off(number: int, seconds: float) -> Step:
    return Step(after(seconds), (vm(str(number), power=Power.OFF),))


def on(number: int, seconds: float) -> Step:
    return Step(after(seconds), (vm(str(number), power=Power.ON),))


def test_quarantine_waits_and_keeps_to_its_limit() -> None:
    result = played("automatic", off(0, 60), off(1, 120), on(1, 300), off(2, 1000))
    assert [(each.vm_name, each.since, each.until) for each in result.episodes] == [
        ("0", after(60), None),
        ("1", after(120), after(300)),
        ("2", after(1000), None),
    ]
    first, second = result.isolations
    assert (first.vm_name, first.at, first.asked) == ("0", after(660), False)
    assert (second.vm_name, second.at, second.asked) == ("2", after(1600), True)
    assert second.because
    assert [each.asked for each in played("ask", off(0, 60)).isolations] == [True]


def test_one_that_is_gone_ends_its_episodes() -> None:
    result = played("never", off(0, 60), Step(after(90), (), (vm("0").id,)))
    (episode,) = result.episodes
    assert isinstance(episode, Episode)
    assert (episode.vm_name, episode.until) == ("0", after(90))
    assert not result.isolations


def test_it_can_be_given_up() -> None:
    with pytest.raises(GivenUp):
        replay([], [off(0, 60)], policies(), NOON, after(7200), given_up=lambda: True)


async def test_a_recorded_history_gives_the_same_and_the_command_prints_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = Administrator(11)
    first = tuple(admin.inventory.all())
    workspace = Workspace.at(tmp_path)
    workspace.history.parent.mkdir(parents=True, exist_ok=True)
    history = await History.open(workspace.history)
    history.revise(STARTED, first)
    admin.work(40)
    for at, applied in admin.applied:
        told = {change.entity for change in applied.changes}
        history.revise(at, applied.records, removed=applied.removed, told=told)
        history.record(applied.changes)
    await history.flush()
    await history.close()
    end = admin.now + timedelta(seconds=1)
    steps = [Step(at, applied.records, applied.removed) for at, applied in admin.applied]
    reader = Reader.open(workspace.history)
    found = replay_history(reader, policies(), STARTED, end)
    reader.close()
    assert found.episodes == replay(first, steps, policies(), STARTED, end).episodes
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(TEXT)
    words = ["replay", "--policies", str(tmp_path / "mine"), "--since", STARTED.isoformat()]
    assert run([*words, "--until", end.isoformat(), "--workspace", str(tmp_path)]) == 0
    said = f"would have fired {len(found.episodes)} times on {found.vms} VMs"
    assert said in capsys.readouterr().out
    snapshots.write(tmp_path / "span.vmisnap", admin.moment())  # its time is that of the last change
    words = ["replay", str(tmp_path / "span.vmisnap"), "--policies", str(tmp_path / "mine")]
    assert run(words) == 0
    assert said in capsys.readouterr().out
    assert run([*words, "--since", end.isoformat()]) == 2
    assert "nothing was recorded in that time" in capsys.readouterr().err
    snapshots.write(tmp_path / "bare.vmisnap", msgspec.structs.replace(admin.moment(), changes=(), changes_since=None))
    assert run(["replay", str(tmp_path / "bare.vmisnap"), "--policies", str(tmp_path / "mine")]) == 2
    assert "has no changes" in capsys.readouterr().err

"""How fast 45,000 VMs are held against 100 policies, and how soon a change is a finding on a client's screen.

The fixture: 100 policies, each a group of three clauses that 5 % of the VMs belong to, and four checks, one of which
compares versions. Guests have 400 packages each, made from 500 images. Beside it the same rules through a library for
expressions (`cel_rules`), where that is installed.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench import bench_inventory as estate
from tests.bench import cel_rules
from tests.bench.bench_inventory import guest, image
from tests.bench.figures import Figure
from tests.console import Console, aside, eventually, linked
from vmi_console.engine import protocol
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.main import COLLECTIONS
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Power, State
from vmi_console.policy import checks
from vmi_console.policy.documents import document
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.groups import Groups
from vmi_console.policy.policies import Group, Policy, PolicySet
from vmi_console.policy.preview import Preview, previewing
from vmi_console.policy.surroundings import Surroundings

ESTATE = 45_000
POLICIES = 100
TEAMS = 16
"""Each VM belongs to one, and four of five run: 5 % are in one team and run."""

ROUNDS = 300
SAMPLE = 450
CHANGES = 200
assert checks.__all__


def policy_text(number: int) -> str:
    """One of the hundred."""
    return f"""\
policy: Team {number % TEAMS}, rules {number}
members: '"team-{number % TEAMS}" in tags and power == "on" and memory_mb > {number}'
severity: high
checks:
  - vlans: {{allowed: [1-{399 - number % 3}]}}
  - applications: {{denied: ["package-{number} < 0.9", telnetd], required: [package-{number + 100} | own-1]}}
  - services: {{denied: [service-{number}]}}
  - settings: {{isolation.tools.copy.disable: {{equals: true, absent: pass}}}}
"""


def policies() -> PolicySet:
    """The fixture, read as files are."""
    said = []
    for number in range(POLICIES):
        one = document(policy_text(number), f"{number}.yaml")
        assert isinstance(one.said, Policy), one.problems
        said.append(one.said)
    return PolicySet(policies=tuple(said))


def machine(number: int, **fields: object) -> VM:
    """A VM of the fixture."""
    return estate.vm(
        number,
        **{
            "tags": (f"team-{number % TEAMS}", "linux"),
            "power": Power.ON if number // TEAMS % 5 else Power.OFF,
            "settings": {"isolation.tools.copy.disable": "TRUE"},
            **fields,
        },
    )


def inventory(vms: int) -> Inventory:
    """An estate that came over the wire."""
    records: Iterator[AnyRecord] = itertools.chain(
        map(estate.network, range(estate.NETWORKS)),
        map(estate.host, range(estate.HOSTS)),
        map(machine, range(vms)),
        map(image, range(estate.IMAGES)),
        map(guest, range(vms)),
    )
    known = Inventory(itertools.count(1).__next__)
    decoder = msgspec.msgpack.Decoder(Batch)
    for batch in itertools.batched(records, MAX_BATCH):
        known.apply(
            decoder.decode(msgspec.msgpack.encode(Batch(records=batch, seen=Seen.DISCOVERY))), datetime.now(UTC)
        )
    return known


def measure() -> Iterator[Figure]:
    """Judging, by the processor's time, since it never waits; then an engine, from the change to the client."""
    known = inventory(ESTATE)
    gc.collect()
    gc.set_threshold(*COLLECTIONS)  # as in an engine
    surroundings = Surroundings(known)
    evaluation = Evaluation(surroundings)
    fixture = policies()
    evaluation.adopt(fixture)
    spent, longest = _judged(evaluation)
    failed = {(move.demand.policy, move.demand.rule.key, move.vm) for move in evaluation.moves()}
    judged = sum(len(each.demands) * each.members for each in evaluation.policies())
    members = statistics.mean(each.members for each in evaluation.policies()) / ESTATE
    beside = f"{judged:,} judgements, {len(failed):,} fail; membership {members:.1%}"
    yield Figure(f"all of {ESTATE:,} VMs against {POLICIES} policies, the first time", spent, "s", 2.0, beside)
    yield Figure("  longest slice of it", longest * 1000, "ms", 10.0)
    evaluation.adopt(PolicySet())
    evaluation.moves()
    evaluation.adopt(fixture)
    spent, longest = _judged(evaluation)
    again = {(move.demand.policy, move.demand.rule.key, move.vm) for move in evaluation.moves()}
    assert again == failed
    yield Figure("  again, when other policies came and went", spent, "s", 2.0)
    yield Figure("  longest slice of it", longest * 1000, "ms", 10.0)
    yield from _by_library(known, failed)
    yield from _one_changed(known, evaluation)
    yield from _previews(surroundings, evaluation)
    for vms in (200, ESTATE):
        yield from asyncio.run(_change_to_finding(vms))


def _judged(evaluation: Evaluation) -> tuple[float, float]:
    """Seconds of the processor until everything is judged, and the longest slice among them."""
    longest, began, more = 0.0, time.process_time(), True
    while more:
        slice_began = time.process_time()
        more = evaluation.work(0.004)
        longest = max(longest, time.process_time() - slice_began)
    return time.process_time() - began, longest


def _by_library(known: Inventory, failed: set[tuple[str, str, EntityId]]) -> Iterator[Figure]:
    """The same rules on some of the VMs, with the same outcome, and what all of them would take."""
    cel = cel_rules.load()
    what = f"the same by a library for expressions (CEL), from {SAMPLE} VMs"
    if cel is None:
        yield Figure(what, 0.0, "s", None, "not installed: see docs/development.md")
        return
    judge = cel_rules.Judge(cel, POLICIES, TEAMS)
    sample = random.Random(3).sample(list(known.vms()), SAMPLE)
    began = time.process_time()
    found = [failure for vm in sample for failure in judge.failures(vm, known)]
    spent = (time.process_time() - began) / SAMPLE
    assert len(found) == sum(vm in {each.id for each in sample} for _, _, vm in failed)
    yield Figure(what, spent * ESTATE, "s", None, f"one VM {spent * 1000:.2f} ms; {len(found)} fail, as with ours")


def _one_changed(known: Inventory, evaluation: Evaluation) -> Iterator[Figure]:
    """A VM is reconfigured in one way or another; what is measured is judging it again."""
    for vm in known.vms():
        evaluation.changed(known.apply(Batch(records=(vm,)), datetime.now(UTC)))
    ways: dict[str, dict[str, object]] = {
        "its VLAN": {},
        "its power": {"power": Power.PAUSED},
        "its tags": {"tags": ("team-3", "team-4")},
        "it is new": {},
    }
    numbers = random.Random(5).sample(range(ESTATE), ROUNDS)
    for what, fields in ways.items():
        spent = []
        for number in numbers:
            vm = machine(number, **fields)
            if what == "its VLAN":
                nics = (msgspec.structs.replace(vm.nics[0], network=estate.of("network", 399)), *vm.nics[1:])
                vm = msgspec.structs.replace(vm, nics=nics)
            if what == "it is new":
                evaluation.changed(known.apply(Batch(removed=(vm.id,)), datetime.now(UTC)))
                known.apply(Batch(records=(guest(number),)), datetime.now(UTC))
            applied = known.apply(Batch(records=(vm,)), datetime.now(UTC))
            began = time.process_time()
            evaluation.changed(applied)
            evaluation.finish()
            spent.append(time.process_time() - began)
            evaluation.changed(known.apply(Batch(records=(machine(number),)), datetime.now(UTC)))
            evaluation.finish()
        evaluation.moves()
        yield Figure(
            f"one changed VM ({what})", statistics.median(spent) * 1000, "ms", 1.0, f"p99 {_p99(spent) * 1000:.2f} ms"
        )


def _previews(surroundings: Surroundings, evaluation: Evaluation) -> Iterator[Figure]:
    """From the text of a draft, another at each keystroke, to its members and who would newly fail."""
    policy, group = policy_text(7), 'group: Some\nmembers: \'"team-7" in tags and power == "on" and memory_mb > 7\''
    everybody = policy.replace(policy.splitlines()[1], "members: not template")
    kinds = {
        "a policy": [policy.replace("1-398", f"1-{200 + number}") for number in range(30)],
        "a policy for everybody": [everybody.replace("1-398", f"1-{200 + number}") for number in range(30)],
        "a group": [group.replace("> 7", f"> {number}") for number in range(30)],
        "a group by names": [
            group.replace("power ==", f'glob(name, "web-*{number}*") and power ==') for number in range(30)
        ],
    }
    for kind, texts in kinds.items():
        spent, longest = [], 0.0
        for text in texts:
            began = time.process_time()
            preview, step = _preview(text, surroundings, evaluation)
            longest = max(longest, step)
            spent.append(time.process_time() - began)
            assert preview.newly_failing or "group" in kind
            assert preview.members
        beside = f"p99 {_p99(spent) * 1000:.0f} ms, longest step {longest * 1000:.1f} ms; {preview.members:,} members"
        what = f"keystroke to preview of {kind}, {ESTATE:,} VMs"
        yield Figure(what, statistics.median(spent) * 1000, "ms", 100.0, beside)


def _preview(text: str, surroundings: Surroundings, evaluation: Evaluation) -> tuple[Preview, float]:
    """The preview, and its longest step."""
    draft = document(text, "draft.yaml").said
    assert isinstance(draft, Policy | Group)
    is_policy = isinstance(draft, Policy)
    active = next((each for each in evaluation.policies() if is_policy and each.policy.name == draft.name), None)
    steps = previewing(
        draft if isinstance(draft, Policy) else None,
        Groups().membership(draft.members if isinstance(draft, Policy) else draft),
        active,
        surroundings,
        datetime.now(UTC),
        200,
    )
    longest = 0.0
    while True:
        began = time.process_time()
        try:
            next(steps)
        except StopIteration as end:
            preview: Preview = end.value
            return preview, max(longest, time.process_time() - began)
        longest = max(longest, time.process_time() - began)


class Screen(Console):
    """A client that notes how old a change is when it comes as a finding."""

    def __init__(self, folder: Path) -> None:
        super().__init__(PrivateEngine(None, folder), protocol.Subscribe(findings=True, recent_changes=0))
        self.ages: list[float] = []

    def found(self, findings: protocol.Findings) -> None:
        now = datetime.now(UTC)
        for finding in findings.findings:
            is_new = finding.id not in self.findings and finding.is_open
            if is_new and finding.origin is not None and finding.origin.occurred_at is not None:
                self.ages.append((now - finding.origin.occurred_at).total_seconds())
        super().found(findings)


def demo_policy_text(number: int) -> str:
    """One of a hundred for the demo estate: 5 % of its VMs, by the ends of their names."""
    ends = "|".join(f"{(number + step) % 100:02}" for step in range(0, 100, 20))
    return f"""\
policy: Part {number}
members: 'matches(id, r"({ends})$") and not template and nic_count >= 1'
checks:
  - vlans: {{denied: [150, 170, 666]}}
  - applications: {{denied: ["openssl < 1.0.{number}", telnetd]}}
  - services: {{denied: [telnet, rsh]}}
  - settings: {{isolation.tools.copy.disable: {{equals: true, absent: pass}}}}
"""


def _write_demo_policies(folder: Path) -> None:
    for number in range(POLICIES):
        (folder / f"{number}.yaml").write_text(demo_policy_text(number))


async def _change_to_finding(vms: int) -> list[Figure]:
    """Cards move between VLANs on the demo hypervisor, by its clock, which is this machine's."""
    with tempfile.TemporaryDirectory(prefix="vmi-bench-") as folder:
        await aside(lambda: _write_demo_policies(Path(folder)))
        async with linked(Screen(Path(folder))) as screen:
            hosts = max(2, vms // 18)
            uri = f"demo://?hosts={hosts}&vms={vms}&story=off&changes_per_second=20"
            await screen.client.call("add_connection", uri=uri, saved=False)

            def is_settled() -> bool:
                return screen.state() is State.LIVE and screen.posture is not None and not screen.posture.evaluating

            await eventually(is_settled, seconds=300)
            screen.ages.clear()
            await eventually(lambda: len(screen.ages) >= CHANGES, seconds=300)
            ages = sorted(screen.ages[:CHANGES])
    what = f"change → finding at a client, {vms:,} VMs"
    beside = f"{len(ages)} changes at 20 a second"
    return [
        Figure(f"{what}, median", statistics.median(ages), "s", 1.0, beside),
        Figure(f"{what}, p99", _p99(ages), "s", 2.0, beside),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]

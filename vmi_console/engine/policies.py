"""Policies at work in an engine: the folder they lie in, the evaluation that follows the estate, the findings it gives.

The evaluation runs in slices on the event loop; what is decided and found is written on the history's thread.
"""

from __future__ import annotations

import asyncio
import getpass
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from vmi_console.engine import protocol
from vmi_console.engine.hub import Hub
from vmi_console.errors import CommandRefused, InputError, QueryError
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import Connection
from vmi_console.history.pending import Encoded, KeptFinding
from vmi_console.history.store import History
from vmi_console.plain_text import visible
from vmi_console.policy import arming, baselines, checks
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.baselines import NOTHING_TAKEN, KnownGood, States
from vmi_console.policy.decisions import AdvisoryFiles, Armed, Folder, KeptRecord
from vmi_console.policy.demands import InForce
from vmi_console.policy.displaced import Displacement
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.findings import (
    SCHEMA_VERSION,
    Acknowledgement,
    Ending,
    Finding,
    FindingsListener,
    Kept,
    Stage,
    finding_id,
)
from vmi_console.policy.folder import POLL_SECONDS, PolicyFolder
from vmi_console.policy.groups import Groups
from vmi_console.policy.joining import Origins
from vmi_console.policy.judgement import Judgement, Verdict
from vmi_console.policy.ledger import RESOLVED_KEPT, Ledger, Moved, RecordedLedger
from vmi_console.policy.policies import Baseline, Policy, PolicySet
from vmi_console.policy.scores import Score
from vmi_console.policy.surroundings import Surroundings
from vmi_console.policy.waivers import Waiver
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.004
"""How long the event loop may be held by judging before others get their turn."""

GATHERING_PAUSE_SECONDS = 0.05
MOVES_AT_ONCE = 100
CLOCK_SECONDS = 30.0
POSTURE_SECONDS = 1.0
RECENT_CHANGES = 5_000
"""From the history, so that what is found after a start can be joined to what happened before it."""

assert checks.__all__  # importing them is what registers the kinds of checks


class Owner(Protocol):
    """The engine, as its policies see it."""

    inventory: Inventory
    hub: Hub

    def now(self) -> datetime:
        """The time that counts as now."""

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""


class Policies:
    """The policies of one engine. Made by `open`; `listeners` hear of findings as they move."""

    def __init__(self, engine: Owner, history: History, folder: Path, *, recorded: bool = False) -> None:
        self.now = engine.now
        self.estate = Surroundings(engine.inventory)
        self.evaluation = Evaluation(self.estate, self.now)
        self.listeners: list[FindingsListener] = []
        self.want: Callable[[Collection[EntityId]], None] | None = (
            None  # hears of which VMs policies ask what is inside
        )
        self.policies = PolicySet()
        self._said = self.policies  # by the folder: baselines are not yet policies there
        self.groups = Groups()
        self._engine = engine
        self._history = history
        self._origins = Origins()
        ledger = RecordedLedger if recorded else Ledger
        self.ledger = ledger(self._origins, self.is_member, self._name_of, self.now)
        self._folder = PolicyFolder(folder)
        self._looking = asyncio.Lock()
        self._reading_advisories = asyncio.Lock()
        self.advisory_files: AdvisoryFiles | None = None  # whose advisories are in force, or would be but for a problem
        self.advisories_problem = ""
        self._armed: dict[str, Armed] = {}
        self._known_good: dict[str, States] = {}  # by baseline
        self._effective: dict[str, Armed] = {}  # those whose content is still what was armed
        self._tasks = Tasks()
        self._work = asyncio.Event()
        self._posture_due = asyncio.Event()
        self._adopted = False
        self._closed = False  # what is heard after that is for the next start

    @classmethod
    async def open(cls, engine: Owner, history: History, default: Path) -> Policies:
        """The policies of the folder that was opened last, or else of `default`, with what is known of findings."""
        remembered = _decided(history, Folder, "folder")
        path = Path(remembered[0].path) if remembered else default
        policies = cls(engine, history, path)
        findings = [each for each in map(_decode, await history.findings(RESOLVED_KEPT)) if isinstance(each, Finding)]
        policies.restore(findings, all_decided(history), await history.recent(RECENT_CHANGES))
        return policies

    def restore(self, findings: Iterable[Finding], decisions: Iterable[KeptRecord], changes: Iterable[Change]) -> None:
        """Takes in what was known before; nothing moves by it."""
        self.ledger.restore(findings, *self._sort(decisions))
        for finding in self.ledger.all().values():
            if finding.stage is not Stage.RESOLVED:
                failed = Judgement(verdict=Verdict.FAIL, evidence=finding.evidence, paths=finding.paths)
                self.evaluation.seed(finding.policy, finding.rule, finding.vm, failed)
        self._origins.remember(changes)

    def become(self, findings: Iterable[Finding], decisions: Iterable[KeptRecord]) -> None:
        """Tells what was found and decided at another moment, in place of all that was told; for recorded ones only."""
        assert isinstance(self.ledger, RecordedLedger)
        self._armed, self._known_good = {}, {}
        moved = self.ledger.become(findings, *self._sort(decisions))
        self._engine.hub.tell_findings(moved.all(), moved.forgotten)
        self._settle_arming()

    def _sort(self, decisions: Iterable[KeptRecord]) -> tuple[list[Acknowledgement], list[Waiver]]:
        """Keeps what is decided about policies and baselines; gives what is about findings."""
        acknowledgements, waivers = [], []
        for each in decisions:
            match each:
                case Armed():
                    self._armed[each.policy] = each
                case KnownGood():
                    before = self._known_good.get(each.baseline, NOTHING_TAKEN)
                    self._known_good[each.baseline] = States({**before.of_vm, each.vm: each})
                case Acknowledgement():
                    acknowledgements.append(each)
                case Waiver():
                    waivers.append(each)
        return acknowledgements, waivers

    def start(self) -> None:
        """Goes to work; the saved connections have been opened."""
        known = {connection.endpoint for connection in self._engine.inventory.of(Connection)}
        self._withdraw_of(lambda vm: endpoint_of(vm) not in known)
        self._tasks.start(self._follow_folder(), "following the policy folder")
        self._tasks.start(self._evaluate(), "evaluating policies")
        self._tasks.start(self._follow_clock(), "policies and the clock")
        self._tasks.start(self._tell_posture(), "telling how policies stand")
        for files in _decided(self._history, AdvisoryFiles, "advisories"):
            self.advisory_files = files
            self._tasks.start(self._reload_advisories(files), "reading advisories")

    async def close(self) -> None:
        """Ends what runs; what was found is with the history."""
        await self._tasks.close()
        self._keep_moves()
        self._closed = True

    # --- what the engine tells ------------------------------------------------------------------------------------

    def published(self, applied: Applied) -> None:
        """Something changed in the inventory."""
        if self._closed:
            return
        self._origins.remember(applied.changes)
        if applied.amendments:
            self._origins.amend(applied.amendments)
            self._tell(self.ledger.amend(applied.amendments))
        self.evaluation.changed(applied)
        if self.evaluation.has_news:
            self._work.set()

    def displace(self, vm: EntityId, displacement: Displacement | None) -> None:
        """What a quarantine does to a VM is no answer to any policy; None: there is no such quarantine (any more)."""
        self.evaluation.displace(vm, displacement)
        self._work.set()

    def give_back(self, vm: EntityId) -> None:
        """The VM is plugged in as before, which it will be seen to be in a moment."""
        if (known := self.evaluation.displacement(vm)) is not None:
            present = self.estate.vm(vm)
            self.displace(vm, msgspec.structs.replace(known, left=present) if present is not None else None)

    def discovered(self, endpoint: str) -> None:
        """Everything of an endpoint is known: what was found on VMs that are not there has ended."""
        if self._closed:
            return
        inventory = self._engine.inventory
        self._withdraw_of(lambda vm: endpoint_of(vm) == endpoint and inventory.vm(vm) is None)

    # --- asking it ------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> PolicyFolder:
        """The folder that is open."""
        return self._folder

    def in_force(self, policy: str) -> InForce:
        """A policy in force. Raises `CommandRefused`."""
        for each in self.evaluation.policies():
            if each.policy.name == policy:
                return each
        raise CommandRefused(f"no policy “{visible(policy, 80)}” is in force", "see the list of policies")

    def is_member(self, group: str, vm: EntityId) -> bool:
        """Whether a VM is known to belong to a named group; nobody belongs to one that is not there."""
        record = self.estate.vm(vm)
        try:
            return record is not None and self.groups.named(group).matches(record, self.estate)
        except (KeyError, QueryError):
            return False

    def may_act(self, policy: str) -> bool:
        """Whether a policy may respond by itself: an operator armed exactly what is in force."""
        return policy in self._effective

    def posture(self) -> protocol.Posture:
        """How everything stands."""
        standings = tuple(self._standings())
        total = Score()
        for each in standings:
            total += each.score
        return protocol.Posture(
            folder=str(self._folder.path),
            policies=standings,
            score=total,
            evaluating=not self.evaluation.is_settled,
            problems=self.policies.problems,
            stale=self.policies.stale,
        )

    def score_of(self, vm: EntityId) -> Score:
        """Of one VM."""
        waived = sum(finding.stage is Stage.WAIVED for finding in self.ledger.of_vm(vm))
        return msgspec.structs.replace(self.evaluation.score_of_vm(vm), waived=waived)

    def _standings(self) -> Iterator[protocol.PolicyStanding]:
        in_force = {each.policy.name: each for each in self.evaluation.policies()}
        for policy in self.policies.policies:
            each = in_force.get(policy.name)
            score = self.evaluation.score_of_policy(each) if each is not None else Score()
            yield protocol.PolicyStanding(
                name=policy.name,
                file=policy.file,
                enabled=policy.enabled,
                severity=policy.severity,
                members=each.members if each is not None else 0,
                score=msgspec.structs.replace(score, waived=self.ledger.waived(policy.name)),
                automatic=policy.respond.quarantine,
                armed=self._effective.get(policy.name),
                disarmed_by_edit=policy.name in self._armed and policy.name not in self._effective,
            )

    # --- what operators decide ------------------------------------------------------------------------------------

    async def acknowledge(self, findings: tuple[str, ...], note: str) -> None:
        """Somebody has seen these. On disk when this returns. Raises `InputError`, `StorageError`."""
        made, moved = self.ledger.acknowledge(findings, operator(), note)
        for each in made:
            self._decide("acknowledgement", each.finding, each)
        self._tell(moved)
        await self._history.flush()

    async def take_back(self, findings: tuple[str, ...]) -> None:
        """Acknowledged no longer. Raises `InputError`, `StorageError`."""
        moved = self.ledger.take_back(findings)
        for each in findings:
            self._history.decide("acknowledgement", each, None)
        self._tell(moved)
        await self._history.flush()

    async def waive(self, waiver: Waiver) -> None:
        """Lets what a waiver covers be so. Raises `InputError`, `StorageError`."""
        if waiver.group and waiver.group not in self.groups.names():
            raise InputError(f"there is no group “{visible(waiver.group, 80)}”", "see the list of groups")
        moved = self.ledger.waive(waiver)
        self._decide("waiver", waiver.id, waiver)
        self._tell(moved)
        await self._history.flush()

    async def end_waiver(self, waiver: str) -> None:
        """Ends a waiver before its time. Raises `InputError`, `StorageError`."""
        moved = self.ledger.end_waiver(waiver)
        self._history.decide("waiver", waiver, None)
        self._tell(moved)
        await self._history.flush()

    async def arm(self, policy: str) -> None:
        """Lets a policy, as it is now, respond by itself. Raises `CommandRefused`, `StorageError`."""
        each = self.in_force(policy).policy
        fingerprint = arming.fingerprint(each, self.groups)
        if not arming.may_act(each, self.policies, fingerprint):
            raise CommandRefused(
                f"“{visible(policy, 80)}” is in force in an older version, since a file of it has mistakes",
                "correct that first",
            )
        armed = Armed(policy=policy, fingerprint=fingerprint, by=operator(), at=self.now())
        self._armed[policy] = armed
        self._decide("armed", policy, armed)
        self._settle_arming()
        await self._history.flush()

    async def disarm(self, policy: str) -> None:
        """Lets a policy ask again. Raises `CommandRefused`, `StorageError`."""
        if self._armed.pop(policy, None) is None:
            raise CommandRefused(f"“{visible(policy, 80)}” is not armed")
        self._history.decide("armed", policy, None)
        self._settle_arming()
        await self._history.flush()

    async def open_folder(self, folder: Path) -> None:
        """Judges by the policies of another folder from now on, and at the next start. Raises `InputError`."""
        if not folder.is_absolute() or not await asyncio.to_thread(folder.is_dir):
            raise InputError(f"{visible(str(folder), 300)} is no folder", "give the whole path of one that is there")
        await self._tasks.to_the_end(self._open_folder(folder), "opening a policy folder")

    async def _open_folder(self, folder: Path) -> None:
        async with self._looking:
            self._folder = PolicyFolder(folder)
            await self._look()
            self._decide("folder", "", Folder(path=str(folder)))

    async def load_advisories(self, path: Path, kev: Path | None) -> Advisories:
        """Judges by these advisories from now on, and at the next start. Raises `InputError`; then all is as before."""
        for each in (path, kev):
            if each is not None and not each.is_absolute():
                raise InputError(
                    f"{visible(str(each), 300)} is no whole path", "give the whole path of one that is there"
                )
        await self._read_advisories(path, kev)
        self.advisory_files = AdvisoryFiles(path=str(path), kev="" if kev is None else str(kev))
        self.advisories_problem = ""
        self._decide("advisories", "", self.advisory_files)
        assert self.estate.advisories is not None
        return self.estate.advisories

    @property
    def reads_advisories(self) -> bool:
        """Whether files are being read, which may take a minute."""
        return self._reading_advisories.locked()

    async def unload_advisories(self) -> None:
        """Judges by none any more: whether a guest is vulnerable is unknown then."""
        async with self._reading_advisories:
            self.estate.advisories = self.advisory_files = None
            self.advisories_problem = ""
            self._history.decide("advisories", "", None)
            self.evaluation.advised()
            self._work.set()

    async def _read_advisories(self, path: Path, kev: Path | None) -> None:
        async with self._reading_advisories:
            given_up = threading.Event()
            try:
                self.estate.advisories = await asyncio.to_thread(Advisories.load, path, kev, given_up.is_set)
            finally:
                given_up.set()  # who waits may be cancelled, and a thread goes on
            self.evaluation.advised()
            self._work.set()

    async def _reload_advisories(self, files: AdvisoryFiles) -> None:
        try:
            await self._read_advisories(Path(files.path), Path(files.kev) if files.kev else None)
        except InputError as error:
            self.advisories_problem = str(error)
            self._engine.notice(f"advisories were not loaded: {error.message}", error.advice)

    # --- the folder -----------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Looks for changes of the documents now."""
        # To the end: the folder tells of a change once, and whoever asks may be gone by then.
        await self._tasks.to_the_end(self._refresh(), "looking at the policy folder")

    async def _refresh(self) -> None:
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        policies = await asyncio.to_thread(self._folder.refresh)
        if policies is not None:
            self._adopt(policies)

    async def _follow_folder(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(POLL_SECONDS)

    def _adopt(self, policies: PolicySet) -> None:
        """From now on judges by these, baselines among them as policies of their own."""
        self._said = policies
        names = {policy.name for policy in policies.policies}
        held = [self._held(each) for each in policies.baselines if baselines.name_of(each.name) not in names]
        policies = msgspec.structs.replace(policies, policies=(*policies.policies, *held))
        self.policies = policies
        self.groups = Groups(policies.groups)
        self.evaluation.adopt(policies)
        if not policies.problems:  # else what is missing may come back when a mistake has been corrected
            forgotten = [
                finding_id(policy, rule, vm)
                for (policy, rule), seeds in self.evaluation.unclaimed().items()
                for vm in seeds
            ]
            self._tell(self.ledger.withdraw(forgotten, Ending.WITHDRAWN))
        demands = {demand.key: demand for each in self.evaluation.policies() for demand in each.demands}
        self._tell(self.ledger.redescribe(demands))
        self._settle_arming()
        self._work.set()

    def _held(self, baseline: Baseline) -> Policy:
        states = self._known_good.get(baseline.name, NOTHING_TAKEN)
        if baseline.gold and states.gold is None and states.of_vm:
            newest = max(states.of_vm.values(), key=lambda known: known.at)
            states = self._known_good[baseline.name] = States(states.of_vm, newest)
        return baselines.as_policy(baseline, states)

    def baseline(self, name: str) -> Baseline:
        """A baseline in force. Raises `CommandRefused`."""
        for each in self._said.baselines:
            if each.name == name:
                return each
        raise CommandRefused(f"there is no baseline “{visible(name, 80)}”", "see the list of baselines")

    def baselines(self) -> list[tuple[Baseline, States]]:
        """Those in force, with the states that were taken."""
        return [(each, self._known_good.get(each.name, NOTHING_TAKEN)) for each in self._said.baselines]

    async def take(self, name: str, vms: tuple[EntityId, ...]) -> int:
        """Takes the present state of VMs as known to be good, in place of what was taken of them before.

        Without VMs: that of the gold VM, or of all members. Gives of how many. Raises `InputError`, `CommandRefused`,
        `StorageError`.
        """
        baseline = self.baseline(name)
        if baseline.gold:
            vms = (baselines.gold_of(baseline, self.estate),)
        elif not vms:
            membership = self.groups.membership(baseline.members)
            vms = tuple(membership.filter(self.estate.inventory.vms(), self.estate))
        taken = baselines.taken(baseline, vms, self.estate, operator(), self.now())
        before = self._known_good.get(name, NOTHING_TAKEN)
        self._known_good[name] = States({**before.of_vm, **{known.vm: known for known in taken}})
        for known in taken:
            self._decide("baseline", known.key, known)
        self._adopt(self._said)
        await self._history.flush()
        return len(taken)

    def _settle_arming(self) -> None:
        before = self._effective
        self._effective = {}
        names = {policy.name: policy for policy in self.policies.policies}
        for name, armed in self._armed.items():
            policy = names.get(name)
            if policy is not None and arming.may_act(policy, self.policies, armed.fingerprint):
                self._effective[name] = armed
            elif policy is not None and name in before:
                self._engine.notice(
                    f"the policy “{visible(name, 80)}” was edited: it asks before it responds",
                    "until somebody arms it again",
                )
        self._posture_due.set()

    # --- judging --------------------------------------------------------------------------------------------------

    async def _evaluate(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            more = True
            while more:
                more = self.evaluation.work(SLICE_SECONDS, patient=True)
                moves = self.evaluation.moves()
                for start in range(0, len(moves), MOVES_AT_ONCE):
                    self._tell(self.ledger.take(moves[start : start + MOVES_AT_ONCE]))
                    await asyncio.sleep(0)
                self._posture_due.set()
                await asyncio.sleep(GATHERING_PAUSE_SECONDS if self.evaluation.is_gathering else 0)

    async def _follow_clock(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            self._tell(self.ledger.tick())
            self.evaluation.clock_moved()
            self._work.set()

    async def _tell_posture(self) -> None:
        told: protocol.Posture | None = None
        wanted: Collection[EntityId] = ()
        while True:
            await self._posture_due.wait()
            self._posture_due.clear()
            posture = self.posture()
            if posture != told:
                told = posture
                self._engine.hub.announce(posture)
            if self.want is not None and (asked := self.evaluation.asked_inside()) != wanted:
                wanted = asked
                self.want(asked)
            await asyncio.sleep(POSTURE_SECONDS)

    def _keep_moves(self) -> None:
        self._tell(self.ledger.take(self.evaluation.moves()))

    # --- telling and keeping --------------------------------------------------------------------------------------

    def _tell(self, moved: Moved) -> None:
        if not moved:
            return
        findings = moved.all()
        self._history.keep_findings(map(_kept, findings))
        for finding in moved.closed:
            if finding.stage is Stage.RESOLVED and finding.acknowledged is not None:
                self._history.decide("acknowledgement", finding.id, None)
        self._engine.hub.tell_findings(findings, moved.forgotten)
        for listener in self.listeners:
            listener.findings_moved(moved.opened, moved.changed, moved.closed)
        self._posture_due.set()

    def _withdraw_of(self, is_gone: Callable[[EntityId], bool]) -> None:
        gone = [
            finding.id
            for finding in self.ledger.all().values()
            if finding.stage is not Stage.RESOLVED and is_gone(finding.vm)
        ]
        self._tell(self.ledger.withdraw(gone, Ending.GONE))

    def _decide(self, kind: str, key: str, decision: Kept) -> None:
        self._history.decide(kind, key, Encoded(_encoder.encode(decision), SCHEMA_VERSION))

    def _name_of(self, vm: EntityId) -> str:
        record = self.estate.vm(vm)
        return record.name if record is not None else ""


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[KeptRecord] = msgspec.msgpack.Decoder(KeptRecord)


def operator() -> str:
    """Who decides here: the user whose engine this is; nobody else can speak to it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name
        return "operator"


def _kept(finding: Finding) -> KeptFinding:
    return KeptFinding(
        id=finding.id,
        vm=finding.vm,
        opened_at=finding.opened_at,
        resolved_at=finding.resolved_at,
        encoded=Encoded(_encoder.encode(finding), SCHEMA_VERSION),
    )


def _decode(encoded: Encoded) -> KeptRecord | None:
    """The record, or None where it is of a newer console or broken."""
    if encoded.schema > SCHEMA_VERSION:
        return None
    try:
        return _decoder.decode(encoded.record)
    except ValueError as error:
        log.warning("what was kept about policies cannot be read: %s", error)
        return None


def all_decided(history: History) -> list[KeptRecord]:
    """What people decided about findings, policies and baselines."""
    return [
        *_decided(history, Armed, "armed"),
        *_decided(history, KnownGood, "baseline"),
        *_decided(history, Acknowledgement, "acknowledgement"),
        *_decided(history, Waiver, "waiver"),
    ]


def _decided[K: Kept](history: History, kind: type[K], name: str) -> list[K]:
    decided: Mapping[str, Encoded] = history.decisions(name)
    records: Iterable[KeptRecord | None] = map(_decode, decided.values())
    return [record for record in records if isinstance(record, kind)]

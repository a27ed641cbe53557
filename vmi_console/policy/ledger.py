"""The findings of this console: they open, change and are resolved as verdicts move, and bear what people decide."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from vmi_console.errors import InputError
from vmi_console.estate.changes import Amendment
from vmi_console.estate.identity import EntityId
from vmi_console.policy import waivers
from vmi_console.policy.demands import Demand, Move
from vmi_console.policy.findings import Acknowledgement, Ending, Finding, Stage, finding_id
from vmi_console.policy.joining import Origins
from vmi_console.policy.judgement import Judgement, Verdict
from vmi_console.policy.waivers import Waiver

RESOLVED_KEPT = 5_000
"""In memory and at clients; the database keeps more."""

FLAPS = 3
WINDOW = timedelta(minutes=10)
"""A finding that came back so often within this time is flapping, and stays open until it has been gone for as long."""

LONGEST_NOTE = 4_000

type IsMember = Callable[[str, EntityId], bool]


@dataclass(slots=True)
class Moved:
    """The findings that became others, each as it is now.

    `opened` and `closed` ask for attention from now on, or no longer do; `changed` are all others. `forgotten` are ids
    of resolved ones that are no longer kept in memory.
    """

    opened: list[Finding] = field(default_factory=list)
    changed: list[Finding] = field(default_factory=list)
    closed: list[Finding] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.changed or self.closed or self.forgotten)

    def all(self) -> list[Finding]:
        """Opened, changed and closed ones."""
        return [*self.opened, *self.changed, *self.closed]


class Ledger:
    """Findings by their ids. `is_member(group, vm)` knows the named groups, `name_of` what a VM is called."""

    def __init__(
        self,
        origins: Origins,
        is_member: IsMember,
        name_of: Callable[[EntityId], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._origins = origins
        self._is_member = is_member
        self._name_of = name_of
        self._clock = clock
        self._findings: dict[str, Finding] = {}
        self._resolved: dict[str, None] = {}  # the oldest first
        self._of_vm: dict[EntityId, dict[str, None]] = {}  # those not resolved
        self._of_change: dict[int, dict[str, None]] = {}
        self._acknowledged: dict[str, Acknowledgement] = {}
        self._waivers: dict[str, Waiver] = {}
        self._returns: dict[str, deque[datetime]] = {}
        self._quiet_since: dict[str, datetime] = {}  # flapping ones that pass now
        self._waived: dict[str, int] = {}  # by policy
        self._before: dict[str, Finding | None] = {}  # what has moved, as it was when that was told last

    def restore(
        self, findings: Iterable[Finding], acknowledgements: Iterable[Acknowledgement], waivers: Iterable[Waiver]
    ) -> None:
        """Takes in what an earlier session knew; nothing moves by it."""
        self._acknowledged = {each.finding: each for each in acknowledgements}
        self._waivers = {each.id: each for each in waivers}
        for finding in findings:
            if finding.stage is not Stage.RESOLVED:
                finding = self._staged(replace(finding, acknowledged=self._acknowledged.get(finding.id)))
            if finding.verdict is Verdict.PASS:
                self._quiet_since[finding.id] = self._clock()
            self._put(finding)
        self._before = {}

    # --- what verdicts do -----------------------------------------------------------------------------------------

    def take(self, moves: Iterable[Move]) -> Moved:
        """Lets findings follow the verdicts that moved."""
        now = self._clock()
        for demand, vm, judgement, ending in moves:
            known = self._findings.get(finding_id(demand.policy, demand.rule.key, vm))
            if judgement is None:
                self._resolve(known, ending or Ending.NOT_A_MEMBER, now)
            elif judgement.verdict is Verdict.FAIL:
                self._fail(known, demand, vm, judgement, now)
            elif judgement.verdict is Verdict.UNKNOWN:
                if known is not None and known.stage is not Stage.RESOLVED:
                    self._change(replace(known, verdict=Verdict.UNKNOWN, because=judgement.because))
            else:
                self._pass(known, now)
        return self._told()

    def withdraw(self, findings: Iterable[str], ending: Ending) -> Moved:
        """Resolves findings that nobody will judge any more."""
        now = self._clock()
        for each in findings:
            self._resolve(self._findings.get(each), ending, now)
        return self._told()

    def redescribe(self, demands: Mapping[tuple[str, str], Demand]) -> Moved:
        """Lets findings follow the texts and severities of the policies in force."""
        for finding in [each for each in self._findings.values() if each.stage is not Stage.RESOLVED]:
            demand = demands.get((finding.policy, finding.rule))
            if demand is not None and (finding.severity, finding.title) != (demand.severity, demand.title):
                self._change(replace(finding, severity=demand.severity, title=demand.title))
        return self._told()

    def amend(self, amendments: Iterable[Amendment]) -> Moved:
        """Who made a change turned out later than the change."""
        for amendment in amendments:
            for each in list(self._of_change.get(amendment.number, ())):
                finding = self._findings[each]
                if finding.origin is not None:
                    occurred_at = amendment.occurred_at or finding.origin.occurred_at
                    origin = replace(finding.origin, actor=amendment.actor, occurred_at=occurred_at)
                    self._change(replace(finding, origin=origin))
        return self._told()

    def tick(self) -> Moved:
        """Time has passed: waivers end, flapping findings calm down."""
        now = self._clock()
        for each, since in list(self._quiet_since.items()):
            if now - since >= WINDOW:
                self._quiet_since.pop(each)
                finding = self._findings.get(each)
                if finding is not None and finding.verdict is Verdict.PASS:
                    self._resolve(finding, Ending.PASSES, now)
        for each, returns in list(self._returns.items()):
            if now - returns[-1] >= WINDOW:
                del self._returns[each]
        if self._waivers:
            self._stage_again()
        return self._told()

    def _fail(self, known: Finding | None, demand: Demand, vm: EntityId, judgement: Judgement, now: datetime) -> None:
        identity = finding_id(demand.policy, demand.rule.key, vm)
        self._quiet_since.pop(identity, None)
        origin = self._origins.of(vm, judgement.paths)
        if known is None or known.stage is Stage.RESOLVED:
            reopened = known.reopened + 1 if known is not None else 0
            finding = Finding(
                id=identity,
                policy=demand.policy,
                rule=demand.rule.key,
                check=demand.check.kind,
                vm=vm,
                opened_at=now,
                first_opened_at=known.first_opened_at if known is not None else now,
                reopened=reopened,
                flapping=reopened > 0 and self._came_back(identity, now),
                acknowledged=self._acknowledged.get(identity),
            )
        else:
            finding = known
            origin = origin or known.origin
            if known.verdict is Verdict.PASS:
                finding = replace(known, reopened=known.reopened + 1)
        finding = replace(
            finding,
            title=demand.title,
            vm_name=self._name_of(vm) or finding.vm_name,
            severity=demand.severity,
            verdict=Verdict.FAIL,
            evidence=judgement.evidence,
            because="",
            paths=judgement.paths,
            origin=origin,
        )
        self._change(self._staged(finding))

    def _pass(self, known: Finding | None, now: datetime) -> None:
        if known is None or known.stage is Stage.RESOLVED:
            return
        if known.flapping:
            self._quiet_since[known.id] = now
            self._change(replace(known, verdict=Verdict.PASS, because=""))
        else:
            self._resolve(known, Ending.PASSES, now)

    def _resolve(self, known: Finding | None, ending: Ending, now: datetime) -> None:
        if known is None or known.stage is Stage.RESOLVED:
            return
        self._quiet_since.pop(known.id, None)
        self._acknowledged.pop(known.id, None)
        self._change(
            replace(
                known,
                stage=Stage.RESOLVED,
                ending=ending,
                resolved_at=now,
                verdict=Verdict.PASS if ending is Ending.PASSES else known.verdict,
                flapping=False,
                waiver="",
            )
        )

    def _came_back(self, identity: str, now: datetime) -> bool:
        returns = self._returns.setdefault(identity, deque(maxlen=FLAPS))
        returns.append(now)
        return len(returns) == FLAPS and now - returns[0] <= WINDOW

    # --- what people decide ---------------------------------------------------------------------------------------

    def acknowledge(self, findings: Collection[str], by: str, note: str) -> tuple[list[Acknowledgement], Moved]:
        """Somebody has seen these. Raises `InputError` if one of them is not there, or resolved."""
        if len(note) > LONGEST_NOTE:
            raise InputError(f"the note has more than {LONGEST_NOTE} characters", "say it shorter")
        now = self._clock()
        known = [self._not_resolved(each) for each in findings]
        made = []
        for finding in known:
            decision = Acknowledgement(finding=finding.id, by=by, at=now, note=note)
            self._acknowledged[finding.id] = decision
            made.append(decision)
            self._change(self._staged(replace(finding, acknowledged=decision)))
        return made, self._told()

    def take_back(self, findings: Collection[str]) -> Moved:
        """Acknowledged no longer. Raises `InputError` if one of them is not there, or resolved."""
        for finding in [self._not_resolved(each) for each in findings]:
            self._acknowledged.pop(finding.id, None)
            self._change(self._staged(replace(finding, acknowledged=None)))
        return self._told()

    def waive(self, waiver: Waiver) -> Moved:
        """Lets what the waiver covers be so. Raises `InputError` for one that cannot be."""
        self._waivers[waiver.id] = waivers.check(waiver)
        self._stage_again()
        return self._told()

    def end_waiver(self, waiver: str) -> Moved:
        """What it covered asks for attention again. Raises `InputError` if there is no such waiver."""
        if self._waivers.pop(waiver, None) is None:
            raise InputError("there is no such waiver", "it may have been ended meanwhile")
        self._stage_again()
        return self._told()

    def waivers(self) -> list[Waiver]:
        """All of them, those that have expired among them; the newest last."""
        return sorted(self._waivers.values(), key=lambda waiver: waiver.at)

    def _not_resolved(self, finding: str) -> Finding:
        known = self._findings.get(finding)
        if known is None or known.stage is Stage.RESOLVED:
            raise InputError("there is no such open finding", "it may have been resolved meanwhile")
        return known

    def _stage_again(self) -> None:
        for finding in [each for each in self._findings.values() if each.stage is not Stage.RESOLVED]:
            self._change(self._staged(finding))

    def _staged(self, finding: Finding) -> Finding:
        """The finding at the stage where decisions put it."""
        waiver = ""
        if self._waivers:
            held = waivers.holding(self._waivers.values(), finding, self._clock(), self._is_member)
            waiver = held.id if held is not None else ""
        if waiver:
            stage = Stage.WAIVED
        elif finding.acknowledged is not None:
            stage = Stage.ACKNOWLEDGED
        else:
            stage = Stage.OPEN
        if (stage, waiver) == (finding.stage, finding.waiver):
            return finding
        return replace(finding, stage=stage, waiver=waiver)

    # --- what there is --------------------------------------------------------------------------------------------

    def all(self) -> Mapping[str, Finding]:
        """Every finding that is kept, by id; resolved ones of late among them."""
        return self._findings

    def get(self, finding: str) -> Finding | None:
        """The finding of this id."""
        return self._findings.get(finding)

    def of_vm(self, vm: EntityId) -> list[Finding]:
        """Those of a VM that are not resolved."""
        return [self._findings[each] for each in self._of_vm.get(vm, ())]

    def waived(self, policy: str) -> int:
        """How many findings of a policy are waived."""
        return self._waived.get(policy, 0)

    # --- keeping --------------------------------------------------------------------------------------------------

    def _change(self, finding: Finding) -> None:
        before = self._findings.get(finding.id)
        if before != finding:
            self._before.setdefault(finding.id, before)
            self._put(finding)

    def _put(self, finding: Finding) -> None:
        before = self._findings.get(finding.id)
        if before is not None:
            self._unlist(before)
        self._findings[finding.id] = finding
        if finding.stage is Stage.RESOLVED:
            self._resolved[finding.id] = None
            while len(self._resolved) > RESOLVED_KEPT:
                oldest = self._findings.pop(next(iter(self._resolved)))
                self._before.setdefault(oldest.id, oldest)
                self._unlist(oldest)
        else:
            self._of_vm.setdefault(finding.vm, {})[finding.id] = None
            if finding.stage is Stage.WAIVED:
                self._waived[finding.policy] = self._waived.get(finding.policy, 0) + 1
        if finding.origin is not None and finding.id in self._findings:
            self._of_change.setdefault(finding.origin.number, {})[finding.id] = None

    def _unlist(self, finding: Finding) -> None:
        if finding.stage is Stage.RESOLVED:
            del self._resolved[finding.id]
        else:
            _discard(self._of_vm, finding.vm, finding.id)
            if finding.stage is Stage.WAIVED:
                self._waived[finding.policy] -= 1
        if finding.origin is not None:
            _discard(self._of_change, finding.origin.number, finding.id)

    def _told(self) -> Moved:
        """What moved since it was told last, each finding once, however often it moved."""
        moved = Moved()
        for identity, before in self._before.items():
            finding = self._findings.get(identity)
            was_open = before is not None and before.is_open
            if finding is None:
                moved.forgotten.append(identity)
            elif finding == before:
                pass
            elif finding.is_open and not was_open:
                moved.opened.append(finding)
            elif was_open and not finding.is_open:
                moved.closed.append(finding)
            else:
                moved.changed.append(finding)
        self._before = {}
        return moved


class RecordedLedger(Ledger):
    """Findings of another time, exactly as they were: no verdict moves them, and no clock."""

    def restore(
        self, findings: Iterable[Finding], acknowledgements: Iterable[Acknowledgement], waivers: Iterable[Waiver]
    ) -> None:
        self._decide(acknowledgements, waivers)
        for finding in findings:
            self._put(finding)
        self._before = {}

    def become(
        self, findings: Iterable[Finding], acknowledgements: Iterable[Acknowledgement], waivers: Iterable[Waiver]
    ) -> Moved:
        """Takes these, of another moment, in place of all that it has."""
        self._decide(acknowledgements, waivers)
        then = {each.id: each for each in findings}
        for identity in [each for each in self._findings if each not in then]:
            gone = self._findings.pop(identity)
            self._before.setdefault(identity, gone)
            self._unlist(gone)
        for finding in then.values():
            self._change(finding)
        return self._told()

    def _decide(self, acknowledgements: Iterable[Acknowledgement], waivers: Iterable[Waiver]) -> None:
        self._acknowledged = {each.finding: each for each in acknowledgements}
        self._waivers = {each.id: each for each in waivers}

    def take(self, moves: Iterable[Move]) -> Moved:
        return Moved()

    def withdraw(self, findings: Iterable[str], ending: Ending) -> Moved:
        return Moved()

    def redescribe(self, demands: Mapping[tuple[str, str], Demand]) -> Moved:
        return Moved()

    def amend(self, amendments: Iterable[Amendment]) -> Moved:
        return Moved()

    def tick(self) -> Moved:
        return Moved()


def _discard[K](lists: dict[K, dict[str, None]], key: K, finding: str) -> None:
    listed = lists[key]
    del listed[finding]
    if not listed:
        del lists[key]

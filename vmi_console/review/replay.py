"""What policies would have said in the past: the estate is led through what happened to it, and they judge each step.

An *episode* is one rule that did not hold for one VM, from when it was seen to when it held again (or nothing was
demanded any more). A verdict that turned unknown ends none. As in the engine only memberships and rules that read what
moved look again, so a step costs what it concerns; out of a history comes only what they read. The clock goes on by the
hour, for what depends on it.

What would have been quarantined follows from the policies' `respond`: the wait, and the limits, beyond which a person
is asked. It is taken that the policies were armed, that nobody stopped a countdown, and that nobody was released.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied
from vmi_console.history.course import Course
from vmi_console.history.reader import Reader
from vmi_console.policy import checks
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.demands import Move
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.policy.policies import Automatic, PolicySet
from vmi_console.policy.reads import fields_behind
from vmi_console.policy.surroundings import Surroundings
from vmi_console.response.limits import exceeded
from vmi_console.review.present import Still

assert checks.__all__  # importing them is what registers the kinds of checks

TICK = timedelta(hours=1)

type Progress = Callable[[float], None]
"""Told the share of the time that was led through, from 0 to 1, often."""


class GivenUp(Exception):
    """Nobody wants the replay any more."""


class Step(NamedTuple):
    """What was another at a time: records as they were then, and entities that were gone."""

    at: datetime
    records: Sequence[AnyRecord] = ()
    gone: Sequence[EntityId] = ()


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that did not hold for one VM for a while. Names and evidence are untrusted."""

    policy: str
    rule: str
    title: str
    severity: Severity
    vm: EntityId
    vm_name: str
    since: datetime
    until: datetime | None = None  # None: to the end
    from_before: bool = False  # it was so already when the replay began
    evidence: str = ""  # the first


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """A quarantine that there would have been, or that a person would have been asked for."""

    policy: str
    vm: EntityId
    vm_name: str
    at: datetime
    waited_seconds: float = 0.0  # since the rule was first seen not to hold
    asked: bool = False
    because: str = ""  # why a person would have been asked


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What there would have been from `since` until `until`."""

    since: datetime
    until: datetime
    episodes: tuple[Episode, ...] = ()
    isolations: tuple[Isolation, ...] = ()
    unknown: tuple[EntityId, ...] = ()  # VMs that no rule was seen to fail, and some nobody could tell of in the end
    steps: int = 0

    @property
    def vms(self) -> int:
        """On how many VMs."""
        return len({each.vm for each in self.episodes})

    def per_rule(self) -> dict[tuple[str, str], int]:
        """How many episodes of each rule began, or were there from before, by policy and rule."""
        return dict(Counter((each.policy, each.rule) for each in self.episodes))

    def per_day(self) -> dict[date, int]:
        """How many episodes began on each day (UTC)."""
        return dict(Counter(each.since.date() for each in self.episodes if not each.from_before))


def replay(
    records: Iterable[AnyRecord],
    steps: Iterable[Step],
    policies: PolicySet,
    since: datetime,
    until: datetime,
    *,
    advisories: Advisories | None = None,
    progress: Progress = lambda share: None,
    given_up: Callable[[], bool] = lambda: False,
) -> Replayed:
    """Leads the estate of `since` through the steps, which are in order. Blocks; raises `GivenUp`.

    `advisories` are those by which vulnerabilities are known: there are none of another time.
    """
    return _Replay(records, policies, since, until, advisories, progress, given_up).through(steps)


def replay_history(
    reader: Reader,
    policies: PolicySet,
    since: datetime,
    until: datetime,
    *,
    advisories: Advisories | None = None,
    progress: Progress = lambda share: None,
    given_up: Callable[[], bool] = lambda: False,
) -> Replayed:
    """Leads policies through a recorded history. Blocks. Raises `StorageError`, `GivenUp`."""
    course = Course(reader, since, until, fields_behind(_topics(policies)))
    return replay(
        course.beginning(),
        (Step(turn.at, turn.moved.records, turn.moved.gone) for turn in course.turns()),
        policies,
        since,
        until,
        advisories=advisories,
        progress=progress,
        given_up=given_up,
    )


def _topics(policies: PolicySet) -> int:
    """What the policies read."""
    evaluation = Evaluation(Surroundings(Still(())))
    evaluation.adopt(policies)
    return evaluation.reads


class _Moving(Still):
    """Records as they were kept, one time after the other."""

    def go(self, records: Iterable[AnyRecord], gone: Iterable[EntityId]) -> Applied:
        """Puts records in the place of older ones, takes those away that are gone, and says what is another."""
        held = sorted(records, key=lambda record: not isinstance(record, SoftwareImage))  # before who is based on them
        for record in held:
            self._hold(record)
        removed = tuple(entity for entity in gone if entity in self)
        for entity in removed:
            if (known := self.get(entity)) is not None:
                self._release(known)
        return Applied(records=tuple(held), removed=removed)


class _Replay:
    def __init__(
        self,
        records: Iterable[AnyRecord],
        policies: PolicySet,
        since: datetime,
        until: datetime,
        advisories: Advisories | None,
        progress: Progress,
        given_up: Callable[[], bool],
    ) -> None:
        self._since, self._until = since, until
        self._progress, self._given_up = progress, given_up
        self._now = since
        self._estate = _Moving(records)
        surroundings = Surroundings(self._estate)
        surroundings.advisories = advisories
        self._evaluation = Evaluation(surroundings, lambda: self._now)
        self._evaluation.adopt(policies)
        self._open: dict[tuple[str, str, EntityId], Episode] = {}
        self._over: list[Episode] = []
        self._due: list[tuple[datetime, int, Episode]] = []  # a heap; of those of one time the first comes first
        self._hour = since + TICK  # when the clock is looked at next
        self._held: dict[str, set[EntityId]] = {}
        self._isolations: list[Isolation] = []
        self._names: dict[EntityId, str] = {}
        self._numbers = itertools.count()

    def through(self, steps: Iterable[Step]) -> Replayed:
        self._judge()
        count = 0
        for step in steps:
            if step.at > self._until:
                break
            self._wait(step.at)
            for entity in step.gone:
                if (vm := self._estate.vm(entity)) is not None:
                    self._names[entity] = vm.name
            self._evaluation.changed(self._estate.go(step.records, step.gone))
            self._judge()
            count += 1
        self._wait(self._until)
        self._look(self._until)
        episodes = sorted(
            (*self._over, *self._open.values()), key=lambda each: (each.since, each.policy, each.vm, each.rule)
        )
        return Replayed(
            since=self._since,
            until=self._until,
            episodes=tuple(episodes),
            isolations=tuple(self._isolations),
            unknown=tuple(sorted(self._unknown().difference(each.vm for each in episodes))),
            steps=count,
        )

    def _unknown(self) -> set[EntityId]:
        return {vm for each in self._evaluation.policies() for demand in each.demands for vm in demand.unknown}

    def _wait(self, at: datetime) -> None:
        """Lets time go on, stopping where a wait is over and once an hour."""
        while (stop := min(self._hour, self._due[0][0]) if self._due else self._hour) <= at:
            self._look(stop)
        if self._given_up():
            raise GivenUp
        self._now = at

    def _look(self, at: datetime) -> None:
        """What time alone has brought about."""
        if self._given_up():
            raise GivenUp
        self._now = at
        if at >= self._hour:
            self._hour = at + TICK
        self._evaluation.clock_moved()
        self._judge()
        self._isolate()
        total = (self._until - self._since).total_seconds()
        self._progress(min(1.0, (at - self._since).total_seconds() / total) if total else 1.0)

    def _judge(self) -> None:
        self._evaluation.finish()
        for move in self._evaluation.moves():
            self._take(move)

    def _take(self, move: Move) -> None:
        key = (*move.demand.key, move.vm)
        verdict = None if move.judgement is None else move.judgement.verdict
        if verdict is Verdict.FAIL and move.judgement is not None:
            if key not in self._open:
                self._begin(key, move, move.judgement.evidence)
        elif verdict is not Verdict.UNKNOWN and (episode := self._open.pop(key, None)) is not None:
            self._over.append(msgspec.structs.replace(episode, until=self._now))

    def _begin(self, key: tuple[str, str, EntityId], move: Move, evidence: str) -> None:
        vm = self._estate.vm(move.vm)
        episode = Episode(
            policy=key[0],
            rule=key[1],
            title=move.demand.title,
            severity=move.demand.severity,
            vm=move.vm,
            vm_name=vm.name if vm is not None else self._names.get(move.vm, ""),
            since=self._now,
            from_before=self._now == self._since,
            evidence=evidence,
        )
        self._open[key] = episode
        for each in self._evaluation.policies():
            if each.policy.name == episode.policy and each.policy.respond.quarantine is not Automatic.NEVER:
                if each.policy.respond.quarantine is Automatic.ASK:
                    self._tell(episode, "the policy asks")
                else:
                    due = self._now + timedelta(seconds=each.policy.respond.after_seconds)
                    heappush(self._due, (due, next(self._numbers), episode))
                    self._isolate()

    def _isolate(self) -> None:
        """Acts where a wait is over and the rule still does not hold."""
        while self._due and self._due[0][0] <= self._now:
            _, _, episode = heappop(self._due)
            held = self._held.setdefault(episode.policy, set())
            still = self._open.get((episode.policy, episode.rule, episode.vm))
            if still is None or still.since != episode.since or episode.vm in held:
                continue
            policy = next(each for each in self._evaluation.policies() if each.policy.name == episode.policy)
            because = exceeded(policy.policy.respond.limit, policy.members, len(held))
            self._tell(episode, because)
            if not because:
                held.add(episode.vm)

    def _tell(self, episode: Episode, because: str) -> None:
        self._isolations.append(
            Isolation(
                policy=episode.policy,
                vm=episode.vm,
                vm_name=episode.vm_name,
                at=self._now,
                waited_seconds=(self._now - episode.since).total_seconds(),
                asked=bool(because),
                because=because,
            )
        )

"""Who changed what: brings together changes and the events that name their authors.

A hypervisor tells the two apart, in either order and seconds apart: a property is another, and an event says that
somebody reconfigured this VM. A change gets an actor only from an event that names its entity and its property.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vmi_console.estate.changes import Action, Amendment, Attribution, Change
from vmi_console.estate.identity import EntityId, endpoint_of

REMEMBERED = timedelta(seconds=30)
"""How long a change without an author can still get one."""

STATE = ".link_up"
"""Of a card: no part of its configuration."""

PATIENCE = timedelta(seconds=10)
"""How long an event waits for the change that it speaks of."""

NO_TIME = timedelta()
SLACK = timedelta(seconds=0.5)
"""By how much a change may have been seen before its event happened, by clocks that are never quite the same."""


@dataclass(slots=True, eq=False)
class Claim:
    """One property that an event names; "" stands for the entity's addition or removal."""

    attribution: Attribution
    path: str
    until: datetime
    met: bool = False

    def covers(self, action: Action, path: str) -> bool:
        """Whether the claim speaks of a change of this kind at this path.

        `nics` covers `nics[…].vlan` but not `nicsonly`, nor whether a card's link is up: that follows from power and
        the network, and an event that edits the card does not speak of it.
        """
        if not self.path:
            return not path and action is not Action.CHANGED
        if path.endswith(STATE) and not self.path.endswith(STATE):
            return False
        return path.startswith(self.path) and path[len(self.path) : len(self.path) + 1] in ("", ".", "[")


class Authorship:
    """The changes and the events that wait for each other.

    For each occurrence, in this order: `attribute` its events, ask for the `author` of each of its changes, take the
    `amendments`, and then `remember` the changes that have no author.
    """

    def __init__(self) -> None:
        self._claims: dict[EntityId, list[Claim]] = {}
        self._until: deque[Claim] = deque()
        self._new: list[Claim] = []
        self._met: list[Claim] = []
        self._anonymous: dict[EntityId, dict[int, Change]] = {}
        self._forget: deque[tuple[datetime, Change]] = deque()
        self._ahead: dict[str, timedelta] = {}  # by endpoint: how far its clock is known to be ahead of ours

    def attribute(self, attributions: Iterable[Attribution], now: datetime) -> None:
        """Takes in the events of an occurrence; those that found their changes in earlier ones are done with."""
        for claim in self._met:
            self._drop(claim)
        self._met = []
        self._expire(now)
        self._new = []
        for attribution in attributions:
            self._compare_clocks(attribution, now)
            self._new += [Claim(attribution, path, now + PATIENCE) for path in attribution.paths or ("",)]
        for claim in self._new:
            self._claims.setdefault(claim.attribution.entity, []).append(claim)
            self._until.append(claim)

    def author(self, entity: EntityId, action: Action, path: str) -> Attribution | None:
        """The event that names this property of this entity: one of this occurrence, or the latest that waits."""
        for claim in reversed(self._claims.get(entity, [])):
            if claim.covers(action, path):
                self._meet(claim)
                return claim.attribution
        return None

    def amendments(self) -> Iterator[Amendment]:
        """What the events of this occurrence that found no change in it say of earlier ones; the rest wait on."""
        for claim in self._new:
            if not claim.met:
                for change in self._claimed(claim):
                    self._meet(claim)
                    del self._anonymous[change.entity][change.number]
                    yield Amendment(
                        number=change.number,
                        actor=claim.attribution.actor,
                        occurred_at=claim.attribution.occurred_at or change.occurred_at,
                    )

    def remember(self, change: Change, now: datetime) -> None:
        """Keeps a change that has no author, in case an event names one later."""
        self._anonymous.setdefault(change.entity, {})[change.number] = change
        self._forget.append((now + REMEMBERED, change))

    def _claimed(self, claim: Claim) -> list[Change]:
        """The changes a claim speaks of: of several of one property, the one nearest in time, or else the latest.

        What was seen before the event happened is not its doing: a card's port may have moved by itself, and the
        change that the event speaks of is still to come.
        """
        nearest: dict[str, Change] = {}
        moment = claim.attribution.occurred_at
        earliest = self._by_our_clock(claim.attribution)
        for change in self._anonymous.get(claim.attribution.entity, {}).values():
            if earliest is not None and change.observed_at < earliest - SLACK:
                continue
            if claim.covers(change.action, change.path):
                rival = nearest.get(change.path)
                if rival is None or moment is None or _distance(change, moment) <= _distance(rival, moment):
                    nearest[change.path] = change
        return list(nearest.values())

    def _compare_clocks(self, attribution: Attribution, now: datetime) -> None:
        """An event that comes before it happened shows that the hypervisor's clock is ahead of ours.

        That it comes late shows nothing: the clock may be behind, or the event was on its way.
        """
        endpoint = endpoint_of(attribution.entity)
        if attribution.occurred_at is not None and attribution.occurred_at - now > self._ahead.get(endpoint, NO_TIME):
            self._ahead[endpoint] = attribution.occurred_at - now

    def _by_our_clock(self, attribution: Attribution) -> datetime | None:
        """When an event happened; sooner than it did where the hypervisor's clock is behind or was ahead once."""
        if attribution.occurred_at is None:
            return None
        return attribution.occurred_at - self._ahead.get(endpoint_of(attribution.entity), NO_TIME)

    def _meet(self, claim: Claim) -> None:
        if not claim.met:
            claim.met = True
            self._met.append(claim)

    def _drop(self, claim: Claim) -> None:
        claims = self._claims[claim.attribution.entity]
        claims.remove(claim)
        if not claims:
            del self._claims[claim.attribution.entity]

    def _expire(self, now: datetime) -> None:
        while self._until and self._until[0].until <= now:
            claim = self._until.popleft()
            if not claim.met:
                self._drop(claim)
        while self._forget and self._forget[0][0] <= now:
            _, change = self._forget.popleft()
            anonymous = self._anonymous.get(change.entity, {})
            anonymous.pop(change.number, None)
            if not anonymous:
                self._anonymous.pop(change.entity, None)


def _distance(change: Change, moment: datetime) -> timedelta:
    return abs((change.occurred_at or change.observed_at) - moment)

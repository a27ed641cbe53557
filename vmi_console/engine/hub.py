"""From the engine to its clients: updates gathered for a moment, encoded once, sent to everyone who wants them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec.structs import replace

from vmi_console.engine import protocol
from vmi_console.errors import WireError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Amendment, Change, Sample
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.policy.findings import Finding
from vmi_console.wire.channel import encode

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
"""How long an update may wait for others to travel with it."""

CHANGES_PER_FRAME = 200
FINDINGS_PER_FRAME = 200


class Subscriber(Protocol):
    """A client as the hub sees it."""

    subscription: protocol.Subscribe | None
    watched: frozenset[EntityId]

    def post(self, payload: bytes) -> None:
        """Sends a payload, or leaves it out if the client is too slow."""


class Hub:
    """Gathers what is to be told and tells it to all subscribers."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._records: dict[EntityId, AnyRecord] = {}
        self._removed: dict[EntityId, None] = {}
        self._changes: list[Change] = []
        self._amendments: list[Amendment] = []
        self._findings: dict[str, Finding] = {}
        self._forgotten: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.notices: deque[protocol.Notice] = deque(maxlen=20)
        self.rounds: dict[EntityId, protocol.Round] = {}  # those that go

    def join(self, subscriber: Subscriber) -> None:
        """From now on tells `subscriber` too. What was gathered before is told first, to the others."""
        self.flush()
        self._subscribers.append(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """No longer tells `subscriber`."""
        self._subscribers.remove(subscriber)

    def watched(self) -> frozenset[EntityId]:
        """What any client wants samples of."""
        return frozenset().union(*(subscriber.watched for subscriber in self._subscribers))

    def tell(
        self,
        records: Iterable[AnyRecord] = (),
        removed: Iterable[EntityId] = (),
        changes: Iterable[Change] = (),
        amendments: Iterable[Amendment] = (),
    ) -> None:
        """Gathers an update; of a record that changes again before it is sent, only the latest state travels."""
        for record in records:
            self._removed.pop(record.id, None)
            self._records[record.id] = record
        for entity in removed:
            self._records.pop(entity, None)
            self._removed[entity] = None
        self._changes.extend(changes)
        self._amendments.extend(amendments)
        self._gathered(len(self._records) >= MAX_BATCH or len(self._changes) >= CHANGES_PER_FRAME)

    def tell_findings(self, findings: Iterable[Finding], forgotten: Iterable[str] = ()) -> None:
        """Gathers findings; they travel after the records that were told before."""
        for finding in findings:
            self._forgotten.pop(finding.id, None)
            self._findings[finding.id] = finding
        for identity in forgotten:
            self._findings.pop(identity, None)
            self._forgotten[identity] = None
        self._gathered(len(self._findings) >= FINDINGS_PER_FRAME)

    def _gathered(self, enough: bool) -> None:
        if enough:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Sends what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        frames = list(updates(self._records.values(), self._removed, self._changes, self._amendments))
        self._records, self._removed, self._changes, self._amendments = {}, {}, [], []
        for update in frames:
            for payload in payloads(update):
                for subscriber in self._subscribers:
                    if subscriber.subscription is not None:
                        subscriber.post(payload)
        self._flush_findings()

    def _flush_findings(self) -> None:
        findings, forgotten = self._findings, tuple(self._forgotten)
        if not (findings or forgotten):
            return
        self._findings, self._forgotten = {}, {}
        for message in finding_frames(findings.values(), forgotten):
            self.announce(message)

    def sampled(self, samples: Iterable[Sample]) -> None:
        """Tells loads to those who watch the entity."""
        samples = tuple(samples)
        for subscriber in self._subscribers:
            if wanted := tuple(sample for sample in samples if sample.entity in subscriber.watched):
                subscriber.post(encode(protocol.Samples(samples=wanted)))

    def announce(
        self,
        message: protocol.Progress
        | protocol.Round
        | protocol.Notice
        | protocol.Findings
        | protocol.Posture
        | protocol.Quarantines
        | protocol.Review
        | protocol.Update,
    ) -> None:
        """Tells everybody who wants to know, at once; what is kept of it is told to those who come later."""
        if isinstance(message, protocol.Notice):
            self.notices.append(message)
        if isinstance(message, protocol.Round):
            self.rounds.pop(message.connection, None)
            if message.standing is not None:
                self.rounds[message.connection] = message
        payload = encode(message)
        of_policies = isinstance(message, protocol.Findings | protocol.Posture | protocol.Quarantines)
        for subscriber in self._subscribers:
            if subscriber.subscription is not None and (subscriber.subscription.findings or not of_policies):
                subscriber.post(payload)


def finding_frames(findings: Iterable[Finding], forgotten: tuple[str, ...]) -> Iterator[protocol.Findings]:
    """Findings in messages of bounded size."""
    told = tuple(findings)
    yield protocol.Findings(findings=told[:FINDINGS_PER_FRAME], forgotten=forgotten)
    for start in range(FINDINGS_PER_FRAME, len(told), FINDINGS_PER_FRAME):
        yield protocol.Findings(findings=told[start : start + FINDINGS_PER_FRAME])


def updates(
    records: Iterable[AnyRecord],
    removed: Iterable[EntityId] = (),
    changes: Iterable[Change] = (),
    amendments: Iterable[Amendment] = (),
) -> Iterator[protocol.Update]:
    """Updates of bounded size. Guest facts are left out: they are asked for where they are shown."""
    shown = [record for record in records if not isinstance(record, Guest | SoftwareImage)]
    gone, told, amended = tuple(removed), list(changes), tuple(amendments)
    first = True
    while shown or told or (first and (gone or amended)):
        yield protocol.Update(
            records=tuple(shown[:MAX_BATCH]),
            removed=gone if first else (),
            changes=tuple(told[:CHANGES_PER_FRAME]),
            amendments=amended if first else (),
        )
        del shown[:MAX_BATCH], told[:CHANGES_PER_FRAME]
        first = False


def payloads(update: protocol.Update) -> Iterator[bytes]:
    """An update as frames: one, or more where its texts are long. What no frame can hold is left out, and logged."""
    try:
        yield encode(update)
    except WireError as error:
        if len(update.records) + len(update.changes) < 2:
            log.error("%s, and is left out", error)
            return
        records, changes = len(update.records) // 2, (len(update.changes) + 1) // 2
        first = replace(update, records=update.records[:records], changes=update.changes[:changes])
        rest = protocol.Update(records=update.records[records:], changes=update.changes[changes:])
        yield from payloads(first)
        yield from payloads(rest)

"""What an intrusion detection engine writes (Suricata's EVE JSON), as alerts of the VMs they speak of.

One JSON object a line; those of `event_type` *alert* count. Fields: docs.suricata.io, “Eve JSON Format”; the MACs are
there where the engine's output has `ethernet: yes`. Lines come from outside and quote what attackers sent.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from vmi_console.estate.attributes import canonical_mac, parse_address
from vmi_console.estate.changes import MAX_BATCH, Batch
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Alert
from vmi_console.estate.register import Register

ENDPOINT = "eve"
LONGEST_LINE_BYTES = 1 << 20
LONGEST_TEXT = 500
MOST_ALERTS = 20_000
"""Kept at once; the oldest go first."""
KEPT = timedelta(days=30)

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class _Ether(msgspec.Struct, frozen=True):
    src_mac: str | None = None
    dest_mac: str | None = None
    src_macs: tuple[str, ...] = ()
    dest_macs: tuple[str, ...] = ()


class _Finding(msgspec.Struct, frozen=True):
    action: str | None = None
    gid: int = 1
    signature_id: int | None = None
    signature: str = ""
    category: str | None = None
    severity: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None


class Event(msgspec.Struct, frozen=True):
    """What is read of an event."""

    timestamp: str
    event_type: str
    src_ip: str | None = None
    dest_ip: str | None = None
    src_port: Port | None = None
    dest_port: Port | None = None
    proto: str | None = None
    flow_id: int | None = None
    host: str | None = None  # the sensor's name
    ether: _Ether = _Ether()
    alert: _Finding | None = None


_decoder = msgspec.json.Decoder(Event)


def event(line: bytes) -> Event | None:
    """The alert that a line tells of; None for events of other types. Raises `ValueError` for what is no event."""
    if len(line) > LONGEST_LINE_BYTES:
        raise ValueError(f"a line has more than {LONGEST_LINE_BYTES:,} bytes")
    found = _decoder.decode(line)
    return found if found.event_type == "alert" and found.alert is not None else None


def moment(text: str) -> datetime:
    """The time of an event; one without an offset is taken to be UTC. Raises `ValueError`."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).astimezone(UTC)


class Alerts:
    """Makes alerts of lines, each matched to its VM, and lets the old ones go.

    `unread` counts the lines that were no events, `strange` the alerts that matched no VM.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._kept: OrderedDict[EntityId, datetime] = OrderedDict()  # in the order they came
        self.unread = 0
        self.strange = 0

    def batches(self, lines: Iterable[bytes], now: datetime) -> Iterator[Batch]:
        """What the inventory is to take in and give up."""
        alerts = [alert for line in lines for alert in self._read(line, now)]
        gone = tuple(self._outlived(now))
        for start in range(0, max(len(alerts), 1), MAX_BATCH):
            some = tuple(alerts[start : start + MAX_BATCH])
            if some or gone:
                yield Batch(records=some, removed=gone)
            gone = ()

    def _read(self, line: bytes, now: datetime) -> Iterator[Alert]:
        if not line.strip():
            return
        try:
            found = event(line)
            at = moment(found.timestamp) if found is not None else now
        except (ValueError, OverflowError):  # msgspec's errors are ValueErrors
            self.unread += 1
            return
        if found is None or at < now - KEPT:
            return
        vms = self.matches(found)
        self.strange += not vms
        for vm in vms:
            alert = _alert(found, min(at, now), vm, line)  # a sensor's clock may be ahead
            self._kept[alert.id] = alert.at
            yield alert

    def matches(self, found: Event) -> tuple[EntityId, ...]:
        """The VMs at either end; two where two VMs speak with each other, or one VM is seen through two endpoints."""
        ether = found.ether
        source = self._at(found.src_ip, (ether.src_mac, *ether.src_macs))
        destination = self._at(found.dest_ip, (ether.dest_mac, *ether.dest_macs))
        return tuple(dict.fromkeys((*source, *destination)))

    def _at(self, ip: str | None, macs: Iterable[str | None]) -> tuple[EntityId, ...]:
        """The VM at one end, with its other sightings; none where it cannot be told which.

        A MAC that is of no VM is a router's and says nothing. Of VMs that share a MAC (clones) the address decides,
        and of those that share an address (networks that overlap) the MAC.
        """
        by_ip = set(self._register.vms_with_ip(ip)) if ip is not None and parse_address(ip) is not None else set()
        known = [canonical for mac in macs if mac is not None and (canonical := canonical_mac(mac)) is not None]
        by_mac = {vm for mac in known for vm in self._register.vms_with_mac(mac)}
        return self._one(by_ip & by_mac or by_mac or by_ip)

    def _one(self, candidates: set[EntityId]) -> tuple[EntityId, ...]:
        """The candidates, if they are one VM."""
        if not candidates:
            return ()
        first = min(candidates)
        if not isinstance(self._register.get(first), VM) or candidates - {first, *self._register.sightings(first)}:
            return ()
        return tuple(sorted(candidates))

    def _outlived(self, now: datetime) -> Iterator[EntityId]:
        while self._kept:
            alert, at = next(iter(self._kept.items()))
            if len(self._kept) <= MOST_ALERTS and at >= now - KEPT:
                return
            del self._kept[alert]
            yield alert


def _alert(found: Event, at: datetime, vm: EntityId, line: bytes) -> Alert:
    said = found.alert
    assert said is not None
    # The same line read twice, as after a restart, is the same alert.
    native = hashlib.blake2b(line.strip() + b"\0" + vm.encode(), digest_size=16).hexdigest()
    return Alert(
        id=entity_id("alert", ENDPOINT, native),
        name=said.signature[:LONGEST_TEXT] or f"signature {said.signature_id}",
        at=at,
        severity=said.severity or None,
        signature=str(said.signature_id) if said.signature_id is not None else None,
        category=_cut(said.category),
        protocol=_cut(found.proto),
        source=_cut(found.src_ip),
        source_port=found.src_port,
        destination=_cut(found.dest_ip),
        destination_port=found.dest_port,
        action=_cut(said.action),
        sensor=_cut(found.host),
        vm=vm,
    )


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:LONGEST_TEXT]

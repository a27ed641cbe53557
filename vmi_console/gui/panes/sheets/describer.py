"""What all sheets have in common: words, names, ages, the newest changes, and what they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from PySide6.QtCore import QObject

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.records import (
    VM,
    Alarm,
    AlarmStatus,
    Cluster,
    Connection,
    Datastore,
    Host,
    Network,
    Power,
    Record,
)
from vmi_console.gui.axes import Unit, words
from vmi_console.gui.panes.sheet import Card, Cell, Fact, Line, Remark, Section, Sheet, Table, dimmed
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, Wording, clock, moment, size
from vmi_console.plain_text import visible

SHOWN_CHANGES = 10
MOST_ALARMS = 6

_ALARM_RANKS = {AlarmStatus.RED: 0, AlarmStatus.YELLOW: 1, AlarmStatus.OTHER: 2}


class Describer[Subject: Record](QObject):
    """Makes the sheets of one pane for one kind of record. Looks things up, and remembers what it used."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self.replica = replica
        self.wording = Wording(replica)
        self._used: set[EntityId] = set()
        self._gathered: set[EntityId] = set()

    def sheet(self, record: Subject) -> Sheet:
        """The sheet as of now; muted where what is known may no longer be true."""
        self._used, self._gathered = {record.id}, set()
        if (connection := self.replica.connection_of(record.id)) is not None:
            self._used.add(connection)
        sheet = self.describe(record)
        if self.replica.is_stale(record.id) and not isinstance(record, Connection):
            sheet = dimmed(sheet)
        return replace(sheet, uses=frozenset(self._used), gathers=frozenset(self._gathered))

    def describe(self, record: Subject) -> Sheet:
        """What there is to say, as if it were live."""
        raise NotImplementedError

    # --- looking up -----------------------------------------------------------------------------------------------

    def find(self, entity: EntityId | None) -> AnyRecord | None:
        """A record that the sheet says something about."""
        if entity is None:
            return None
        self._used.add(entity)
        return self.replica.records.get(entity)

    def gather(self, entity: EntityId, kind: str) -> list[EntityId]:
        """What of a kind names an entity: the VMs of a host or network, the hosts of a cluster."""
        self._gathered.add(entity)
        return self.replica.referring(entity, kind)

    def count(self, entity: EntityId, kind: str) -> int:
        """How many of a kind name an entity."""
        self._gathered.add(entity)
        return self.replica.count_referring(entity, kind)

    def all_of[Kind: Record](self, kind: type[Kind], entities: Iterable[EntityId]) -> Iterator[Kind]:
        """The records among `entities` that are of a kind."""
        return (record for entity in entities if isinstance(record := self.find(entity), kind))

    def name(self, entity: EntityId | None) -> str:
        """The name of an entity that the sheet mentions."""
        self.find(entity)
        return self.wording.name(entity)

    def leading(self, label: str, entity: EntityId | None, tip: str = "") -> Fact:
        """A fact that names another entity, and leads there where it is known."""
        known = self.find(entity) is not None
        return Fact(label, self.name(entity), tip, leads=entity if known else None)

    def named_cell(self, entity: EntityId | None) -> Cell:
        """A cell that names another entity, with the icon of its state."""
        record = self.find(entity)
        if record is None:
            return Cell(self.wording.name(entity))
        seen = look(record)
        stale = self.replica.is_stale(record.id) and seen.tone in (Tone.PLAIN, Tone.GOOD)
        return Cell(self.wording.name(entity), "", Tone.MUTED if stale else seen.tone, seen.icon)

    def changes_of(self, entity: EntityId) -> Iterator[Change]:
        """What happened to an entity (and inside the guest of a VM), newest first, as far as the log goes."""
        inside = entity_id("guest", endpoint_of(entity), native_of(entity))
        return (change for change in reversed(self.replica.changes) if change.entity in (entity, inside))

    # --- said alike everywhere ------------------------------------------------------------------------------------

    def load(self, entity: EntityId) -> tuple[Fact, ...]:
        """The newest load of a host or VM."""
        sample = self.replica.samples.get(entity)
        cpu = memory = disk = net = UNKNOWN
        tip = self.tr("not measured yet")
        if sample is not None:
            tip = self.tr("measured at {0}").format(clock(sample.at))
            if sample.cpu_percent is not None:
                cpu = f"{sample.cpu_percent:.0f} %"
            if sample.memory_used_bytes is not None:
                memory = self.tr("{0} of {1}").format(size(sample.memory_used_bytes), size(sample.memory_bytes))
            if sample.disk_read_bytes_per_s is not None:
                disk = _flow(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s)
            if sample.net_receive_bytes_per_s is not None:
                net = _flow(sample.net_receive_bytes_per_s, sample.net_transmit_bytes_per_s)
        return (
            Fact(self.tr("CPU"), cpu, tip),
            Fact(self.tr("Memory"), memory, tip),
            Fact(self.tr("Disk read · write"), disk, tip),
            Fact(self.tr("Network in · out"), net, tip),
        )

    def newest_changes(self, entity: EntityId) -> Table:
        """What happened last to an entity."""
        newest = islice(self.changes_of(entity), SHOWN_CHANGES)
        return self.changes_table(self.tr("Newest changes"), newest, self.tr("Nothing has changed yet."))

    def changes_table(self, title: str, changes: Iterable[Change], empty: str) -> Table:
        """Changes, before and after, and who made them."""
        columns = (self.tr("When"), self.tr("What"), self.tr("Before"), self.tr("After"), self.tr("Who"))
        lines = tuple(Line(str(change.number), self._change(change)) for change in changes)
        return Table(title, columns, (18, 34, 24, 24, 16), lines, empty)

    def _change(self, change: Change) -> tuple[Cell, ...]:
        at = change.occurred_at or change.observed_at
        before, after = self.wording.sides(change) if change.path else ("", "")
        who = visible(change.actor, 60) if change.actor else UNKNOWN
        return (
            Cell(clock(at), f"{moment(at)}\n{self.wording.seen(change.seen)}", Tone.MUTED),
            Cell(self.wording.action(change)),
            Cell(before, tone=Tone.MUTED),
            Cell(after),
            Cell(who, "" if change.actor else self.tr("by whom is not known")),
        )

    def told(self, change: Change) -> str:
        """A change in one line."""
        before, after = self.wording.sides(change)
        who = visible(change.actor, 60) if change.actor else self.tr("by whom is not known")
        return f"{before} → {after} · {moment(change.occurred_at or change.observed_at)} · {who}"

    def alarms(self, record: VM | Host | Cluster | Network | Datastore) -> tuple[Card, ...]:
        """The alarms that the hypervisor's manager raised, the worst first; one that a person saw is calm."""
        ordered = sorted(record.alarms or (), key=lambda alarm: _ALARM_RANKS[alarm.status])
        return tuple(map(self._alarm, ordered[:MOST_ALARMS]))

    def _alarm(self, alarm: Alarm) -> Card:
        tone = Tone.BAD if alarm.status is AlarmStatus.RED else Tone.WARNING
        since = clock(alarm.since)
        remark = Remark(self.tr("alarm since {0}").format(since), moment(alarm.since), tone)
        if alarm.acknowledged:
            tone = Tone.MUTED
            by = visible(alarm.acknowledged_by or UNKNOWN, 60)
            remark = Remark(self.tr("alarm since {0}, acknowledged by {1}").format(since, by), moment(alarm.since))
        return Card(visible(alarm.name or alarm.key, 120), "state-degraded", (remark,), tone)

    def running(self, vms: Iterable[EntityId]) -> tuple[int, int]:
        """How many VMs there are, and how many of them run."""
        ids = list(vms)
        self._used.update(ids)
        records = self.replica.records
        found = [vm for entity in ids if isinstance(vm := records.get(entity), VM)]
        return len(found), sum(vm.power is Power.ON for vm in found)

    def usage(self, used: int | None, capacity: int | None, *, full_matters: bool = False) -> Cell:
        """How much of a capacity is used, as a bar; `full_matters` where nothing more fits means trouble."""
        if used is None or not capacity:
            return Cell(UNKNOWN)
        share = min(1.0, used / capacity)
        tone = Tone.WARNING if full_matters and share >= 0.9 else Tone.PLAIN
        tip = self.tr("{0} of {1}").format(size(used), size(capacity))
        return Cell(f"{100 * share:.0f} %", tip, tone, share=share)

    def datastores_table(self, datastores: Iterable[Datastore]) -> Table:
        """Datastores and how full they are."""
        columns = (self.tr("Datastore"), self.tr("Type"), self.tr("Capacity"), self.tr("Free"), self.tr("Used"))
        lines = []
        for one in datastores:
            known = one.capacity_bytes is not None and one.free_bytes is not None
            used = (one.capacity_bytes or 0) - (one.free_bytes or 0) if known else None
            cells = (
                self.named_cell(one.id),
                Cell(visible(one.type or UNKNOWN, 30)),
                Cell(size(one.capacity_bytes), number=True),
                Cell(size(one.free_bytes), number=True),
                self.usage(used, one.capacity_bytes, full_matters=True),
            )
            lines.append(Line(one.id, cells, one.id))
        return Table(self.tr("Datastores"), columns, (34, 14, 14, 14, 24), tuple(lines), self.tr("None known."))

    def text(self, label: str, value: str | None, tip: str = "", limit: int = 120) -> Fact:
        """A fact whose value comes from outside."""
        return Fact(label, visible(value, limit) if value else UNKNOWN, tip)

    def attributes(self, title: str, attributes: dict[str, str], tip: str) -> tuple[Section, ...]:
        """Custom attributes under a title, or nothing."""
        facts = tuple(self.text(visible(key, 40), value, tip, 160) for key, value in islice(attributes.items(), 24))
        return (Section(title, facts),) if facts else ()


def _flow(one: float | None, other: float | None) -> str:
    return " · ".join(words(Unit.RATE, rate) if rate is not None else UNKNOWN for rate in (one, other))

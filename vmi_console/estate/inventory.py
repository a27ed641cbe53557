"""The estate as it is now: holds all records, takes in what collectors saw, and says what changed by it.

Plain Python that never waits; whoever owns it calls it from one thread.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from vmi_console.estate.authorship import Authorship
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Amendment, Attribution, Batch, Change, Seen
from vmi_console.estate.differences import Difference, differences
from vmi_console.estate.effective import cause_of_vlan, plugged
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.guests import images
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import VM, Alert, Connection, Network, to_builtins
from vmi_console.estate.register import Register
from vmi_console.estate.sharing import Pool
from vmi_console.estate.software import Software

NOT_READ = (Connection, Guest, SoftwareImage, Alert)
"""Records that no reader reports, so that a discovery which does not mention them says nothing of them."""

NOT_OF_THE_ESTATE = (Guest, SoftwareImage, Alert)
"""Records whose coming and going is no change of the estate: somebody looked, or raised an alarm."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one occurrence did to the inventory.

    `records` are those that are another now, as they stand: also where only an untold measurement moved, and also VMs
    whose effective network follows from a network that changed. `removed` ids are gone.
    """

    records: tuple[AnyRecord, ...] = ()
    removed: tuple[EntityId, ...] = ()
    changes: tuple[Change, ...] = ()
    amendments: tuple[Amendment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.removed or self.changes or self.amendments)


@dataclass(slots=True)
class Occurrence:
    """How one occurrence is told, and what it touched: each record as it was before (None where it was not there)."""

    seen: Seen
    observed_at: datetime
    told: bool = True
    occurred_at: datetime | None = None
    not_before: datetime | None = None
    actor: str | None = None
    before: dict[EntityId, AnyRecord | None] = field(default_factory=dict)
    software_before: dict[EntityId, Software] = field(default_factory=dict)
    causes: dict[EntityId, EntityId] = field(default_factory=dict)  # networks that changed → themselves or a parent

    def touch(self, entity: EntityId, record: AnyRecord | None, software: Software | None) -> None:
        """Notes an entity as it was before the occurrence, if it is the first time."""
        self.before.setdefault(entity, record)
        if software is not None:
            self.software_before.setdefault(entity, software)

    def cause(self, before: AnyRecord | None, after: AnyRecord | None, path: str) -> EntityId | None:
        """The network whose change shows in a VM's property, where it does."""
        if self.causes and isinstance(before, VM) and isinstance(after, VM):
            return cause_of_vlan(before, after, path, self.causes)
        return None


class Inventory(Register):
    """The register of the estate, fed with what collectors saw.

    `next_number` numbers the changes it tells, ascending within one history; `labels` are the operator's own, which
    it lays over the VMs. Records that are given to it are its own from then on.
    """

    def __init__(
        self, next_number: Callable[[], int], labels: Mapping[EntityId, tuple[str, ...]] | None = None
    ) -> None:
        super().__init__()
        self._next_number = next_number
        self._labels = dict(labels or {})
        self._authorship = Authorship()
        self._pool = Pool()
        self._mentioned: dict[str, set[EntityId]] = {}
        self._discovered: set[str] = set()

    @property
    def labels(self) -> Mapping[EntityId, tuple[str, ...]]:
        """The operator's labels, also on VMs that are not there now."""
        return self._labels

    def apply(
        self,
        batch: Batch,
        observed_at: datetime,
        *,
        not_before: datetime | None = None,
        tell_discovery: bool = False,
    ) -> Applied:
        """Takes in a batch, which is one occurrence, and says what is another now. Applying it again says nothing.

        The first discovery of an endpoint is no change of the estate and tells none, unless `tell_discovery`. A
        later one, or one with `not_before` (when the endpoint was last heard of), is told as found after a gap.
        """
        seen = batch.seen
        if seen is Seen.DISCOVERY and (not_before is not None or self._was_discovered(batch)):
            seen = Seen.RESYNC
        occurrence = Occurrence(
            seen=seen,
            observed_at=observed_at,
            told=seen is not Seen.DISCOVERY or tell_discovery,
            occurred_at=batch.occurred_at,
            not_before=not_before if seen is Seen.RESYNC else None,
        )
        for entity in batch.removed:
            self._take_away(entity, occurrence)
        vms = []
        for record in batch.records:
            if isinstance(record, VM):
                vms.append(record)  # after the networks and hosts that came with it
            else:
                self._put(record, occurrence)
        for vm in vms:
            self._put(vm, occurrence)
        if self._mentioned:
            self._mention(batch.records)
        return self._conclude(occurrence, batch.attributions)

    def begin(self, endpoint: str) -> None:
        """A complete report of an endpoint follows; one that was begun before and never ended is forgotten."""
        self._mentioned[endpoint] = set()

    def end(self, endpoint: str, observed_at: datetime, *, not_before: datetime | None = None) -> Applied:
        """The report is complete: what it did not mention is gone. Gives nothing if none was begun."""
        mentioned = self._mentioned.pop(endpoint, None)
        if mentioned is None:
            return Applied()
        self._discovered.add(endpoint)
        occurrence = Occurrence(seen=Seen.RESYNC, observed_at=observed_at, not_before=not_before)
        for entity in tuple(self._by_endpoint[endpoint]):
            if entity not in mentioned and not isinstance(self._records.get(entity), NOT_READ):
                self._take_away(entity, occurrence)
        return self._conclude(occurrence)

    def forget(self, endpoint: str, observed_at: datetime) -> Applied:
        """Takes away everything of an endpoint whose connection is no more; nothing of it is a change of the estate."""
        self._mentioned.pop(endpoint, None)
        self._discovered.discard(endpoint)
        occurrence = Occurrence(seen=Seen.CONSOLE, observed_at=observed_at, told=False)
        for entity in tuple(self._by_endpoint[endpoint]):
            self._take_away(entity, occurrence)
        return self._conclude(occurrence)

    def set_labels(
        self, vm: EntityId, labels: Iterable[str], observed_at: datetime, *, actor: str | None = None
    ) -> Applied:
        """Puts the operator's labels on a VM, in place of those it had; they stay when it is reported again.

        Empty and repeated labels are left out. A VM that is not there gets them when it comes.
        """
        kept = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
        if kept:
            self._labels[vm] = kept
        else:
            self._labels.pop(vm, None)
        occurrence = Occurrence(seen=Seen.CONSOLE, observed_at=observed_at, actor=actor)
        if (record := self.vm(vm)) is not None:
            self._put(record, occurrence)
        return self._conclude(occurrence)

    # --- taking in ------------------------------------------------------------------------------------------------

    def _was_discovered(self, batch: Batch) -> bool:
        return bool(batch.records) and endpoint_of(batch.records[0].id) in self._discovered

    def _mention(self, records: Iterable[AnyRecord]) -> None:
        for record in records:
            mentioned = self._mentioned.get(endpoint_of(record.id))
            if mentioned is not None:
                mentioned.add(record.id)

    def _put(self, record: AnyRecord, occurrence: Occurrence) -> None:
        if isinstance(record, VM):
            record = self._laid_over(record)
        before = self._records.get(record.id)
        if before == record:
            return
        self._pool.share(record, before)
        occurrence.touch(record.id, before, self._software_of(before))
        self._hold(record)
        if isinstance(record, Network):
            self._replug(before if isinstance(before, Network) else None, record, occurrence)

    def _take_away(self, entity: EntityId, occurrence: Occurrence) -> None:
        """Takes away a record; a VM's guest goes with it, and a software image with the last guest based on it."""
        record = self._records.get(entity)
        if record is None:
            return
        occurrence.touch(entity, record, self._software_of(record))
        self._release(record)
        if isinstance(record, VM) and (guest := self.guest(entity)) is not None:
            self._take_away(guest.id, occurrence)
        elif isinstance(record, Guest):
            for image in images(record):
                if not self._guests.users(image):
                    self._take_away(image, occurrence)
        elif isinstance(record, Network):
            self._replug(record, None, occurrence)

    def _laid_over(self, vm: VM) -> VM:
        """The VM with what the inventory knows better than its collector: effective networks and labels."""
        networks = self._of[Network]
        nics = tuple([plugged(nic, vm.host, networks) for nic in vm.nics])
        labels = self._labels.get(vm.id, ())
        if vm.labels == labels and all(map(operator.is_, nics, vm.nics)):
            return vm
        return msgspec.structs.replace(vm, nics=nics, labels=labels)

    def _replug(self, before: Network | None, after: Network | None, occurrence: Occurrence) -> None:
        """Works out anew what is plugged into a network that appeared, changed or vanished, or into its portgroups."""
        if before is not None and after is not None and plugging(before) == plugging(after):
            return
        changed = after or before
        assert changed is not None
        occurrence.causes[changed.id] = changed.id
        for portgroup in self._portgroups[changed.id]:
            occurrence.causes.setdefault(portgroup, changed.id)
        for network in (changed.id, *self._portgroups[changed.id]):
            for entity in tuple(self._vms.by_network[network]):
                self._put(self._of[VM][entity], occurrence)

    def _software_of(self, record: AnyRecord | None) -> Software | None:
        return self._guests.software(record.vm) if isinstance(record, Guest) else None

    # --- telling --------------------------------------------------------------------------------------------------

    def _conclude(self, occurrence: Occurrence, attributions: Iterable[Attribution] = ()) -> Applied:
        self._authorship.attribute(attributions, occurrence.observed_at)
        records: list[AnyRecord] = []
        removed: list[EntityId] = []
        changes: list[Change] = []
        for entity, before in occurrence.before.items():
            after = self._records.get(entity)
            if after == before:
                continue
            if after is None:
                removed.append(entity)
            else:
                records.append(after)
            if occurrence.told:
                changes.extend(self._changes(before, after, occurrence))
        amendments = tuple(self._authorship.amendments())
        for change in changes:
            if change.actor is None and change.cause is None:
                self._authorship.remember(change, occurrence.observed_at)
        return Applied(tuple(records), tuple(removed), tuple(changes), amendments)

    def _changes(self, before: AnyRecord | None, after: AnyRecord | None, occurrence: Occurrence) -> Iterator[Change]:
        record = after or before
        assert record is not None
        for difference in self._differences(before, after, occurrence):
            cause = occurrence.cause(before, after, difference.path)
            author = None
            if cause is None and occurrence.actor is None:
                author = self._authorship.author(record.id, difference.action, difference.path)
            yield Change(
                number=self._next_number(),
                entity=record.id,
                name=record.name,
                action=difference.action,
                path=difference.path,
                before=difference.before,
                after=difference.after,
                observed_at=occurrence.observed_at,
                occurred_at=(author.occurred_at if author is not None else None) or occurrence.occurred_at,
                not_before=occurrence.not_before,
                actor=author.actor if author is not None else occurrence.actor,
                cause=cause,
                seen=occurrence.seen,
            )

    def _differences(
        self, before: AnyRecord | None, after: AnyRecord | None, occurrence: Occurrence
    ) -> Iterator[Difference]:
        if before is None or after is None:
            if isinstance(after or before, NOT_OF_THE_ESTATE):
                return
            action = Action.ADDED if before is None else Action.REMOVED
            yield Difference(action, "", to_builtins(before), to_builtins(after))
            return
        if isinstance(after, SoftwareImage):
            return  # its native id is its content: another content is no change of any guest
        yield from differences(before, after)
        if isinstance(after, Guest):
            software_before, software = occurrence.software_before[after.id], self._guests.software(after.vm)
            assert software is not None
            yield from self._guests.differences(software_before, software)


def plugging(network: Network) -> tuple[object, ...]:
    """What of a network shows in the cards that are plugged into it."""
    return network.name, network.vlan, network.host_vlans, network.parent, network.switch

"""Standing queries: what matches now, and what begins or ceases to match as the estate changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from vmi_console.engine import protocol
from vmi_console.errors import QueryError
from vmi_console.estate.columns import Columns, outcome
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import Query, parse_search
from vmi_console.estate.records import VM, Cluster, Connection, Host, Network, Record

IDS_PER_FRAME = 5000


class Search:
    """One standing query of one client; `columns` gives those of the estate, `now` the time that counts as now."""

    def __init__(
        self,
        number: int,
        text: str,
        columns: Callable[[], Columns],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._number = number
        self._now = now
        self._columns = columns
        self._inventory = columns().inventory
        self._matches: set[EntityId] = set()
        self._error = ""
        self._query: Query | None = None
        try:
            self._query = parse_search(text)
        except QueryError as error:
            self._error = str(error)

    def first(self) -> Iterator[protocol.Matches]:
        """All matches, in frames of bounded size; the first replaces what the client had."""
        if self._query is not None:
            columns = self._columns()
            steps = self._query.sieve.rows(columns, self._now(), columns.everybody)
            self._matches = set(columns.ids(outcome(steps)))
        ids = tuple(self._matches)
        yield protocol.Matches(number=self._number, replaces=True, added=ids[:IDS_PER_FRAME], error=self._error)
        for start in range(IDS_PER_FRAME, len(ids), IDS_PER_FRAME):
            yield protocol.Matches(number=self._number, added=ids[start : start + IDS_PER_FRAME])

    @property
    def by_clock(self) -> bool:
        """Whether time alone changes what matches: “older than a week”."""
        return self._query is not None and self._query.by_clock

    def again(self, vms: Iterable[EntityId]) -> protocol.Matches | None:
        """What changed among these VMs (some of which may be gone)."""
        if self._query is None:
            return None
        added, removed = [], []
        for entity in vms:
            vm = self._inventory.get(entity)
            matches = isinstance(vm, VM) and self._query.matches(vm, self._inventory, self._now())
            if matches and entity not in self._matches:
                added.append(entity)
            elif not matches and entity in self._matches:
                removed.append(entity)
        self._matches.update(added)
        self._matches.difference_update(removed)
        if added or removed:
            return protocol.Matches(number=self._number, added=tuple(added), removed=tuple(removed))
        return None


def concerned(inventory: Inventory, records: Iterable[Record], removed: Iterable[EntityId]) -> Iterator[EntityId]:
    """The VMs whose verdict may be another after these records changed."""
    for entity in removed:
        match kind_of(entity):
            case "vm":
                yield entity
            case "guest":
                yield entity_id("vm", endpoint_of(entity), native_of(entity))
            case "host":
                yield from inventory.vms_of_host(entity)
            case "network":
                yield from inventory.vms_of_network(entity)
            case _:
                pass
    for record in records:
        match record:
            case VM():
                yield record.id
            case Guest():
                yield record.vm
            case SoftwareImage():
                yield from inventory.vms_of_image(record.id)
            case Cluster():
                yield from inventory.vms_of_cluster(record.id)
            case Host():
                yield from inventory.vms_of_host(record.id)
            case Network():
                yield from inventory.vms_of_network(record.id)
            case Connection(endpoint=str() as endpoint):
                yield from inventory.vms_of_endpoint(endpoint)
            case _:
                pass

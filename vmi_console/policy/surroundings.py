"""The estate as checks see it: the inventory, with filters found by name and alerts by VM."""

from __future__ import annotations

from collections.abc import Iterable

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.columns import Columns
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import Alert, Filter
from vmi_console.policy.advisories.index import Advisories

ALERTS_KEPT = 200
"""Of one VM; the newest."""


class Surroundings:
    """Answers what checks ask (`check.Estate`), of one VM or of many (`columns`). `follow` is to be told of all that
    changes in the inventory.

    `hears_alerts`: an intrusion detection engine tells of alerts, so that a VM without any is known to have none.
    """

    hears_alerts = False
    advisories: Advisories | None = None
    """Known vulnerabilities, where the operator loaded any."""

    def __init__(self, inventory: Inventory) -> None:
        self.get = inventory.get
        self.vm = inventory.vm
        self.guest = inventory.guest
        self.software = inventory.software
        self.haystack = inventory.haystack
        self.connection_of = inventory.connection_of
        self.inventory = inventory
        self.columns = Columns(inventory)
        self._filters: dict[tuple[str, str], Filter] = {}
        self._filter_names: dict[EntityId, tuple[str, str]] = {}
        self._alerts: dict[EntityId, dict[EntityId, Alert]] = {}
        self._alerted: dict[EntityId, EntityId] = {}
        self.follow((*inventory.of(Filter), *inventory.of(Alert)), ())

    def filter_named(self, vm: EntityId, name: str, /) -> Filter | None:
        return self._filters.get((endpoint_of(vm), name))

    def alerts_of(self, vm: EntityId, /) -> tuple[Alert, ...] | None:
        alerts = self._alerts.get(vm)
        if alerts is None and not self.hears_alerts:
            return None
        return tuple(sorted(alerts.values(), key=lambda alert: alert.at, reverse=True)) if alerts else ()

    def follow(self, records: Iterable[AnyRecord], removed: Iterable[EntityId]) -> None:
        """Takes in what is another now, and what is gone."""
        records, removed = tuple(records), tuple(removed)
        self.columns.follow(records, removed)
        for entity in removed:
            match kind_of(entity):
                case "filter":
                    self._forget_filter(entity)
                case "alert":
                    self._forget_alert(entity)
                case _:
                    pass
        for record in records:
            match record:
                case Filter():
                    self._forget_filter(record.id)
                    key = self._filter_names[record.id] = endpoint_of(record.id), record.name
                    self._filters[key] = record
                case Alert(vm=str() as vm):
                    self.hears_alerts = True
                    self._forget_alert(record.id)
                    self._alerted[record.id] = EntityId(vm)
                    alerts = self._alerts.setdefault(EntityId(vm), {})
                    alerts[record.id] = record
                    while len(alerts) > ALERTS_KEPT:
                        self._forget_alert(min(alerts.values(), key=lambda alert: alert.at).id)
                case _:
                    pass

    def alerted(self, alert: EntityId) -> EntityId | None:
        """The VM that an alert, which may be gone already, was matched to."""
        return self._alerted.get(alert)

    def _forget_filter(self, entity: EntityId) -> None:
        if (key := self._filter_names.pop(entity, None)) is not None:
            self._filters.pop(key, None)

    def _forget_alert(self, entity: EntityId) -> None:
        if (vm := self._alerted.pop(entity, None)) is not None:
            alerts = self._alerts[vm]
            alerts.pop(entity, None)
            if not alerts:
                del self._alerts[vm]

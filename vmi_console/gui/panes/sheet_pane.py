"""A pane about one entity that is a sheet: what it says is worked out by a describer of the entity's kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Record
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.panes.sheet import Sheet
from vmi_console.gui.panes.sheet_view import SheetView
from vmi_console.gui.panes.sheets.describer import Describer
from vmi_console.gui.replica import Delta, references

type Describers = Mapping[type[Record], type[Describer[Any]]]


class SheetPane(Pane):
    """Shows the sheet of an entity; one that goes away leaves its last sheet on show."""

    def __init__(self, desk: Desk, title: str, describers: Describers, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._describers = {kind: make(desk.replica) for kind, make in describers.items()}
        self._shown: EntityId | None = None
        self._view = SheetView()
        self._view.setAccessibleName(title)
        self._view.chosen.connect(self.chosen)
        self.setFocusProxy(self._view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    @property
    def sheet(self) -> Sheet:
        """What it says now."""
        return self._view.sheet

    def bring_up_to_date(self) -> None:
        entity = self.entities[0]
        record = self.desk.replica.records.get(entity)
        if record is None:
            return
        if (describer := self._describers.get(type(record))) is not None:
            self._view.show_sheet(describer.sheet(record))
        if entity != self._shown:
            self._shown = entity
            self._view.verticalScrollBar().setValue(0)

    def concerns(self, delta: Delta) -> bool:
        sheet = self.sheet
        if not sheet.uses.isdisjoint(delta.before) or delta.amendments:
            return True
        if any(change.entity == self.entities[0] for change in delta.changes):
            return True
        return bool(sheet.gathers) and any(
            not sheet.gathers.isdisjoint(_named(before) ^ _named(self.desk.replica.records.get(entity)))
            for entity, before in delta.before.items()
        )


class LivePane(SheetPane):
    """A sheet with figures of load: they are read for as long as somebody looks."""

    def __init__(self, desk: Desk, title: str, describers: Describers, parent: QWidget | None = None) -> None:
        super().__init__(desk, title, describers, parent)
        self._sample: Sample | None = None
        desk.replica.sampled_now.connect(self._sampled)

    def bring_up_to_date(self) -> None:
        self.desk.watchlist.want(self, self.entities[:1])
        super().bring_up_to_date()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.desk.watchlist.want(self, ())

    def _sampled(self) -> None:
        if self.isVisible() and self.entities:
            sample = self.desk.replica.samples.get(self.entities[0])
            if sample is not self._sample:
                self._sample = sample
                self.bring_up_to_date()


def _named(record: AnyRecord | None) -> set[EntityId]:
    return references(record) if record is not None else set()

"""The pane about the selection: a heading that says what, how and where, facts in columns, tables of parts."""

from __future__ import annotations

from itertools import zip_longest

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.labels import ElidedLabel, PlainLabel, separator
from vmi_console.gui.panes.describe import Describer, Sheet
from vmi_console.gui.panes.sheet import Fact, Section, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font

_STEP_HEIGHT = 26
COLUMN = 330  # width of a column of facts at 100 %
MOST_COLUMNS = 4
LABEL = 108  # width of the labels in it


class EntityPane(QScrollArea):
    """Shows one entity and keeps up with it. An entity that goes away stays on show, said to be gone."""

    chosen = Signal(str)  # EntityId

    def __init__(self, replica: Replica, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._describer = Describer(replica)
        self._entity: EntityId | None = None
        self._sheet: Sheet | None = None
        # Widgets are kept and shown again with other contents: making them takes longer than a key repeats.
        self._sections: list[_SectionBox] = []
        self._tables: list[_TableBox] = []
        self._arranged = 0, 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Selection"))
        page = QWidget()
        page.setObjectName("sheet")
        self._page = QVBoxLayout(page)
        self._page.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self._page.setSpacing(GAP)
        self._heading = _Heading()
        self._heading.chosen.connect(self.chosen)
        self._page.addWidget(self._heading)
        self._page.addWidget(separator())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GROUP)
        self._grid.setVerticalSpacing(GROUP)
        self._grid.setContentsMargins(0, GAP, 0, GAP)
        self._page.addLayout(self._grid)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(GAP)
        self._page.addLayout(self._parts)
        self._page.addStretch(1)
        self.setWidget(page)
        replica.refreshed.connect(self._refreshed)
        replica.link_moved.connect(self._again)
        replica.sampled_now.connect(self._again)
        Theme.current.changed.connect(self._heading.paint_icons)

    @property
    def sheet(self) -> Sheet | None:
        return self._sheet

    def show_entity(self, entity: EntityId | None) -> None:
        self._entity = entity
        self.verticalScrollBar().setValue(0)
        self._again()

    def _refreshed(self, delta: Delta) -> None:
        uses = self._sheet.uses if self._sheet is not None else frozenset()
        told = delta.changes or delta.amendments  # what the cards of a VM went through is on its sheet
        if self._entity in delta.before or not uses.isdisjoint(delta.before) or (told and self._concerns(delta)):
            self._again()

    def _concerns(self, delta: Delta) -> bool:
        """Whether something was told of the entity; who did it is told by number only, and seldom."""
        return bool(delta.amendments) or any(change.entity == self._entity for change in delta.changes)

    def _again(self) -> None:
        if self._entity is None or not self.isVisible():
            return
        sheet = self._describer.sheet(self._entity)
        if sheet is None:
            self._heading.show_gone()
            return
        if sheet == self._sheet:
            return
        self._sheet = sheet
        self._heading.show_sheet(sheet)
        while len(self._sections) < len(sheet.sections):
            self._sections.append(_SectionBox())
        while len(self._tables) < len(sheet.tables):
            self._tables.append(_TableBox(self.chosen))
            self._parts.addWidget(self._tables[-1])
        for box, section in zip_longest(self._sections, sheet.sections):
            box.show_section(section)
        for place, table in zip_longest(self._tables, sheet.tables):
            place.show_table(table)
        self._arrange()

    def _arrange(self) -> None:
        """Sections into as many columns as there is room for, row by row."""
        shown = len(self._sheet.sections) if self._sheet is not None else 0
        columns = max(1, min(MOST_COLUMNS, self.viewport().width() // COLUMN, shown))
        if (shown, columns) == self._arranged:
            return
        self._arranged = shown, columns
        _emptied(self._grid)
        for column in range(MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for number, box in enumerate(self._sections[:shown]):
            self._grid.addWidget(box, number // columns, number % columns, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show:
            self._again()
        return super().event(event)


class _Heading(QWidget):
    """Icon, name and state in the larger type; below it where the thing is, each step a button."""

    chosen = Signal(str)  # EntityId

    def __init__(self) -> None:
        super().__init__()
        self._sheet: Sheet | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(24, 24))
        self._title = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self._title.setFont(title_font(self.font()))
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state = PlainLabel()
        self._subtitle = ElidedLabel(tone=Tone.MUTED)
        self._path = QHBoxLayout()
        self._path.setSpacing(0)
        self._path.addStrut(_STEP_HEIGHT)  # as high without a step as with one
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._icon)
        top.addWidget(self._title, 1)
        below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        below.setContentsMargins(24 + GAP, 0, 0, 0)
        below.setSpacing(GAP)
        below.addWidget(self._state)
        below.addLayout(self._path)
        below.addWidget(self._subtitle, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addLayout(below)

    def show_sheet(self, sheet: Sheet) -> None:
        before, self._sheet = self._sheet, sheet
        self._title.setText(sheet.title)
        self._title.setToolTip(tooltip(sheet.title))
        self._state.setText(sheet.state)
        self._state.set_tone(sheet.tone)
        self._state.setToolTip(tooltip(sheet.age))
        self._subtitle.setText(sheet.subtitle)
        if before is None or before.path != sheet.path:
            self._show_path(sheet)
        self.paint_icons()

    def show_gone(self) -> None:
        self._state.setText(self.tr("no longer there"))
        self._state.set_tone(Tone.WARNING)

    def paint_icons(self) -> None:
        if self._sheet is not None:
            look = self._sheet.look
            tone = Tone.MUTED if self._sheet.stale and look.tone in (Tone.PLAIN, Tone.GOOD) else look.tone
            self._icon.setPixmap(icons.pixmap(look.icon, tone, 24, self.devicePixelRatioF()))

    def _show_path(self, sheet: Sheet) -> None:
        for old in _emptied(self._path):
            old.hide()
            old.deleteLater()
        for number, (name, entity) in enumerate(sheet.path):
            if number:
                self._path.addWidget(PlainLabel("›", Tone.MUTED))
            step = QToolButton()
            step.setText(action_text(name))
            step.setToolTip(tooltip(self.tr("Show {0}").format(name)))
            step.clicked.connect(lambda _=False, to=entity: self.chosen.emit(to))
            self._path.addWidget(step)


class _SectionBox(QWidget):
    """A title and rows of facts."""

    def __init__(self) -> None:
        super().__init__()
        self._title = PlainLabel()
        _embolden(self._title)
        self._rows: list[_FactRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self._layout.addWidget(self._title)

    def show_section(self, section: Section | None) -> None:
        facts = section.facts if section is not None else ()
        self._title.setText(section.title if section is not None else "")
        while len(self._rows) < len(facts):
            self._rows.append(_FactRow())
            self._layout.addWidget(self._rows[-1])
        for row, fact in zip_longest(self._rows, facts):
            row.show_fact(fact)
        self.setVisible(section is not None)


class _TableBox(QWidget):
    """A title and a table, or a word in its place."""

    def __init__(self, chosen: SignalInstance) -> None:
        super().__init__()
        self._chosen = chosen
        self._table: Table | None = None
        self._view: LinesView | None = None
        self._title = PlainLabel()
        _embolden(self._title)
        self._empty = PlainLabel(tone=Tone.MUTED)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, GAP, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._empty)

    def show_table(self, table: Table | None) -> None:
        self.setVisible(table is not None)
        if table is None:
            return
        self._title.setText(table.title)
        self._empty.setText(table.empty)
        self._empty.setVisible(not table.lines)
        if self._view is None or self._table is None or self._table.columns != table.columns:
            self._replace(LinesView(table))
        elif self._view is not None:
            self._view.show_lines(table.lines)
        if self._view is not None:
            self._view.setVisible(bool(table.lines))
        self._table = table

    def _replace(self, view: LinesView) -> None:
        if self._view is not None:
            self._layout.removeWidget(self._view)
            self._view.hide()
            self._view.deleteLater()
        self._view = view
        view.chosen.connect(self._chosen)
        self._layout.addWidget(view)


class _FactRow(QWidget):
    """Label and value, which can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self._label = ElidedLabel(tone=Tone.MUTED)
        self._label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._label.setFixedWidth(LABEL)
        self._value = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self._label)
        row.addWidget(self._value, 1)

    def show_fact(self, fact: Fact | None) -> None:
        self.setVisible(fact is not None)
        if fact is None:
            return
        if self._label.text() != fact.label:
            self._label.setText(fact.label)
        if self._value.text() != fact.value:
            self._value.setText(fact.value)
        self._value.set_tone(fact.tone)
        self._value.setToolTip(tooltip(fact.value, fact.tip))
        self._value.setAccessibleName(f"{fact.label}: {fact.value}")


def _embolden(label: QLabel) -> None:
    font = label.font()
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)


def _emptied(layout: QLayout) -> list[QWidget]:
    """Takes everything out of a layout; gives the widgets that were in it."""
    widgets: list[QWidget] = []
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widgets.append(widget)
    return widgets

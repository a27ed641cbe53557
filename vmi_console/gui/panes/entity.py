"""The pane about the selection: a heading that says what, how and where, facts in columns, tables of parts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
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
from vmi_console.gui.panes.describe import Describer
from vmi_console.gui.panes.sheet import Fact, Section, Sheet
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
        self._facts: list[_FactRow] = []
        self._sections: list[QWidget] = []
        self._tables: list[LinesView] = []
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
        if self._entity is not None and (self._entity in delta.before or not uses.isdisjoint(delta.before)):
            self._again()

    def _again(self) -> None:
        if self._entity is None or not self.isVisible():
            return
        sheet = self._describer.sheet(self._entity)
        if sheet is None:
            self._heading.show_gone()
            return
        if sheet == self._sheet:
            return
        before, self._sheet = self._sheet, sheet
        self._heading.show_sheet(sheet)
        if before is None or before.entity != sheet.entity or _shape(before) != _shape(sheet):
            self._build(sheet)
            return
        facts = [fact for section in sheet.sections for fact in section.facts]
        for row, fact in zip(self._facts, facts, strict=True):
            row.show_fact(fact)
        filled = [table for table in sheet.tables if table.lines]
        for view, table in zip(self._tables, filled, strict=True):
            view.show_lines(table.lines)

    def _build(self, sheet: Sheet) -> None:
        for old in (*self._sections, *_emptied(self._parts)):
            old.hide()
            old.deleteLater()
        self._facts, self._sections, self._tables = [], [], []
        for section in sheet.sections:
            self._sections.append(self._section(section))
        for table in sheet.tables:
            heading = PlainLabel(table.title)
            heading.setContentsMargins(0, GAP, 0, 0)
            _embolden(heading)
            self._parts.addWidget(heading)
            if table.lines:
                view = LinesView(table)
                view.chosen.connect(self.chosen)
                self._parts.addWidget(view)
                self._tables.append(view)
            else:
                self._parts.addWidget(PlainLabel(table.empty, Tone.MUTED))
        self._arrange()

    def _section(self, section: Section) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(3)
        title = PlainLabel(section.title)
        _embolden(title)
        rows.addWidget(title)
        for fact in section.facts:
            row = _FactRow(fact)
            row.chosen.connect(self.chosen)
            self._facts.append(row)
            rows.addWidget(row)
        rows.addStretch(1)
        return box

    def _arrange(self) -> None:
        """Sections into as many columns as there is room for, each into the shortest one so far."""
        count = max(1, min(MOST_COLUMNS, self.viewport().width() // COLUMN, len(self._sections)))
        _emptied(self._grid)
        for column in range(MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < count else 0)
        heights = [0] * count
        for section in self._sections:
            column = heights.index(min(heights))
            self._grid.addWidget(section, heights[column], column, Qt.AlignmentFlag.AlignTop)
            heights[column] += 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() // COLUMN != event.oldSize().width() // COLUMN:
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


class _FactRow(QWidget):
    """Label and value. The value can be copied; one that names an entity leads there."""

    chosen = Signal(str)  # EntityId

    def __init__(self, fact: Fact) -> None:
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
        self.show_fact(fact)

    def show_fact(self, fact: Fact) -> None:
        if self._label.text() != fact.label:
            self._label.setText(fact.label)
        if self._value.text() != fact.value:
            self._value.setText(fact.value)
        self._value.set_tone(fact.tone)
        self._value.setToolTip(tooltip(fact.value, fact.tip))
        self._value.setAccessibleName(f"{fact.label}: {fact.value}")


def _shape(sheet: Sheet) -> tuple[object, ...]:
    """What must be the same for the widgets of one sheet to show another."""
    return (
        tuple((section.title, len(section.facts)) for section in sheet.sections),
        tuple((table.title, table.columns, bool(table.lines)) for table in sheet.tables),
    )


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

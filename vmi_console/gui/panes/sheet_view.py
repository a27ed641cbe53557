"""A sheet on screen: figures side by side, cards and sections in as many columns as there is room for, tables.

Widgets are kept and shown again with other contents: making them takes longer than a key repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from unicodedata import bidirectional

from PySide6.QtCore import QRect, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Card, Fact, Remark, Section, Sheet, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, colours

COLUMN = 300  # width of a column of facts at 100 %
MOST_COLUMNS = 4
LABEL = 108  # width of the labels in it


class SheetView(QScrollArea):
    """Shows sheets, one after the other. `chosen` says where the operator wants to go."""

    chosen = Signal(str)  # EntityId

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = Sheet()
        self._tables: list[_TableBox] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("sheet")
        self._figures = _Figures()
        self._cards = _Columns[Card](lambda parent: _CardBox(self.chosen, parent), fewest=2)
        self._sections = _Columns[Section](lambda parent: _SectionBox(self.chosen, parent), fewest=1)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(GROUP)
        column = QVBoxLayout(page)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GROUP)
        for part in (self._figures, self._cards, self._sections):
            column.addWidget(part)
        column.addLayout(self._parts)
        column.addStretch(1)
        self.setWidget(page)
        Theme.current.changed.connect(self._paint_icons)

    def show_sheet(self, sheet: Sheet) -> None:
        """Shows a sheet in place of the one before."""
        if sheet == self.sheet:
            self.sheet = sheet  # it may have been made from others
            return
        before, self.sheet = self.sheet, sheet
        if sheet.figures != before.figures:
            self._figures.show_facts(sheet.figures)
        if sheet.cards != before.cards:
            self._cards.show_all(sheet.cards)
        if sheet.sections != before.sections:
            self._sections.show_all(sheet.sections)
        if sheet.tables != before.tables:
            while len(self._tables) < len(sheet.tables):
                self._tables.append(_TableBox(self.chosen))
                self._parts.addWidget(self._tables[-1])
            for box, table in zip_longest(self._tables, sheet.tables):
                box.show_table(table)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width() - 2 * GROUP
        self._cards.fit(width)
        self._sections.fit(width)

    def _paint_icons(self) -> None:
        for box in self._cards.boxes:
            box.paint_icon()


class _Box[Content](QFrame):
    """One of the boxes in columns: it shows now this, now that, or (None) nothing, and is hidden."""

    def show_content(self, content: Content | None) -> None:
        raise NotImplementedError

    def paint_icon(self) -> None:
        """In the colours of now."""


class _Columns[Content](QWidget):
    """Boxes of equal width, row by row, in as many columns as there is room for, but no more than boxes or `fewest`."""

    def __init__(self, make: Callable[[QWidget], _Box[Content]], fewest: int) -> None:
        super().__init__()
        self.boxes: list[_Box[Content]] = []
        self._make = make
        self._fewest = fewest
        self._arranged = 0, 0
        self._shown = 0
        self._width = COLUMN
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GROUP)
        self._grid.setVerticalSpacing(GROUP)
        self.hide()

    def show_all(self, contents: tuple[Content, ...]) -> None:
        while len(self.boxes) < len(contents):
            self.boxes.append(self._make(self))
        for box, content in zip_longest(self.boxes, contents):
            box.show_content(content)
        self._shown = len(contents)
        self._arrange()
        self.setVisible(bool(contents))

    def fit(self, width: int) -> None:
        self._width = width
        self._arrange()

    def _arrange(self) -> None:
        most = min(MOST_COLUMNS, max(self._fewest, self._shown))
        columns = max(1, min(most, self._width // COLUMN))
        if (self._shown, columns) == self._arranged:
            return
        self._arranged = self._shown, columns
        while self._grid.takeAt(0) is not None:
            pass
        for column in range(MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for number, box in enumerate(self.boxes[: self._shown]):
            self._grid.addWidget(box, number // columns, number % columns)


class _Figures(QWidget):
    """Numbers that move all the time, each in a place of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: list[tuple[PlainLabel, _Text]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GROUP)
        self.hide()

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        while len(self._facts) < len(facts):
            label, value = PlainLabel(tone=Tone.MUTED), _Text(elide=Qt.TextElideMode.ElideRight)
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label)
            column.addWidget(value)
            self._row.addLayout(column, 1)
            self._facts.append((label, value))
        for (label, value), fact in zip(self._facts, facts, strict=False):
            _say(label, fact.label)
            value.say(fact.value, fact.tone)
            value.setToolTip(tooltip(fact.tip))
            value.setAccessibleName(f"{fact.label}: {fact.value}")
        self.setVisible(bool(facts))


class _CardBox(_Box[Card]):
    """A frame with an icon, a title, and a few lines."""

    def __init__(self, chosen: SignalInstance, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._card: Card | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(icons.SIZE, icons.SIZE))
        self._title = _Value(chosen)
        self._remarks: list[_Text] = []
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._icon)
        top.addWidget(self._title, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GAP + 2, GAP, GAP + 2, GAP)
        self._layout.setSpacing(3)
        self._layout.addLayout(top)
        self._layout.addStretch(1)

    def show_content(self, card: Card | None) -> None:
        self.setVisible(card is not None)
        if card is None or card == self._card:
            return
        self._card = card
        self._title.show_value(card.title, "", Tone.PLAIN, card.leads)
        while len(self._remarks) < len(card.remarks):
            self._remarks.append(_Text())
            self._layout.insertWidget(self._layout.count() - 1, self._remarks[-1])
        for label, remark in zip_longest(self._remarks, card.remarks):
            self._show_remark(label, remark)
        self.setAccessibleName(card.title)
        self.setAccessibleDescription("; ".join(remark.text for remark in card.remarks))
        self.paint_icon()

    def paint_icon(self) -> None:
        if self._card is not None:
            card = self._card
            self._icon.setPixmap(icons.pixmap(card.icon, card.tone, ratio=self.devicePixelRatioF()))

    def _show_remark(self, label: _Text, remark: Remark | None) -> None:
        label.setVisible(remark is not None)
        if remark is not None:
            label.say(remark.text, remark.tone)
            label.setToolTip(tooltip(remark.text, *remark.tip.split("\n")))
            _embolden(label, remark.strong)


class _SectionBox(_Box[Section]):
    """A title and rows of facts."""

    def __init__(self, chosen: SignalInstance, parent: QWidget) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self._title = PlainLabel()
        _embolden(self._title)
        self._rows: list[_FactRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self._layout.addWidget(self._title)
        self._layout.addStretch(1)

    def show_content(self, section: Section | None) -> None:
        facts = section.facts if section is not None else ()
        _say(self._title, section.title if section is not None else "")
        while len(self._rows) < len(facts):
            self._rows.append(_FactRow(self._chosen))
            self._layout.insertWidget(self._layout.count() - 1, self._rows[-1])
        for row, fact in zip_longest(self._rows, facts):
            row.show_fact(fact)
        self.setVisible(section is not None)


class _FactRow(QWidget):
    """Label and value, which can be copied or, where it leads somewhere, followed. Places and paints by itself: a
    layout would work everything out anew for each text."""

    def __init__(self, chosen: SignalInstance) -> None:
        super().__init__()
        self._fact: Fact | None = None
        self._value = _Value(chosen, self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_fact(self, fact: Fact | None) -> None:
        self.setVisible(fact is not None)
        if fact is None or fact == self._fact:
            return
        if self._fact is None or self._fact.label != fact.label:
            self.setToolTip(tooltip(fact.label))
            self.update()
        self._fact = fact
        self._value.show_value(fact.value, fact.tip, fact.tone, fact.leads, fact.label)

    def sizeHint(self) -> QSize:
        return QSize(COLUMN, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.rect().adjusted(LABEL + GAP, 0, 0, 0)
        self._value.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), room))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._fact is not None:
            room = QStyle.visualRect(self.layoutDirection(), self.rect(), QRect(0, 0, LABEL, self.height()))
            _paint_text(self, room, self._fact.label, Tone.MUTED, Qt.TextElideMode.ElideRight)


class _Value(QWidget):
    """A text, or the same as something to click on."""

    def __init__(self, chosen: SignalInstance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self._text = _Text(self)
        self._link: Link | None = None
        self._leads: EntityId | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_value(self, value: str, tip: str, tone: Tone, leads: EntityId | None, label: str = "") -> None:
        self._leads = leads
        if leads is not None and self._link is None:
            self._link = Link(self)
            self._link.setGeometry(self.rect())
            self._link.clicked.connect(self._follow)
        shown: QWidget = self._text
        if leads is not None and self._link is not None:
            shown = self._link
            self._link.setText(value)
        else:
            self._text.say(value, tone)
        self._text.setVisible(shown is self._text)
        if self._link is not None:
            self._link.setVisible(shown is self._link)
        shown.setToolTip(tooltip(value, *tip.split("\n")))
        shown.setAccessibleName(f"{label}: {value}" if label else value)

    def sizeHint(self) -> QSize:
        return QSize(COLUMN - LABEL, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._text.setGeometry(self.rect())
        if self._link is not None:
            self._link.setGeometry(self.rect())

    def _follow(self) -> None:
        if self._leads is not None:
            self._chosen.emit(self._leads)


class _Text(QLabel):
    """One line that can be selected and copied. Paints itself unless something is selected: the style takes long."""

    def __init__(self, parent: QWidget | None = None, elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__(parent)
        self._tone = Tone.PLAIN
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str, tone: Tone) -> None:
        _say(self, text)
        if tone is not self._tone:
            self._tone = tone
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        return QSize(COLUMN - LABEL, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasSelectedText():
            super().paintEvent(event)
        else:
            _paint_text(self, self.rect(), self.text(), self._tone, self._elide)


class Link(QAbstractButton):
    """The name of another entity: a click, Enter or the space bar goes there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()), metrics.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def hitButton(self, at: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        _paint_text(self, self.rect(), self.text(), Tone.ACCENT, Qt.TextElideMode.ElideMiddle)
        if self.hasFocus() or self.underMouse():
            thick = 2 if self.hasFocus() else 1
            width = min(self.width(), self.fontMetrics().horizontalAdvance(self.text()))
            line = QStyle.visualRect(self.layoutDirection(), self.rect(), QRect(0, self.height() - thick, width, thick))
            painter = QPainter(self)
            painter.fillRect(line, QColor(colours().accent))
            painter.end()


class _TableBox(QWidget):
    """A title and a table, or a word in its place."""

    def __init__(self, chosen: SignalInstance) -> None:
        super().__init__()
        self._chosen = chosen
        self._table: Table | None = None
        self._views: dict[tuple[str, ...], LinesView] = {}  # by their columns
        self._title = PlainLabel()
        _embolden(self._title)
        self._empty = PlainLabel(tone=Tone.MUTED)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._empty)

    def show_table(self, table: Table | None) -> None:
        self.setVisible(table is not None)
        if table is None or table == self._table:
            return
        _say(self._title, table.title)
        _say(self._empty, table.empty)
        self._empty.setVisible(not table.lines)
        for columns, view in self._views.items():
            view.setVisible(columns == table.columns and bool(table.lines))
        if (known := self._views.get(table.columns)) is not None:
            known.show_lines(table.lines)
        elif table.lines:
            view = self._views[table.columns] = LinesView(table)
            view.chosen.connect(self._chosen)
            self._layout.addWidget(view)
        self._table = table


def _paint_text(widget: QWidget, room: QRect, text: str, tone: Tone, elide: Qt.TextElideMode) -> None:
    painter = QPainter(widget)
    painter.setPen(QColor(colours().tone(tone)))
    mirrored = widget.layoutDirection() is Qt.LayoutDirection.RightToLeft
    side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    how = int(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter) | Qt.TextFlag.TextSingleLine
    if text.isascii() or not any(
        bidirectional(character) in ("R", "AL") for character in text
    ):  # an address is read from the left in every language
        how |= Qt.TextFlag.TextForceLeftToRight
    painter.drawText(room, how, painter.fontMetrics().elidedText(text, elide, room.width()))
    painter.end()


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _embolden(label: QLabel, strong: bool = True) -> None:
    weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal
    if label.font().weight() != weight:
        font = label.font()
        font.setWeight(weight)
        label.setFont(font)

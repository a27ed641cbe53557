"""The search box: the query language, with what is wrong underlined and how many match."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAction,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygon,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from vmi_console.errors import QueryError
from vmi_console.estate.query import Completion, complete, parse_search
from vmi_console.gui import icons
from vmi_console.gui.completions import Completions
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.query_help import QueryHelp
from vmi_console.gui.search_history import SearchHistory
from vmi_console.gui.theme import GAP, Theme, Tone, colours

_EXPRESSION = frozenset("=<>()\"'")
TYPING_MS = 150
"""A pause in typing this long starts the search."""
BUTTON = 24
"""What a button at the end of the box takes of its width."""


class SearchBox(QLineEdit):
    """`searched` gives a text that can be used; empty ends the search."""

    searched = Signal(str)

    def __init__(self, parent: QWidget | None = None, preferences: Preferences | None = None) -> None:
        super().__init__(parent)
        self._history = SearchHistory(preferences or Preferences(parent=self))
        self.setPlaceholderText(self.tr('Search: a name, an address, or  power == "on" and 30 in vlans'))
        self.setAccessibleName(self.tr("Search"))
        self.setClearButtonEnabled(True)
        self.setMaxLength(4000)
        self._icon = self.addAction(icons.icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.show_help = QAction(self.tr("What can be searched for"), self)
        self.show_help.setToolTip(self.tr("What can be searched for (F1)"))
        self.show_help.setStatusTip(self.tr("Every attribute and function of the query language, with examples"))
        self.show_help.setData("help")
        self.show_help.triggered.connect(lambda: self._toggle_help())
        self.addAction(self.show_help, QLineEdit.ActionPosition.TrailingPosition)
        self._help: QueryHelp | None = None
        self._error: QueryError | None = None
        self._sent = ""
        self._told = ""
        self._hint: _Hint | None = None
        self.completions = Completions(self)
        self.completions.activated.connect(self._insert)
        self.completions.list.installEventFilter(self)
        self._pause = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._pause.timeout.connect(self.search_now)
        self.textChanged.connect(lambda: self._pause.start())
        self.textEdited.connect(self._offer)
        Theme.current.changed.connect(self._paint_icons)
        self._paint_icons()
        self._describe()

    @property
    def actions_for_menu(self) -> tuple[QAction, ...]:
        """What can be done here, for menus and the palette."""
        return (self.show_help,)

    def _paint_icons(self) -> None:
        self._icon.setIcon(icons.icon("search", Tone.MUTED))
        self.show_help.setIcon(icons.icon("help", Tone.MUTED))

    @property
    def error(self) -> QueryError | None:
        return self._error

    def search_now(self) -> None:
        """Checks the text, and sends it unless it is wrong."""
        self._pause.stop()
        text = self.text().strip()
        try:
            if text:
                parse_search(text)
        except QueryError as error:
            shift = len(self.text()) - len(self.text().lstrip())
            self._error = QueryError(error.message, error.column + shift, error.length, error.suggestion)
        else:
            self._error = None
            if text != self._sent:
                self._sent = text
                self.searched.emit(text)
        self._show_error()

    def tell(self, matches: str) -> None:
        """What to say at the end of the box: how many match."""
        if matches == self._told:
            return
        self._told = matches
        room = self.fontMetrics().horizontalAdvance(matches) + 2 * GAP if matches else 0
        if self._mirrored:
            self.setTextMargins(room, 0, 0, 0)
        else:
            self.setTextMargins(0, 0, room, 0)
        if matches:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, matches))
        self._describe()
        self.update()

    @property
    def told(self) -> str:
        """What it says of how many match. Of a text that is wrong nothing: what is on show matches another one."""
        return self._told if self._error is None else ""

    @property
    def _mirrored(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def _describe(self) -> None:
        """Tells a screen reader what is wrong, or how many match, or what this is."""
        what = self.tr("Words or an expression; what does not match is hidden. F1 says what can be searched for.")
        self.setAccessibleDescription(str(self._error) if self._error is not None else self._told or what)

    # --- what was searched for, what can be -----------------------------------------------------------------------

    def _recall(self) -> None:
        """Offers what was searched for lately."""
        self.completions.offer([Completion(text, 0, 0, "") for text in self._history.texts])

    def _toggle_help(self) -> None:
        if self._help is None:
            self._help = QueryHelp(self.window())
            self._help.taken.connect(self._take_example)
            self._help.left.connect(self.setFocus)
        if self._help.isVisible():
            self._help.leave()
        else:
            self.completions.list.hide()
            self._help.open_below(self)
            self._help.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _take_example(self, text: str) -> None:
        """An example begins a search, or goes on with what was begun."""
        before = self.text().strip()
        self.setText(text if not before or self._error is not None else f"{before} and {text}")
        self.setFocus()

    # --- completion -----------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        """Offers the rest of a word that was begun; what could follow only once the text is an expression.

        Free words stay free: a name is not followed by a list of operators.
        """
        at = self.cursorPosition()
        offers = complete(self.text(), at)
        begun = [one for one in offers if one.replaces_from < at and len(one.text) > at - one.replaces_from > 1]
        if not begun and not self.text()[:at].endswith(" "):  # nobody asked yet how a complete expression goes on
            offers = [one for one in offers if one.text not in ("and", "or")]
        self.completions.offer(begun or (offers if _EXPRESSION & set(self.text()) else []))

    def _insert(self, text: str) -> None:
        if (chosen := self.completions.completion(text)) is not None:
            before = self.text()
            self.setText(before[: chosen.replaces_from] + chosen.text + before[chosen.replaces_to :])
            self.setCursorPosition(chosen.replaces_from + len(chosen.text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab takes what is offered. What is wrong is said below the list: neither hides the other."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            self.completions.take()
            return True
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Resize):
            QTimer.singleShot(0, self, self._place_hint)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self.completions.list
        chosen = popup.isVisible() and popup.currentIndex().isValid()
        key = event.key()
        enters = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (chosen and enters) or (popup.isVisible() and key == Qt.Key.Key_Escape):
            event.ignore()  # the popup's
        elif key == Qt.Key.Key_Escape and self._help is not None and self._help.isVisible():
            self._help.leave()
        elif key == Qt.Key.Key_Escape and self.text():
            self._history.note(self._sent)
            self.clear()
            self.search_now()
        elif enters:
            popup.hide()
            self.search_now()
            self._history.note(self._sent)
        elif key == Qt.Key.Key_F1 or (event.text() == "?" and not self.text()):
            self._toggle_help()
        elif key == Qt.Key.Key_Down and not self.text():
            self._recall()
        elif key == Qt.Key.Key_Down or (
            key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.completions.offer(complete(self.text(), self.cursorPosition()))
        else:
            super().keyPressEvent(event)

    # --- what is wrong --------------------------------------------------------------------------------------------

    def _show_error(self) -> None:
        wrong = self._error is not None
        if self.property("wrong") != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
        if self._error is not None and self.hasFocus():
            if self._hint is None:
                self._hint = _Hint(self.window())
            self._hint.say(str(self._error), self, self.completions.height)
        elif self._hint is not None:
            self._hint.hide()
        self._describe()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_error()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._history.note(self._sent)
        self._show_error()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_hint()

    def _place_hint(self) -> None:
        if self._hint is not None and self._hint.isVisible():
            self._hint.place(self, self.completions.height)
        if self._help is not None and self._help.isVisible():
            self._help.open_below(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        if self.told:
            painter.setPen(QColor(colours().muted))
            buttons = BUTTON * (2 if self.text() else 1) + GAP
            box = self.rect().adjusted(0, 0, -buttons, 0)
            if self._mirrored:
                box = self.rect().adjusted(buttons, 0, 0, 0)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self.told)
        if self._error is not None:
            start, end = self._x(self._error.column), self._x(self._error.column + self._error.length)
            if end <= start + 3:
                end = start + 8
            base = self.rect().bottom() - 5
            end = min(end, self.width() - 2 * BUTTON - GAP)
            wave = [QPoint(x, base + (x - start) // 2 % 2 * 2) for x in range(start, end, 2)]
            painter.setPen(QPen(QColor(colours().bad), 1))
            painter.drawPolyline(QPolygon(wave))
        painter.end()

    def _x(self, column: int) -> int:
        """Where a character begins on screen: measured from the cursor, since the text may be scrolled."""
        metrics, text = self.fontMetrics(), self.text()
        here = self.cursorRect().center().x()
        shift = metrics.horizontalAdvance(text[:column]) - metrics.horizontalAdvance(text[: self.cursorPosition()])
        return max(4, here + shift)


class _Hint(QFrame):
    """Says below the box what is wrong with the text in it, without moving anything."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "hint")
        self.setAutoFillBackground(True)
        self._label = PlainLabel(tone=Tone.BAD).wrapped()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, 4, GAP, 4)
        layout.addWidget(self._label)

    def say(self, text: str, box: QWidget, below: int) -> None:
        self._label.setText(text)
        self.place(box, below)
        self.show()
        self.raise_()

    def place(self, box: QWidget, below: int) -> None:
        """Under the box, and under what takes `below` pixels there."""
        self.setFixedWidth(box.width())
        self.adjustSize()
        self.move(box.mapTo(box.window(), QPoint(0, box.height() + below + 2)))

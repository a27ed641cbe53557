"""An expression as text: completion while one types, and what is wrong underlined and said below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QKeyEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from vmi_console.errors import QueryError
from vmi_console.estate.query import complete
from vmi_console.gui.completions import Completions
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.policy_editor.text_view import SharedHistory
from vmi_console.gui.theme import GAP, Theme, Tone, colours
from vmi_console.policy.groups import check_members

LINES = 3


class ExpressionBox(QWidget):
    """`edited` gives the text after each keystroke, right or wrong; `error` is what is wrong with it."""

    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error: QueryError | None = None
        self.box = _Box()
        self.box.setAccessibleName(self.tr("Members as an expression"))
        self.box.setPlaceholderText('"pci" in tags and power == "on"')
        self._said = PlainLabel(tone=Tone.BAD).wrapped()
        self._said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self._said)
        self.setFocusProxy(self.box)
        self.box.textChanged.connect(self._edited)
        Theme.current.changed.connect(self._mark)

    @property
    def text(self) -> str:
        return self.box.toPlainText()

    def show_text(self, text: str) -> None:
        """Shows what was written elsewhere."""
        if text.strip() != self.text.strip():
            with QSignalBlocker(self.box):
                self.box.setPlainText(text)
        self._check()

    def _edited(self) -> None:
        self._check()
        self.edited.emit(self.text)
        if self.box.hasFocus():
            self.box.offer()

    def _check(self) -> None:
        self.error = None
        try:
            if self.text.strip():
                check_members(self.text)
        except QueryError as error:
            self.error = error
        self._said.setText(str(self.error) if self.error is not None else "")
        self._said.setVisible(self.error is not None)
        self.box.setAccessibleDescription(str(self.error) if self.error is not None else "")
        self._mark()

    def _mark(self) -> None:
        marks = []
        if self.error is not None:
            mark = QTextEdit.ExtraSelection()
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(QColor(colours().bad))
            start = min(self.error.column, max(0, len(self.text) - 1))
            end = min(len(self.text), max(start + 1, self.error.column + self.error.length))
            cursor = QTextCursor(self.box.document())
            cursor.setPosition(_units(self.text[:start]))
            cursor.setPosition(_units(self.text[:end]), QTextCursor.MoveMode.KeepAnchor)
            mark.format, mark.cursor = look, cursor
            marks.append(mark)
        self.box.setExtraSelections(marks)


class _Box(QPlainTextEdit):
    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setFlags(QTextOption.Flag.ShowDefaultIgnorables)
        self.document().setDefaultTextOption(option)
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + 2 * GAP + 2)
        self._history = SharedHistory(self)
        self.installEventFilter(self._history)
        self.completions = Completions(self)
        self.completions.activated.connect(self._insert)
        self.completions.list.installEventFilter(self)

    @property
    def _at(self) -> int:
        """Where the cursor is, in characters."""
        whole = self.toPlainText().encode("utf-16-le", "surrogatepass")
        return len(whole[: 2 * self.textCursor().position()].decode("utf-16-le", "surrogatepass"))

    def offer(self, *, asked: bool = False) -> None:
        """Offers what could be typed next; unless asked for, only the rest of what was begun."""
        at = self._at
        offers = complete(self.toPlainText(), at)
        begun = [one for one in offers if one.replaces_from < at and len(one.text) > at - one.replaces_from > 0]
        self.completions.offer(begun or (offers if asked else []))

    def _insert(self, text: str) -> None:
        if (chosen := self.completions.completion(text)) is not None:
            whole = self.toPlainText()
            cursor = self.textCursor()
            cursor.setPosition(_units(whole[: chosen.replaces_from]))
            cursor.setPosition(_units(whole[: chosen.replaces_to]), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(chosen.text)
            self.completions.list.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            self.completions.take()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, popup = event.key(), self.completions.list
        enters = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if popup.isVisible() and (key == Qt.Key.Key_Escape or (enters and popup.currentIndex().isValid())):
            event.ignore()  # the list's
        elif enters:
            popup.hide()
        elif key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.offer(asked=True)
        else:
            super().keyPressEvent(event)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

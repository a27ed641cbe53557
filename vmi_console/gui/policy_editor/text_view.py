"""The text of a document: numbered lines, quiet colours, and what is wrong underlined where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, Theme, colours
from vmi_console.policy.policies import Problem

_WORD = re.compile(r"[^\s:,\[\]{}]+|\S")
_KEY = re.compile(r"^\s*(?:- +)?([^\s#'\"\[{][^:#]*?)\s*:(?=\s|$)")
_TEXT = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
INDENT = "  "


class SharedHistory(QObject):
    """Undo and redo are the document's, in every field: Qt's own histories would know one field each."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = QKeySequence.StandardKey
            if event.matches(key.Undo) or event.matches(key.Redo):
                event.ignore()
                return True
        return False


class TextView(QPlainTextEdit):
    """`typed` gives the text after each change that the operator made here."""

    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._newline = "\n"
        self._problems: tuple[Problem, ...] = ()
        self._showing = False
        self.setAccessibleName(self.tr("Text of the document"))
        self.setUndoRedoEnabled(False)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setFlags(QTextOption.Flag.ShowDefaultIgnorables)  # what reorders or hides text is seen
        self.document().setDefaultTextOption(option)
        self._colouring = _Colouring(self.document())
        self._numbers = _Numbers(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scrolled)
        self.cursorPositionChanged.connect(self._numbers.update)
        self.textChanged.connect(self._changed)
        self._history = SharedHistory(self)
        self.installEventFilter(self._history)
        Theme.current.changed.connect(self._paint_anew)
        self._make_room()

    # --- the text -------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What stands here, with the line ends that the file has."""
        text = self.document().toRawText().replace("\u2029", "\n")
        return text if self._newline == "\n" else text.replace("\n", self._newline)

    def show_text(self, text: str) -> None:
        """Shows a text that was changed elsewhere; of what is the same, nothing moves."""
        self._newline = "\r\n" if "\r\n" in text else "\n"
        before, after = self.document().toRawText().replace("\u2029", "\n"), text.replace("\r\n", "\n")
        if before == after:
            return
        shorter = min(len(before), len(after))
        same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
        rest = 0
        while rest < shorter - same and before[-1 - rest] == after[-1 - rest]:
            rest += 1
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(before[:same]))
        cursor.setPosition(_units(before[: len(before) - rest]), QTextCursor.MoveMode.KeepAnchor)
        self._showing = True
        try:
            cursor.insertText(after[same : len(after) - rest])
        finally:
            self._showing = False

    def _changed(self) -> None:
        if not self._showing:
            self.typed.emit(self.text)

    # --- what is wrong --------------------------------------------------------------------------------------------

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Underlines what is wrong."""
        self._problems = tuple(problems)
        marks = []
        for problem in self._problems:
            mark = QTextEdit.ExtraSelection()
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(QColor(colours().bad))
            mark.format = look
            mark.cursor = self._place(problem)
            marks.append(mark)
        self.setExtraSelections(marks)
        self._numbers.update()

    def go_to(self, problem: Problem) -> None:
        """Moves the keyboard to where something is wrong."""
        cursor = self._place(problem)
        cursor.setPosition(cursor.selectionStart())
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def wrong_in(self, line: int) -> list[Problem]:
        """What is wrong in a line, which counts from 1."""
        return [problem for problem in self._problems if max(1, problem.line) == line]

    def _place(self, problem: Problem) -> QTextCursor:
        block = self.document().findBlockByNumber(max(1, problem.line) - 1)
        cursor = QTextCursor(block if block.isValid() else self.document().lastBlock())
        line = cursor.block().text()
        start = min(max(0, problem.column - 1), len(line))
        word = _WORD.match(line, start)
        end = word.end() if word is not None else start + 1
        if start >= len(line):
            start = max(0, len(line) - 1)
        first = cursor.block().position()
        cursor.setPosition(first + _units(line[:start]))
        cursor.setPosition(first + _units(line[: min(end, len(line))]), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.viewport().mapFrom(self, event.pos())
            wrong = self.wrong_in(self.cursorForPosition(at).blockNumber() + 1)
            lines = [line for problem in wrong for line in (problem.message, problem.advice)]
            QToolTip.showText(event.globalPos(), tooltip(*lines) if lines else "", self)
            return True
        return super().event(event)

    # --- keys -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, cursor = event.key(), self.textCursor()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            line = cursor.block().text()[: cursor.positionInBlock()]
            indent = line[: len(line) - len(line.lstrip(" "))]
            deeper = INDENT if line.rstrip().endswith(":") else ""
            cursor.insertText("\n" + indent + deeper)
            self.ensureCursorVisible()
        elif key == Qt.Key.Key_Tab and not event.modifiers() and not self.isReadOnly():
            cursor.insertText(INDENT)  # YAML takes no tabs
        elif key == Qt.Key.Key_Escape:
            self.focusNextPrevChild(True)  # the way out for those without a mouse, as Tab is taken
        else:
            super().keyPressEvent(event)

    # --- the margin -----------------------------------------------------------------------------------------------

    @property
    def margin_width(self) -> int:
        """What the numbers take."""
        digits = max(3, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("0") * digits + 2 * GAP

    def _make_room(self) -> None:
        self.setViewportMargins(self.margin_width, 0, 0, 0)

    def _scrolled(self, area: QRect, down: int) -> None:
        if down:
            self._numbers.scroll(0, down)
        else:
            self._numbers.update(0, area.y(), self._numbers.width(), area.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._numbers.setGeometry(QRect(area.left(), area.top(), self.margin_width, area.height()))

    def paint_margin(self, event: QPaintEvent) -> None:
        """Numbers of the lines in sight; a line with something wrong has a dot and a colour."""
        theme, painter = colours(), QPainter(self._numbers)
        painter.fillRect(event.rect(), QColor(theme.window))
        wrong = {max(1, problem.line) for problem in self._problems}
        block: QTextBlock = self.firstVisibleBlock()
        offset = self.contentOffset()
        height = self.fontMetrics().height()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(offset)
            if area.top() > event.rect().bottom():
                break
            number = block.blockNumber() + 1
            current = block == self.textCursor().block()
            painter.setPen(QColor(theme.bad if number in wrong else theme.text if current else theme.muted))
            room = QRect(0, int(area.top()), self._numbers.width() - GAP, height)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), str(number))
            if number in wrong:
                painter.drawText(QRect(3, int(area.top()), GAP, height), int(Qt.AlignmentFlag.AlignLeft), "•")
            block = block.next()
        painter.end()

    def _paint_anew(self) -> None:
        self._colouring.rehighlight()
        self.show_problems(self._problems)


class _Numbers(QWidget):
    """The margin in which the lines are numbered."""

    def __init__(self, view: TextView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.margin_width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_margin(event)


class _Colouring(QSyntaxHighlighter):
    """Keys in the accent, comments muted, quoted texts as states that are good: enough to see the shape."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, line: str) -> None:
        theme = colours()
        if key := _KEY.match(line):
            self._colour(line, key.start(1), key.end(1), theme.accent)
        for text in _TEXT.finditer(line):
            self._colour(line, text.start(), text.end(), theme.good)
        comment = _COMMENT.search(_TEXT.sub(lambda found: "x" * len(found[0]), line))
        if comment is not None:
            self._colour(line, comment.start(), len(line), theme.muted)

    def _colour(self, line: str, start: int, end: int, colour: str) -> None:
        self.setFormat(_units(line[:start]), _units(line[start:end]), QColor(colour))


def _units(text: str) -> int:
    """How long Qt thinks a text is: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

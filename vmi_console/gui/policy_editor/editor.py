"""One document in its views: form, text, what saving would change; what is wrong with it stands below all of them."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontDatabase, QSyntaxHighlighter, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QTabWidget, QVBoxLayout, QWidget

from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.policy_editor.folder import Folder
from vmi_console.gui.policy_editor.form_view import FormView
from vmi_console.gui.policy_editor.text_view import TextView
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, colours
from vmi_console.plain_text import visible
from vmi_console.policy import saving
from vmi_console.policy.policies import Problem

PAUSE_MS = 120


class Editor(QWidget):
    """Shows a draft in the view that is in front; `turned` says that another one is."""

    turned = Signal()

    def __init__(self, desk: Desk, folder: Folder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft: Draft | None = None
        self._problems: tuple[Problem, ...] = ()
        self.text = TextView()
        self.changes = ChangesView(desk, folder)
        self.form = FormView()
        self.views = QTabWidget()
        self.views.setDocumentMode(True)
        self.views.addTab(self.form, self.tr("Form"))
        self.views.addTab(self.text, self.tr("Text"))
        self.views.addTab(self.changes, self.tr("Changes"))
        self.wrong = PlainLabel(tone=Tone.GOOD)
        columns = self.tr("Line"), self.tr("What is wrong"), self.tr("What to do")
        self.problems = LinesView(Table(self.tr("Problems"), columns, (8, 40, 40), (), ""))
        self.problems.activated.connect(lambda index: self._go_to(index.row()))
        self.problems.clicked.connect(lambda index: self._go_to(index.row()))
        foot = QVBoxLayout()
        foot.setContentsMargins(GROUP, GAP, GROUP, GAP)
        foot.setSpacing(GAP)
        foot.addWidget(self.wrong)
        foot.addWidget(self.problems)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.views, 1)
        column.addWidget(separator())
        column.addLayout(foot)
        self.text.typed.connect(self._typed)
        self.views.currentChanged.connect(lambda _: self._turned())
        self._tell()

    @property
    def draft(self) -> Draft | None:
        return self._draft

    def show_draft(self, draft: Draft | None) -> None:
        """Edits another document from now on."""
        if self._draft is not None:
            self._draft.moved.disconnect(self._moved)
            self._draft.read.disconnect(self._read)
        self._draft = draft
        self.setEnabled(draft is not None)
        if draft is not None:
            draft.moved.connect(self._moved)
            draft.read.connect(self._read)
            self.text.show_text(draft.text)
            cursor = self.text.textCursor()
            cursor.setPosition(0)
            self.text.setTextCursor(cursor)
        else:
            self.text.show_text("")
        self.form.show_draft(draft)
        self.changes.show_draft(draft)
        self._read()

    def _typed(self, text: str) -> None:
        if self._draft is not None:
            one_line = text.count("\n") == self._draft.text.count("\n")
            self._draft.write(text, "typing" if one_line else "")

    def _moved(self) -> None:
        if self._draft is not None:
            self.text.show_text(self._draft.text)
            self.changes.look()

    def _read(self) -> None:
        document = self._draft.document if self._draft is not None else None
        self._problems = document.problems if document is not None else ()
        self.text.show_problems(self._problems)
        self._tell()

    def _tell(self) -> None:
        count = len(self._problems)
        known = self._draft is not None and self._draft.document is not None
        self.wrong.set_tone(Tone.BAD if count else Tone.GOOD if known else Tone.MUTED)
        self.wrong.setText(self.tr("%Ln problem(s)", "", count) if count else self.tr("No problems") if known else "")
        self.problems.show_lines(tuple(_line(at, problem) for at, problem in enumerate(self._problems)))
        self.problems.setVisible(bool(count))

    def _go_to(self, row: int) -> None:
        if row < len(self._problems):
            self.views.setCurrentWidget(self.text)
            self.text.go_to(self._problems[row])

    def go_to_next_problem(self) -> None:
        """Goes to the first problem behind the cursor, or else to the first of all."""
        if self._problems:
            here = self.text.textCursor().blockNumber() + 1, self.text.textCursor().positionInBlock() + 1
            behind = [at for at, each in enumerate(self._problems) if (each.line, each.column) > here]
            self._go_to(behind[0] if behind else 0)

    def _turned(self) -> None:
        self.changes.look()
        self.turned.emit()


class ChangesView(QPlainTextEdit):
    """What saving would change in the file, as a unified diff, live."""

    def __init__(self, desk: Desk, folder: Folder) -> None:
        super().__init__()
        self._desk = desk
        self._folder = folder
        self._draft: Draft | None = None
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(self.tr("What saving would change in the file"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._colouring = _Signs(self.document())
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._compare)
        Theme.current.changed.connect(self._colouring.rehighlight)

    def show_draft(self, draft: Draft | None) -> None:
        """Compares another document from now on."""
        self._draft = draft
        self.look()

    def look(self) -> None:
        """The text may be another; nothing is compared while nobody looks."""
        if self.isVisible():
            self._pause.start()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show:
            self._pause.start(0)
        elif event.type() is QEvent.Type.Hide:
            self._pause.stop()
        return super().event(event)

    def _compare(self) -> None:
        draft = self._draft
        if draft is None:
            self.setPlainText("")
            return

        async def work() -> None:
            loop = asyncio.get_running_loop()
            before, after = draft.saved, draft.text
            found = await loop.run_in_executor(self._folder.aside, saving.diff, before, after, draft.file)
            if draft is self._draft and self.toPlainText() != found:
                self.setPlainText(found or self.tr("Nothing: the file says exactly this."))

        self._desk.errands.run(work(), self.tr("Compare {0}").format(draft.file), quiet=True)


class _Signs(QSyntaxHighlighter):
    """Lines that come and go; the signs in front of them say the same."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, line: str) -> None:
        theme = colours()
        if line.startswith(("+++", "---", "@@", "\\")):
            self.setFormat(0, 2 * len(line), QColor(theme.muted))
        elif line.startswith(("+", "-")):
            self.setFormat(0, 2 * len(line), QColor(theme.good if line[0] == "+" else theme.bad))


def _line(at: int, problem: Problem) -> Line:
    place = f"{problem.line}:{problem.column}" if problem.line else ""
    message, advice = visible(problem.message, 400), visible(problem.advice, 400)
    return Line(
        str(at),
        (Cell(place, number=True), Cell(message, problem.message), Cell(advice, problem.advice, Tone.MUTED)),
    )

"""The records as they are: JSON, with everything invisible in them written as JSON writes it."""

from __future__ import annotations

import re

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QFontDatabase, QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.catalog import AnyRecord
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.copying import copy_text
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, colours
from vmi_console.gui.wording import number

MOST_RECORDS = 50
MOST_CHARACTERS = 400_000
MOST_MARKED = 500

_beyond_ascii = re.compile(r"[^\x00-\x7e]")


def written(records: tuple[AnyRecord, ...]) -> str:
    """One record, or an array of several, as indented JSON in which every character can be seen."""
    named = [{"kind": record.kind, "id": record.id, "name": record.name} for record in records]  # these come first
    whole = [names | msgspec.to_builtins(record) for names, record in zip(named, records, strict=True)]
    data = msgspec.json.encode(whole[0] if len(whole) == 1 else whole)
    text = msgspec.json.format(data, indent=2).decode()
    return _beyond_ascii.sub(lambda found: found[0] if found[0].isprintable() else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


class RawPane(Pane):
    """The text, a box to find something in it, and a button to copy it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._whole = ""
        self._shown_for: tuple[str, ...] = ()
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("The record as JSON"))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.finder = _FindBox(self)
        self.finder.textChanged.connect(self._mark)
        self._count = PlainLabel(tone=Tone.MUTED)
        self._note = PlainLabel(tone=Tone.WARNING)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setToolTip(self.tr("Copy the whole record"))
        self.copy.clicked.connect(lambda: copy_text(self._whole))
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GAP, GROUP, GAP)
        bar.setSpacing(GAP)
        bar.addWidget(self.finder, 1)
        bar.addWidget(self._count)
        bar.addStretch(1)
        bar.addWidget(self._note)
        bar.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.text)
        find = QAction(self)
        find.setShortcut("Ctrl+Shift+F")
        find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.triggered.connect(self.finder.setFocus)
        self.addAction(find)
        self.setFocusProxy(self.text)
        Theme.current.changed.connect(self._mark)

    def bring_up_to_date(self) -> None:
        known = self.desk.replica.records
        records = tuple(known[entity] for entity in self.entities[:MOST_RECORDS] if entity in known)
        if not records:
            return
        self._whole = written(records)
        shown = self._whole[:MOST_CHARACTERS]
        notes = []
        if len(self.entities) > MOST_RECORDS:
            notes.append(self.tr("the first {0} of {1}").format(number(MOST_RECORDS), number(len(self.entities))))
        if len(self._whole) > MOST_CHARACTERS:
            notes.append(self.tr("the end is left out, but copied"))
        self._note.setText(" · ".join(notes))
        if shown == self.text.toPlainText():
            return
        same = self._shown_for == self.entities
        self._shown_for = self.entities
        places = [(bar, bar.value()) for bar in (self.text.verticalScrollBar(), self.text.horizontalScrollBar())]
        self.text.setPlainText(shown)
        for bar, place in places:
            bar.setValue(place if same else 0)
        self._mark()

    def find_next(self, *, backwards: bool = False) -> None:
        """Goes to the next place where the text is, and from the last one to the first."""
        if not self.finder.text():
            return
        flags = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        if not self.text.find(self.finder.text(), flags):
            end = QTextCursor.MoveOperation.End if backwards else QTextCursor.MoveOperation.Start
            self.text.moveCursor(end)
            self.text.find(self.finder.text(), flags)

    def _mark(self) -> None:
        """Shows every place where the text is."""
        wanted = self.finder.text()
        marks: list[QTextEdit.ExtraSelection] = []
        document = self.text.document()
        cursor = QTextCursor(document)
        while wanted and len(marks) < MOST_MARKED:
            cursor = document.find(wanted, cursor)
            if cursor.isNull():
                break
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor
            mark.format.setBackground(QColor(colours().selected))
            marks.append(mark)
        self.text.setExtraSelections(marks)
        more = "+" if len(marks) == MOST_MARKED else ""
        self._count.setText(self.tr("{0} found").format(f"{number(len(marks))}{more}") if wanted else "")


class _FindBox(QLineEdit):
    """Enter goes on to the next place, with Shift to the one before."""

    def __init__(self, pane: RawPane) -> None:
        super().__init__(clearButtonEnabled=True)
        self._pane = pane
        self.setPlaceholderText(self.tr("Find"))
        self.setAccessibleName(self.tr("Find in the record"))
        self.setMaximumWidth(280)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pane.find_next(backwards=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

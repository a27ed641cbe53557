"""One check of a policy as a card: what it demands, and what the policy says about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.policy_editor.edits import ABSENT, parameters, put, put_parameter, value_at
from vmi_console.gui.policy_editor.fields import Field, add_field, field_for, form_layout, in_words
from vmi_console.gui.theme import GAP, Theme, Tone
from vmi_console.plain_text import visible
from vmi_console.policy import writing
from vmi_console.policy.check import CHECKS
from vmi_console.policy.fitting import fields_of
from vmi_console.policy.forms import RuleForm
from vmi_console.policy.reading import Value


class CheckCard(QFrame):
    """`edited` gives an edit of the text and what it is an edit of."""

    edited = Signal(object, str)
    remove_wanted = Signal()
    move_wanted = Signal(int)

    def __init__(self, kind: str, at: int, count: int) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.kind = kind
        self._at = at
        self._fields: dict[str, Field] = {}
        self._about: dict[str, Field] = {}
        self._title = ElidedLabel()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.more = self._button(self.tr("Words about this check"), "edit", self._show_more)
        self.more.setCheckable(True)
        self.up = self._button(self.tr("Move up"), "move-up", lambda: self.move_wanted.emit(at - 1))
        self.down = self._button(self.tr("Move down"), "move-down", lambda: self.move_wanted.emit(at + 1))
        self.remove = self._button(self.tr("Remove this check"), "remove", self.remove_wanted.emit)
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at + 1 < count)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        for button in (self.more, self.up, self.down, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(head)
        if kind:
            column.addWidget(PlainLabel(in_words(CHECKS[kind].help), Tone.MUTED).wrapped())
            self._fill(column)
        else:
            text = self.tr("No kind of check stands here that this console knows: see the problems.")
            column.addWidget(PlainLabel(text, Tone.BAD).wrapped())
            self.more.hide()
        Theme.current.changed.connect(self._paint)
        self._paint()

    def _fill(self, column: QVBoxLayout) -> None:
        layout = form_layout()
        for name, info in fields_of(CHECKS[self.kind]).items():
            field = field_for(info)
            add_field(layout, name, name, info, field)
            field.changed.connect(partial(self._write, name, field))
            self._fields[name] = field
        column.addLayout(layout)
        self._words = QWidget()
        words = form_layout()
        words.setContentsMargins(0, 0, 0, 0)
        for name, info in fields_of(RuleForm).items():
            field = field_for(info)
            add_field(words, name, name, info, field)
            field.changed.connect(partial(self._write_about, name, field))
            self._about[name] = field
        self._words.setLayout(words)
        self._words.hide()
        column.addWidget(self._words)

    def _button(self, text: str, icon: str, run: object) -> QToolButton:
        button = QToolButton()
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setProperty("picture", icon)
        button.clicked.connect(run)
        return button

    def show_item(self, item: Value) -> None:
        """Shows what the document says."""
        kind, said = parameters(item)
        about = item if isinstance(item, dict) else {}
        title = value_at(about, ("title",))
        own = CHECKS[kind].title if kind else self.tr("Not usable")
        self._title.setText(f"{visible(title, 120)} · {own}" if isinstance(title, str) and title else own)
        self.setAccessibleName(self._title.text())
        for name, field in self._fields.items():
            field.show_written(said.get(name, ABSENT))
        for name, field in self._about.items():
            field.show_written(value_at(about, (name,)))

    @property
    def fields(self) -> dict[writing.Place, Field]:
        """By where in the document each stands."""
        item: writing.Place = ("checks", self._at)
        inner = {(*item, self.kind, name): field for name, field in self._fields.items()}
        return inner | {(*item, name): field for name, field in self._about.items()}

    def _show_more(self) -> None:
        self._words.setVisible(self.more.isChecked())

    def _write(self, name: str, field: Field) -> None:
        change = partial(put_parameter, position=self._at, name=name, value=field.written)
        self.edited.emit(change, f"check {self._at} {name}")

    def _write_about(self, name: str, field: Field) -> None:
        change = partial(put, path=("checks", self._at, name), value=field.written)
        self.edited.emit(change, f"check {self._at} about {name}")

    def _paint(self) -> None:
        for button in (self.more, self.up, self.down, self.remove):
            button.setIcon(icons.icon(str(button.property("picture")), Tone.MUTED))

"""Fields of a form, one for each sort of type in a declaration: nothing here knows what it asks for."""

from __future__ import annotations

import re

import msgspec
from msgspec import inspect
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.policy_editor.edits import ABSENT, Absent, Written
from vmi_console.gui.policy_editor.text_view import SharedHistory
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.plain_text import visible
from vmi_console.policy import rendering
from vmi_console.policy.reading import Unreadable, Value, read, value_of

MOST_LINES = 8
_WHOLE = re.compile(r"[-+]?\d{1,15}")
_FRACTION = re.compile(r"[-+]?\d{1,15}\.\d{1,15}")
_CODE = re.compile(r"`([^`]*)`")
_LONG = frozenset({"description", "rationale", "remediation", "whole"})


class Field(QWidget):
    """`changed` says that the operator wrote something else; `written` is that."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._history = SharedHistory(self)
        self._wrong = PlainLabel(tone=Tone.BAD).wrapped()
        self._wrong.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def _hold(self, part: QWidget) -> None:
        part.installEventFilter(self._history)
        self.setFocusProxy(part)
        self._column.addWidget(part)
        self._column.addWidget(self._wrong)

    def name(self, name: str, description: str) -> None:
        """What a screen reader calls it."""
        if (part := self.focusProxy()) is not None:
            part.setAccessibleName(name)
            part.setAccessibleDescription(description)

    def say_wrong(self, text: str) -> None:
        """Says what is wrong with it; nothing, if that is empty."""
        self._wrong.setText(visible(text, 400))
        self._wrong.setVisible(bool(text))

    @property
    def written(self) -> Written:
        """What the operator wrote; absent: that the default counts."""
        raise NotImplementedError

    def show_written(self, value: Written) -> None:
        """Shows what the document says."""
        raise NotImplementedError


class Switch(Field):
    """True or false."""

    def __init__(self, default: bool) -> None:
        super().__init__()
        self._default = default
        self._box = QCheckBox()
        self._hold(self._box)
        self._box.toggled.connect(self.changed)

    @property
    def written(self) -> Written:
        return self._box.isChecked() if self._box.isChecked() is not self._default else ABSENT

    def show_written(self, value: Written) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(value if isinstance(value, bool) else self._default)


class Combo(QComboBox):
    """A wheel over it scrolls the form, and changes nothing in passing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Choice(Field):
    """One of a few words; what stands there and is none of them is shown all the same."""

    def __init__(self, choices: list[str], default: str) -> None:
        super().__init__()
        self._default = default
        self._choices = choices
        self._box = Combo()
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._box.setMinimumContentsLength(12)
        self._hold(self._box)
        self._column.setAlignment(self._box, Qt.AlignmentFlag.AlignLeading)
        self._fill("")
        self._box.currentIndexChanged.connect(lambda _: self.changed.emit())

    def _fill(self, strange: str) -> None:
        self._box.clear()
        if not self._default:
            self._box.addItem(self.tr("as the policy says"), "")
        for choice in (*self._choices, *([strange] if strange else [])):
            self._box.addItem(visible(choice, 60), choice)

    @property
    def written(self) -> Written:
        chosen = str(self._box.currentData())
        return chosen if chosen != self._default else ABSENT

    def show_written(self, value: Written) -> None:
        wanted = self._default if isinstance(value, Absent) or value is None else str(value)
        if self._box.currentData() == wanted:
            return
        with QSignalBlocker(self._box):
            self._fill("" if wanted in self._choices or wanted == self._default else wanted)
            self._box.setCurrentIndex(self._box.findData(wanted))


class LineField(Field):
    """A text or a number on one line; what is a number is written as one where one is asked for."""

    def __init__(self, numeric: bool, default: str) -> None:
        super().__init__()
        self._numeric = numeric
        self._box = QLineEdit()
        self._box.setMaxLength(4_000)
        self._box.setPlaceholderText(visible(default, 100))
        self._hold(self._box)
        self._box.textEdited.connect(lambda _: self.changed.emit())

    @property
    def written(self) -> Written:
        text = self._box.text()
        return ABSENT if not text.strip() else number_or_text(text.strip()) if self._numeric else text

    def show_written(self, value: Written) -> None:
        text = "" if isinstance(value, Absent) or value is None else _told(value)
        if value != self.written and text != self._box.text():
            self._box.setText(text)


class _Area(Field):
    """Several lines, as high as what stands there."""

    def __init__(self, least: int) -> None:
        super().__init__()
        self._least = least
        self._box = QPlainTextEdit()
        self._box.setTabChangesFocus(True)
        self._box.setUndoRedoEnabled(False)
        self._hold(self._box)
        self._box.textChanged.connect(self._edited)
        self._fit()

    def _edited(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        lines = min(MOST_LINES, max(self._least, self._box.blockCount()))
        self._box.setFixedHeight(lines * self._box.fontMetrics().lineSpacing() + 2 * GAP + 2)

    def _show(self, text: str) -> None:
        with QSignalBlocker(self._box):
            self._box.setPlainText(text)
        self._fit()


class Words(_Area):
    """A longer text."""

    def __init__(self) -> None:
        super().__init__(2)

    @property
    def written(self) -> Written:
        return self._box.toPlainText() or ABSENT

    def show_written(self, value: Written) -> None:
        if value != self.written:
            self._show("" if isinstance(value, Absent) or value is None else _told(value))


class Items(_Area):
    """A list, an item a line."""

    def __init__(self, numeric: bool) -> None:
        super().__init__(1)
        self._numeric = numeric
        self._box.setPlaceholderText(self.tr("one a line"))

    @property
    def written(self) -> Written:
        lines = [line.strip() for line in self._box.toPlainText().split("\n")]
        items: list[Value] = [number_or_text(line) if self._numeric else line for line in lines if line]
        return items or ABSENT

    def show_written(self, value: Written) -> None:
        if value != self.written and not (value in (None, []) and self.written is ABSENT):
            items = value if isinstance(value, list) else [] if isinstance(value, Absent) or value is None else [value]
            self._show("\n".join(map(_told, items)))


class Yaml(_Area):
    """What has parts of its own, in the words of the document."""

    def __init__(self) -> None:
        super().__init__(3)
        self._box.setPlaceholderText(self.tr("as in the text of the document"))

    def _edited(self) -> None:
        self._fit()
        try:
            self._read()
        except Unreadable as error:
            self.say_wrong(error.problem.message)
            return
        self.say_wrong("")
        self.changed.emit()

    def _read(self) -> Value:
        return value_of(read(self._box.toPlainText(), ""))

    @property
    def written(self) -> Written:
        return ABSENT if not self._box.toPlainText().strip() else self._read()

    def show_written(self, value: Written) -> None:
        try:
            same = value == self.written
        except Unreadable:
            same = False
        if not same:
            self._show("" if isinstance(value, Absent) else "\n".join(rendering.lines(value, 0)))


def field_for(info: msgspec.structs.FieldInfo) -> Field:
    """The field that a declared field gets."""
    kind, default = _bare(inspect.type_info(info.type)), info.default
    match kind:
        case inspect.BoolType():
            return Switch(bool(default))
        case inspect.EnumType(cls=cls):
            return Choice([str(each.value) for each in cls], str(default) if isinstance(default, cls) else "")
        case inspect.StrType():
            said = default if isinstance(default, str) else ""
            return Words() if info.encode_name in _LONG else LineField(False, said)
        case inspect.IntType() | inspect.FloatType():
            return LineField(True, f"{default:g}" if isinstance(default, int | float) else "")
        case inspect.VarTupleType(item_type=item) if _is_scalar(item):
            return Items(_may_be_number(item))
    return Yaml()


def in_words(text: str) -> str:
    """A help text as it is shown: what documents set in code is quoted here.

    >>> in_words("Counts as `untagged`.")
    'Counts as “untagged”.'
    """
    return _CODE.sub(r"“\1”", text)


def description_of(info: msgspec.structs.FieldInfo) -> str:
    """What a declaration says about a field."""
    kind: inspect.Type = inspect.type_info(info.type)
    while isinstance(kind, inspect.Metadata):
        if kind.extra_json_schema and "description" in kind.extra_json_schema:
            return str(kind.extra_json_schema["description"])
        kind = kind.type
    return ""


def form_layout() -> QFormLayout:
    """Labels beside fields, above them where there is too little room."""
    layout = QFormLayout()
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    layout.setHorizontalSpacing(GROUP)
    layout.setVerticalSpacing(GAP)
    return layout


def add_field(layout: QFormLayout, name: str, word: str, info: msgspec.structs.FieldInfo, field: Field) -> None:
    """Puts a field into a form; its label is `word`, in the tooltip stands what the document calls it."""
    label = PlainLabel(word.replace("_", " "), Tone.MUTED)
    description = in_words(description_of(info))
    label.setToolTip(tooltip(name, description))
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("description "))
    label.setBuddy(field)
    field.setToolTip(tooltip(description) if description else "")
    field.name(word, description)
    layout.addRow(label, field)


def number_or_text(text: str) -> Value:
    """A number where the text is one."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        rest = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind


def _is_scalar(kind: inspect.Type) -> bool:
    bare = _bare(kind)
    if isinstance(bare, inspect.UnionType):
        return all(map(_is_scalar, bare.types))
    return isinstance(bare, inspect.StrType | inspect.IntType | inspect.FloatType | inspect.EnumType)


def _may_be_number(kind: inspect.Type) -> bool:
    bare = _bare(kind)
    if isinstance(bare, inspect.UnionType):
        return any(map(_may_be_number, bare.types))
    return isinstance(bare, inspect.IntType | inspect.FloatType)


def _told(value: Value) -> str:
    """A value as a person writes it."""
    return value if isinstance(value, str) else rendering.flow(value)

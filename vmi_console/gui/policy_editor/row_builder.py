"""An expression as rows: all, any or none of some attributes, each with what is asked of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import QueryError
from vmi_console.estate.attributes import ATTRIBUTES, Kind
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.query import complete, tree
from vmi_console.estate.query.parse import parse_tree
from vmi_console.estate.query.rows import Combine, Operator, Row, Rows, from_rows, to_rows
from vmi_console.estate.query.unparse import quoted, unparse
from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.policy_editor.fields import Combo
from vmi_console.gui.policy_editor.text_view import SharedHistory
from vmi_console.gui.theme import GAP, Theme, Tone
from vmi_console.policy.groups import check_members

MOST_ROWS = 40
_COMPARING = (Operator.EQUAL, Operator.UNEQUAL)
_ORDERING = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
_LISTING = (Operator.ONE_OF, Operator.NONE_OF)
_HOLDING = (Operator.CONTAINS, Operator.LACKS)
_TESTING = (Operator.HOLDS, Operator.FAILS)
_FITTING: dict[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (*_COMPARING, Operator.LIKE, Operator.MATCHES, *_HOLDING, *_LISTING),
    Kind.CHOICE: (*_COMPARING, *_LISTING),
    Kind.NUMBER: (*_COMPARING, *_ORDERING, *_LISTING),
    Kind.TRUTH: _TESTING,
    Kind.TIME: _ORDERING,
    Kind.VERSION: (*_COMPARING, *_ORDERING),
    Kind.TEXTS: _HOLDING,
    Kind.VLANS: _HOLDING,
    Kind.ADDRESSES: _HOLDING,
    Kind.MACS: _HOLDING,
}
_BARE = frozenset({Kind.NUMBER, Kind.VLANS, Kind.TRUTH})
"""Kinds whose values are written without quotes."""


class RowBuilder(QWidget):
    """`edited` gives the expression that the rows mean, after each change that means one."""

    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: str | None = None  # what the rows show
        self.rows: list[RowEdit] = []
        self.combine = Combo()
        self.combine.setAccessibleName(self.tr("How many of the rows must hold"))
        for combine, words in (
            (Combine.ALL, self.tr("All of these hold")),
            (Combine.ANY, self.tr("Any of these holds")),
            (Combine.NONE, self.tr("None of these holds")),
        ):
            self.combine.addItem(words, combine)
        self.combine.currentIndexChanged.connect(lambda _: self._edited())
        self.add = QPushButton(self.tr("Add a row"))
        self.add.setAutoDefault(False)
        self.add.clicked.connect(lambda: self._add())
        self._said = PlainLabel(tone=Tone.BAD).wrapped()
        self._said.hide()
        self._nested = PlainLabel(
            self.tr("This expression has conditions within conditions: it is edited as text, below."), Tone.MUTED
        ).wrapped()
        self._nested.hide()
        head = QHBoxLayout()
        head.addWidget(self.combine)
        head.addStretch(1)
        head.addWidget(self.add)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addLayout(self._rows)
        column.addWidget(self._said)
        column.addWidget(self._nested)

    def show_text(self, text: str) -> None:
        """Shows an expression; one that is wrong leaves the rows as they are."""
        if text.strip() == self._text:
            return
        rows: Rows | None = Rows(Combine.ALL, ())
        if text.strip():
            try:
                check_members(text)
                rows = to_rows(parse_tree(text))
            except QueryError:
                return
        self._text = text.strip()
        self._said.hide()
        shown = rows is not None and len(rows.rows) <= MOST_ROWS
        self._nested.setVisible(not shown)
        self.combine.setVisible(shown)
        self.add.setVisible(shown)
        wanted = rows.rows if rows is not None and shown else ()
        while len(self.rows) > len(wanted):
            self._drop(self.rows[-1])
        while len(self.rows) < len(wanted):
            self._append()
        for edit, row in zip(self.rows, wanted, strict=True):
            edit.show_row(row)
        if rows is not None:
            with QSignalBlocker(self.combine):
                self.combine.setCurrentIndex(self.combine.findData(rows.combine))

    def _append(self) -> RowEdit:
        edit = RowEdit()
        edit.edited.connect(self._edited)
        edit.removed.connect(partial(self._remove, edit))
        self._rows.addWidget(edit)
        self.rows.append(edit)
        return edit

    def _add(self) -> None:
        edit = self._append()
        edit.show_row(Row("power", Operator.EQUAL, '"on"'))
        self._edited()
        edit.subject.setFocus()

    def _remove(self, edit: RowEdit) -> None:
        at = self.rows.index(edit)
        self._drop(edit)
        (self.rows[min(at, len(self.rows) - 1)].subject if self.rows else self.add).setFocus()
        self._edited()

    def _drop(self, edit: RowEdit) -> None:
        self.rows.remove(edit)
        self._rows.removeWidget(edit)
        edit.hide()
        edit.deleteLater()

    def _edited(self) -> None:
        text = ""
        try:
            if self.rows:
                combine = Combine(self.combine.currentData())
                text = unparse(from_rows(Rows(combine, tuple(edit.row for edit in self.rows))))
                check_members(text)
        except QueryError as error:
            self._said.setText(": ".join(filter(None, (error.message, error.advice or ""))))
            self._said.show()
            return
        self._said.hide()
        self._text = text
        self.edited.emit(text)


class RowEdit(QWidget):
    """One row."""

    edited = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._history = SharedHistory(self)
        self.subject = Combo()
        self.subject.setEditable(True)
        self.subject.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.subject.setAccessibleName(self.tr("Attribute"))
        for name, attribute in ATTRIBUTES.items():
            self.subject.addItem(name)
            self.subject.setItemData(self.subject.count() - 1, tooltip(attribute.help), Qt.ItemDataRole.ToolTipRole)
        for function in FUNCTIONS.values():
            self.subject.addItem(function.example.split(" ")[0] if "(" in function.example else function.name)
        self.operator = Combo()
        self.operator.setAccessibleName(self.tr("What is asked of it"))
        self.value = QLineEdit()
        self.value.setAccessibleName(self.tr("Value"))
        policy = self.value.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # rows stay aligned where one asks for no value
        self.value.setSizePolicy(policy)
        self.remove = QToolButton()
        self.remove.setToolTip(self.tr("Remove this row"))
        self.remove.setAccessibleName(self.tr("Remove this row"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.subject, 3)
        row.addWidget(self.operator, 2)
        row.addWidget(self.value, 4)
        row.addWidget(self.remove)
        for box in (self.subject, self.operator):
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for part in (self.subject.lineEdit(), self.value):
            assert part is not None
            part.installEventFilter(self._history)
        self.subject.currentTextChanged.connect(lambda _: self._turn())
        self.operator.currentIndexChanged.connect(lambda _: self._ask())
        self.value.textEdited.connect(lambda _: self.edited.emit())
        self.remove.clicked.connect(lambda: self.removed.emit())
        Theme.current.changed.connect(self._paint)
        self._paint()

    @property
    def row(self) -> Row:
        """What it says. The value is written as the attribute wants it: with quotes or without."""
        subject, operator = self.subject.currentText().strip(), Operator(self.operator.currentData())
        text = self.value.text().strip()
        if operator in _TESTING:
            return Row(subject, operator)
        if operator in _LISTING and not text.startswith("["):
            return Row(subject, operator, f"[{', '.join(self._literal(each.strip()) for each in text.split(','))}]")
        return Row(subject, operator, text if operator in _LISTING else self._literal(text))

    def show_row(self, row: Row) -> None:
        """Shows a row."""
        for part in (self.subject, self.operator, self.value):
            part.blockSignals(True)
        self.subject.setCurrentText(row.subject)
        self._fit(row.operator)
        self.value.setText(self._shown(row.value))
        for part in (self.subject, self.operator, self.value):
            part.blockSignals(False)
        self.value.setVisible(row.operator not in _TESTING)

    @property
    def kind(self) -> Kind:
        """Of the attribute or the function's value; text where it is neither."""
        name = self.subject.currentText().partition("(")[0].strip()
        if name in ATTRIBUTES:
            return ATTRIBUTES[name].kind
        return FUNCTIONS[name].gives if name in FUNCTIONS else Kind.TEXT

    def _literal(self, text: str) -> str:
        return text if self.kind in _BARE else quoted(text)

    def _shown(self, value: str) -> str:
        """Texts without their quotes, lists without their brackets, where that says the same."""
        if not value:
            return ""
        match parse_tree(value):
            case tree.Text(value=text):
                return text
            case tree.Several(items=items):
                texts = [item.value if isinstance(item, tree.Text) else unparse(item) for item in items]
                return ", ".join(texts) if not any("," in text or text != text.strip() for text in texts) else value
        return value

    def _fit(self, wanted: Operator | None) -> None:
        """Offers the operators that fit the attribute, and the values it may have."""
        operators = list(_FITTING[self.kind])
        if wanted is not None and wanted not in operators:
            operators.append(wanted)
        self.operator.clear()
        for operator in operators:
            self.operator.addItem(self._word(operator), operator)
        self.operator.setCurrentIndex(max(0, self.operator.findData(wanted)))
        begun = f"{self.subject.currentText()} == "
        values = [one.text.strip('"') for one in complete(begun, len(begun))] if self.kind is Kind.CHOICE else []
        completer = QCompleter(values, self.value)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(lambda _: self.edited.emit())
        self.value.setCompleter(completer)
        self.value.setPlaceholderText(", ".join(values[:6]))

    def _turn(self) -> None:
        """Another attribute: what was asked of the former one may not fit."""
        with QSignalBlocker(self.operator):
            self._fit(None)
        self._ask()

    def _ask(self) -> None:
        self.value.setVisible(self.operator.currentData() not in _TESTING)
        self.edited.emit()

    def _word(self, operator: Operator) -> str:
        return {
            Operator.EQUAL: self.tr("is"),
            Operator.UNEQUAL: self.tr("is not"),
            Operator.LESS: self.tr("is less than"),
            Operator.AT_MOST: self.tr("is at most"),
            Operator.MORE: self.tr("is more than"),
            Operator.AT_LEAST: self.tr("is at least"),
            Operator.CONTAINS: self.tr("contains"),
            Operator.LACKS: self.tr("does not contain"),
            Operator.ONE_OF: self.tr("is one of"),
            Operator.NONE_OF: self.tr("is none of"),
            Operator.LIKE: self.tr("is like"),
            Operator.MATCHES: self.tr("matches"),
            Operator.HOLDS: self.tr("holds"),
            Operator.FAILS: self.tr("does not hold"),
        }[operator]

    def _paint(self) -> None:
        self.remove.setIcon(icons.icon("close", Tone.MUTED))

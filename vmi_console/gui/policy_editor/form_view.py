"""A document as a form: everything its declaration knows, generated from it; what is not in the text is the default."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.policy_editor.check_card import CheckCard
from vmi_console.gui.policy_editor.draft import Draft, Edit
from vmi_console.gui.policy_editor.edits import parameters, put, value_at
from vmi_console.gui.policy_editor.expression_box import ExpressionBox
from vmi_console.gui.policy_editor.fields import Field, add_field, field_for, form_layout, in_words
from vmi_console.gui.policy_editor.row_builder import RowBuilder
from vmi_console.gui.policy_editor.templates import example_of
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.policy import writing
from vmi_console.policy.check import CHECKS
from vmi_console.policy.documents import Document
from vmi_console.policy.fitting import fields_of
from vmi_console.policy.forms import FORMS, RespondForm
from vmi_console.policy.policies import Limit, Problem
from vmi_console.policy.reading import Branch, Mapping, Sequence, Value, value_of

SETTLED_MS = 300
"""From the making of a card to its last place on the sheet, at most: Qt lays it out when it comes to it."""

HELD_APART = frozenset({"members", "include", "exclude", "checks", "respond"})


class FormView(QScrollArea):
    """Shows what the draft says once it has been read, and edits its text part by part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName(self.tr("Form of the document"))
        self._draft: Draft | None = None
        self._word = ""  # the kind of document that the form is for
        self._fields: dict[writing.Place, Field] = {}
        self.cards: list[CheckCard] = []
        self._awaited: CheckCard | None = None  # that is to be brought into sight
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._let_go)
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._bring())
        self.rows = RowBuilder()
        self.expression = ExpressionBox()
        self.rows.edited.connect(self._members_edited)
        self.expression.edited.connect(self._members_edited)
        self._unusable = PlainLabel(tone=Tone.MUTED).wrapped()
        self._sheet = QWidget()
        self._sheet.setObjectName("sheet")
        self._column = QVBoxLayout(self._sheet)
        self._column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self._column.setSpacing(GROUP)
        self._column.addWidget(self._unusable)
        self._body: QWidget | None = None
        self._column.addStretch(1)
        self.setWidget(self._sheet)

    def show_draft(self, draft: Draft | None) -> None:
        """Edits another document from now on."""
        if self._draft is not None:
            self._draft.read.disconnect(self._read)
        self._draft = draft
        if draft is not None:
            draft.read.connect(self._read)
        self.verticalScrollBar().setValue(0)
        self._read()

    def focus_name(self) -> None:
        """Moves the keyboard to the document's name."""
        if (field := self._fields.get((self._word,))) is not None:
            field.setFocus()

    def show_check(self, at: int) -> None:
        """Brings one check into sight, and the keyboard to its first field."""
        if at >= len(self.cards):
            return
        self._awaited = self.cards[at]
        first = next(iter(self._awaited.fields.values()), None)
        if first is not None:
            first.setFocus()
        self._bring()
        self._settled.start()

    def _bring(self) -> None:
        """Scrolls to the check that is to be in sight: again and again while the sheet is still laid out."""
        if self._awaited is not None:
            top = self._awaited.mapTo(self._sheet, QPoint(0, 0)).y()
            self.verticalScrollBar().setValue(max(0, top - GROUP))

    def _let_go(self) -> None:
        self._bring()
        self._awaited = None

    # --- showing --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        document = self._draft.document if self._draft is not None else None
        root = document.root if document is not None else None
        whole: Value = value_of(root) if root is not None else None
        words = [word for word in FORMS if isinstance(whole, dict) and word in whole]
        word = words[0] if len(words) == 1 else ""
        if word != self._word:
            self._build(word)
        self._unusable.setVisible(not word and self._draft is not None and document is not None)
        self._unusable.setText(
            self.tr("This text is no policy, group or baseline that a form could show. Correct it in the text view.")
        )
        if not word:
            return
        for path, field in self._fields.items():
            field.show_written(value_at(whole, path))
        members = value_at(whole, ("members",))
        said = members if isinstance(members, str) else ""
        self.rows.show_text(said)
        self.expression.show_text(said)
        if word == "policy":
            self._show_checks(value_at(whole, ("checks",)))
        if document is not None:
            self._show_problems(document)

    def _show_problems(self, document: Document) -> None:
        """Says of each field what is wrong in its part of the text."""
        fields = dict(self._fields)
        for card in self.cards:
            fields |= card.fields
        for path, field in fields.items():
            node = node_at(document.root, path)
            wrong = [] if node is None else [each.message for each in document.problems if _is_at(each, node)]
            field.say_wrong("; ".join(wrong))

    def _show_checks(self, checks: object) -> None:
        items = checks if isinstance(checks, list) else []
        kinds = [parameters(item)[0] for item in items]
        if kinds != [card.kind for card in self.cards]:
            for card in self.cards:
                self._checks.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._awaited = None
            self.cards = [self._card(kind, at, len(kinds)) for at, kind in enumerate(kinds)]
        for card, item in zip(self.cards, items, strict=True):
            card.show_item(item)
        self._none.setVisible(not items)

    def _card(self, kind: str, at: int, count: int) -> CheckCard:
        card = CheckCard(kind, at, count)
        card.edited.connect(self._edit)
        card.remove_wanted.connect(lambda: self._edit(partial(writing.remove_check, position=at), ""))
        card.move_wanted.connect(lambda to: self._edit(partial(writing.move_check, position=at, to=to), ""))
        self._checks.addWidget(card)
        return card

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self, word: str) -> None:
        """Makes the form of another kind of document."""
        for part in (self.rows, self.expression):
            part.setParent(None)  # they outlive the form
        if self._body is not None:
            self._body.hide()
            self._column.removeWidget(self._body)
            self._body.deleteLater()
            self._body = None
        self._word, self._fields, self.cards, self._awaited = word, {}, [], None
        if not word:
            return
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        form = fields_of(FORMS[word])
        column.addLayout(self._fill((), {name: each for name, each in form.items() if name not in HELD_APART}))
        self._head(column, self.tr("Members"), self.tr("Which VMs it is about, as rows or as an expression"))
        column.addWidget(self.rows)
        column.addWidget(self.expression)
        column.addLayout(self._fill((), {name: form[name] for name in ("include", "exclude")}))
        if word == "policy":
            self._build_checks(column)
            self._head(column, self.tr("Response"), self.tr("What is done about a failure beside telling"))
            respond = {name: each for name, each in fields_of(RespondForm).items() if name != "limit"}
            column.addLayout(self._fill(("respond",), respond))
            self._head(column, self.tr("Limits"), self.tr("Beyond them it asks, whatever it is armed for"))
            column.addLayout(self._fill(("respond", "limit"), fields_of(Limit)))
        self._column.insertWidget(1, self._body)

    def _build_checks(self, column: QVBoxLayout) -> None:
        self._head(column, self.tr("Checks"), self.tr("What is demanded of each member"))
        self._checks = QVBoxLayout()
        self._checks.setSpacing(GAP)
        column.addLayout(self._checks)
        self._none = PlainLabel(self.tr("Nothing is demanded yet."), Tone.MUTED)
        column.addWidget(self._none)
        add = QPushButton(self.tr("Add a check"))
        add.setAutoDefault(False)
        menu = QMenu(add)
        menu.setToolTipsVisible(True)
        for kind, check in sorted(CHECKS.items(), key=lambda one: one[1].title.casefold()):
            action = QAction(check.title, menu)
            action.setToolTip(tooltip(in_words(check.help)))
            action.triggered.connect(partial(self._add_check, kind))
            menu.addAction(action)
        add.setMenu(menu)
        row = QHBoxLayout()
        row.addWidget(add)
        row.addStretch(1)
        column.addLayout(row)

    def _head(self, column: QVBoxLayout, title: str, what: str) -> None:
        label = PlainLabel(title)
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        column.addSpacing(GAP)
        column.addWidget(separator())
        column.addWidget(label)
        column.addWidget(PlainLabel(what, Tone.MUTED).wrapped())

    def _fill(self, path: writing.Place, declared: dict[str, msgspec.structs.FieldInfo]) -> QFormLayout:
        layout = form_layout()
        for name, info in declared.items():
            place = (*path, name)
            field = field_for(info)
            self._fields[place] = field
            add_field(layout, name, self.tr("name") if name == self._word else name, info, field)
            field.changed.connect(partial(self._write, place, field))
        return layout

    # --- editing --------------------------------------------------------------------------------------------------

    def _write(self, path: writing.Place, field: Field) -> None:
        self._edit(partial(put, path=path, value=field.written), "/".join(map(str, path)))

    def _members_edited(self, text: str) -> None:
        self.rows.show_text(text)
        self.expression.show_text(text)
        self._edit(partial(put, path=("members",), value=text), "members")

    def _add_check(self, kind: str) -> None:
        self._edit(partial(writing.add_check, kind=kind, parameters=example_of(kind)), "")

    def _edit(self, change: Edit, kind: str) -> None:
        if self._draft is not None:
            self._draft.edit(change, kind)


def node_at(node: Branch | None, path: writing.Place) -> Branch | None:
    """What stands at a place of a tree."""
    for step in path:
        match node, step:
            case Mapping(), str():
                node = node.get(step)
            case Sequence(items=items), int() if step < len(items):
                node = items[step]
            case _:
                return None
    return node


def _is_at(problem: Problem, node: Branch) -> bool:
    """Whether a problem is about a node or an item of it."""
    nodes = (node, *node.items) if isinstance(node, Sequence) else (node,)
    return any((each.line, each.column) == (problem.line, problem.column) for each in nodes)

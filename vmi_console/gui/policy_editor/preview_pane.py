"""What the draft would mean, asked of the engine after every change: members, and who would newly fail or pass."""

from __future__ import annotations

from enum import IntEnum

import msgspec
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, ROW, Tone
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.wording import UNKNOWN, number
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Policy
from vmi_console.policy.preview import Listed, Preview

TYPING_MS = 10
SLOW_MS = 250
AGAIN_MS = 1_000
LISTED = 200


class Which(IntEnum):
    """The lists there are."""

    MEMBERS = 0
    FAILING = 1
    PASSING = 2


class PreviewPane(QWidget):
    """`chosen` is a VM of a list that the operator wants to see."""

    chosen = Signal(str)  # EntityId

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: Draft | None = None
        self._asked: Errand | None = None
        self._asked_text: str | None = None
        self._outdated = False  # the engine judged anew since it was asked
        self.preview: Preview | None = None
        title = PlainLabel(self.tr("What it would mean")).wrapped()
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        self._against = PlainLabel(tone=Tone.MUTED).wrapped()
        self._note = PlainLabel(tone=Tone.MUTED).wrapped()
        self._busy = QProgressBar(textVisible=False, maximum=0)
        self._busy.setAccessibleName(self.tr("The engine works it out"))
        self._busy.setFixedHeight(3)
        policy = self._busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when it comes
        self._busy.setSizePolicy(policy)
        self._busy.hide()
        self._group = QButtonGroup(self)
        self._buttons: dict[Which, _Count] = {}
        for which in Which:
            button = _Count()
            button.setToolTip(self.tr("List them below"))
            self._group.addButton(button, which)
            self._buttons[which] = button
        self._buttons[Which.MEMBERS].setChecked(True)
        self._group.idToggled.connect(lambda _, on: self._list() if on else None)
        columns = self.tr("VM"), self.tr("Evidence")
        self.list = _Members(Table(self.tr("VMs of the preview"), columns, (18, 30), (), ""))
        self.list.chosen.connect(self.chosen)
        self.list.setToolTip(self.tr("Enter or a double click shows the VM in the main window"))
        self.show_vm = Actions(self).make(
            self.tr("Show the VM"), self._show_vm, self.tr("Select it in the main window"), None, "vm-on"
        )
        self.list.addAction(self.show_vm)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._empty = PlainLabel(tone=Tone.MUTED).wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP, GAP, GROUP, GAP)
        column.setSpacing(GAP)
        for part in (title, self._against, self._busy, *self._buttons.values(), self._note):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self._empty)
        self._rest = QWidget()  # takes the room of the list while there is none
        column.addWidget(self._rest, 1)
        self._typed = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typed.timeout.connect(self._ask)
        self._later = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._later.timeout.connect(self._ask_again)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._wait)
        self._tell()

    def show_draft(self, draft: Draft | None) -> None:
        """Previews another document from now on."""
        self._draft = draft
        self.preview = None
        self._asked_text = None
        self._cancel()
        self._tell()
        self.look()

    def go(self) -> None:
        """Moves the keyboard to the list."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.list.currentIndex().isValid() and self.list.model().rowCount():
            self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _show_vm(self) -> None:
        if (index := self.list.currentIndex()).isValid():
            self.list.activated.emit(index)

    def look(self) -> None:
        """The draft, or what it is compared with, may be another; does nothing while nobody looks."""
        if self.isVisible() and self._draft is not None:
            self._typed.start()

    def look_again(self) -> None:
        """The estate or the policies in force moved: asks again soon, but never instead of what is being answered."""
        self._outdated = True
        if self._asked is None and not self._later.isActive():
            self._later.start()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show:
            self._asked_text = None
            self.look()
        elif event.type() is QEvent.Type.Hide:
            for timer in (self._typed, self._later):
                timer.stop()
            self._cancel()
        return super().event(event)

    # --- asking ---------------------------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
        self._slow.stop()
        self._busy.hide()

    def _ask(self) -> None:
        draft = self._draft
        if draft is None or draft.text == self._asked_text or not self._desk.replica.link.up:
            return
        self._cancel()
        self._outdated = False
        self._asked_text = draft.text
        self._slow.start()

        async def work() -> None:
            answer = await self._desk.engine.call("preview", text=draft.text, file=draft.file, most=LISTED)
            self._arrived(draft, msgspec.convert(answer, Preview))

        self._asked = self._desk.errands.run(work(), self.tr("Preview a policy"), self._failed, quiet=True)

    def _ask_again(self) -> None:
        if self._asked is None and self._outdated and self.isVisible():
            self._asked_text = None
            self._ask()

    def _wait(self) -> None:
        """The answer takes its time: what is shown is about an earlier text, and looks like it."""
        self._busy.show()
        for button in self._buttons.values():
            button.set_tone(Tone.MUTED)

    def _arrived(self, draft: Draft, preview: Preview) -> None:
        if draft is not self._draft:
            return
        self._asked = None
        self._slow.stop()
        self._busy.hide()
        self.preview = preview
        self._tell()
        if self._outdated:
            self._later.start()

    def _failed(self, error: VmiError) -> None:
        self._asked = self._asked_text = None
        self._slow.stop()
        self._busy.hide()
        self.preview = None
        self._tell()
        self._note.setText(visible(str(error), 400))

    # --- telling --------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        preview = self.preview
        document = self._draft.document if self._draft is not None else None
        demands = document is None or document.said is None or isinstance(document.said, Policy)
        if not demands:
            self._buttons[Which.MEMBERS].setChecked(True)
        usable = preview is not None and not preview.problems
        told = preview if usable and preview is not None else None
        words = (
            (Which.MEMBERS, self.tr("members"), told.members if told else None),
            (Which.FAILING, self.tr("would newly fail"), told.newly_failing if told else None),
            (Which.PASSING, self.tr("would newly pass"), told.newly_passing if told else None),
        )
        for which, text, count in words:
            button = self._buttons[which]
            button.tell(number(count) if count is not None else UNKNOWN, text)
            button.setEnabled(count is not None)
            button.setVisible(which is Which.MEMBERS or demands)
        parts = []
        if told is not None:
            if told.joining:
                parts.append(self.tr("%Ln VM(s) would join", "", told.joining))
            if told.leaving:
                parts.append(self.tr("%Ln VM(s) would leave", "", told.leaving))
            if demands:
                parts.append(self.tr("%Ln VM(s) would fail in all", "", told.failing))
            if told.unknown:
                parts.append(self.tr("of %Ln VM(s) nobody could tell", "", told.unknown))
        elif preview is not None:
            parts.append(self.tr("It can be told once what is wrong is corrected: see the problems."))
        self._note.setText(" · ".join(parts))
        self._against.setText(self.tr("Compared with what is in force now, live as you type."))
        self._list()

    def _list(self) -> None:
        preview = self.preview
        if preview is None or preview.problems:
            self.list.hide()
            self._rest.show()
            self._empty.setText("")
            return
        which = Which(self._group.checkedId())
        listed, count = {
            Which.MEMBERS: (preview.first_members, preview.members),
            Which.FAILING: (preview.first_newly_failing, preview.newly_failing),
            Which.PASSING: (preview.first_newly_passing, preview.newly_passing),
        }[which]
        self.list.show_lines(tuple(map(_line, sorted(listed, key=lambda one: natural(one.name)))))
        self.list.setVisible(bool(listed))
        self._rest.setVisible(not listed)
        more = count - len(listed)
        empty = {
            Which.MEMBERS: self.tr("No VM is a member. Check the expression: it may ask for too much."),
            Which.FAILING: self.tr("Nobody fails that does not fail now."),
            Which.PASSING: self.tr("Nobody passes that fails now."),
        }[which]
        self._empty.setText(empty if not count else self.tr("and %Ln more", "", more) if more else "")


class _Members(LinesView):
    """As high as the pane has room."""

    def _fit(self) -> None:
        self.setMinimumHeight(4 * ROW)


class _Count(QPushButton):
    """How many, and of what; pressed, it is the one that is listed."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAutoDefault(False)
        self._figure, self._words = PlainLabel(), PlainLabel(tone=Tone.MUTED)
        font = self._figure.font()
        font.setBold(True)
        self._figure.setFont(font)
        self._figure.setMinimumWidth(self.fontMetrics().horizontalAdvance("00,000"))
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 2, GAP, 2)
        row.addWidget(self._figure)
        row.addWidget(self._words, 1)
        for label in (self._figure, self._words):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(ROW + GAP)

    def set_tone(self, tone: Tone) -> None:
        """How sure it is."""
        self._figure.set_tone(tone)

    def tell(self, figure: str, words: str) -> None:
        """Shows a count and what it counts."""
        self.set_tone(Tone.PLAIN)
        self._figure.setText(figure)
        self._words.setText(words)
        self.setAccessibleName(f"{figure} {words}")


def _line(listed: Listed) -> Line:
    name, evidence = visible(listed.name, 80), visible(listed.evidence, 300)
    return Line(listed.vm, (Cell(name, listed.name), Cell(evidence or "", listed.evidence)), listed.vm)

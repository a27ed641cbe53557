"""The window of the policies: the folder on the left, one document in the middle, what it would mean on the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui import icons
from vmi_console.gui.actions import Actions, fill
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.findings.decisions import Done
from vmi_console.gui.labels import ElidedLabel, separator
from vmi_console.gui.listing import Listing
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.policy_editor.arming import ArmingLine
from vmi_console.gui.policy_editor.asking import Asking
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.policy_editor.editor import Editor
from vmi_console.gui.policy_editor.fields import in_words
from vmi_console.gui.policy_editor.folder import Folder
from vmi_console.gui.policy_editor.library import Entry, Library
from vmi_console.gui.policy_editor.preview_pane import PreviewPane
from vmi_console.gui.policy_editor.replay_pane import ReplayPane
from vmi_console.gui.policy_editor.templates import new_baseline, new_group, new_policy
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy import checks
from vmi_console.policy.check import CHECKS
from vmi_console.policy.policies import Policy

LOOK_MS = 4_000
UNDO_MS = 15_000
assert checks  # which fill the registry


class PolicyWindow(QMainWindow):
    """`chosen` is a VM that the operator wants to see, `folder_wanted` the wish for another folder."""

    chosen = Signal(str)  # EntityId
    folder_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("Policies"))
        self.setWindowIcon(icons.application_icon())
        fitting.resize(self, 1280, 820)
        self._desk = desk
        self._entry: Entry | None = None
        self._awaited = ""  # file that is to be shown as soon as it is listed
        self._rule = ""  # key of the rule that is to be shown as soon as its document has been read
        self._undoing: Done | None = None
        self.library = Library(self)
        self.folder = Folder(desk, self.library)
        self.editor = Editor(desk, self.folder)
        self.preview = PreviewPane(desk)
        self.replay = ReplayPane(desk)
        self.asking = Asking()
        self.arming = ArmingLine()
        self._make_parts()
        self._make_actions()
        self._lay_out()
        self._wire()
        self._show_entry(None)

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter policies and groups"))
        self.filter.setAccessibleName(self.tr("Filter policies and groups"))
        self.list = Listing(self.library, self.tr("Policies, groups and baselines"), (22, 13, 7))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.title = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self.title.setFont(title_font(self.title.font()))
        self.about = ElidedLabel(tone=Tone.MUTED, elide=Qt.TextElideMode.ElideMiddle)
        self.place = ElidedLabel(tone=Tone.MUTED, elide=Qt.TextElideMode.ElideMiddle)
        self.notice = ElidedLabel()
        self.notice.hide()
        self.undo_done = QPushButton(self.tr("Undo"))
        self.undo_done.setAutoDefault(False)
        self.undo_done.hide()
        self._undo_ends = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._look = QTimer(self, interval=LOOK_MS)

    def _make_actions(self) -> None:
        make = Actions(self).make
        key = QKeySequence.StandardKey
        self.save = make(
            self.tr("Save"),
            self._save,
            self.tr("Write the document into the folder: it is in force at once"),
            key.Save,
            "save",
            acts=True,
        )
        self.save_all = make(
            self.tr("Save all"), self._save_all, self.tr("Save every document that was edited"), acts=True
        )
        self.revert = make(
            self.tr("Revert"), self._revert, self.tr("Back to what the file says; can be undone"), "Ctrl+Shift+R"
        )
        self.undo = make(
            self.tr("Undo"), lambda: self._of_draft(Draft.undo), self.tr("Take the last step back"), key.Undo, "undo"
        )
        self.redo = make(
            self.tr("Redo"), lambda: self._of_draft(Draft.redo), self.tr("Make it again"), key.Redo, "redo"
        )
        self.delete = make(
            self.tr("Delete"),
            self._delete,
            self.tr("Take the document out of the folder; can be undone"),
            "Ctrl+Shift+Del",
            "remove",
            acts=True,
        )
        self.new_group = make(
            self.tr("Group"),
            lambda: self._add(self.tr("New group"), new_group),
            self.tr("VMs that policies and other groups can name"),
            "Ctrl+Shift+N",
        )
        self.new_baseline = make(
            self.tr("Baseline"),
            lambda: self._add(self.tr("New baseline"), new_baseline),
            self.tr("VMs that are held against a known-good state"),
        )
        self.new_policies = [
            make(
                CHECKS[kind].title,
                partial(self._add_policy, kind),
                in_words(CHECKS[kind].help),
            )
            for kind in sorted(CHECKS, key=lambda kind: CHECKS[kind].title.casefold())
        ]
        self.rename = make(self.tr("Rename"), self._rename, self.tr("Go to the name of the document"), "F2", "edit")
        self.go_filter = make(
            self.tr("Filter the list"), self.filter.setFocus, self.tr("Go to the list's filter"), key.Find, "search"
        )
        self.go_list = make(
            self.tr("Go to the list"), self.list.setFocus, self.tr("Move the keyboard to the list"), "Ctrl+1"
        )
        self.go_view = make(
            self.tr("Next view"),
            self._next_view,
            self.tr("The form, the text, or what saving would change"),
            "Ctrl+Tab",
        )
        self.go_preview = make(
            self.tr("Go to the preview"),
            lambda: self._go(self.preview),
            self.tr("Move the keyboard to the VMs that it would mean; Enter shows one of them"),
            "Ctrl+2",
        )
        self.go_replay = make(
            self.tr("Go to the replay"),
            lambda: self._go(self.replay),
            self.tr("Move the keyboard to what the draft would have said in the past"),
            "Ctrl+3",
        )
        self.run_replay = make(
            self.tr("Replay the draft"),
            self._replay,
            self.tr("Lead the draft through what was recorded, and see when it would have fired"),
            "Ctrl+R",
        )
        self.go_problems = make(
            self.tr("Next problem"), self._next_problem, self.tr("Go to where something is wrong"), "F8"
        )
        self.open_folder = make(
            self.tr("Open another folder…"),
            self.folder_wanted.emit,
            self.tr("Judge by the policies of another folder"),
            None,
            "folder",
        )
        self.leave = make(self.tr("Close"), self.close, self.tr("Close this window"), key.Close)

    def _lay_out(self) -> None:
        policy = self.tr("Policy that checks"), self.new_policies
        new = (policy, self.new_group, self.new_baseline)
        document = (
            *(self.save, self.save_all, self.revert, None, self.undo, self.redo, None, self.rename, self.delete),
            *(None, self.run_replay),
        )
        go = (self.go_filter, self.go_list, self.go_preview, self.go_replay, self.go_view, self.go_problems)
        bar = self.menuBar()
        fill(bar.addMenu(self.tr("&New")), new)
        fill(bar.addMenu(self.tr("&Document")), (*document, None, self.open_folder, None, self.leave))
        fill(bar.addMenu(self.tr("&Go")), go)
        tools = QToolBar(self.tr("Main"), self, movable=False, floatable=False)
        tools.setIconSize(QSize(icons.SIZE, icons.SIZE))
        tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        tools.toggleViewAction().setEnabled(False)
        self.new_button = QToolButton()
        self.new_button.setText(self.tr("New"))
        self.new_button.setToolTip(self.tr("A new policy, group or baseline, from an example"))
        self.new_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.new_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.new_button.setMenu(fill(QMenu(self.new_button), new))
        tools.addWidget(self.new_button)
        tools.addActions([self.save, self.undo, self.redo, self.delete])
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(gap)
        row.setContentsMargins(GROUP, 0, 0, 0)
        row.addWidget(self.notice, 1)
        row.addWidget(self.undo_done, 0, Qt.AlignmentFlag.AlignVCenter)
        tools.addWidget(gap)
        self.addToolBar(tools)
        button = tools.widgetForAction(self.save)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        left = _column(
            self._in_margins(self.filter), self.list, separator(), self._in_margins(self.place), grows=self.list
        )
        head = QVBoxLayout()
        head.setContentsMargins(GROUP, GAP, GROUP, GAP)
        head.setSpacing(2)
        for part in (self.title, self.about, self.arming):
            head.addWidget(part)
        heading = QWidget()
        heading.setLayout(head)
        middle = _column(self.asking, heading, separator(), self.editor, grows=self.editor)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        self.meaning = QTabWidget()
        self.meaning.setDocumentMode(True)
        self.meaning.addTab(self.preview, self.tr("Preview"))
        self.meaning.addTab(self.replay, self.tr("Replay"))
        self.meaning.tabBar().setAccessibleName(self.tr("What the draft means: now, or in the past"))
        for area in (left, middle, self.meaning):
            area.setMinimumWidth(220)
            split.addWidget(area)
            split.setStretchFactor(split.count() - 1, 1 if area is middle else 0)
        split.setSizes([350, 530, 400])
        self.setCentralWidget(split)

    def _in_margins(self, part: QWidget) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(GAP, GAP, GAP, GAP)
        row.addWidget(part)
        return holder

    def _wire(self) -> None:
        self.filter.textChanged.connect(self.library.sift)
        self.list.selectionModel().currentRowChanged.connect(lambda now, _: self._turn_to(now.row()))
        self.list.customContextMenuRequested.connect(self._offer)
        self.folder.listed.connect(self._listed)
        self.folder.conflicted.connect(self._conflict)
        self.folder.done.connect(self._say)
        self.folder.failed.connect(self._fail)
        self.preview.chosen.connect(self.chosen)
        self.replay.chosen.connect(self.chosen)
        self.arming.arm_wanted.connect(self._ask_arm)
        self.arming.disarm_wanted.connect(self._disarm)
        self.undo_done.clicked.connect(self._undo_last)
        self._undo_ends.timeout.connect(self._say_nothing)
        self._look.timeout.connect(self._look_again)
        self._desk.replica.link_moved.connect(self._look_again)
        self._desk.replica.verdicts.posture_moved.connect(self._stood)
        Theme.current.changed.connect(self.library.touch_all)

    # --- for the main window --------------------------------------------------------------------------------------

    def come_forward(self, file: str = "", rule: str = "") -> None:
        """Shows the window, with a document of the folder and one of its rules where they are named."""
        self._awaited = file or self._awaited
        self._rule = rule if file else ""
        self.show()
        self.raise_()
        self.activateWindow()
        self._look.start()
        self.folder.look()
        if not self._rule:
            self.list.setFocus()

    # --- the document ---------------------------------------------------------------------------------------------

    def _turn_to(self, row: int) -> None:
        if not self.library.moving and 0 <= row < len(self.library.rows):
            self._show_entry(self.library.rows[row])

    def _show_entry(self, entry: Entry | None) -> None:
        if entry is self._entry and entry is not None:
            return
        before = self.editor.draft
        if before is not None:
            before.moved.disconnect(self._moved)
            before.read.disconnect(self._read)
            before.refused.disconnect(self._refuse)
        self._entry = entry
        draft = self.folder.draft(entry) if entry is not None else None
        if draft is not None:
            draft.moved.connect(self._moved)
            draft.read.connect(self._read)
            draft.refused.connect(self._refuse)
        self.asking.forget("conflict")
        self.asking.forget("arm")
        self.editor.show_draft(draft)
        self.preview.show_draft(draft)
        self.replay.show_draft(draft)
        if entry is not None and entry.stored is not None and draft is not None and draft.digest != entry.stored.digest:
            self._conflict(entry)
        self._tell()

    def _moved(self) -> None:
        self.asking.forget("arm")
        self.preview.look()
        self.replay.look()
        self._tell()

    def _read(self) -> None:
        self.library.arrange()
        self.replay.look()
        self._tell()
        self._show_rule()

    def _show_rule(self) -> None:
        """Goes to the check that was asked for, once it is known where it stands."""
        draft = self.editor.draft
        if not self._rule or self._awaited or draft is None or draft.document is None:
            return
        said, rule, self._rule = draft.document.said, self._rule, ""
        keys = [each.key for each in said.rules] if isinstance(said, Policy) else []
        if rule in keys:
            self.editor.views.setCurrentWidget(self.editor.form)
            show = partial(self.editor.form.show_check, keys.index(rule))
            QTimer.singleShot(0, self.editor.form, show)  # which has not read the document yet

    def _tell(self) -> None:
        entry, draft = self._entry, self.editor.draft
        self.setWindowModified(bool(self.folder.edited))
        self.setWindowTitle(self.tr("Policies") + "[*]")
        self.place.setText(visible(self._desk.replica.verdicts.posture.folder, 400))
        self.place.setToolTip(tooltip(self._desk.replica.verdicts.posture.folder))
        if entry is None or draft is None:
            none = not self.library.entries
            self.title.setText(self.tr("No policies yet") if none else self.tr("Nothing is open"))
            self.about.setText(
                self.tr("“New” begins with an example; or open another folder.")
                if none
                else self.tr("Choose a document of the list, or begin a new one.")
            )
        else:
            self.title.setText(entry.name)
            state = self.library.state(entry)[0]
            kind = self.library.kind_word(entry.kind)
            self.about.setText(" · ".join(dict.fromkeys(filter(None, (kind, visible(entry.file, 120), state)))))
        self.arming.tell(entry)
        self.save.setEnabled(draft is not None and draft.is_edited)
        self.save_all.setEnabled(bool(self.folder.edited))
        self.revert.setEnabled(draft is not None and draft.digest is not None and draft.is_edited)
        self.undo.setEnabled(draft is not None and draft.can_undo)
        self.redo.setEnabled(draft is not None and draft.can_redo)
        self.delete.setEnabled(entry is not None)
        self.rename.setEnabled(entry is not None and bool(entry.kind))
        self.go_problems.setEnabled(entry is not None and bool(entry.problems))
        self.library.touch([entry] if entry is not None else [])

    def _stood(self) -> None:
        self.preview.look_again()
        self._tell()

    # --- the folder -----------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        if self.isVisible():
            self.folder.look()

    def _listed(self) -> None:
        entries = self.library.entries
        if self._entry is not None and entries.get(self._entry.file) is not self._entry:
            self._show_entry(None)
        wanted = entries.get(self._awaited) if self._awaited else None
        if wanted is None and self._entry is None and self.library.rows:
            wanted = self.library.rows[0]
        if wanted is not None:
            self._awaited = ""
            self._select(wanted)
        self._tell()
        self._show_rule()

    def _select(self, entry: Entry) -> None:
        if self.library.row_of(entry) is None:
            self.filter.clear()
        if (row := self.library.row_of(entry)) is not None:
            flags = QItemSelectionModel.SelectionFlag
            self.list.selectionModel().setCurrentIndex(self.library.index(row, 0), flags.ClearAndSelect | flags.Rows)
            self._show_entry(entry)

    def _conflict(self, entry: Entry) -> None:
        if entry is not self._entry:
            return
        if entry.stored is None:
            text = self.tr("{0} was deleted outside, while you have changes that are not saved.")
            answers = [
                (self.tr("Delete here, too"), lambda: self.folder.forget(entry)),
                (self.tr("Keep mine"), lambda: None),
            ]
        else:
            text = self.tr("{0} was changed outside, while you have changes that are not saved.")
            answers = [
                (self.tr("Reload, undo brings mine back"), lambda: self.folder.reload(entry)),
                (self.tr("Keep mine"), lambda: self.folder.keep(entry)),
            ]
        if self.asking.topic != "conflict":
            self.asking.ask("conflict", text.format(entry.name), answers)

    # --- actions --------------------------------------------------------------------------------------------------

    def _of_draft(self, run: Callable[[Draft], None]) -> None:
        if self.editor.draft is not None:
            run(self.editor.draft)

    def _save(self) -> None:
        if self._entry is not None and self._entry.is_edited:
            self.asking.forget("conflict")
            self.folder.save(self._entry)

    def _save_all(self) -> None:
        for entry in self.folder.edited:
            self.folder.save(entry)

    def _revert(self) -> None:
        if (draft := self.editor.draft) is not None:
            draft.write(draft.saved)

    def _rename(self) -> None:
        self.editor.views.setCurrentWidget(self.editor.form)
        self.editor.form.focus_name()

    def _delete(self) -> None:
        if self._entry is not None:
            entry = self._entry
            self._show_entry(None)
            self.folder.delete(entry)

    def _add_policy(self, kind: str) -> None:
        name = self.tr("New policy: {0}").format(CHECKS[kind].title)
        self._add(name, lambda free: new_policy(free, kind))

    def _add(self, name: str, make: Callable[[str], str]) -> None:
        taken = {entry.name for entry in self.library.entries.values()}
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} {number}"
        self._select(self.folder.add(free, make(free)))

    def _next_view(self) -> None:
        views = self.editor.views
        views.setCurrentIndex((views.currentIndex() + 1) % views.count())
        views.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _go(self, pane: PreviewPane | ReplayPane) -> None:
        self.meaning.setCurrentWidget(pane)
        pane.go()

    def _replay(self) -> None:
        self.meaning.setCurrentWidget(self.replay)
        self.replay.replay()

    def _next_problem(self) -> None:
        self.editor.go_to_next_problem()

    def _offer(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill(menu, (self.save, self.revert, None, self.rename, self.delete))
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _disarm(self) -> None:
        if self._entry is not None:
            self.folder.disarm(self._entry)

    def _ask_arm(self) -> None:
        entry = self._entry
        if entry is None:
            return
        self.asking.ask(
            "arm",
            self.arming.meaning(entry),
            [(self.tr("Arm"), lambda: self.folder.arm(entry)), (self.tr("Cancel"), lambda: None)],
            focus=True,
        )

    # --- what is said ---------------------------------------------------------------------------------------------

    def _say(self, done: Done) -> None:
        self._undoing = done if done.undo is not None else None
        self.notice.set_tone(Tone.PLAIN)
        self.notice.setText(visible(done.text, 300))
        self.notice.show()
        self.undo_done.setVisible(self._undoing is not None)
        self._undo_ends.start()
        self._tell()

    def _refuse(self, text: str) -> None:
        self.notice.set_tone(Tone.BAD)
        self.notice.setText(visible(text, 300))
        self.notice.setToolTip(tooltip(text))
        self.notice.show()
        self.undo_done.hide()
        self._undo_ends.start()

    def _fail(self, error: VmiError) -> None:
        self._refuse(str(error))

    def _say_nothing(self) -> None:
        self._undoing = None
        self.notice.hide()
        self.undo_done.hide()

    def _undo_last(self) -> None:
        if self._undoing is not None and self._undoing.undo is not None:
            undo, self._undoing = self._undoing.undo, None
            self.undo_done.hide()
            undo()

    # --- leaving --------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about what is not saved, once, in the window itself."""
        if self.folder.edited:
            event.ignore()
            self.ask_before(self.close)
        else:
            super().closeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing is looked up."""
        super().hideEvent(event)
        self._look.stop()

    def ask_before(self, leave: Callable[[], object]) -> None:
        """Leaves once everything is saved or given up; at once where there is nothing to save."""
        edited = self.folder.edited
        if not edited:
            leave()
            return
        self.show()
        self._look.start()
        self.raise_()
        self.activateWindow()
        self.asking.ask(
            "leave",
            self.tr("Changes of %Ln document(s) are not saved.", "", len(edited)),
            [
                (self.tr("Discard"), partial(self._discard, leave)),
                (self.tr("Save"), partial(self._save_and_leave, leave)),
                (self.tr("Go on editing"), lambda: None),
            ],
            focus=True,
        )

    def _discard(self, leave: Callable[[], object]) -> None:
        for entry in self.folder.edited:
            if entry.stored is None:
                self.folder.forget(entry)
            else:
                self.folder.reload(entry)
        if self._entry is not None and self._entry.file not in self.library.entries:
            self._show_entry(None)
        leave()

    def _save_and_leave(self, leave: Callable[[], object]) -> None:
        for entry in self.folder.edited:
            self.folder.save(entry, lambda: self.folder.edited or leave())


def _column(*parts: QWidget, grows: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part, 1 if part is grows else 0)
    return holder

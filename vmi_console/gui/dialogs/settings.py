"""The settings: one page to scroll and to search, what is chosen holds at once, and every change can be undone."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence, QUndoCommand, QUndoStack
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.dialogs.advisories import AdvisoryRows
from vmi_console.gui.dialogs.furnishing import ConnectionRows, DataRows
from vmi_console.gui.dialogs.history import HistoryRows
from vmi_console.gui.dialogs.pace import Choose, PaceRows
from vmi_console.gui.dialogs.sections import Part, Section, Sections, Setting, matches
from vmi_console.gui.dialogs.setting_rows import ButtonRow, Row, SearchedRow
from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.preferences import Choices
from vmi_console.gui.theme import GAP, GROUP, ROW, Theme, Tone, title_font
from vmi_console.settings import Workspace

PLACE = "settings"  # what the preferences call where the dialog was
WIDEST = 900  # that the settings themselves ask for, however long the language


class SettingsDialog(QDialog):
    """Not modal: the window shows what a choice does while it is made.

    `workspace` is where the engine keeps its files; None where this session keeps none.
    """

    add_wanted = Signal()  # a connection
    columns_wanted = Signal()  # to be chosen, for the table of VMs
    outputs_wanted = Signal()  # to be seen and chosen

    def __init__(self, parent: QWidget, desk: Desk, workspace: Workspace | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._workspace = workspace
        self.setWindowTitle(self.tr("Settings"))
        fitting.resize(self, 820, 600)
        self.changes = QUndoStack(self)
        self.undo = self.changes.createUndoAction(self, self.tr("Undo"))
        self.redo = self.changes.createRedoAction(self, self.tr("Redo"))
        self.undo.setShortcuts(QKeySequence.StandardKey.Undo)
        self.redo.setShortcuts(QKeySequence.StandardKey.Redo)
        self.go_search = QAction(self.tr("Search settings"), self)
        self.go_search.setShortcuts(QKeySequence.StandardKey.Find)
        self.box = QLineEdit(placeholderText=self.tr("Search settings"))
        self.box.setAccessibleName(self.tr("Search settings"))
        self.box.setClearButtonEnabled(True)
        self._lens = self.box.addAction(icons.icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
        self.contents = QListWidget()
        self.contents.setAccessibleName(self.tr("Sections"))
        self.nothing = PlainLabel(self.tr("No setting is called that."), Tone.MUTED)
        self.nothing.hide()
        self.parts: list[SectionPart] = []
        self._choices: list[Row] = []  # of the preferences
        self.pace = PaceRows(self, desk, self._change)
        self.history = HistoryRows(self, desk, self._change)
        self._lay_out()
        self.addActions([self.undo, self.redo, self.go_search])
        self.go_search.triggered.connect(lambda: self.box.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.box.textChanged.connect(self._search)
        self.contents.currentRowChanged.connect(self._go)
        desk.preferences.changed.connect(self._show)
        Theme.current.changed.connect(self._paint)
        self._paint()
        self._show()
        if (place := desk.preferences.remembered(PLACE)) is not None:
            self.restoreGeometry(place)
        self.contents.setCurrentRow(0)
        self.box.setFocus()

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("sheet")
        column = QVBoxLayout(page)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GROUP * 2)
        column.addWidget(self.nothing)
        for section in Sections().all():
            part = SectionPart(section)
            for setting in section.settings:
                row = Row(setting, partial(self._choose, setting))
                part.add(row)
                self._choices.append(row)
            self._furnish(section.part, part)
            column.addWidget(part)
            self.parts.append(part)
            item = QListWidgetItem(section.title)
            item.setSizeHint(QSize(0, ROW))
            self.contents.addItem(item)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(min(WIDEST, page.minimumSizeHint().width() + bar + 2))
        metrics = self.contents.fontMetrics()
        longest = max(metrics.horizontalAdvance(self.contents.item(row).text()) for row in range(self.contents.count()))
        self.contents.setFixedWidth(max(160, longest + icons.SIZE + 4 * GAP))  # as long as the language needs
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self.contents, 1)
        middle = QHBoxLayout()
        middle.setSpacing(GAP)
        middle.addLayout(left)
        middle.addWidget(self._scroll, 1)
        foot = QHBoxLayout()
        for action in (self.undo, self.redo):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            foot.addWidget(button)
        foot.addStretch(1)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(self.box)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)

    def _furnish(self, kind: Part, part: SectionPart) -> None:
        match kind:
            case Part.CONNECTIONS:
                part.add(ConnectionRows(self._desk, self.add_wanted.emit))
            case Part.COLUMNS:
                part.add(
                    ButtonRow(
                        self.tr("Columns of the table of virtual machines"),
                        self.tr("Which, and in which order. They can be moved in the table's heading, too."),
                        (
                            (self.tr("Choose…"), self.columns_wanted.emit),
                            (self.tr("Reset"), lambda: self._put(self.tr("Columns"), table_columns=())),
                        ),
                    )
                )
            case Part.OUTPUTS:
                part.add(
                    ButtonRow(
                        self.tr("Where findings and acts are told outside this window"),
                        self.tr("Syslog, webhooks and files, how each fares; and the sensor whose alerts are heard."),
                        ((self.tr("Outputs and alerts…"), self.outputs_wanted.emit),),
                    )
                )
            case Part.INTROSPECTION:
                for row in self.pace.rows:
                    part.add(row)
                part.add(separator())
                part.add(AdvisoryRows(self._desk))
            case Part.HISTORY:
                for row in self.history.rows:
                    part.add(row)
            case Part.DATA:
                part.add(DataRows(self._workspace))
                part.add(
                    ButtonRow(
                        self.tr("Places of docks and windows"),
                        self.tr("From the next start on they are where they were at first."),
                        ((self.tr("Forget them"), self._desk.preferences.forget_layout),),
                    )
                )
            case Part.SAFE_MODE:
                part.add(
                    PlainLabel(
                        self.tr(
                            "Should the window ever come up unusable, start it with “vmi-console --safe-mode”: all of"
                            " these settings and the places of docks are left alone then, and neither used nor changed."
                        ),
                        Tone.MUTED,
                    ).wrapped()
                )

    # --- choosing -------------------------------------------------------------------------------------------------

    def _choose(self, setting: Setting, value: Any) -> None:
        self._put(setting.title, **{setting.name: value})

    def _put(self, title: str, **choices: Any) -> None:
        before = {name: getattr(self._desk.preferences.choices, name) for name in choices}
        self._change(title, self._desk.preferences.choose, before, choices)

    def _change(self, title: str, choose: Choose, before: dict[str, Any], after: dict[str, Any]) -> None:
        if before != after:
            self.changes.push(_Change(title, choose, before, after))

    def _show(self, _before: Choices | None = None) -> None:
        for row in self._choices:
            row.show_value(row.setting.of(self._desk.preferences.choices))

    # --- finding --------------------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        for number, part in enumerate(self.parts):
            part.setVisible(part.show_matching(text))
            self.contents.item(number).setHidden(part.isHidden())
        self.nothing.setVisible(all(part.isHidden() for part in self.parts))
        self._scroll.verticalScrollBar().setValue(0)

    def _go(self, number: int) -> None:
        if 0 <= number < len(self.parts):
            part = self.parts[number]
            QTimer.singleShot(0, self, lambda: self._scroll.verticalScrollBar().setValue(part.y() - GROUP))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.box.text():
            self.box.clear()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._desk.preferences.remember(PLACE, self.saveGeometry())
        super().closeEvent(event)

    def _paint(self) -> None:
        self._lens.setIcon(icons.icon("search", Tone.MUTED))
        for number, part in enumerate(self.parts):
            self.contents.item(number).setIcon(icons.icon(part.section.icon, Tone.MUTED))


class _Change(QUndoCommand):
    """One choice, and what it was before."""

    def __init__(self, title: str, choose: Choose, before: dict[str, Any], after: dict[str, Any]) -> None:
        super().__init__(title)
        self._choose, self._before, self._after = choose, before, after

    def undo(self) -> None:
        self._choose(**self._before)

    def redo(self) -> None:
        self._choose(**self._after)


class SectionPart(QWidget):
    """A heading, and what is below it."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.section = section
        self._rows: list[QWidget] = []
        heading = PlainLabel(section.title)
        heading.setFont(title_font(self.font()))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GROUP)
        self._column.addWidget(heading)
        self._column.addWidget(separator())

    def add(self, row: QWidget) -> None:
        self._rows.append(row)
        self._column.addWidget(row)

    def show_matching(self, text: str) -> bool:
        """Hides settings that the text does not find; whether any is left. A section's own words find all of it."""
        section = self.section
        if matches(text, section.title, section.words):
            for row in self._rows:
                row.show()
            return True
        for row in self._rows:
            row.setVisible(isinstance(row, SearchedRow) and matches(text, section.title, row.words))
        return any(not row.isHidden() for row in self._rows)

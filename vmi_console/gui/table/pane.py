"""The table of VMs with its filter, its count and what can be done with its lines."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject, QPoint, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.preferences import Choices
from vmi_console.gui.table.chooser import ColumnChooser
from vmi_console.gui.table.columns import BY_NAME, COLUMNS, NAME, Column, chosen
from vmi_console.gui.table.export import BOM, Extract, Form, save, suggested
from vmi_console.gui.table.model import VmModel
from vmi_console.gui.table.view import VmView
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import number

WIDTHS = "vm-table-widths"
"""Under which name the widths of columns are remembered: JSON, pixels by column."""


class VmTable(QWidget):
    """All VMs of all connections that the search lets through.

    `picked` is the operator's selection, at most `MOST_PICKED` of it, `chosen` the one that was opened. Before its
    context menu opens, `menu_wanted` hands it over with all that is selected, so that others can add what they can do.
    """

    picked = Signal(tuple)  # of EntityId; the one at the current row leads
    chosen = Signal(str)  # EntityId
    menu_wanted = Signal(QMenu, tuple)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.model = VmModel(desk.replica, self)
        self.view = VmView(self.model)
        self._extract = Extract(self.model.facts, desk.replica.records.get, self)
        self._make_bar()
        self._nothing = _Nothing(self.view.viewport())
        self._make_actions()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._bar)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._resized = QTimer(self, singleShot=True, interval=500)
        self._resized.timeout.connect(self._keep_widths)
        self.filter.textChanged.connect(self._narrow)
        self.filter.installEventFilter(self)
        self.view.picking.moved.connect(self._tell)
        self.view.picked.connect(self.picked)
        self.view.chosen.connect(self.chosen)
        self.view.columns_moved.connect(lambda: self._choose_columns(self.view.columns()))
        self.view.widths_moved.connect(lambda: self._resized.start())
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        header = self.view.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self._columns_menu().popup(header.mapToGlobal(at)))
        self.model.headerDataChanged.connect(self._keep_order)
        self.model.settled.connect(self._tell)
        self.model.rowsInserted.connect(self._tell)
        self.model.rowsRemoved.connect(self._tell)
        desk.replica.refreshed.connect(self._counted)
        self._extract.progressed.connect(self._tell_progress)
        self._extract.ended.connect(self._tell)
        desk.preferences.changed.connect(self._prefer)
        self._nothing.clear.clicked.connect(self.filter.clear)
        self._recall()

    # --- for the window -------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether there is more to show or to tell, or something is being copied or exported."""
        return self.model.busy or self._extract.busy or self.view.telling

    @property
    def selected(self) -> tuple[EntityId, ...]:
        """What is selected and shown, in the order of the lines."""
        return self.view.picking.shown()

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """Selects what was selected elsewhere; lines that are hidden or still to come are selected when they show."""
        self.view.show_entities(tuple(entity for entity in entities if entity.startswith("vm/")))
        self._tell()

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Only the VMs among these, the matches of the search; all of them with None."""
        self.model.show_only(matches)

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter the table"))
        self.filter.setAccessibleName(self.tr("Filter the table"))
        self.filter.setToolTip(self.tr("Only machines that have all of these words in the columns shown"))
        self.filter.setMinimumWidth(120)
        self.filter.setMaximumWidth(240)
        self.count = PlainLabel(tone=Tone.MUTED)
        self.notice = ElidedLabel()
        self.cancel = QToolButton()
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.hide()
        self.cancel.clicked.connect(self._cancel)
        self._columns_button = QToolButton()
        self._columns_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(GAP, 4, GAP, 4)
        self._bar.setSpacing(GAP)
        self._bar.addWidget(self.filter, 1)
        self._bar.addWidget(self.count)
        self._bar.addWidget(self.notice, 2)
        self._bar.addWidget(self.cancel)
        self._bar.addWidget(self._columns_button)

    def _make_actions(self) -> None:
        make = Actions(self).make
        self.copy = make(
            self.tr("&Copy lines"),
            lambda: self.copy_selected(Form.TABS),
            self.tr("The selected lines with the columns shown, separated by tabs"),
            QKeySequence.StandardKey.Copy,
            "copy",
        )
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.view.addAction(self.copy)
        self.copy_csv = make(
            self.tr("Copy as CS&V"),
            lambda: self.copy_selected(Form.CSV),
            self.tr("The selected lines with the columns shown, as comma-separated values"),
            icon="copy",
        )
        self.export_selected = make(
            self.tr("&Export selection as CSV…"),
            lambda: self._export(self.selected),
            self.tr("Writes the selected lines with the columns shown into a file for spreadsheets"),
            icon="export",
        )
        self.export_all = make(
            self.tr("Export &all as CSV…"),
            lambda: self._export(tuple(line.entity for line in self.model.rows)),
            self.tr("Writes every line of the table with the columns shown into a file for spreadsheets"),
            icon="export",
        )
        self.choose_columns = make(
            self.tr("C&olumns…"),
            self._open_chooser,
            self.tr("Chooses which columns the table has, and their order"),
            icon="columns",
        )
        self.filter_lines = make(
            self.tr("&Filter the table"),
            self._focus_filter,
            self.tr("Goes to the box that narrows the table to machines with some words"),
            icon="search",
        )
        self.actions_for_menu: tuple[QAction, ...] = (
            self.filter_lines,
            self.choose_columns,
            self.copy,
            self.copy_csv,
            self.export_selected,
            self.export_all,
        )
        self._columns_button.setDefaultAction(self.choose_columns)

    # --- what the operator chose before ---------------------------------------------------------------------------

    def _recall(self) -> None:
        self._widths: dict[str, int] = {}
        if (stored := self.desk.preferences.remembered(WIDTHS)) is not None:
            with suppress(msgspec.MsgspecError):  # written by something else: as they come
                self._widths = msgspec.json.decode(stored.data(), type=dict[str, int])
        self.view.set_widths(self._widths)
        self._prefer()

    def _prefer(self, before: Choices | None = None) -> None:
        """Here and in every other window."""
        choices = self.desk.preferences.choices
        columns = chosen(choices.table_columns)
        if columns != self.view.columns():
            self.view.show_columns(columns)
            self._narrow()
        name, descending = choices.table_sort or (NAME.name, False)
        if name in BY_NAME:
            self.model.sort_by(BY_NAME[name], descending)

    def _choose_columns(self, columns: tuple[Column, ...]) -> None:
        self.desk.preferences.choose(table_columns=tuple(column.name for column in columns))

    def _keep_order(self) -> None:
        self.desk.preferences.choose(table_sort=(self.model.column.name, self.model.descending))

    def _keep_widths(self) -> None:
        self._widths |= self.view.widths()  # those of hidden columns stay
        self.desk.preferences.remember(WIDTHS, msgspec.json.encode(self._widths))

    # --- filter and count -----------------------------------------------------------------------------------------

    def _focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down goes from the filter into the lines, Escape empties it."""
        if event.type() is QEvent.Type.KeyPress and watched is self.filter:
            match event.key():  # type: ignore[attr-defined]
                case Qt.Key.Key_Down:
                    self.view.setFocus(Qt.FocusReason.TabFocusReason)
                    return True
                case Qt.Key.Key_Escape if self.filter.text():
                    self.filter.clear()
                    return True
        return super().eventFilter(watched, event)

    def _narrow(self) -> None:
        self.model.narrow(self.filter.text(), self.view.columns())
        self._tell()

    def _counted(self) -> None:
        if self.isVisible():
            self._tell()

    def _tell(self) -> None:
        """How many there are, how many are shown and selected, and what to do where there is none."""
        total, shown = self.desk.replica.counts["vm"], len(self.model.rows)
        selected = self.view.picking.count
        text = (
            self.tr("{0} of {1}").format(number(shown), number(total))
            if self.model.narrowed
            else self.tr("%Ln VM(s)", "", total)
        )
        chosen = self.tr("%Ln selected", "", selected)
        self.count.setText(f"{text} · {chosen}" if selected > 1 else text)
        self.cancel.setVisible(self._extract.busy)
        self.export_all.setEnabled(shown > 0)
        for action in (self.copy, self.copy_csv, self.export_selected):
            action.setEnabled(selected > 0)
        self._nothing.setVisible(not shown and not self.model.busy)
        if not shown:
            self._nothing.say(*self._why_nothing(total), bool(self.filter.text()))

    def _why_nothing(self, total: int) -> tuple[str, str]:
        if not self.desk.replica.counts["connection"]:
            return self.tr("Nothing is connected"), self.tr("Add a connection to see its virtual machines here.")
        if not total:
            return self.tr("No virtual machines yet"), self.tr("They appear as soon as a connection tells of them.")
        if self.filter.text():
            return (
                self.tr("No virtual machine has all of these words"),
                self.tr("The filter looks at the columns that are shown. Use fewer words, or show more columns."),
            )
        return self.tr("No virtual machine matches the search"), self.tr("Change or empty the search box above.")

    # --- copying and exporting ------------------------------------------------------------------------------------

    def copy_selected(self, form: Form) -> None:
        """Puts the selected lines with the columns shown on the clipboard, as soon as they are made."""
        self._say("")
        self._extract.start(self.selected, self.view.columns(), form, QGuiApplication.clipboard().setText)

    def _export(self, entities: tuple[EntityId, ...]) -> None:
        """Asks where to, then writes."""
        records = self.desk.replica.records
        names = [record.name for entity in entities[:2] if (record := records.get(entity)) is not None]
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.tr("Export as CSV"), str(Path(folder) / suggested(names)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters([self.tr("Comma-separated values (*.csv)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.export_to(Path(path), entities))
        dialog.open()

    def export_to(self, path: Path, entities: tuple[EntityId, ...]) -> None:
        """Writes these VMs with the columns shown, in slices; says in the bar how it went."""
        self._say("")
        columns = self.view.columns()

        def write(text: str) -> None:
            self.desk.errands.run(self._write(path, text, len(entities)), f"export to {path}", self._failed)

        self._extract.start(entities, columns, Form.CSV, write)

    async def _write(self, path: Path, text: str, count: int) -> None:
        await save(path, BOM + text)
        self._say(self.tr("%Ln line(s) exported to {0}", "", count).format(path.name))

    def _cancel(self) -> None:
        self._extract.cancel()
        self._say(self.tr("Cancelled"))

    def _failed(self, error: VmiError) -> None:
        self._say(str(error), Tone.BAD)

    def _say(self, text: str, tone: Tone = Tone.MUTED) -> None:
        self.notice.setText(text)
        self.notice.setToolTip(text)
        self.notice.set_tone(tone)

    def _tell_progress(self, done: int, total: int) -> None:
        if total > 1_000:
            self.cancel.show()
            self._say(self.tr("{0} of {1} lines").format(number(done), number(total)))

    # --- menus ----------------------------------------------------------------------------------------------------

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu, self.selected)
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addActions([self.copy, self.copy_csv, self.export_selected, self.export_all])
        menu.addSeparator()
        menu.addMenu(self._sort_menu(menu))
        menu.addAction(self.choose_columns)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _sort_menu(self, parent: QWidget) -> QMenu:
        """What a click on the header does, for the keyboard."""
        menu = QMenu(self.tr("&Sort by"), parent)
        fields, ways = QActionGroup(menu), QActionGroup(menu)
        for column in self.view.columns():
            self._option(menu, fields, column.title, column is self.model.column).triggered.connect(
                lambda _=False, column=column: self.model.sort_by(column, self.model.descending)
            )
        menu.addSeparator()
        for text, descending in ((self.tr("&Ascending"), False), (self.tr("&Descending"), True)):
            self._option(menu, ways, text, descending is self.model.descending).triggered.connect(
                lambda _=False, descending=descending: self.model.sort_by(self.model.column, descending)
            )
        return menu

    def _columns_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = self.view.columns()
        for column in COLUMNS:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setEnabled(shown != (column,))
            action.toggled.connect(lambda on, column=column: self._show_column(column, on))
        menu.addSeparator()
        menu.addAction(self.choose_columns)
        return menu

    def _option(self, menu: QMenu, group: QActionGroup, text: str, checked: bool) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(checked)
        group.addAction(action)
        return action

    def _show_column(self, column: Column, on: bool) -> None:
        rest = tuple(one for one in self.view.columns() if one is not column)
        self._choose_columns((*rest, column) if on else rest)

    def _open_chooser(self) -> None:
        chooser = ColumnChooser(self.view.columns(), self)
        chooser.chosen.connect(self._choose_columns)
        chooser.open()

    # --- seen or not ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.wake(True)
        self._tell()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.model.wake(False)


class _Nothing(QWidget):
    """Over the lines where there is none: why, and what to do."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._what, self._advice = PlainLabel().wrapped(), PlainLabel(tone=Tone.MUTED).wrapped()
        self.clear = QPushButton(self.tr("Empty the filter"))
        font = self._what.font()
        font.setWeight(font.Weight.DemiBold)
        self._what.setFont(font)
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        for label in (self._what, self._advice):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        layout.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        over = QVBoxLayout(viewport)
        over.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        over.addWidget(self)

    def text(self) -> str:
        """Why there is nothing."""
        return self._what.text()

    def say(self, what: str, advice: str, may_clear: bool) -> None:
        self._what.setText(what)
        self._advice.setText(advice)
        self.clear.setVisible(may_clear)

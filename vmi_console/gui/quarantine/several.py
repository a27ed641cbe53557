"""What the dialogs about several VMs have in common: a line for each, all about one of them, progress, and a stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import CommandRefused
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.labels import PlainLabel, separator, slim_progress
from vmi_console.gui.listing import Listing
from vmi_console.gui.panes.sheet import Cell, Sheet
from vmi_console.gui.panes.sheet_view import SheetView
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.quarantine.batch import Batch, Item, Phase
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, ROW, Tone, colours, title_font
from vmi_console.gui.wording import UNKNOWN, number
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Stage


class ItemsModel[One: Item](Rows[One]):
    """A line for each VM; what can be left out has a box before its name."""

    def __init__(self, dialog: SeveralDialog[One]) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self.become(list(dialog.batch.items))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._dialog.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and 0 <= section < len(self._dialog.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._dialog.columns[section]
            if role == Qt.ItemDataRole.TextAlignmentRole and self._dialog.is_number(section):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == 0 and self._can_be_left_out(self.rows[index.row()]):
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.CheckStateRole:
            if column or not self._can_be_left_out(item):
                return None
            return Qt.CheckState.Checked if item.wanted else Qt.CheckState.Unchecked
        cell = Cell(visible(item.name, 120)) if column == 0 else self._dialog.cell(item, column)
        left_out = item.phase is Phase.READY and not item.wanted
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(*(cell.tip or cell.text).split("\n"))
            case Qt.ItemDataRole.DecorationRole if cell.icon:
                return QIcon(icons.icon(cell.icon, Tone.MUTED if left_out else cell.tone))
            case Qt.ItemDataRole.ForegroundRole if left_out or cell.tone is not Tone.PLAIN:
                return QColor(colours().muted if left_out else colours().tone(cell.tone))
            case Qt.ItemDataRole.TextAlignmentRole if cell.number:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        item = self.rows[index.row()]
        if role != Qt.ItemDataRole.CheckStateRole or not self._can_be_left_out(item):
            return False
        item.wanted = Qt.CheckState(value) is Qt.CheckState.Checked
        self._dialog.batch.moved.emit(item)
        return True

    def _can_be_left_out(self, item: One) -> bool:
        return item.phase is Phase.READY and not self._dialog.batch.running


class SeveralDialog[One: Item](QDialog):
    """Cancel is the default; once it has begun, Stop begins no other one. Closed meanwhile, it goes on as a task."""

    def __init__(self, parent: QWidget, desk: Desk, items: Sequence[One], title: str) -> None:
        super().__init__(parent)
        self.desk = desk
        self.batch: Batch[One] = Batch(items)
        self.columns: tuple[str, ...] = ()
        self.started = False
        self._looking: Errand | None = None
        self._acting: Errand | None = None
        self.setWindowTitle(title)
        fitting.resize(self, 900, 760)
        self.title = PlainLabel(title)
        self.title.setFont(title_font(self.font()))

    # --- for those that say what is done --------------------------------------------------------------------------

    def cell(self, item: One, column: int) -> Cell:
        """What a line says beside the VM's name."""
        raise NotImplementedError

    def is_number(self, column: int) -> bool:
        """Whether a column is aligned to the right."""
        return False

    def about(self, item: One) -> Sheet:
        """Everything about one."""
        raise NotImplementedError

    def summary(self) -> tuple[str, str, Tone]:
        """What would be, is being or was done: icon, words, tone."""
        raise NotImplementedError

    def accept_text(self, count: int) -> str:
        """What the button says that begins it."""
        raise NotImplementedError

    @property
    def why_not(self) -> str:
        """Why it cannot be begun now; empty where it can."""
        return ""

    async def look(self, item: One) -> None:
        """Looks at one."""
        raise NotImplementedError

    def begin(self) -> Callable[[One], Awaitable[None]]:
        """What does it to one, with everything that it needs: the dialog may be gone by then."""
        raise NotImplementedError

    # --- what they say alike --------------------------------------------------------------------------------------

    def looking_said(self) -> tuple[str, str, Tone] | None:
        """The summary while the VMs are looked at; None before and after."""
        looking, of = self.batch.count(Phase.LOOKING), len(self.batch.items)
        if not looking or self.started:
            return None
        said = self.tr("Looking at the VMs: {0} of {1}…").format(number(of - looking), number(of))
        return "state-connecting", said, Tone.MUTED

    def progress_said(self, told: list[str], icon: str, *, in_part: bool = False) -> tuple[str, str, Tone]:
        """The summary once it has begun: what is `told` of those it was done to, and what became of the others.

        `icon` is for an end at which some were refused, or it was done `in_part`.
        """
        batch = self.batch
        refused, never = batch.count(Phase.FAILED), batch.count(Phase.NOT_BEGUN)
        if refused:
            told.append(self.tr("%Ln refused", "", refused))
        if never:
            told.append(self.tr("%Ln not begun", "", never))
        if batch.running:
            ahead = self.tr("%Ln still to come", "", batch.count(Phase.WAITING, Phase.UNDER_WAY))
            if batch.stopping:
                ahead = self.tr("stopping after what is under way")
            return "state-connecting", ", ".join((*told, ahead)), Tone.ACCENT
        said = self.tr("It is over: {0}.").format(", ".join(told) or UNKNOWN)
        if refused or in_part:
            return icon, said, Tone.BAD
        return ("stop", said, Tone.WARNING) if never else ("check", said, Tone.GOOD)

    def phase_cell(self, item: One, doing: Stage) -> Cell | None:
        """How far it is with one, where that is alike: `doing` is what it is while something is done to it."""
        match item.phase:
            case Phase.LOOKING:
                return Cell(self.tr("looking…"), tone=Tone.MUTED)
            case Phase.WAITING:
                return Cell(self.tr("waits for its turn"), tone=Tone.MUTED)
            case Phase.UNDER_WAY:
                look = STAGE[doing]
                return Cell(look.word, tone=look.tone, icon=look.icon)
            case Phase.NOT_BEGUN:
                return Cell(self.tr("not begun"), self.tr("It was stopped before its turn"), Tone.MUTED, "stop")
        return None

    # --- parts ----------------------------------------------------------------------------------------------------

    def lay_out(
        self,
        columns: Sequence[str],
        widths: Sequence[int],
        rows: Sequence[tuple[str, QWidget]],
        below: Sequence[QWidget] = (),
    ) -> None:
        """Puts the dialog together: fields, what comes of it, a line for each VM, and everything about one."""
        self.columns = tuple(columns)
        self.model = ItemsModel(self)
        self.view = _ItemsView(self.model, self.windowTitle(), widths)
        self.detail = SheetView()
        for scrolled in (self.view, self.detail):  # both can be scrolled, and the buttons below cannot
            scrolled.setMinimumHeight(2 * ROW)
        self.detail.setAccessibleName(self.tr("About the VM of the line"))
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(icons.SIZE, icons.SIZE))
        self.verdict = PlainLabel().wrapped()
        self.progress = slim_progress()
        self.progress.setAccessibleName(self.tr("How far it is"))
        self.message = PlainLabel(tone=Tone.MUTED).wrapped()
        self.accept_button = QPushButton()
        self.accept_button.setAutoDefault(False)
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_button.setToolTip(self.tr("Begin no other one; what is under way goes on to its end"))
        self.stop_button.setAutoDefault(False)
        self.stop_button.hide()
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setDefault(True)
        self.accept_button.clicked.connect(self._begin)
        self.stop_button.clicked.connect(self.batch.stop)
        self.cancel_button.clicked.connect(self.reject)
        self._form = QWidget()
        form = QGridLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setColumnStretch(1, 1)
        for row, (label, part) in enumerate(rows):
            beside = Qt.AlignmentFlag.AlignTop if isinstance(part, PlainLabel) else Qt.AlignmentFlag.AlignVCenter
            form.addWidget(PlainLabel(label), row, 0, beside)
            form.addWidget(part, row, 1)
        said = QHBoxLayout()
        said.setSpacing(GAP)
        said.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self.verdict, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.message, 1)
        for button in (self.accept_button, self.stop_button, self.cancel_button):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(self.title)
        layout.addSpacing(GAP)
        layout.addWidget(self._form)
        layout.addSpacing(GAP)
        layout.addLayout(said)
        layout.addWidget(self.progress)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.detail, 1)
        for part in below:
            layout.addWidget(part)
        layout.addWidget(separator())
        layout.addLayout(foot)
        self.batch.moved.connect(self._moved)
        self.view.selectionModel().currentRowChanged.connect(lambda *_: self._describe())
        self.finished.connect(self._finished)
        if self.model.rows:
            self.view.setCurrentIndex(self.model.index(0, 0))

    # --- looking --------------------------------------------------------------------------------------------------

    def look_at_all(self, name: str) -> None:
        """Looks at every VM anew; what was shown before no longer counts."""
        if self._looking is not None:
            self._looking.cancel()
        for item in self.batch.items:
            item.forget()
        self._looking = self.desk.errands.run(self.batch.look(self.look), name, quiet=True)
        self._moved(None)

    def current(self) -> One | None:
        """The VM at the current row."""
        index = self.view.currentIndex()
        return self.model.rows[index.row()] if index.isValid() else None

    def _moved(self, item: One | None) -> None:
        if item is None:
            self.model.touch_all()
        else:
            self.model.touch([item])
        self.tell()
        if item is None or item is self.current():
            self._describe()

    def tell(self) -> None:
        """Says how far it is, and what can be done now."""
        batch = self.batch
        icon, text, tone = self.summary()
        self._picture.setPixmap(icons.pixmap(icon, tone, ratio=self.devicePixelRatioF()))
        self.verdict.setText(text)
        self.verdict.set_tone(tone)
        looking = batch.count(Phase.LOOKING)
        all_ = len(batch.items)
        if batch.running:
            left, of = batch.count(Phase.WAITING, Phase.UNDER_WAY), batch.count(*_BEGUN)
            self.progress.setRange(0, of)
            self.progress.setValue(of - left)
        else:
            self.progress.setRange(0, all_)
            self.progress.setValue(all_ - looking)
        self.progress.setVisible(bool(looking) or batch.running)
        self._form.setEnabled(not self.started)
        self.accept_button.setVisible(not self.started)
        self.accept_button.setText(self.accept_text(len(batch.chosen)))
        why_not = self.why_not
        self.accept_button.setEnabled(not looking and bool(batch.chosen) and not why_not)
        self.message.setText("" if self.started or looking else why_not)
        self.stop_button.setVisible(batch.running)
        self.stop_button.setEnabled(not batch.stopping)
        self.cancel_button.setText(
            self.tr("Go on without this window")
            if batch.running
            else self.tr("Close")
            if self.started
            else self.tr("Cancel")
        )

    def _describe(self) -> None:
        item = self.current()
        self.detail.show_sheet(Sheet() if item is None else self.about(item))

    # --- acting ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self.started or self.why_not or not self.batch.chosen:
            return
        self.started = self.batch.running = True
        name = self.accept_text(len(self.batch.chosen))
        self._acting = self.desk.errands.run(_carried_out(self.batch, self.begin()), name)
        self._acting.stop = self.batch.stop
        self.view.setFocus()
        self.tell()

    def _finished(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self.deleteLater()


_BEGUN = Phase.WAITING, Phase.UNDER_WAY, Phase.DONE, Phase.FAILED, Phase.NOT_BEGUN


async def _carried_out[One: Item](batch: Batch[One], act: Callable[[One], Awaitable[None]]) -> None:
    """Acts, whether or not the dialog is still there; where some are refused, the window says so, too."""
    await batch.act(act)
    refused = [item for item in batch.items if item.phase is Phase.FAILED]
    if refused:
        said = QCoreApplication.translate("SeveralDialog", "{0} of {1} VMs were refused, {2} among them: {3}")
        first = refused[0]
        raise CommandRefused(
            said.format(len(refused), batch.count(*_BEGUN), visible(first.name, 60), visible(first.why, 300))
        )


class _ItemsView(Listing):
    """The space bar leaves a VM out, or takes it in again, whichever cell is the current one."""

    def __init__(self, model: ItemsModel[Any], name: str, widths: Sequence[int]) -> None:
        super().__init__(model, name, widths)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            box = index.siblingAtColumn(0)
            checked = Qt.CheckState(box.data(Qt.ItemDataRole.CheckStateRole) or 0) is Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
            self.model().setData(box, state, Qt.ItemDataRole.CheckStateRole)
            return
        super().keyPressEvent(event)

"""A report now: what kind, of which VMs, of what time, and into which file. The engine writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, slim_progress
from vmi_console.gui.reports.kinds import KindChoice, kind_words
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import size
from vmi_console.plain_text import visible

LOOK_MS = 400


class ReportDialog(QDialog):
    """Asks for what a report is to say, then for the file."""

    written = Signal(str, str)  # path, how large it is in words

    def __init__(self, parent: QWidget, desk: Desk, search: str, selection: Sequence[EntityId]) -> None:
        super().__init__(parent)
        self._desk = desk
        self._search = search.strip()
        self._selection = tuple(selection)
        self._path = ""
        self._under_way: Errand | None = None
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._ask_how_far)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Report"))
        self.setMinimumWidth(500)
        self._make_parts()
        self._lay_out()
        desk.errands.run(self._fetch_groups(), self.tr("Look at the groups"), lambda _: None, quiet=True)

    def _make_parts(self) -> None:
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(GROUP)
        self.form.setVerticalSpacing(GROUP)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.kind = KindChoice(self.form, self.tr("Kind"), self.tr("Table"))
        replica = self._desk.replica
        matches = len(replica.matches) if replica.searching else 0
        self.whole = QRadioButton(self.tr("Everything: %Ln VM(s)", "", replica.counts["vm"]))
        self.found = QRadioButton(self.tr("What the search finds: %Ln VM(s)", "", matches))
        self.found.setEnabled(matches > 0)
        self.found.setToolTip(visible(self._search, 300))
        self.selected = QRadioButton(self.tr("The selection: %Ln VM(s)", "", len(self._selection)))
        self.selected.setEnabled(bool(self._selection))
        self.of_group = QRadioButton(self.tr("A group of the policies:"))
        self.of_group.setEnabled(False)
        self.group = QComboBox()
        self.group.setEnabled(False)
        self.of_group.toggled.connect(self.group.setEnabled)
        (self.found if matches else self.whole).setChecked(True)
        self.period = QComboBox()
        for text, days in (
            (self.tr("no changes"), 0),
            (self.tr("the changes of a day"), 1),
            (self.tr("the changes of a week"), 7),
            (self.tr("the changes of 30 days"), 30),
        ):
            self.period.addItem(text, days)
        self.period.setCurrentIndex(2)
        self.open_it = QCheckBox(self.tr("Open it when it is there"))
        self.open_it.setChecked(True)
        self.busy = slim_progress()
        self.busy.setRange(0, 1000)
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.write = QPushButton(self.tr("Save as…"))
        self.write.setProperty("primary", True)
        self.write.setDefault(True)
        self.buttons.addButton(self.write, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        title = PlainLabel(self.tr("The estate in a form for others"))
        title.setFont(title_font(self.font()))
        promise = PlainLabel(
            self.tr("What is not known is told as such, and never counts as a pass."), Tone.MUTED
        ).wrapped()
        of_group = QHBoxLayout()
        of_group.setSpacing(GAP)
        of_group.addWidget(self.of_group)
        of_group.addWidget(self.group, 1)
        which = QVBoxLayout()
        which.setSpacing(4)
        for choice in (self.whole, self.found, self.selected):
            which.addWidget(choice)
        which.addLayout(of_group)
        self.form.addRow(self.tr("Which VMs"), which)
        self.form.addRow(self.tr("With"), self.period)
        self.form.addRow("", self.open_it)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(promise)
        layout.addLayout(self.form)
        layout.addWidget(self.busy)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)

    async def _fetch_groups(self) -> None:
        documents = await self._desk.engine.call("policies") or []
        names = sorted({str(each["name"]) for each in documents if each.get("kind") == "group" and each.get("name")})
        for name in names:
            self.group.addItem(visible(name, 80), name)
        self.of_group.setEnabled(bool(names))

    def arguments(self, path: str) -> dict[str, Any]:
        """Of the engine's command."""
        days = int(self.period.currentData())
        said: dict[str, Any] = {"path": path, "kind": self.kind.chosen.value, "table": self.kind.table_name}
        if self.found.isChecked():
            said["query"] = self._search
        elif self.selected.isChecked():
            said["vms"] = self._selection
        elif self.of_group.isChecked():
            said["group"] = self.group.currentData()
        if days:
            said["changes_since"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        return said

    def save_to(self, path: str) -> None:
        """Has the file written; the dialog closes when it is there."""
        suffix = self.kind.chosen.suffix
        self._path = path if path.lower().endswith(suffix) else path + suffix
        self.message.setText("")
        self.busy.setValue(0)
        self.busy.show()
        self._look.start()
        self.write.setEnabled(False)
        name = self.tr("Write {0}").format(visible(Path(self._path).name, 80))
        self._under_way = self._desk.errands.run(self._write(self._path), name, self._failed)

    def done(self, result: int) -> None:
        self._look.stop()
        if self._under_way is not None and result != QDialog.DialogCode.Accepted:
            self._under_way.cancel()  # nothing is left of a file that is not whole
        super().done(result)

    def _ask(self) -> None:
        suffix = self.kind.chosen.suffix
        dialog = QFileDialog(self, self.tr("Save the report as"), f"{datetime.now(UTC).astimezone():%Y-%m-%d}{suffix}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{kind_words()[self.kind.chosen].split(' (')[0]} (*{suffix})")
        dialog.setDefaultSuffix(suffix[1:])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def _ask_how_far(self) -> None:
        self._desk.errands.run(self._how_far(), self.tr("Look how far it is"), lambda _: None, quiet=True)

    async def _how_far(self) -> None:
        share = await self._desk.engine.call("report_share", path=self._path)
        if isinstance(share, float):
            self.busy.setValue(int(share * 1000))

    async def _write(self, path: str) -> None:
        said = await self._desk.engine.call("report", **self.arguments(path)) or {}
        self.written.emit(path, size(int(said.get("file_bytes", 0))))
        if self.open_it.isChecked():
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))
        self.accept()

    def _failed(self, error: VmiError) -> None:
        self._look.stop()
        self.busy.hide()
        self.write.setEnabled(True)
        self.message.setText(visible(str(error), 400))

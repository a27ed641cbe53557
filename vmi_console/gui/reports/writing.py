"""A report now: what kind, of which VMs, of what time, and into which file. The engine writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QRadioButton, QWidget

from vmi_console.engine.protocol import DocumentText
from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.export import ExportDialog, Target
from vmi_console.gui.dialogs.scope import PastChoice, ScopeChoice
from vmi_console.gui.reports.kinds import KindChoice, kind_words
from vmi_console.gui.theme import GAP
from vmi_console.plain_text import visible

LOOK_MS = 400


class ReportDialog(ExportDialog):
    """Asks for what a report is to say."""

    def __init__(self, parent: QWidget, desk: Desk, search: str, selection: Sequence[EntityId]) -> None:
        super().__init__(parent, desk)
        self._path = ""  # of the file that is being written
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._ask_how_far)
        self.setWindowTitle(self.tr("Report"))
        self.setMinimumWidth(500)
        self.kind = KindChoice(self.form, self.tr("Kind"), self.tr("Table"))
        self.scope = ScopeChoice(desk.replica, search, selection)
        self.scope.addLayout(self._groups())
        self.past = PastChoice()
        self.open_it = QCheckBox(self.tr("Open it when it is there"))
        self.open_it.setChecked(True)
        self.form.addRow(self.tr("Which VMs"), self.scope)
        self.form.addRow(self.tr("With"), self.past)
        self.form.addRow("", self.open_it)
        self.busy.setRange(0, 1000)
        self.lay_out(
            self.tr("The estate in a form for others"),
            self.tr("What is not known is told as such, and never counts as a pass."),
        )
        self.written.connect(self._open)
        desk.errands.run(self._fetch_groups(), self.tr("Look at the groups"), lambda _: None, quiet=True)

    def _groups(self) -> QHBoxLayout:
        self.of_group = QRadioButton(self.tr("A group of the policies:"))
        self.of_group.setEnabled(False)
        self.group = QComboBox()
        self.group.setEnabled(False)
        self.of_group.toggled.connect(self.group.setEnabled)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.of_group)
        row.addWidget(self.group, 1)
        return row

    async def _fetch_groups(self) -> None:
        documents = msgspec.convert(await self._desk.engine.call("policies") or [], list[DocumentText])
        names = sorted({each.name for each in documents if each.kind == "group" and each.name})
        for name in names:
            self.group.addItem(visible(name, 80), name)
        self.of_group.setEnabled(bool(names))

    @property
    def command(self) -> str:
        return "report"

    def arguments(self, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {"path": path, "kind": self.kind.chosen.value, "table": self.kind.table_name}
        if query := self.scope.query:
            said["query"] = query
        elif (vms := self.scope.vms) is not None:
            said["vms"] = vms
        elif self.of_group.isChecked():
            said["group"] = self.group.currentData()
        if (since := self.past.since) is not None:
            said["changes_since"] = since.isoformat()
        return said

    @property
    def target(self) -> Target:
        suffix = self.kind.chosen.suffix
        kind = f"{kind_words()[self.kind.chosen].split(' (')[0]} (*{suffix})"
        return Target(self.tr("Save the report as"), f"{datetime.now(UTC).astimezone():%Y-%m-%d}", suffix, kind)

    def errand(self, name: str) -> str:
        return self.tr("Write {0}").format(name)

    def done(self, result: int) -> None:
        self._look.stop()
        super().done(result)

    def _ask_how_far(self) -> None:
        self._desk.errands.run(self._how_far(), self.tr("Look how far it is"), lambda _: None, quiet=True)

    async def _how_far(self) -> None:
        share = await self._desk.engine.call("report_share", path=self._path)
        if isinstance(share, float):
            self.busy.setValue(int(share * 1000))

    async def _write(self, path: str) -> None:
        self._path = path
        self.busy.setValue(0)
        self._look.start()
        await super()._write(path)

    def _open(self, path: str) -> None:
        if self.open_it.isChecked():
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _failed(self, error: VmiError) -> None:
        self._look.stop()
        super()._failed(error)

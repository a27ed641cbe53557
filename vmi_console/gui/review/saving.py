"""Saving a snapshot: what of the estate, with how much of its past, for whose eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, slim_progress
from vmi_console.gui.review.opening import SUFFIX
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import number, size
from vmi_console.plain_text import visible

MOST_SELECTED = 100
"""VMs that a query can name one by one."""

LONGEST_TITLE = 200


class SaveDialog(QDialog):
    """Asks for what a snapshot is to hold, then for the file; the engine writes it whole or not at all."""

    saved = Signal(str, str)  # path, how large it is in words

    def __init__(self, parent: QWidget, desk: Desk, search: str, selection: Sequence[EntityId]) -> None:
        super().__init__(parent)
        self._desk = desk
        self._search = search.strip()
        self._selection = tuple(selection)
        self._under_way: Errand | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Save a snapshot"))
        self.setMinimumWidth(480)
        title = PlainLabel(self.tr("The estate as it is now, in a file"))
        title.setFont(title_font(self.font()))
        promise = PlainLabel(
            self.tr("It can be opened on another machine, without a hypervisor or a network. It holds no password."),
            Tone.MUTED,
        ).wrapped()
        self.name = QLineEdit(maxLength=LONGEST_TITLE, placeholderText=self.tr("What it is for"))
        self.whole = QRadioButton(self.tr("Everything: %Ln VM(s)", "", desk.replica.counts["vm"]))
        matches = len(desk.replica.matches) if desk.replica.searching else 0
        self.found = QRadioButton(self.tr("What the search finds: %Ln VM(s)", "", matches))
        self.found.setEnabled(matches > 0)
        self.found.setToolTip(visible(self._search, 300))
        self.selected = QRadioButton(self.tr("The selection: %Ln VM(s)", "", len(self._selection)))
        self.selected.setEnabled(0 < len(self._selection) <= MOST_SELECTED)
        if len(self._selection) > MOST_SELECTED:
            self.selected.setToolTip(
                self.tr("At most {0} can be named one by one; search for them").format(number(MOST_SELECTED))
            )
        (self.found if matches else self.whole).setChecked(True)
        part = QVBoxLayout()
        part.setSpacing(4)
        for choice in (self.whole, self.found, self.selected):
            part.addWidget(choice)
        self.past = QComboBox()
        for text, span in (
            (self.tr("no changes"), timedelta(0)),
            (self.tr("the changes of a day"), timedelta(days=1)),
            (self.tr("the changes of a week"), timedelta(days=7)),
            (self.tr("the changes of 30 days"), timedelta(days=30)),
            (self.tr("all changes that are kept"), None),
        ):
            self.past.addItem(text, span)
        self.past.setCurrentIndex(2)
        self.redact = QCheckBox(self.tr("Replace names, addresses and users"))
        self.redact.setToolTip(
            self.tr("The same by the same everywhere, so that it can be looked at without saying whose estate it is")
        )
        self.redact.toggled.connect(lambda redacted: self.name.setEnabled(not redacted))  # a title tells, too
        self.sign = QCheckBox(self.tr("Sign it with the key of this console"))
        self.sign.setToolTip(self.tr("Whoever opens it sees that it is unchanged, and by which key it was signed"))
        form = QFormLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GROUP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Title"), self.name)
        form.addRow(self.tr("What"), part)
        form.addRow(self.tr("With"), self.past)
        others = QVBoxLayout()
        others.setSpacing(4)
        others.addWidget(self.redact)
        others.addWidget(self.sign)
        form.addRow(self.tr("For others"), others)
        self.busy = slim_progress()
        self.busy.setRange(0, 0)
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save = QPushButton(self.tr("Save as…"))
        self.save.setProperty("primary", True)
        self.save.setDefault(True)
        self.buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(promise)
        layout.addLayout(form)
        layout.addWidget(self.busy)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)

    def arguments(self, path: str) -> dict[str, Any]:
        """Of the engine's command."""
        select = ""
        if self.found.isChecked():
            select = self._search
        elif self.selected.isChecked():
            select = f"id in {msgspec.json.encode(self._selection).decode()}"
        span = self.past.currentData()
        since = datetime.fromtimestamp(0, UTC) if span is None else datetime.now(UTC) - span
        return {
            "path": path,
            "title": self.name.text().strip() if self.name.isEnabled() else "",
            "select": select,
            "changes_since": since.isoformat() if span != timedelta(0) else None,
            "redact": self.redact.isChecked(),
            "sign": self.sign.isChecked(),
        }

    def save_to(self, path: str) -> None:
        """Writes the file; the dialog closes when it is there."""
        path = path if path.lower().endswith(SUFFIX) else path + SUFFIX
        self.message.setText("")
        self.busy.show()
        self.save.setEnabled(False)
        name = self.tr("Save {0}").format(visible(Path(path).name, 80))
        self._under_way = self._desk.errands.run(self._write(path), name, self._failed)

    def done(self, result: int) -> None:
        if self._under_way is not None and result != QDialog.DialogCode.Accepted:
            self._under_way.cancel()  # nothing is left of a file that is not whole
        super().done(result)

    def _ask(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Save the snapshot as"), f"{datetime.now(UTC).astimezone():%Y-%m-%d-%H%M}{SUFFIX}"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Snapshots (*{0})").format(SUFFIX))
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    async def _write(self, path: str) -> None:
        said = await self._desk.engine.call("snapshot", **self.arguments(path)) or {}
        self.saved.emit(path, size(int(said.get("file_bytes", 0))))
        self.accept()

    def _failed(self, error: VmiError) -> None:
        self.busy.hide()
        self.save.setEnabled(True)
        self.message.setText(visible(str(error), 400))

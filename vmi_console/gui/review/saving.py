"""Saving a snapshot: what of the estate, with how much of its past, for whose eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.export import ExportDialog, Target
from vmi_console.gui.dialogs.scope import PastChoice, ScopeChoice
from vmi_console.gui.review.opening import SUFFIX

MOST_SELECTED = 100
"""VMs that a query can name one by one."""

LONGEST_TITLE = 200


class SaveDialog(ExportDialog):
    """Asks for what a snapshot is to hold."""

    def __init__(self, parent: QWidget, desk: Desk, search: str, selection: Sequence[EntityId]) -> None:
        super().__init__(parent, desk)
        self.setWindowTitle(self.tr("Save a snapshot"))
        self.setMinimumWidth(480)
        self.name = QLineEdit(maxLength=LONGEST_TITLE, placeholderText=self.tr("What it is for"))
        self.scope = ScopeChoice(desk.replica, search, selection, MOST_SELECTED)
        self.past = PastChoice(endless=True)
        self.redact = QCheckBox(self.tr("Replace names, addresses and users"))
        self.redact.setToolTip(
            self.tr("The same by the same everywhere, so that it can be looked at without saying whose estate it is")
        )
        self.redact.toggled.connect(lambda redacted: self.name.setEnabled(not redacted))  # a title tells, too
        self.sign = QCheckBox(self.tr("Sign it with the key of this console"))
        self.sign.setToolTip(self.tr("Whoever opens it sees that it is unchanged, and by which key it was signed"))
        others = QVBoxLayout()
        others.setSpacing(4)
        others.addWidget(self.redact)
        others.addWidget(self.sign)
        self.form.addRow(self.tr("Title"), self.name)
        self.form.addRow(self.tr("What"), self.scope)
        self.form.addRow(self.tr("With"), self.past)
        self.form.addRow(self.tr("For others"), others)
        self.busy.setRange(0, 0)
        self.lay_out(
            self.tr("The estate as it is now, in a file"),
            self.tr("It can be opened on another machine, without a hypervisor or a network. It holds no password."),
        )

    @property
    def command(self) -> str:
        return "snapshot"

    def arguments(self, path: str) -> dict[str, Any]:
        select, since = self.scope.query, self.past.since
        if self.scope.vms is not None:
            select = f"id in {msgspec.json.encode(self.scope.vms).decode()}"
        return {
            "path": path,
            "title": self.name.text().strip() if self.name.isEnabled() else "",
            "select": select,
            "changes_since": since.isoformat() if since is not None else None,
            "redact": self.redact.isChecked(),
            "sign": self.sign.isChecked(),
        }

    @property
    def target(self) -> Target:
        name = f"{datetime.now(UTC).astimezone():%Y-%m-%d-%H%M}"
        return Target(self.tr("Save the snapshot as"), name, SUFFIX, self.tr("Snapshots (*{0})").format(SUFFIX))

    def errand(self, name: str) -> str:
        return self.tr("Save {0}").format(name)

"""How much of the estate, and of its past, is to leave the console: choices of a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtWidgets import QComboBox, QRadioButton, QVBoxLayout

from vmi_console.estate.identity import EntityId
from vmi_console.gui.replica import Replica
from vmi_console.gui.wording import number
from vmi_console.plain_text import visible


class ScopeChoice(QVBoxLayout):
    """The whole estate, what a search finds, or what is selected; what there is none of cannot be chosen."""

    def __init__(
        self, replica: Replica, search: str, selection: Sequence[EntityId], most_selected: int | None = None
    ) -> None:
        """`most_selected`: so many VMs can be named one by one; None: any number."""
        super().__init__()
        self._search = search.strip()
        self._selection = tuple(selection)
        matches = len(replica.matches) if replica.searching else 0
        self.whole = QRadioButton(self.tr("Everything: %Ln VM(s)", "", replica.counts["vm"]))
        self.found = QRadioButton(self.tr("What the search finds: %Ln VM(s)", "", matches))
        self.found.setEnabled(matches > 0)
        self.found.setToolTip(visible(self._search, 300))
        self.selected = QRadioButton(self.tr("The selection: %Ln VM(s)", "", len(self._selection)))
        self.selected.setEnabled(bool(self._selection))
        if most_selected is not None and len(self._selection) > most_selected:
            self.selected.setEnabled(False)
            self.selected.setToolTip(
                self.tr("At most {0} can be named one by one; search for them").format(number(most_selected))
            )
        (self.found if matches else self.whole).setChecked(True)
        self.setSpacing(4)
        for choice in (self.whole, self.found, self.selected):
            self.addWidget(choice)

    @property
    def query(self) -> str:
        """The search, where what it finds is chosen; otherwise empty."""
        return self._search if self.found.isChecked() else ""

    @property
    def vms(self) -> tuple[EntityId, ...] | None:
        """The VMs that are selected, where these are chosen."""
        return self._selection if self.selected.isChecked() else None


class PastChoice(QComboBox):
    """The changes of how long go with it; those of a week until another span is chosen."""

    def __init__(self, *, endless: bool = False) -> None:
        """`endless`: all changes that are kept can be chosen as well."""
        super().__init__()
        self.addItem(self.tr("no changes"), timedelta(0))
        self.addItem(self.tr("the changes of a day"), timedelta(days=1))
        self.addItem(self.tr("the changes of a week"), timedelta(days=7))
        self.addItem(self.tr("the changes of 30 days"), timedelta(days=30))
        if endless:
            self.addItem(self.tr("all changes that are kept"), None)
        self.setCurrentIndex(2)

    @property
    def since(self) -> datetime | None:
        """When the chosen span began; None where no changes are wanted."""
        span = self.currentData()
        if span is None:
            return datetime.fromtimestamp(0, UTC)
        return datetime.now(UTC) - span if span else None

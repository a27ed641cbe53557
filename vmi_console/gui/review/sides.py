"""What is chosen to be compared: a moment, out of the history or a file, or a VM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from vmi_console.engine.compare_commands import Which
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.opening import SUFFIX
from vmi_console.gui.review.words import time_meant, typed
from vmi_console.gui.theme import GAP
from vmi_console.plain_text import visible

SHOWN = ""  # of a choice: what the window shows
FILE = "file"  # it is to be asked for
TIME = "time"  # it is to be said
MOST_OFFERED = 50
CHOICE_WIDTH, TIME_WIDTH = 190, 168  # pixels


class Side(QWidget):
    """One of two moments: what is shown, a recorded time, or a snapshot file."""

    picked = Signal()

    def __init__(self, name: str, shown: str, files: Sequence[str], now: datetime, *, remembers: bool) -> None:
        """`remembers`: there is a history, and times before `now` can be chosen."""
        super().__init__()
        self._name = name
        self._now = now
        self.choice = QComboBox()
        self.choice.setAccessibleName(name)
        self.choice.setFixedWidth(CHOICE_WIDTH)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.addItem(shown, SHOWN)
        if remembers:
            for text, at in self._spans(now):
                self.choice.addItem(text, at.timestamp())
            self.choice.addItem(self.tr("Another time…"), TIME)
        for path in files:
            self._add(path)
        self.choice.addItem(self.tr("A snapshot file…"), FILE)
        self.time = QLineEdit(typed(now))
        self.time.setAccessibleName(self.tr("{0}: date and time").format(name))
        self.time.setToolTip(self.tr("A date, a date and time, or so long ago: 2026-03-01, 2026-03-01 14:05, -2h, -3d"))
        self.time.setFixedWidth(TIME_WIDTH)
        self.time.hide()
        self._last = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.choice)
        row.addWidget(self.time)
        self.setFocusProxy(self.choice)
        self.choice.activated.connect(self._chosen)
        self.time.textChanged.connect(self._typed)

    @property
    def which(self) -> Which | None:
        """The moment that is chosen; None where what was typed is no time."""
        if self.time.isHidden():
            return Which(path=str(self.choice.itemData(self._last)))
        at = time_meant(self.time.text(), self._now, self._now)
        return Which(at=at) if at is not None else None

    def choose(self, path: str) -> None:
        """From now on this snapshot, or what is shown."""
        if self.choice.findData(path) < 0:
            self._add(path, self.choice.count() - 1)
        self._take(self.choice.findData(path))

    def choose_time(self, at: datetime) -> None:
        """From now on a recorded time."""
        self.time.setText(typed(at))
        self._take(self.choice.findData(TIME))

    def choose_recent(self) -> None:
        """From now on the latest of the times that are offered."""
        self._take(1)

    def _take(self, place: int) -> None:
        data = self.choice.itemData(place)
        self._last = place
        self.choice.setCurrentIndex(place)
        if isinstance(data, float):  # Qt would take a datetime for one of its own, without its zone
            self.time.setText(typed(datetime.fromtimestamp(data, UTC)))
        self.time.setVisible(data == TIME or isinstance(data, float))
        self.picked.emit()

    def _typed(self) -> None:
        wrong = self.which is None
        if wrong != self.time.property("wrong"):
            self.time.setProperty("wrong", wrong)
            self.time.style().unpolish(self.time)
            self.time.style().polish(self.time)
        self.picked.emit()

    def _spans(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        yield self.tr("An hour ago"), now - timedelta(hours=1)
        yield self.tr("A day ago"), now - timedelta(days=1)
        local = now.astimezone()
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        yield self.tr("Since Monday"), (midnight - timedelta(days=local.weekday())).astimezone(UTC)
        yield self.tr("A week ago"), now - timedelta(days=7)
        yield self.tr("Thirty days ago"), now - timedelta(days=30)

    def _add(self, path: str, place: int | None = None) -> None:
        place = self.choice.count() if place is None else place
        self.choice.insertItem(place, visible(Path(path).name, 80), path)
        self.choice.setItemData(place, tooltip(visible(path, 500)), Qt.ItemDataRole.ToolTipRole)

    def _chosen(self, place: int) -> None:
        if self.choice.itemData(place) != FILE:
            self._take(place)
            return
        self.choice.setCurrentIndex(self._last)
        dialog = QFileDialog(self, self._name)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Snapshots (*{0})").format(SUFFIX), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.choose)
        dialog.open()


class VmBox(QLineEdit):
    """A VM by its name, which is completed while it is typed. Of several of one name the host tells them apart."""

    picked = Signal()

    def __init__(self, name: str, replica: Replica) -> None:
        super().__init__(clearButtonEnabled=True)
        self._replica = replica
        self.vm: EntityId | None = None
        self._offered: dict[str, EntityId] = {}
        self._texts = QStringListModel(self)
        completer = QCompleter(self._texts, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.setAccessibleName(name)
        self.setPlaceholderText(self.tr("Name of a VM"))
        self.setMinimumWidth(290)
        self.textEdited.connect(self._typed)
        completer.activated.connect(self._take)

    def choose(self, vm: EntityId | None) -> None:
        """From now on this VM."""
        record = self._replica.records.get(vm) if vm is not None else None
        self.vm = vm if isinstance(record, VM) else None
        self.setText(self._text(record) if isinstance(record, VM) else "")
        self.setCursorPosition(0)
        self.picked.emit()

    def _typed(self, text: str) -> None:
        """Offers whose names contain every word, templates first; exactly one of that name is taken at once."""
        words = text.casefold().split()
        found = [
            record
            for record in self._replica.records.values()
            if isinstance(record, VM) and all(word in record.name.casefold() for word in words)
        ]
        found.sort(key=lambda vm: (not vm.template, len(vm.name), vm.name))
        self._offered = {self._text(vm): vm.id for vm in found[:MOST_OFFERED]}
        self._texts.setStringList(list(self._offered))
        exact = [vm.id for vm in found if vm.name.casefold() == text.strip().casefold()]
        self.vm = exact[0] if len(exact) == 1 else self._offered.get(text)
        self.picked.emit()

    def _take(self, text: str) -> None:
        self.vm = self._offered.get(text)
        self.picked.emit()

    def _text(self, vm: VM) -> str:
        host = self._replica.records.get(vm.host) if vm.host is not None else None
        where = f" – {visible(host.name, 60)}" if host is not None else ""
        return f"{visible(vm.name, 80)}{where}"

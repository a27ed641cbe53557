"""Opening snapshot files: from the menu, dropped on the window, or again; in a window that is empty, else beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from vmi_console.gui.actions import Actions, Entry
from vmi_console.gui.another_window import open_another
from vmi_console.gui.desk import Desk
from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.plain_text import visible

SUFFIX = ".vmisnap"
RECENT = 8
MEMORY = "recent-snapshots"  # what the preferences call them


class SnapshotActions(QObject):
    """What can be done about snapshot files."""

    opened = Signal(str)  # path: it is to be shown in this window
    save_wanted = Signal()
    compare_wanted = Signal()
    gold_wanted = Signal()

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        make = Actions(window).make
        self.open = make(
            self.tr("Open snapshot…"),
            self.ask,
            self.tr("Look at an estate that somebody saved: offline, and with nothing that acts"),
            QKeySequence.StandardKey.Open,
            "open-snapshot",
        )
        self.save = make(
            self.tr("Save snapshot…"),
            lambda: self.save_wanted.emit(),
            self.tr("Keep the estate as it is now in a file, to look at it later or somewhere else"),
            QKeySequence.StandardKey.Save,
            "save",
            acts=True,
        )
        self.compare = make(
            self.tr("What changed between…"),
            lambda: self.compare_wanted.emit(),
            self.tr("Hold two moments against each other, recorded ones or snapshots, by what made them different"),
            "Ctrl+Shift+D",
            "changed",
        )
        self.compare_gold = make(
            self.tr("Compare with a gold image…"),
            lambda: self.gold_wanted.emit(),
            self.tr("What this VM has otherwise than the one it was made from, or should be like"),
            "Ctrl+Shift+I",
            "baseline",
        )
        self._again = make(self.tr("Open again"), self._open_last, self.tr("The snapshot that was opened last"))
        self._recent = QMenu(self.tr("Open again"), window)
        self._recent.setToolTipsVisible(True)
        self._recent.aboutToShow.connect(self._fill)
        self._again.setMenu(self._recent)
        self._again.setEnabled(bool(self.recent()))

    @property
    def actions_for_menu(self) -> tuple[Entry, ...]:
        return self.open, self._again, self.save, self.compare, self.compare_gold

    def ask(self) -> None:
        """Asks for a file, and opens it."""
        last = self.recent()[:1]
        dialog = QFileDialog(self._window, self.tr("Open a snapshot"), str(Path(last[0]).parent) if last else "")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Snapshots (*{0})").format(SUFFIX), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.show_file)
        dialog.open()

    def show_file(self, path: str) -> None:
        """Opens a file: here where there is nothing else, in another window otherwise."""
        path = str(Path(path).absolute())
        self._note(path)
        if self._desk.replica.counts["connection"] == 0 and self._desk.replica.review is None:
            self.opened.emit(path)
        else:
            open_another(path)

    def recent(self) -> list[str]:
        """Paths of files that were opened, the last one first."""
        stored = self._desk.preferences.remembered(MEMORY)
        try:
            return [] if stored is None else msgspec.json.decode(stored.data(), type=list[str])[:RECENT]
        except msgspec.MsgspecError:
            return []

    def _note(self, path: str) -> None:
        known = [path, *(each for each in self.recent() if each != path)]
        self._desk.preferences.remember(MEMORY, msgspec.json.encode(known[:RECENT]))
        self._again.setEnabled(True)

    def _open_last(self) -> None:
        for path in self.recent()[:1]:
            self.show_file(path)

    def _fill(self) -> None:
        self._recent.clear()
        for path in self.recent():
            action: QAction = self._recent.addAction(action_text(visible(Path(path).name, 80)))
            action.setToolTip(tooltip(visible(path, 500)))
            action.triggered.connect(lambda _=False, path=path: self.show_file(path))


def dropped(data: QMimeData) -> list[str]:
    """The snapshot files among what is dropped."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(SUFFIX)]

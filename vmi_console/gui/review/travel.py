"""Going to another time and back, as actions of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.review.words import day_and_time
from vmi_console.plain_text import visible
from vmi_console.settings import Workspace


class Travel(QObject):
    """Without `visits` (a window whose engine is given) there is no going anywhere."""

    refused = Signal(object)  # VmiError

    def __init__(self, window: QWidget, desk: Desk, visits: Visits | None, workspace: Workspace | None) -> None:
        super().__init__(window)
        self._desk = desk
        self._visits = visits
        self._workspace = workspace
        make = Actions(window).make
        self.back = make(
            self.tr("Back to now"), self.go_back, self.tr("Show the estate as it is now"), "Ctrl+Shift+0", "state-live"
        )
        if visits is not None:
            visits.refused.connect(self._refused)
            visits.moved.connect(self._enable)
        desk.replica.review_moved.connect(self._enable)
        self._enable()

    def open_snapshot(self, path: str) -> None:
        """Shows a snapshot file in this window."""
        if self._visits is not None:
            name = self.tr("Read {0}").format(visible(Path(path).name, 80))
            self._visits.go(PrivateEngine.of_snapshot(Path(path)), name)

    def go_back(self) -> None:
        """To the estate as it is now."""
        if self._visits is not None:
            self._visits.back()

    def _refused(self, error: VmiError) -> None:
        if self._visits is not None and self._visits.living is not None:  # else it is what the link has to say
            self.refused.emit(error)

    def title(self) -> str:
        """Of the window."""
        review = self._desk.replica.review
        if review is None:
            return self.tr("VMI Console")
        at = day_and_time(review.at)
        if not review.path:
            return self.tr("As it was on {0} – VMI Console").format(at)
        return self.tr("{0} – snapshot of {1} – VMI Console").format(visible(Path(review.path).name, 80), at)

    def _enable(self) -> None:
        replica = self._desk.replica
        self.back.setEnabled(replica.review is not None and replica.has_living)
        snapshot = replica.review is not None and bool(replica.review.path)
        self.back.setText(self.tr("Close the snapshot") if snapshot else self.tr("Back to now"))

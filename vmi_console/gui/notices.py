"""What the operator must know now, in lines across the window: about the engine, a connection, and anything else."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.gui.banner import Banner
from vmi_console.gui.connection_actions import ConnectionActions
from vmi_console.gui.mishaps import Mishap
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import CONNECTION
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import clock
from vmi_console.plain_text import visible


class Notices(QWidget):
    """Three banners, each there only while it has something to say. An engine's trouble comes before a connection's."""

    chosen = Signal(str)  # EntityId
    finding_chosen = Signal(str)  # its id
    details_wanted = Signal(object)  # Mishap

    def __init__(self, replica: Replica, connections: ConnectionActions) -> None:
        super().__init__()
        self._replica = replica
        self._connections = connections
        self.engine = Banner(Tone.WARNING, "state-stale", dismissible=False)
        self.connection = Banner(Tone.WARNING, "state-degraded", dismissible=False)
        self.other = Banner(Tone.WARNING, "state-degraded", dismissible=True)
        self._show = QAction(self.tr("Show"), self)
        self._about = ""
        self._finding = ""
        self._show_finding = QAction(self.tr("Show"), self)
        self._show_finding.triggered.connect(lambda: self.finding_chosen.emit(self._finding))
        self._details = QAction(self.tr("Details"), self)
        self._mishap: Mishap | None = None
        self._details.triggered.connect(lambda: self.details_wanted.emit(self._mishap))
        self._show.triggered.connect(lambda: self.chosen.emit(self._about))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for banner in (self.engine, self.other, self.connection):
            column.addWidget(banner)
        replica.link_moved.connect(self._link_moved)
        replica.refreshed.connect(self.tell_trouble)
        replica.noticed_now.connect(lambda notice: self.say(notice.text, notice.advice))
        self._link_moved()

    def say(self, text: str, more: str = "", entity: str = "") -> None:
        """Something that has no better place; `entity` is what it is about, if about any."""
        self._about = entity
        self.other.say(text, more, self._show if entity else None)

    def say_finding(self, text: str, more: str, finding: str) -> None:
        """New findings; the worst of them can be shown."""
        self._finding = finding
        self.other.say(text, more.replace("\n", " · "), self._show_finding)

    def say_mishap(self, headline: str, mishap: Mishap) -> None:
        """Something unexpected happened; whoever wants to know more can."""
        self._mishap = mishap
        self.other.say(headline, "", self._details)

    def say_error(self, error: VmiError) -> None:
        """A command failed."""
        self.say(error.message, error.advice)

    def tell_trouble(self) -> None:
        """What is wrong with the connection of what is selected, and what helps."""
        trouble = self._connections.trouble
        if trouble is None or not self._replica.link.up:
            self.connection.hide()
            return
        connection, remedy = trouble
        health = connection.health
        what = self.tr("{0}: {1}").format(connection.name, health.reason or CONNECTION[health.state].word)
        self.connection.say(what, health.prospects, remedy)

    def _link_moved(self) -> None:
        link = self._replica.link
        if link.up or not self._replica.was_linked:
            self.engine.hide()
            if not link.up and link.reason:
                self.engine.say(link.reason, link.advice)
        else:
            known = self.tr("What is shown was known at {0}: {1}")
            self.engine.say(known.format(clock(link.since), visible(link.reason)), link.advice)
        self.tell_trouble()

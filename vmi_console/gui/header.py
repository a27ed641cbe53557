"""The line that answers at first glance: is what I see live, and how much of it is there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from vmi_console.engine.protocol import Posture
from vmi_console.estate.records import State
from vmi_console.gui import icons
from vmi_console.gui.findings.describing import percent
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import LIVELY, Replica
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.states import CONNECTION, STALE, Look
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.wording import clock


class Pulse(QWidget):
    """The state of everything in an icon and a word, the counts, and how much is wrong."""

    findings_wanted = Signal()

    def __init__(self, replica: Replica, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._icon = QLabel()
        self.state = PlainLabel()
        self.counts = ElidedLabel(tone=Tone.MUTED)  # gives way to the search
        self.counts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.findings = QToolButton()
        self.findings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.findings.clicked.connect(lambda: self.findings_wanted.emit())
        self.findings.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self.state)
        row.addSpacing(GROUP - 6)
        row.addWidget(self.counts)
        row.addWidget(self.findings)
        replica.refreshed.connect(self._show)
        replica.link_moved.connect(self._show)
        replica.review_moved.connect(self._show)
        replica.link_moved.connect(self._show_findings)
        replica.verdicts.moved.connect(self._show_findings)
        replica.verdicts.posture_moved.connect(self._show_findings)
        Theme.current.changed.connect(self._show)
        Theme.current.changed.connect(self._show_findings)
        self._show()

    def _show(self) -> None:
        look, word, why = self._verdict()
        self._icon.setPixmap(icons.pixmap(look.icon, look.tone, ratio=self.devicePixelRatioF()))
        self.state.setText(word)
        self.state.set_tone(look.tone)
        self.state.setToolTip(tooltip(why))
        counts = self._replica.counts
        parts = (
            self.tr("%Ln host(s)", "", counts["host"]),
            self.tr("%Ln VM(s)", "", counts["vm"]),
            self.tr("%Ln connection(s)", "", counts["connection"]),
        )
        self.counts.setText(" · ".join(parts) if counts["connection"] else "")

    def _show_findings(self) -> None:
        """How many findings are open, in the shape of the worst, and of how much anybody can tell."""
        verdicts = self._replica.verdicts
        posture = verdicts.posture
        worst = verdicts.worst
        self.findings.setVisible(bool(posture.policies) or worst is not None)
        look = SEVERITY[worst] if worst is not None else _calm(posture)
        tone = look.tone if self._replica.link.up else Tone.MUTED
        self.findings.setIcon(icons.icon(look.icon, tone))
        told = self.tr("%Ln finding(s)", "", verdicts.open.total())
        coverage = self.tr("coverage {0}").format(percent(posture.score.coverage_percent))
        self.findings.setText(f"{told} · {coverage}")
        counts = [
            f"{verdicts.open[severity]} {seen.word}" for severity, seen in SEVERITY.items() if verdicts.open[severity]
        ]
        unknown = self.tr("of %Ln judgement(s) nobody can tell", "", posture.score.unknown)
        self.findings.setToolTip(tooltip(", ".join(counts), unknown if posture.score.unknown else ""))

    def _verdict(self) -> tuple[Look, str, str]:
        """How it looks, the word, and why."""
        link = self._replica.link
        if not link.up:
            if not self._replica.was_linked:
                if link.reason and not self._replica.has_living:
                    return CONNECTION[State.UNSUPPORTED], self.tr("Nothing is open"), link.reason
                return CONNECTION[State.CONNECTING], self.tr("Starting"), link.reason
            return STALE, self.tr("Stale since {0}").format(clock(link.since)), link.reason
        connections = self._replica.connections()
        if (review := self._replica.review) is not None:
            word = self.tr("Snapshot") if review.path else self.tr("As it was")
            return CONNECTION[State.RECORDED], word, day_and_time(review.at)
        if not connections:
            return CONNECTION[State.CONNECTING], self.tr("Not connected"), ""
        live = [connection for connection in connections if connection.health.state in LIVELY]
        if len(live) == len(connections):
            return CONNECTION[State.LIVE], self.tr("Live"), self.tr("every connection answers")
        told = self.tr("{0} of {1} live").format(len(live), len(connections))
        others = [connection for connection in connections if connection not in live]
        if all(connection.health.state is State.CONNECTING for connection in others):
            return CONNECTION[State.CONNECTING], told if live else self.tr("Connecting"), ""
        return (
            STALE,
            told,
            ", ".join(f"{other.name[:60]}: {CONNECTION[other.health.state].word}" for other in others[:10]),
        )


def _calm(posture: Posture) -> Look:
    """How it looks where nothing is wrong: what is not known is no pass."""
    if posture.evaluating:
        return CONNECTION[State.CONNECTING]
    if not posture.score.coverage_percent:
        return Look("vm-unknown", "", Tone.MUTED)
    return Look("check", "", Tone.MUTED if posture.score.unknown else Tone.GOOD)

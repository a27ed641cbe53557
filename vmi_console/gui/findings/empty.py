"""What stands in place of findings: what to do next where nothing is demanded, calm where everything holds."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.wording import number
from vmi_console.plain_text import visible

PICTURE = 28


class Nothing(QWidget):
    """A picture, a sentence, what it rests on, and the next step where there is one."""

    folder_wanted = Signal()
    editor_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._look = "check", Tone.GOOD
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(PICTURE, PICTURE))
        self._title = PlainLabel().wrapped()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._more = PlainLabel(tone=Tone.MUTED).wrapped()
        self._folder = QPushButton(self.tr("Open a folder of policies…"))
        self._write = QPushButton(self.tr("Write a policy…"))
        self._clear = QPushButton(self.tr("Clear the filters"))
        self._folder.clicked.connect(lambda: self.folder_wanted.emit())
        self._write.clicked.connect(lambda: self.editor_wanted.emit())
        self._clear.clicked.connect(lambda: self.clear_wanted.emit())
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GAP)
        column.addStretch(1)
        column.addWidget(self._picture, 0, centre)
        for label in (self._title, self._more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addStretch(1)
        for button in (self._folder, self._write, self._clear):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        Theme.current.changed.connect(self._paint)

    def tell(self, *, hidden: bool, narrowed: bool) -> None:
        """`hidden`: there are findings that the filters do not let through; `narrowed`: the operator set some."""
        verdicts = self._desk.replica.verdicts
        posture = verdicts.posture
        open_now = sum(verdicts.open.values())
        clear = folder = write = False
        if hidden and (narrowed or open_now):
            clear = True
            self._say("search", Tone.MUTED, self.tr("No finding passes the filters"), "")
        elif not self._desk.replica.link.up or not verdicts.judged:
            self._say(
                "state-connecting", Tone.MUTED, self.tr("Not known yet"), self.tr("The engine has not judged anything.")
            )
        elif not self._desk.replica.knows_policies:
            folder = True
            more = self.tr("Which policies were in force is not recorded. Open a folder of them to judge that time.")
            self._say("info", Tone.ACCENT, self.tr("No finding was open then"), more)
        elif not posture.policies:
            folder = write = True
            more = self.tr(
                "A policy says what must hold for a group of VMs. Put policy files into {0}, or open the folder where"
                " yours are."
            )
            wrong = visible(str(posture.problems[0]), 300) if posture.problems else ""
            told = "\n".join(filter(None, (more.format(visible(posture.folder, 200)), wrong)))
            self._say("info", Tone.ACCENT, self.tr("No policy is in force, so nothing can be wrong"), told)
        elif posture.evaluating:
            self._say("state-connecting", Tone.ACCENT, self.tr("Judging…"), self._coverage())
        elif posture.score.unknown:
            self._say("check", Tone.MUTED, self.tr("Nothing is known to be wrong"), self._coverage())
        else:
            self._say("check", Tone.GOOD, self.tr("Everything holds"), self._coverage())
        self._clear.setVisible(clear)
        self._folder.setVisible(folder)
        self._write.setVisible(write)

    def _coverage(self) -> str:
        posture = self._desk.replica.verdicts.posture
        policies = self.tr("%Ln policy file(s)", "", sum(each.enabled for each in posture.policies))
        judged = self.tr("{0} judgements").format(number(posture.score.total))
        percent = posture.score.coverage_percent
        if percent is None:
            return self.tr("{0}, but no VM that they concern.").format(policies)
        coverage = self.tr("coverage {0} %").format(f"{percent:.0f}")
        told = f"{policies} · {judged} · {coverage}"
        if posture.score.unknown:
            unknown = self.tr("of %Ln nobody can tell", "", posture.score.unknown)
            told = f"{told}, {unknown}"
        return told

    def _say(self, icon: str, tone: Tone, title: str, more: str) -> None:
        self._look = icon, tone
        self._title.setText(title)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._paint()

    def _paint(self) -> None:
        icon, tone = self._look
        self._picture.setPixmap(icons.pixmap(icon, tone, PICTURE, self.devicePixelRatioF()))

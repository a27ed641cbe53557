"""The dashboard: figures, two pictures over time, the worst VMs and policies. Nothing moves while nobody looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vmi_console.engine.protocol import PolicyStanding
from vmi_console.gui import icons
from vmi_console.gui.dashboard.courses import Ranked, Span, course, rate, worst_policies, worst_vms
from vmi_console.gui.dashboard.pictures import Changes, OpenFindings
from vmi_console.gui.dashboard.tiles import Ranking, Tile
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.describing import percent
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font
from vmi_console.gui.wording import number
from vmi_console.gui.work import Work
from vmi_console.plain_text import visible
from vmi_console.policy.judgement import Severity

RANKED = 8
AGAIN_MS = 2_000
"""How often it is brought up to date at most; and the clock moves the pictures as often as a bucket is long."""

HOURS = 1, 24, 168
REMEMBERED = "dashboard-hours"


class Dashboard(QScrollArea):
    """Every figure leads to the list behind it."""

    chosen = Signal(str)  # EntityId
    findings_wanted = Signal(str, object)  # text to filter by, least Severity
    changes_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._verdicts = desk.replica.verdicts
        self._work = Work(self)
        self._due = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._due.timeout.connect(self._bring_up_to_date)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._bring_up_to_date)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Dashboard"))
        page = QWidget()
        page.setObjectName("sheet")
        self.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GROUP)
        column.addLayout(self._make_headline())
        column.addLayout(self._make_tiles())
        column.addLayout(self._make_pictures(), 3)
        column.addLayout(self._make_rankings(), 2)
        for signal in (self._verdicts.moved, self._verdicts.posture_moved, desk.replica.refreshed):
            signal.connect(self._soon)
        desk.replica.link_moved.connect(self._soon)
        Theme.current.changed.connect(self._paint)

    @property
    def busy(self) -> bool:
        return self._work.busy or self._due.isActive()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_headline(self) -> QHBoxLayout:
        self._picture = QLabel()
        self._picture.setFixedSize(24, 24)
        self.headline = PlainLabel()
        self.headline.setFont(title_font(self.font()))
        self.basis = ElidedLabel(tone=Tone.MUTED)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._picture)
        row.addWidget(self.headline)
        row.addSpacing(GROUP)
        row.addWidget(self.basis, 1)
        self._look = "state-connecting", Tone.MUTED
        return row

    def _make_tiles(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self.tiles: dict[Severity, Tile] = {}
        for severity, look in SEVERITY.items():
            tip = self.tr("Show the findings of this severity and worse")
            tile = self.tiles[severity] = Tile(look.icon, look.word, tip)
            tile.clicked.connect(partial(self._want, "", severity))
            row.addWidget(tile, 1)
        self.score = Tile("check", self.tr("of what is known holds"), self.tr("Show all findings"))
        self.coverage = Tile("search", self.tr("coverage: so much is known"), self.tr("Show all findings"))
        for tile in (self.score, self.coverage):
            tile.clicked.connect(partial(self._want, "", Severity.LOW))
            row.addWidget(tile, 2)
        return row

    def _make_pictures(self) -> QGridLayout:
        self.hours = QComboBox()
        self.hours.setAccessibleName(self.tr("Range of time"))
        for hours, text in zip(HOURS, (self.tr("1 hour"), self.tr("24 hours"), self.tr("7 days")), strict=True):
            self.hours.addItem(text, hours)
        remembered = self._desk.preferences.remembered(REMEMBERED)
        place = self.hours.findData(int(bytes(remembered.data()) or 0)) if remembered is not None else 0
        self.hours.setCurrentIndex(max(0, place))
        self.hours.currentIndexChanged.connect(self._choose_hours)
        self.open = OpenFindings(self.tr("Open findings"))
        self.changes = Changes(self.tr("Changes seen"))
        self.open.clicked.connect(partial(self._want, "", Severity.LOW))
        self.changes.clicked.connect(self.changes_wanted)
        left = QHBoxLayout()
        left.addWidget(_heading(self.tr("Open findings")))
        left.addStretch(1)
        left.addWidget(self.hours)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GROUP)
        grid.setVerticalSpacing(GAP)
        grid.addLayout(left, 0, 0)
        grid.addWidget(_heading(self.tr("Changes seen")), 0, 1)
        grid.addWidget(self.open, 1, 0)
        grid.addWidget(self.changes, 1, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setRowStretch(1, 1)
        return grid

    def _make_rankings(self) -> QGridLayout:
        vm_columns = self.tr("VM"), self.tr("Worst"), self.tr("Open")
        self.vms = Ranking(Table(self.tr("Worst VMs"), vm_columns, (40, 18, 30), (), ""))
        columns = self.tr("Policy"), self.tr("VMs"), self.tr("Score"), self.tr("Coverage")
        self.policies = Ranking(Table(self.tr("Worst policies"), columns, (36, 9, 30, 30), (), ""))
        self.vms.led.connect(self.chosen)
        self.policies.led.connect(lambda name: self._want(name, Severity.LOW))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GROUP)
        grid.setVerticalSpacing(GAP)
        self._no_vm = PlainLabel(self.tr("No VM has an open finding."), Tone.MUTED)
        for place, (title, view) in enumerate(
            ((self.tr("Worst VMs"), self.vms), (self.tr("Worst policies"), self.policies))
        ):
            grid.addWidget(_heading(title), 0, place)
            grid.addWidget(view, 1, place, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(place, 1)
        grid.addWidget(self._no_vm, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(2, 1)
        return grid

    # --- keeping up -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._bring_up_to_date()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._due.stop()
        self._tick.stop()

    def _choose_hours(self) -> None:
        self._desk.preferences.remember(REMEMBERED, str(self.hours.currentData()).encode())
        self._bring_up_to_date()

    def _soon(self) -> None:
        if self.isVisible() and not self._due.isActive():
            self._due.start()

    def _bring_up_to_date(self) -> None:
        if self.isVisible() and not self._work.busy:
            self._work.start(self._steps())

    def _steps(self) -> Iterator[None]:
        self._tell()
        yield
        span = Span(self._desk.replica.now, timedelta(hours=self.hours.currentData()))
        self._tick.start(max(AGAIN_MS, int(span.length.total_seconds() * 1000 / span.buckets)))
        findings = list(self._verdicts.findings.values())
        yield
        self.open.show_course((yield from course(findings, span)))
        yield
        self.changes.show_counts((yield from rate(reversed(list(self._desk.replica.changes)), span)), span)
        yield
        ranked = yield from worst_vms(findings, RANKED)
        self.vms.show_lines(tuple(map(self._of_vm, ranked)))
        self.vms.setVisible(bool(ranked))
        self._no_vm.setVisible(not ranked)
        yield
        worst = worst_policies(self._verdicts.posture.policies, RANKED)
        self.policies.show_lines(tuple(map(self._of_policy, worst)))

    # --- what it says ---------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        found, posture = self._verdicts.open, self._verdicts.posture
        worst = self._verdicts.worst
        live = self._desk.replica.link.up
        if worst is not None:
            urgent = worst.rank >= Severity.HIGH.rank
            of = sum(found[each] for each in Severity if each.rank >= Severity.HIGH.rank) if urgent else found.total()
            said = self.tr("%Ln urgent finding(s)", "", of) if urgent else self.tr("Nothing urgent")
            self._look = SEVERITY[worst].icon, SEVERITY[worst].tone
        elif posture.evaluating:
            said, self._look = self.tr("Judging…"), ("state-connecting", Tone.ACCENT)
        elif not self._desk.replica.knows_policies:
            said, self._look = self.tr("No finding was open then"), ("info", Tone.ACCENT)
        elif not posture.policies:
            said, self._look = self.tr("No policy is in force"), ("info", Tone.ACCENT)
        elif posture.score.unknown:
            said, self._look = self.tr("Nothing is known to be wrong"), ("check", Tone.MUTED)
        else:
            said, self._look = self.tr("Everything holds"), ("check", Tone.GOOD)
        self.headline.setText(said)
        vms = self.tr("%Ln VM(s)", "", self._desk.replica.counts["vm"])
        policies = self.tr("%Ln policy file(s)", "", sum(each.enabled for each in posture.policies))
        judged = self.tr("%Ln judgement(s)", "", posture.score.total)
        self.basis.setText(" · ".join((vms, policies, judged)))
        for severity, tile in self.tiles.items():
            tone = SEVERITY[severity].tone if found[severity] and live else Tone.MUTED
            tile.tell(number(found[severity]), tone)
        score, coverage = posture.score.percent, posture.score.coverage_percent
        self.score.tell(percent(score), Tone.GOOD if score == 100 and live else Tone.MUTED)
        self.coverage.tell(percent(coverage), Tone.WARNING if posture.score.unknown and live else Tone.MUTED)
        for tile in (self.score, self.coverage):
            if tile.figure.text() != "–" and live:
                tile.show_tone(Tone.WARNING if tile is self.coverage and posture.score.unknown else Tone.PLAIN)
        self._paint()

    def _of_vm(self, ranked: Ranked) -> Line:
        look = SEVERITY[ranked.worst]
        tone = Tone.MUTED if self._desk.replica.is_stale(ranked.vm) else look.tone
        return Line(
            ranked.vm,
            (
                Cell(visible(ranked.name, 120)),
                Cell(look.word, tone=tone, icon=look.icon),
                Cell(number(ranked.count), number=True),
            ),
        )

    def _of_policy(self, standing: PolicyStanding) -> Line:
        score = standing.score
        held, known = score.percent, score.coverage_percent
        failing = self.tr("%Ln failing judgement(s)", "", score.failed)
        unknown = self.tr("of %Ln nobody can tell", "", score.unknown)
        return Line(
            standing.name,
            (
                Cell(visible(standing.name, 120), visible(standing.file, 200)),
                Cell(number(standing.members), number=True),
                Cell(percent(held), failing, share=held / 100 if held is not None else None),
                Cell(percent(known), unknown, share=known / 100 if known is not None else None),
            ),
        )

    def _paint(self) -> None:
        icon, tone = self._look
        shown = tone if self._desk.replica.link.up else Tone.MUTED
        self._picture.setPixmap(icons.pixmap(icon, shown, 24, self.devicePixelRatioF()))

    def _want(self, text: str, least: Severity) -> None:
        self.findings_wanted.emit(text, least)


def _heading(text: str) -> PlainLabel:
    label = PlainLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label

"""New findings, told while the operator looks elsewhere: soon, together, and not again and again in a storm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import SEVERITY, worst_first
from vmi_console.gui.news import Item
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import UNKNOWN, number
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity

GATHERED_MS = 400
"""From the first finding to its telling: enough for those of one cause to come together, and for who it was."""

APART_MS = 20_000
"""Between two messages, however much happens; what is worse than all of the last one is told at once."""

SILENT_MS = 60_000
"""While nothing is to be said: how often that is looked at again."""

LISTED = 4


class FindingNews(QObject):
    """`told` says when and what. What is resolved before it could be told is not told."""

    told = Signal(object)  # Item

    def __init__(self, desk: Desk, is_silent: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._is_silent = is_silent
        self._words = FindingWords(desk.replica, self)
        self._waiting: dict[str, None] = {}
        self._worst_told = Severity.LOW
        self._last = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        desk.replica.living_verdicts.moved.connect(self._moved)

    def _moved(self, moves: Moves) -> None:
        choices = self._desk.preferences.choices
        least = choices.notify_from.rank
        fresh = [finding for finding in moves.opened if finding.severity.rank >= least]
        if not fresh or not choices.notify:
            return
        self._waiting.update(dict.fromkeys(finding.id for finding in fresh))
        since = self._last.elapsed() if self._last.isValid() else APART_MS
        worse = max(finding.severity.rank for finding in fresh) > self._worst_told.rank
        pause = GATHERED_MS if worse else max(GATHERED_MS, APART_MS - since)
        if not self._timer.isActive() or self._timer.remainingTime() > pause:
            self._timer.start(pause)

    def _tell(self) -> None:
        if self._is_silent():
            self._timer.start(SILENT_MS)
            return
        known = self._desk.replica.verdicts.findings
        waiting, self._waiting = self._waiting, {}
        found = worst_first(known[each] for each in waiting if each in known and known[each].is_open)
        if found:
            self._last.start()
            self._worst_told = found[0].severity
            self.told.emit(self._item(found))
            if self._desk.preferences.choices.notify_sound:
                QApplication.beep()

    def _item(self, found: list[Finding]) -> Item:
        worst = found[0]
        if len(found) == 1:
            who = self._words.who(worst)
            by = self.tr("by {0}").format(who) if who != UNKNOWN else self.tr("by whom is not known")
            title = f"{SEVERITY[worst.severity].word}: {self._words.vm(worst)}"
            told = f"{self._words.evidence(worst)}\n{worst.policy} · {by}"
            return Item(title, told, worst.vm, worst.id, alone=True, urgent=worst.severity is Severity.CRITICAL)
        counts = Counter(finding.severity for finding in found)
        told = ", ".join(f"{number(counts[each])} {look.word}" for each, look in SEVERITY.items() if counts[each])
        title = self.tr("%Ln new finding(s): {0}", "", len(found)).format(told)
        lines = [f"{self._words.vm(each)}: {self._words.evidence(each)}" for each in found[:LISTED]]
        if len(found) > LISTED:
            lines.append(self.tr("and %Ln more", "", len(found) - LISTED))
        return Item(title, "\n".join(lines), worst.vm, worst.id, urgent=worst.severity is Severity.CRITICAL)

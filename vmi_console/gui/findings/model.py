"""The table of findings for Qt: sifted, sorted and grouped in slices, never in one go."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from vmi_console.gui import icons
from vmi_console.gui.findings.lines import Column, FindingWords, Group, Grouping, Line, Row, Sieve, key_of
from vmi_console.gui.findings.looks import SEVERITY, STAGE
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.states import Look
from vmi_console.gui.theme import Tone, colours
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import UNKNOWN, moment
from vmi_console.gui.work import Work
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity

_BUNCH = 100  # findings looked at between two looks at the clock
_FEW = 50  # changed lines that are told one by one
_MANY = 200  # rows that come or go
_key = attrgetter("key")


class FindingsModel(Rows[Row]):
    """Findings that pass the sieve, below headings where they are grouped. Asleep it only takes down what changed."""

    settled = Signal()  # rows are what they should be, for now
    about_to_move = Signal()

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.replica = replica
        self.verdicts = replica.verdicts
        self.words = FindingWords(replica, self)
        self.grouping = Grouping.NONE
        self.column = Column.SEVERITY
        self.descending = False
        self.sieve = Sieve()
        self.lines: dict[str, Line] = {}
        self.passing = 0
        self._titles = (
            self.tr("Severity"),
            self.tr("VM"),
            self.tr("Evidence"),
            self.tr("Policy · rule"),
            self.tr("Since"),
            self.tr("Who"),
            self.tr("Stage"),
        )
        self._groups: dict[str, Group] = {}
        self._closed: set[str] = set()
        self._dirty: set[str] = set(self.verdicts.findings)
        self._touched: set[Row] = set()
        self._unkeyed = False
        self._loose = False  # rows should be others
        self._awake = False
        self._work = Work(self)
        self.verdicts.moved.connect(self._take)
        replica.link_moved.connect(self.touch_all)

    # --- for Qt ---------------------------------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        sorts = section == self.column
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self._titles[section]} {'▼' if self.descending else '▲'}" if sorts else self._titles[section]
        if role == Qt.ItemDataRole.AccessibleTextRole and sorts:
            way = self.tr("sorted, descending") if self.descending else self.tr("sorted, ascending")
            return f"{self._titles[section]}, {way}"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], Column(index.column())
        if isinstance(row, Group):
            return self._of_group(row, column, role)
        finding = row.finding
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.words.text(finding, column)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(*self._told(finding, column))
            case Qt.ItemDataRole.DecorationRole if (look := self._look(finding, column)) is not None:
                return QIcon(icons.icon(look.icon, self._tone(finding, look.tone)))
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(finding, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {self.words.text(finding, column)}"
        return None

    def _of_group(self, group: Group, column: Column, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and column is Column.SEVERITY:
            opened = self.tr("open") if self.is_open(group) else self.tr("closed")
            counted = self.tr("%Ln finding(s)", "", group.count)
            said = f"{group.title} · {counted}"
            return said if role == Qt.ItemDataRole.DisplayRole else f"{said}, {opened}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(group.title)
        return None

    def _look(self, finding: Finding, column: Column) -> Look | None:
        if column is Column.SEVERITY:
            return SEVERITY[finding.severity]
        return STAGE[finding.stage] if column is Column.STAGE else None

    def _tone(self, finding: Finding, tone: Tone) -> Tone:
        """What asks for nothing any more is calm; what may no longer be true does not look live."""
        if finding.is_open and not self.replica.is_stale(finding.vm):
            return tone
        return Tone.GOOD if finding.stage is Stage.RESOLVED and tone is Tone.GOOD else Tone.MUTED

    def _colour(self, finding: Finding, column: Column) -> QColor | None:
        tone = Tone.PLAIN
        if column is Column.SEVERITY:
            tone = SEVERITY[finding.severity].tone
        elif column in (Column.SINCE, Column.STAGE, Column.RULE) or (column is Column.WHO and not finding.actor):
            tone = Tone.MUTED
        tone = self._tone(finding, tone)
        return None if tone is Tone.PLAIN else QColor(colours().tone(tone))

    def _told(self, finding: Finding, column: Column) -> Iterator[str]:
        yield self.words.text(finding, column)
        match column:
            case Column.SINCE:
                yield moment(finding.opened_at)
                if finding.reopened:
                    yield self.tr("first seen {0}, came back %Ln time(s)", "", finding.reopened).format(
                        moment(finding.first_opened_at)
                    )
            case Column.WHO | Column.EVIDENCE:
                yield self.words.cause(finding) if finding.origin else self.tr("no change behind it is known")
            case Column.STAGE if finding.acknowledged is not None:
                yield self.tr("acknowledged by {0}, {1}").format(
                    finding.acknowledged.by, moment(finding.acknowledged.at)
                )
                yield finding.acknowledged.note
            case _:
                yield UNKNOWN if not finding.title else finding.title

    # --- what is wanted -------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._work.busy

    def sift(self, sieve: Sieve) -> None:
        """Shows only what passes."""
        if sieve != self.sieve:
            self.sieve = sieve
            self._ask()

    def group_by(self, grouping: Grouping) -> None:
        if grouping is not self.grouping:
            self.grouping = grouping
            self._closed.clear()
            self._ask()

    def sort_by(self, column: Column, descending: bool = False) -> None:
        if (column, descending) == (self.column, self.descending):
            return
        self._unkeyed |= column is not self.column
        self.column, self.descending = column, descending
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._ask()

    def is_open(self, group: Group) -> bool:
        return group.key not in self._closed

    def set_open(self, group: Group, opened: bool) -> None:
        if opened != self.is_open(group):
            self._closed.discard(group.key) if opened else self._closed.add(group.key)
            self._touched.add(group)
            self._ask()

    def wake(self, awake: bool) -> None:
        """Asleep it only takes down what changed."""
        self._awake = awake
        if awake:
            self.touch_all()
            self._start()

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _take(self, moves: Moves) -> None:
        self._dirty.update(moves.before)
        self._start()

    def _ask(self) -> None:
        self._loose = True
        self._start()

    def _start(self) -> None:
        if self._awake and not self._work.busy and (self._dirty or self._loose):
            self._work.start(self._steps(), self.settled.emit)

    def _steps(self) -> Iterator[None]:
        while self._dirty or self._loose or self._unkeyed:
            if self._dirty:
                yield from self._bring_up()
            if self._unkeyed:
                yield from self._key_anew()
            self._loose = False
            yield from self._arrange()
        touched, self._touched = self._touched, set()
        if len(touched) > _FEW:
            self.touch_all()
        else:
            self.touch(touched)

    def _bring_up(self) -> Iterator[None]:
        dirty, self._dirty = self._dirty, set()
        for number, identity in enumerate(dirty):
            finding = self.verdicts.findings.get(identity)
            line = self.lines.get(identity)
            if finding is None:
                self.lines.pop(identity, None)
            elif line is None:
                line = self.lines[identity] = Line(finding)
                line.key = key_of(finding, self.column)
            else:
                line.finding, line.haystack = finding, ""
                line.key = key_of(finding, self.column)
                self._touched.add(line)
            if number % _BUNCH == 0:
                yield

    def _key_anew(self) -> Iterator[None]:
        self._unkeyed = False
        for number, line in enumerate(list(self.lines.values())):
            line.key = key_of(line.finding, self.column)
            if number % _BUNCH == 0:
                yield
                if self._unkeyed:  # another column is wanted by now
                    return

    def _arrange(self) -> Iterator[None]:
        sieve, passing = self.sieve, []
        for number, line in enumerate(list(self.lines.values())):
            if sieve.passes(line, self.words.haystack):
                passing.append(line)
            if number % _BUNCH == 0:
                yield
                if self._loose or self._unkeyed:
                    return
        passing.sort(key=_key, reverse=self.descending)  # some milliseconds for ten thousand
        yield
        wanted = passing if self.grouping is Grouping.NONE else (yield from self._grouped(passing))
        self.passing = len(passing)
        self.about_to_move.emit()
        for _ in self._leap(list(wanted)):
            yield
            if self._loose or self._unkeyed:
                return

    def _leap(self, wanted: list[Row]) -> Iterator[None]:
        """Where many rows come or go here and there, one change of the order is cheaper than each of them alone."""
        there, then = set(self.rows), set(wanted)
        yield
        gone, new = there - then, then - there
        yield
        if len(gone) + len(new) < _MANY:
            yield from self.approach(wanted)
            return
        if gone:
            self._reorder([*(row for row in self.rows if row not in gone), *gone])
            yield
            self.shift([], len(gone))
            yield
        if new:
            self.shift(list(new))
            yield
        self._reorder(wanted)

    def _grouped(self, passing: list[Line]) -> Any:
        """Lines below their headings; the group of the line that comes first is the first."""
        below: dict[str, list[Line]] = {}
        for number, line in enumerate(passing):
            below.setdefault(self.words.group_of(line.finding, self.grouping), []).append(line)
            if number % _BUNCH == 0:
                yield
        wanted: list[Row] = []
        groups: dict[str, Group] = {}
        for number, (key, lines) in enumerate(below.items()):
            group = groups[key] = self._groups.get(key) or Group(key)
            told = self.words.heading(lines[0].finding, self.grouping), len(lines), _worst(lines)
            if told != (group.title, group.count, group.worst):
                group.title, group.count, group.worst = told
                self._touched.add(group)
            wanted.append(group)
            if self.is_open(group):
                wanted += lines
            if number % _BUNCH == 0:
                yield
        self._groups = groups
        return wanted


def _worst(lines: list[Line]) -> Severity:
    there = {line.finding.severity for line in lines}
    return next(severity for severity in reversed(Severity) if severity in there)

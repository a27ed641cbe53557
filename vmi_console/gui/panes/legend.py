"""The legend of charts: a row for each line with its colour, and the figures of the range that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor

from vmi_console.gui.axes import three, time_of_day, words
from vmi_console.gui.listing import Listing
from vmi_console.gui.loads import Quantity
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import Lines
from vmi_console.gui.plots import Plot
from vmi_console.gui.rows import Index
from vmi_console.gui.theme import ROW, Tone
from vmi_console.gui.traces import Subject, line_colour
from vmi_console.gui.wording import UNKNOWN


class Legend(Listing):
    """Least, mean and most of each quantity, for all charts together. Double click or Enter shows an entity."""

    chosen = Signal(str)  # EntityId

    def __init__(self, plots: Sequence[Plot]) -> None:
        self._plots = plots
        columns = [title for plot in plots for title, _ in _titles(plot.subject)]
        table = Table("", (self.tr("Name"), *columns), (22, *(21 for _ in columns)), (), "")
        self._lines = _Coloured(table)
        super().__init__(self._lines, self.tr("Figures of the range"), table.widths)
        self._lines.setParent(self)
        self.activated.connect(lambda index: self.chosen.emit(self._plots[0].lines[index.row()].entity))
        self.setIconSize(QSize(10, 10))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_figures(self) -> None:
        """The figures that the charts have worked out for their range."""
        rows = []
        for number, line in enumerate(self._plots[0].lines):
            tone = Tone.MUTED if line.stale else Tone.PLAIN
            cells = [Cell(line.name, tone=tone)]
            for plot in self._plots:
                for title, quantity in _titles(plot.subject):
                    figures = plot.lines[number].figures.get(quantity)
                    text = three(plot.subject.unit, figures) if figures is not None else UNKNOWN
                    cells.append(Cell(text, tip=f"{line.name}\n{title}: {text}", tone=tone, number=True))
            rows.append(Line(line.entity, tuple(cells), line.entity))
        self._lines.show_lines(tuple(rows))
        self.setFixedHeight(len(rows) * ROW + self.horizontalHeader().sizeHint().height() + 2)

    def described(self, plot: Plot) -> str:
        """What a chart shows, for who does not see it."""
        sentences = [self.tr("From {0} to {1}.").format(time_of_day(plot.start), time_of_day(plot.end))]
        for line in plot.lines:
            for _, quantity in _titles(plot.subject):
                word = plot.subject.up_word if quantity is plot.subject.up else plot.subject.down_word
                who = f"{line.name} {word}".strip()
                if (figures := line.figures.get(quantity)) is None:
                    sentences.append(self.tr("{0}: nothing measured.").format(who))
                    continue
                least, mean, most, last = (
                    words(plot.subject.unit, value)
                    for value in (figures.least, figures.mean, figures.most, figures.last)
                )
                sentences.append(
                    self.tr("{0}: least {1}, mean {2}, most {3}, last {4}.").format(who, least, mean, most, last)
                )
            if line.stale:
                sentences.append(self.tr("{0} is stale.").format(line.name))
        return " ".join(sentences)


class _Coloured(Lines):
    """Each name with the colour of its line."""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return QColor(line_colour(index.row()))
        return super().data(index, role)


def _titles(subject: Subject) -> Iterator[tuple[str, Quantity]]:
    yield f"{subject.title} {subject.up_word}".strip(), subject.up
    if subject.down is not None:
        yield f"{subject.title} {subject.down_word}".strip(), subject.down

"""The picture of a series as paths that are drawn once and grow at their end.

A path is in the units of the series (seconds to the right, values downwards); whoever paints it sets the transform and
a cosmetic pen. So a new sample costs one more line, however much is on screen, and neither moving nor zooming costs
more than the painting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from vmi_console.estate.identity import EntityId
from vmi_console.gui.axes import Unit
from vmi_console.gui.loads import Figures, Load, Quantity, Series
from vmi_console.gui.theme import DARK, colours

# The first is the accent. None is red, which means that something is broken; a test computes the contrast of each.
_LIGHT = ("#0a5bc4", "#b45309", "#15803d", "#9333a8", "#0e7490", "#7c5a2b", "#5b6470", "#5f6b0a")
_DARK = ("#7db1ff", "#f0a35e", "#6fcf97", "#dd90ee", "#4fcbd6", "#cdb28a", "#aab4c3", "#b9c548")
MOST_LINES = len(_LIGHT)

CHUNK = 240
"""Samples in one path. Those out of sight are not painted; the oldest goes as a whole."""

COARSE = (32, 16, 8, 4)
"""So many samples are shown by their least and most alone, where whoever paints finds it narrow enough."""


class _Chunk:
    """Samples one after another: the path through all, and once they are complete coarse ones."""

    __slots__ = ("coarse", "count", "dots", "end", "fine", "start")

    def __init__(self, start: float) -> None:
        self.start = self.end = start
        self.count = 0
        self.fine = QPainterPath()
        self.coarse: dict[int, QPainterPath] = {}
        self.dots: list[QPointF] = []  # where something begins after a gap: it may be all there is

    def path(self, seconds: float) -> QPainterPath:
        """As coarse as shows what happened within so many seconds by its least and most alone."""
        a_sample = (self.end - self.start) / self.count
        return next((path for step, path in self.coarse.items() if step * a_sample <= seconds), self.fine)


class Trace:
    """Follows one series. Lone samples, with gaps on both sides, are dots."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self._chunks: list[_Chunk] = []
        self._next = 0  # the number of the first sample that is not in a path, counted from the very first

    def catch_up(self) -> Iterator[None]:
        """Takes in what was added to the series, and lets go of what was dropped from it, in steps below 1 ms."""
        series = self.series
        if self._next < series.dropped:
            self._chunks.clear()
            self._next = series.dropped
        while self._chunks and (not series.times or self._chunks[0].end < series.times[0]):
            del self._chunks[0]
        while (index := self._next - series.dropped) < len(series.times):
            self._take(index)
            self._next += 1
            if not self._next % CHUNK:
                yield

    def paint(self, painter: QPainter, start: float, end: float, coarse_s: float) -> None:
        """Draws what lies between two times; of what happens within `coarse_s` seconds the least and most will do."""
        for chunk in self._chunks:
            if chunk.end >= start and chunk.start <= end:
                painter.drawPath(chunk.path(coarse_s))
                painter.drawPoints(chunk.dots)

    def _take(self, index: int) -> None:
        series = self.series
        at, value = series.times[index], series.values[index]
        chunk = self._chunks[-1] if self._chunks else None
        if chunk is None or not (series.dropped + index) % CHUNK:
            if chunk is not None and index >= chunk.count:
                chunk.coarse = {step: self._coarse(index - chunk.count, index, step) for step in COARSE}
            chunk = _Chunk(at)
            self._chunks.append(chunk)
            if index and series.joined[index]:  # reaches back to the one before, where the last chunk ended
                chunk.start = series.times[index - 1]
                chunk.fine.moveTo(chunk.start, series.values[index - 1])
        if series.joined[index] and chunk.fine.elementCount():
            chunk.fine.lineTo(at, value)
        else:
            chunk.fine.moveTo(at, value)
            chunk.dots.append(QPointF(at, value))
        chunk.end = at
        chunk.count += 1

    def _coarse(self, first: int, end: int, step: int) -> QPainterPath:
        """Of the samples first … end - 1."""
        series, path = self.series, QPainterPath()
        if first and series.joined[first]:
            path.moveTo(series.times[first - 1], series.values[first - 1])
        index = first
        while index < end:
            until = min(index + step - (series.dropped + index) % step, end)
            until = next((gap for gap in range(index + 1, until) if not series.joined[gap]), until)
            values = series.values[index:until]
            if not series.joined[index] or not path.elementCount():
                path.moveTo(series.times[index], values[0])
            for place in sorted((values.index(min(values)), values.index(max(values)))):
                path.lineTo(series.times[index + place], values[place])
            if until == end or not series.joined[until]:  # what follows begins there, or nothing does
                path.lineTo(series.times[until - 1], values[-1])
            index = until
        return path


def line_colour(number: int) -> str:
    """The colour of the line with this number, in the theme in force."""
    return (_DARK if colours() is DARK else _LIGHT)[number % MOST_LINES]


@dataclass(frozen=True)
class Subject:
    """What a chart is of. What goes out is drawn below the line, so that both directions are seen for themselves."""

    title: str
    unit: Unit
    up: Quantity
    down: Quantity | None = None
    up_word: str = ""
    down_word: str = ""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.up,) if self.down is None else (self.up, self.down)


class Line:
    """One entity in a chart."""

    def __init__(self, entity: EntityId, name: str, number: int, load: Load, subject: Subject) -> None:
        self.entity = entity
        self.name = name  # made harmless
        self.number = number
        self.load = load
        self.stale = False
        self.faded = False
        self.traces = {quantity: Trace(load.series[quantity]) for quantity in subject.quantities}
        self.figures: dict[Quantity, Figures | None] = {}

    def pen(self) -> QPen:
        """What is stale is muted; a line that another stands before is nearly the ground."""
        colour = QColor(colours().muted if self.stale else line_colour(self.number))
        colour.setAlphaF(0.25 if self.faded else 0.7 if self.stale else 1.0)
        pen = QPen(colour, 1)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        return pen

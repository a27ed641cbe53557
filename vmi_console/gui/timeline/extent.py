"""From when to when the timeline shows: a span until now, or what the operator stopped at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.lanes import Lane, bounds

HOUR = 3_600
SPANS = (HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR)
ALL = 0
FITTING = -1
"""The shortest of the spans in which something happened: what is shown until the operator chooses."""
ENOUGH = 3
SHORTEST_S = 2.0
AHEAD = 0.02  # of a range, after now


def span_kept(text: str) -> int:
    """The span that was chosen before; what cannot be chosen means that none was."""
    return int(text) if text in {str(span) for span in (*SPANS, ALL)} else FITTING


class Extent:
    """What is shown of a course. Times are seconds since the epoch; `now` is until when anything can have happened."""

    def __init__(self, span: int, now: Callable[[], datetime]) -> None:
        self._chosen = span
        self._now = now
        self._stopped: tuple[float, float] | None = None  # the range that the operator wants to see; None: until now
        self.course: Course | None = None
        self.lanes: tuple[Lane, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it goes on with what happens."""
        return self._stopped is None

    @property
    def span(self) -> int:
        """The span that is shown: the chosen one, or the shortest in which enough happened."""
        if self._chosen != FITTING or self.course is None:
            return self._chosen
        happenings, now = self.course.happenings, self._now().timestamp()
        for span in SPANS:
            if len(happenings) >= ENOUGH and now - happenings[ENOUGH - 1].at.timestamp() <= span:
                return span if self._first_known() < now - span else ALL
        return ALL

    @property
    def sides(self) -> tuple[float, float]:
        """From when to when is shown."""
        if self._stopped is not None:
            return self._stopped
        now, span = self._now().timestamp(), self.span
        if span == ALL:
            found = bounds(self.lanes)
            start = found[0] if found is not None else now - HOUR
            if self.course is not None and self.course.more and self.course.recorded_since is not None:
                start = min(start, self.course.recorded_since.timestamp())
            span_s = max(now - start, SHORTEST_S)
            return start - AHEAD * span_s, now + AHEAD * span_s
        return now - span, now + AHEAD * span

    def begin(self, course: Course) -> None:
        """From now on of another course, until now."""
        self.course = course
        self._stopped = None

    def follow(self) -> None:
        """Until now, over as long a time as was chosen."""
        self._stopped = None

    def choose(self, span: int) -> None:
        """Until now, over this span."""
        self._chosen = span
        self._stopped = None

    def stop(self, start: float, end: float) -> None:
        """This range, until another one is wanted, or what happens is to be followed again."""
        if self.course is None or self.course.loaded_from is None:
            return
        short = max(0.0, SHORTEST_S - (end - start)) / 2
        self._stopped = start - short, end + short

    def zoom(self, factor: float, around: float | None) -> None:
        """So many times as long; what is at that time, or else in the middle, stays where it is."""
        start, end = self.sides
        if around is None or not start <= around <= end:
            around = (start + end) / 2
        first = self._first()
        self.stop(max(first, around - (around - start) * factor), min(self._last(), around + (end - around) * factor))

    def pan(self, part: float) -> None:
        """A part of itself later, or earlier."""
        start, end = self.sides
        by = part * (end - start)
        by = min(by, self._last() - end) if by > 0 else max(by, min(0.0, self._first() - start))
        if by:
            self.stop(start + by, end + by)

    def bring_in(self, at: float) -> bool:
        """Puts a time that is not shown in the middle; gives whether it had to."""
        start, end = self.sides
        if start <= at <= end:
            return False
        half = (end - start) / 2
        self.stop(at - half, min(at + half, self._last()))
        return True

    def _first(self) -> float:
        """The earliest time that can be gone to."""
        return min(self._now().timestamp() - max(SPANS), self._first_known())

    def _first_known(self) -> float:
        """When what is remembered of it begins."""
        course = self.course
        if course is None or not (course.known_since or course.happenings or course.more):
            return self._now().timestamp()
        if course.more and course.recorded_since is not None:
            return course.recorded_since.timestamp()
        known = [course.known_since] if course.known_since is not None else []
        return min(at.timestamp() for at in (*known, *(each.at for each in course.happenings[-1:])))

    def _last(self) -> float:
        start, end = self.sides
        return self._now().timestamp() + AHEAD * (end - start)

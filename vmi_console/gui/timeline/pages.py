"""Pages of what happened, as the engine answers them: what came since, and what was before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.runtime import Errand
from vmi_console.gui.timeline.course import Course
from vmi_console.review.timeline import Timeline

MORE_AFTER_MS = 150  # what happens together comes together

JUST_AFTER = timedelta(microseconds=1)  # a page ends before its end
PAGE = 500
MOST_LOADED = 20_000


class Pages(QObject):
    """Asks for one page after another, and for none while nobody looks (`seen`)."""

    came = Signal()  # one was taken into the course, or could not be had

    def __init__(self, desk: Desk, seen: Callable[[], bool], now: Callable[[], datetime], parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._seen = seen
        self._now = now
        self.course: Course | None = None
        self.failure = ""
        self._asking: Errand | None = None
        self._again = False  # something happened while an answer was on its way
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._ask)

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asking is not None or self._soon.isActive()

    def begin(self, course: Course) -> None:
        """From now on of another course."""
        self.course = course
        self.failure = ""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def rest(self) -> None:
        """Nobody looks any more."""
        self._soon.stop()

    def ask_soon(self, after_ms: int = MORE_AFTER_MS) -> None:
        """For what came since the newest that is known, or for the first page."""
        if self._asking is not None:
            self._again = True
        elif not self._soon.isActive():
            self._soon.start(after_ms)

    def ask_earlier(self) -> None:
        """For the page before, where there is one."""
        course = self.course
        if course is None or course.loaded_from is None or not course.more or self._asking is not None:
            return
        if self.failure:  # it is asked again when something happens, or the engine answers again
            return
        if len(course.happenings) < MOST_LOADED:
            self._run(course, until=course.loaded_from)

    def _ask(self) -> None:
        if (course := self.course) is not None and self._asking is None and self._seen():
            self._run(course, since=course.newest if course.loaded_from is not None else None)

    def _run(self, course: Course, **span: datetime | None) -> None:
        wanted = {name: at for name, at in span.items() if at is not None}
        wanted.setdefault("until", self._now() + JUST_AFTER)

        def failed(error: VmiError) -> None:
            if course is self.course:
                self._asking = None
                self.failure = str(error)
                self.came.emit()

        self._again = False
        name = self.tr("What happened to something")
        self._asking = self._desk.errands.run(self._asked(course, wanted), name, failed, quiet=True)

    async def _asked(self, course: Course, span: dict[str, datetime]) -> None:
        answer = await self._desk.engine.call("timeline", entity=course.entity, most=PAGE, **span)
        page = msgspec.convert(answer, Timeline, builtin_types=(datetime,))
        if course is not self.course:
            return  # the selection has moved on
        self._asking = None
        self.failure = ""
        course.take(page)
        if "since" in span and page.more:  # more happened than one page holds
            self._run(course, since=span["since"], until=page.since)
        if self._seen():
            self.came.emit()
        if self._again:
            self.ask_soon()

"""The window's event loop, its tasks, and what happens to exceptions that nobody expected."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import TracebackType
from typing import Any, Self

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qFormatLogMessage, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from vmi_console.errors import VmiError
from vmi_console.gui.mishaps import Mishaps
from vmi_console.wire.tasks import Tasks

os.environ.setdefault("QT_API", "pyside6")
from qasync import QEventLoop

log = logging.getLogger(__name__)

type Failed = Callable[[VmiError], None]

KEPT = 200
"""Errands that have ended and can still be looked at."""


class Outcome(Enum):
    """How an errand is, or ended."""

    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Errand:
    """Something that takes its time: what it is, how it goes, and what can be done about it."""

    name: str  # in the operator's language
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.UNDER_WAY
    detail: str = ""  # why it failed
    again: Callable[[], object] | None = None  # does it once more
    stop: Callable[[], object] | None = None  # gives it up

    def cancel(self) -> None:
        """Gives it up, if it is under way and can be."""
        if self.outcome is Outcome.UNDER_WAY and self.stop is not None:
            self.stop()

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """Notes how it ended."""
        self.outcome, self.detail, self.ended_at = outcome, detail, datetime.now(UTC)


class Errands(QObject):
    """Commands under way. Each has an owner (this), and a place where its failure is shown; the last ones are kept."""

    moved = Signal()  # one began or ended

    def __init__(self, failed: Failed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = Tasks()
        self._failed = failed
        self.under_way: list[Errand] = []
        self.ended: deque[Errand] = deque(maxlen=KEPT)  # oldest first

    def run(
        self,
        work: Coroutine[Any, Any, object],
        name: str,
        failed: Failed | None = None,
        *,
        again: Callable[[], object] | None = None,
        quiet: bool = False,
    ) -> Errand:
        """Starts `work`; what it raises on purpose goes to `failed`, or to where all failures are shown.

        `again` is offered where it failed or was given up. What nobody expected is handed to the event loop, which
        tells the operator. A `quiet` one only looks something up for what is shown, and is not told as a task.
        """
        errand = Errand(name, datetime.now(UTC), again=again)
        task = self._tasks.start(self._run(work, errand, failed or self._failed), name)
        errand.stop = task.cancel
        task.add_done_callback(lambda _: self._ended(work, errand))
        if not quiet:
            self.under_way.append(errand)
            self.moved.emit()
        return errand

    def forget(self) -> None:
        """Keeps none of those that have ended."""
        self.ended.clear()
        self.moved.emit()

    async def close(self) -> None:
        """Cancels what is still under way."""
        await self._tasks.close()

    async def _run(self, work: Coroutine[Any, Any, object], errand: Errand, failed: Failed) -> None:
        try:
            await work
            errand.end(Outcome.DONE)
        except VmiError as error:
            errand.end(Outcome.FAILED, str(error))
            failed(error)
        except Exception as error:
            errand.end(Outcome.FAILED, f"{type(error).__name__}: {error}")
            context = {"message": errand.name, "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _ended(self, work: Coroutine[Any, Any, object], errand: Errand) -> None:
        work.close()  # one that was cancelled before its first step has never been entered
        if errand.outcome is Outcome.UNDER_WAY:
            errand.end(Outcome.CANCELLED)
        if errand in self.under_way:
            self.under_way.remove(errand)
            self.ended.append(errand)
            self.moved.emit()


class LoopCutOff(RuntimeError):
    """Qt's event loop has ended, and what ran under it has not."""


class Loop(QEventLoop):  # type: ignore[misc] # it has no types
    """Qt's event loop, for asyncio. What is due when it ends waits for its next run.

    qasync turns Qt's loop once more after a run; what is due then runs without a running loop, and fails where it asks
    for one.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.setQuitOnLastWindowClosed(False)  # the end is an event that somebody waits for: see docs/design.md

    def run_until_complete[T](self, future: asyncio.Future[T] | Coroutine[Any, Any, T]) -> T:
        """Raises `LoopCutOff` if Qt's loop ends before."""
        task: asyncio.Future[T] = future if isinstance(future, asyncio.Future) else self.create_task(future)

        def stop(_: asyncio.Future[T]) -> None:
            self.stop()

        task.add_done_callback(stop)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(stop)
        if not task.done():
            raise LoopCutOff
        return task.result()


def run(
    app: QApplication,
    main: Coroutine[Any, Any, None],
    mishaps: Mishaps,
    cut_off: Callable[[], object] = lambda: None,
) -> None:
    """Runs `main` under Qt's event loop until it returns; exceptions that nobody caught are logged and kept.

    When the display goes away, as an X server does at the end of a desktop's session, Qt's loop stops for good, and
    nothing that waits in it can be brought to its end: then `cut_off` is called, and the process ends there and then.
    """
    with (
        _calm(app),
        asyncio.Runner(loop_factory=lambda: Loop(app)) as runner,
        _Hooks(mishaps, runner.get_loop()) as hooks,
    ):
        runner.get_loop().set_exception_handler(hooks.of_loop)
        try:
            runner.run(main)
        except LoopCutOff:
            log.warning("the display is gone, and the window with it")
            cut_off()
            logging.shutdown()
            os._exit(1)  # whoever this process started sees its pipes close, and ends too


@contextmanager
def _calm(app: QApplication) -> Iterator[None]:
    """Without a screen Qt warns at each window that there is no window manager: nobody needs to hear that."""
    if app.platformName() != "offscreen":
        yield
        return

    def tell(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if text.startswith("This plugin does not support propagateSizeHints"):
            return
        if before is not None:
            before(kind, context, text)
        elif sys.stderr is not None:
            print(qFormatLogMessage(kind, context, text), file=sys.stderr)

    before = qInstallMessageHandler(tell)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


class _Hooks:
    """The three places where Python leaves an exception that nobody caught."""

    def __init__(self, mishaps: Mishaps, loop: asyncio.AbstractEventLoop) -> None:
        self._mishaps = mishaps
        self._loop = loop

    def __enter__(self) -> Self:
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self.of_program, self.of_thread
        return self

    def __exit__(self, *_: object) -> None:
        sys.excepthook, threading.excepthook = self._before

    def of_program(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None, where: str = ""
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        try:
            self._loop.call_soon_threadsafe(self._mishaps.note, error, where)  # a window belongs to one thread
        except RuntimeError:  # the loop is closed: nobody is left to be told
            log.error("unexpected, while: %s", where, exc_info=(kind, error, trace))

    def of_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            name = arguments.thread.name if arguments.thread is not None else "a thread"
            self.of_program(arguments.exc_type, arguments.exc_value, arguments.exc_traceback, name)

    def of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.of_program(type(error), error, error.__traceback__, str(context.get("message", "")))
        else:
            log.error("unexpected in the event loop: %s", context.get("message"))

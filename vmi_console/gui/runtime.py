"""The window's event loop, its tasks, and what happens to exceptions that nobody expected."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qFormatLogMessage, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from vmi_console.errors import VmiError
from vmi_console.wire.tasks import Tasks

os.environ.setdefault("QT_API", "pyside6")
from qasync import QEventLoop

log = logging.getLogger(__name__)

type Failed = Callable[[VmiError], None]


class Errands:
    """Commands under way. Each has an owner (this), and a place where its failure is shown."""

    def __init__(self, failed: Failed) -> None:
        self._tasks = Tasks()
        self._failed = failed

    def run(self, work: Coroutine[Any, Any, object], name: str, failed: Failed | None = None) -> None:
        """Starts `work`; what it raises on purpose goes to `failed`, or to where all failures are shown."""
        self._tasks.start(self._run(work, failed or self._failed), name)

    async def _run(self, work: Coroutine[Any, Any, object], failed: Failed) -> None:
        try:
            await work
        except VmiError as error:
            failed(error)

    async def close(self) -> None:
        """Cancels what is still under way."""
        await self._tasks.close()


def run(app: QApplication, main: Coroutine[Any, Any, None], alarmed: Callable[[str], None]) -> None:
    """Runs `main` under Qt's event loop until it returns; exceptions that nobody caught are logged and told once."""
    hooks = _Hooks(alarmed)
    app.setQuitOnLastWindowClosed(False)  # the end is an event that `main` waits for: see docs/design.md
    with _calm(app), hooks, asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.get_loop().set_exception_handler(hooks.of_loop)
        runner.run(main)


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

    def __init__(self, alarmed: Callable[[str], None]) -> None:
        self._alarmed = alarmed

    def __enter__(self) -> None:
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self.of_program, self.of_thread

    def __exit__(self, *_: object) -> None:
        sys.excepthook, threading.excepthook = self._before

    def of_program(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None, where: str = "the window"
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.error("unexpected in %s", where, exc_info=(kind, error, trace))
        self._alarmed(f"{kind.__name__}: {error}")

    def of_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            name = arguments.thread.name if arguments.thread is not None else "a thread"
            self.of_program(arguments.exc_type, arguments.exc_value, arguments.exc_traceback, name)

    def of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.of_program(type(error), error, error.__traceback__, str(context.get("message", "the event loop")))
        else:
            log.error("unexpected in the event loop: %s", context.get("message"))

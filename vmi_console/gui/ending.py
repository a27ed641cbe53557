"""Who else may end the program: a signal (Ctrl+C, `kill`, a terminal that closes) and a session that is logged out."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def asked_from_outside(app: QApplication, end: Callable[[], object], keep: Callable[[], object]) -> Iterator[None]:
    """Within, a signal calls `end`, and `keep` is called when the session ends, which may leave no time for more.

    Python handles a signal when it next runs a line, and Qt's loop may not run one for long: each signal also writes
    into a socket that the loop watches.
    """
    heard, told = socket.socketpair()
    with heard, told:
        for one in (heard, told):
            one.setblocking(False)
        ear = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read)
        ear.activated.connect(lambda: heard.recv(64))
        descriptor_before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, lambda *_: end()) for number in SIGNALS}
        commit = app.commitDataRequest.connect(lambda _: keep())
        try:
            yield
        finally:
            app.commitDataRequest.disconnect(commit)
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(descriptor_before)
            ear.setEnabled(False)

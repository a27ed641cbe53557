"""A desk without a window: for tests of what stands on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.gui.estates import NotingEngine
from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist


def new_desk(engine: NotingEngine, failed: Callable[[VmiError], None] | None = None) -> Desk:
    """A desk with nothing on it yet."""

    def raised(error: VmiError) -> None:
        raise AssertionError("nobody told the operator") from error

    return Desk(Replica(), engine, Errands(failed or raised), Preferences(), Watchlist(engine))


def close_windows() -> None:
    """Closes and destroys what is on show. What is hidden is let be: closing a window may destroy its popups."""
    for window in [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

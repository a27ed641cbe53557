"""Another window of this program, in a process of its own."""

from __future__ import annotations

from PySide6.QtCore import QProcess

from vmi_console.wire.program import command


def open_another(*arguments: str) -> bool:
    """Opens one, as the command line does with these arguments; False where it could not be started."""
    program, *rest = command(*arguments)
    started, _ = QProcess.startDetached(program, rest)
    return bool(started)

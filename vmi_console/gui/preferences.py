"""What an operator prefers, kept from one start to the next: choices by name, and the places of windows.

Kept in a file of the platform's format for such things below the workspace's folder of settings. Nothing in it is
needed to work: one that is missing, broken or written by another version costs the preferences it held, no more.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from vmi_console.policy.judgement import Severity

FILE = "window.ini"
_CHOICES = "choices"


class Scheme(StrEnum):
    """Which colours."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Choices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the operator can choose in the settings dialog or by using the window."""

    scheme: Scheme = Scheme.SYSTEM
    language: str = ""  # of a translation, such as de; empty: the system's
    refresh_milliseconds: int = 250  # how often what is shown is brought up to date
    close_to_tray: bool = True  # where there is a tray
    notify: bool = True
    notify_sound: bool = False
    notify_from: Severity = Severity.MEDIUM  # findings less severe than this are only listed
    quiet_from: int | None = None  # hour of the local day, 0 to 23; None: no quiet hours
    quiet_until: int = 7
    table_columns: tuple[str, ...] = ()  # of the table of VMs, in their order; empty: as it comes
    table_sort: tuple[str, bool] | None = None  # column, descending
    arrangement: str = "location"  # of the tree
    order: str = "name"  # of the tree's siblings

    def is_quiet(self, at: datetime) -> bool:
        """Whether nothing is to be said at this time of the (local) day."""
        start, end, hour = self.quiet_from, self.quiet_until, at.astimezone().hour
        if start is None or start == end:
            return False
        return start <= hour < end if start < end else hour >= start or hour < end


class Preferences(QObject):
    """The choices in force, and what parts of the window remember of their own layout.

    Without a file (safe mode, tests, the demo) they last as long as the program.
    """

    changed = Signal(object)  # Choices as they were before

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = QSettings(str(folder / FILE), QSettings.Format.IniFormat) if folder is not None else None
        self._memory: dict[str, QByteArray] = {}
        self.choices = self._read()

    def choose(self, **choices: Any) -> None:
        """Changes some of the choices, and keeps them. Raises `msgspec.ValidationError` for one that cannot be."""
        before = self.choices
        wanted = {**msgspec.to_builtins(before), **choices}
        self.choices = msgspec.convert(wanted, Choices)
        if self.choices != before:
            self._store(_CHOICES, QByteArray(msgspec.json.encode(self.choices)))
            self.changed.emit(before)

    def remember(self, name: str, state: QByteArray | bytes) -> None:
        """Keeps the state of a part of the window, such as where its docks are."""
        self._store(f"layout/{name}", QByteArray(state))

    def remembered(self, name: str) -> QByteArray | None:
        """What was kept under a name; None where nothing was."""
        return self._load(f"layout/{name}")

    def forget_layout(self) -> None:
        """All parts of the window will come up as they do at first."""
        self._memory = {name: state for name, state in self._memory.items() if not name.startswith("layout/")}
        if self._file is not None:
            self._file.remove("layout")

    def save(self) -> None:
        """Writes what is not written yet: before the program ends."""
        if self._file is not None:
            self._file.sync()

    def _read(self) -> Choices:
        stored = self._load(_CHOICES)
        if stored is None:
            return Choices()
        try:
            return msgspec.json.decode(stored.data(), type=Choices)
        except msgspec.MsgspecError:
            return Choices()

    def _store(self, name: str, state: QByteArray) -> None:
        if self._load(name) == state:
            return  # or the file would be written anew
        if self._file is not None:
            self._file.setValue(name, state)
        else:
            self._memory[name] = state

    def _load(self, name: str) -> QByteArray | None:
        value = self._file.value(name) if self._file is not None else self._memory.get(name)
        return value if isinstance(value, QByteArray) else None

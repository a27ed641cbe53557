"""What a person who mends this program needs to know, to be copied into a report: looked at first, without secrets."""

from __future__ import annotations

import getpass
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from PySide6.QtCore import QLocale, QObject, Qt, QTimer, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.masking import masked, user_names
from vmi_console.gui.mishaps import Mishap, Mishaps
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import UNKNOWN
from vmi_console.plain_text import visible
from vmi_console.settings import Workspace
from vmi_console.wire.program import version

LIBRARIES = (
    "PySide6-Essentials",
    "qasync",
    "msgspec",
    "keyring",
    "platformdirs",
    "pyvmomi",
    "libvirt-python",
)
LOG_BYTES = 48 << 10
LOG_LINES = 150
ERRANDS = 20
CHANGES_MS = 3000


def text(desk: Desk, workspace: Workspace | None = None, mishaps: Mishaps | None = None) -> str:
    """All of it, in English: it is read by others than the operator. Takes a few milliseconds."""
    entries = [
        *_program(desk),
        *_health(desk),
        *_choices(desk),
        *_errands(desk),
        *(_mishaps(mishaps) if mishaps is not None else ()),
        *(_logs(workspace) if workspace is not None else ()),
    ]
    return _shareable(entries, _names(desk))


def details(mishap: Mishap, desk: Desk) -> str:
    """One unexpected error with its stack."""
    entries = [
        f"VMI Console {version()}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}",
        f"doing: {mishap.doing or UNKNOWN}",
        f"{mishap.count} time(s), first {_at(mishap.first_at)}, last {_at(mishap.last_at)}",
        "",
        mishap.trace,
    ]
    return _shareable(entries, _names(desk))


def _program(desk: Desk) -> Iterator[str]:
    link = desk.replica.link
    yield f"VMI Console {version()}, {_at(datetime.now(UTC))}"
    state = f"answers since {_at(link.since)}" if link.up else f"silent since {_at(link.since)}: {link.reason}"
    yield f"engine {link.version or UNKNOWN}, {state}"
    yield f"Python {platform.python_version()} ({sys.platform}, frozen: {bool(getattr(sys, 'frozen', False))})"
    yield f"Qt {qVersion()}, {QGuiApplication.platformName()}, locale {QLocale().name()}"
    yield f"system {platform.platform()}"
    for screen in QGuiApplication.screens():
        size = screen.size()
        yield f"screen {size.width()} × {size.height()} at {screen.devicePixelRatio():g}"
    yield "libraries " + ", ".join(f"{name} {_version_of(name)}" for name in LIBRARIES)
    yield f"memory of the window {_memory()}"


def _health(desk: Desk) -> Iterator[str]:
    replica = desk.replica
    yield ""
    yield "Estate"
    yield "  " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(replica.counts.items()) if count)
    yield f"  {len(replica.changes):,} changes, {len(replica.progress)} discoveries under way"
    yield ""
    yield "Connections"
    for connection in replica.connections():
        health, grants = connection.health, msgspec.to_builtins(connection.grants)
        allowed = ", ".join(name for name, granted in grants.items() if granted)
        yield f"  {connection.uri} ({connection.provider}, {connection.product or UNKNOWN})"
        yield f"    {health.state.value} since {_at(health.since)}; allowed: {allowed or 'nothing'}"
        if told := " | ".join(filter(None, (health.reason, health.prospects))):
            yield f"    {told}"


def _choices(desk: Desk) -> Iterator[str]:
    yield ""
    yield "Preferences that differ from the first ones"
    chosen = msgspec.to_builtins(desk.preferences.choices)
    for name, value in chosen.items():
        yield f"  {name}: {value}"
    if not chosen:
        yield "  none"


def _errands(desk: Desk) -> Iterator[str]:
    yield ""
    yield "Tasks"
    errands = [*list(desk.errands.ended)[-ERRANDS:], *desk.errands.under_way]
    for errand in errands:
        yield f"  {_at(errand.started_at)} {errand.name}: {errand.outcome.value} {errand.detail}"
    if not errands:
        yield "  none"


def _mishaps(mishaps: Mishaps) -> Iterator[str]:
    yield ""
    yield "Unexpected errors"
    for mishap in mishaps.all:
        yield f"  {mishap.count} × {mishap.what}, while: {mishap.doing or UNKNOWN}"
        yield mishap.trace


def _logs(workspace: Workspace) -> Iterator[str]:
    for path in (workspace.window_log, workspace.log):
        yield ""
        yield f"End of {path.name}"
        yield "\n".join(_end_of(path))


def _end_of(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(0, length - LOG_BYTES))
            lines = file.read(LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return [f"({error.strerror})"]
    return lines[1 if length > LOG_BYTES else 0 :][-LOG_LINES:]


def _names(desk: Desk) -> set[str]:
    return _own_names().union(*(user_names(connection.uri) for connection in desk.replica.connections()))


def _own_names() -> set[str]:
    """Of the account this runs in."""
    try:
        return {getpass.getuser(), Path.home().name} - {""}
    except (OSError, KeyError, RuntimeError):  # an account without a name or a home
        return set()


def _version_of(library: str) -> str:
    from importlib import metadata  # takes long to import, and is seldom asked

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _memory() -> str:
    """Resident, where the system tells (Linux: proc(5), the fields of statm)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return UNKNOWN
    return f"{pages * 4096 / (1 << 20):.0f} MiB"


def _at(at: datetime | None) -> str:
    return UNKNOWN if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


def _shareable(entries: list[str], names: set[str]) -> str:
    """Each entry masked as a whole, since a key goes over several lines; then each line made harmless."""
    lines = (line for entry in entries for line in masked(entry, names).split("\n"))
    return "\n".join(visible(line, 2000) for line in lines)


class Report(QDialog):
    """Shows a text before it is copied, and copies it."""

    def __init__(self, parent: QWidget, title: str, note: str, content: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        fitting.resize(self, 820, 560)
        self.text = QPlainTextEdit(content)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(title)
        self.copied = PlainLabel(tone=Tone.GOOD)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setProperty("primary", True)
        self.copy_button.setDefault(True)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.copied, 1)
        foot.addWidget(self.copy_button)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(PlainLabel(note, Tone.MUTED).wrapped())
        layout.addWidget(self.text, 1)
        layout.addLayout(foot)
        self.copy_button.clicked.connect(self._copy)
        close.clicked.connect(self.close)
        self.copy_button.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copied.setText(self.tr("Copied"))
        QTimer.singleShot(CHANGES_MS, self.copied, self.copied.clear)


class Diagnostics(QObject):
    """Opens reports over a window."""

    def __init__(self, window: QWidget, desk: Desk, workspace: Workspace | None, mishaps: Mishaps | None) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._workspace = workspace
        self._mishaps = mishaps

    def show_all(self) -> Report:
        """Everything about this program and how it is doing."""
        note = self.tr(
            "Passwords, tokens and user names are left out. Names and addresses of your hosts may be in it: read it"
            " before you give it to others."
        )
        return self._open(self.tr("Diagnostics"), note, text(self._desk, self._workspace, self._mishaps))

    def show_mishap(self, mishap: Mishap) -> Report:
        """One unexpected error."""
        note = self.tr("The console goes on. Whoever mends it needs to know this and what you did before it happened.")
        return self._open(self.tr("An unexpected error"), note, details(mishap, self._desk))

    def headline(self, mishap: Mishap) -> str:
        """What to tell an operator at once."""
        if mishap.doing:
            return self.tr("Something went wrong while doing this: {0}. The console goes on.").format(
                visible(mishap.doing, 100)
            )
        return self.tr("Something went wrong in this window. The console goes on.")

    def _open(self, title: str, note: str, content: str) -> Report:
        report = Report(self._window, title, note, content)
        report.show()
        return report

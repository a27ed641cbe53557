"""The program from its first paint to its end: with a real engine and the demo estate, and with errors on the way."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.gui.conftest import Console
from vmi_console.errors import CommandRefused
from vmi_console.gui import runtime
from vmi_console.gui.mishaps import Mishaps
from vmi_console.history.lock import WorkspaceLock
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment
from vmi_console.settings import Workspace


@pytest.mark.slow
def test_a_screenshot_of_the_demo_estate(tmp_path: Path) -> None:
    """In a process of its own, as the command line starts it; the engine and its roles end with it."""
    path = tmp_path / "window.png"
    program = (
        "from pathlib import Path; from vmi_console.gui import Options, Screenshot, run; import sys;"
        f"sys.exit(run(Options(demo=True, size=(1000, 700), screenshot=Screenshot(Path({str(path)!r}), 6.0))))"
    )
    ended = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "This plugin does not support" not in ended.stderr
    picture = QImage(str(path))
    assert (picture.width(), picture.height()) == (1000, 700)
    colours = {picture.pixelColor(x, 200).name() for x in range(0, 1000)}
    assert len(colours) > 3, "nothing is painted"


def test_a_picture_of_a_file_that_is_none_ends_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.vmisnap").write_text("no snapshot")
    words = [
        sys.executable,
        "-m",
        "vmi_console",
        str(tmp_path / "broken.vmisnap"),
        "--screenshot",
        str(tmp_path / "p.png"),
    ]
    ended = subprocess.run([*words, "--after", "0.1"], timeout=60, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is no snapshot file" in ended.stderr
    assert QImage(str(tmp_path / "p.png")).width() > 0


def test_a_picture_without_an_engine_ends_with_the_reason(tmp_path: Path) -> None:
    work = tmp_path / "work"
    held = WorkspaceLock(Workspace.at(work).data / "history.lock")
    try:
        words = [sys.executable, "-m", "vmi_console", "--workspace", str(work), "--screenshot", str(tmp_path / "p.png")]
        ended = subprocess.run([*words, "--after", "0.1"], timeout=60, capture_output=True, text=True, check=False)
    finally:
        held.release()
    assert ended.returncode == 1
    assert "another engine" in ended.stderr
    assert QImage(str(tmp_path / "p.png")).width() > 0


def test_a_file_that_the_desktop_hands_over_is_opened(tmp_path: Path) -> None:
    """As macOS does with a double click: before there is a window, and for snapshots alone."""
    snapshots.write(tmp_path / "one.vmisnap", Moment(at=datetime(2026, 3, 1, tzinfo=UTC), records=(), title="March"))
    source = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFileOpenEvent
from vmi_console.gui import Options, Screenshot, run
from vmi_console.gui.review.handed import Application
from vmi_console.settings import Workspace
folder = Path({str(tmp_path)!r})
application = Application(["vmi-console"])
for name in ("other.txt", "one.vmisnap"):
    QCoreApplication.postEvent(application, QFileOpenEvent(str(folder / name)))
options = Options(workspace=Workspace.at(folder / "work"), screenshot=Screenshot(folder / "picture.png", 1.0))
sys.exit(run(options))
"""
    ended = subprocess.run([sys.executable, "-c", source], timeout=60, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    kept = (tmp_path / "work" / "window.ini").read_text()
    assert "one.vmisnap" in kept
    assert "other.txt" not in kept


def listens(pid: int) -> bool:
    """Whether a process handles SIGTERM by now; see proc(5)."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def program(workspace: Path) -> list[str]:
    """A window with a workspace."""
    source = (
        "from pathlib import Path; from vmi_console.gui import Options, run; import sys;"
        "from vmi_console.settings import Workspace;"
        f"sys.exit(run(Options(workspace=Workspace.at(Path({str(workspace)!r})), size=(1000, 700))))"
    )
    return [sys.executable, "-c", source]


def wait_for(window: subprocess.Popen[str]) -> None:
    """Until it handles signals."""
    deadline = time.monotonic() + 60
    while not listens(window.pid):
        assert window.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for when the window is there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_closes_the_window_as_a_person_does(tmp_path: Path, number: signal.Signals) -> None:
    """In a process of its own: it ends by itself, and where everything was is kept."""
    with subprocess.Popen(program(tmp_path), stderr=subprocess.PIPE, text=True) as window:
        wait_for(window)
        window.send_signal(number)
        _, said = window.communicate(timeout=60)
    assert (window.returncode, said) == (0, "")
    assert "layout" in (tmp_path / "window.ini").read_text()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="a display that can be taken away is Xvfb")
def test_a_display_that_goes_away_ends_the_program_and_keeps_where_everything_was(tmp_path: Path) -> None:
    """As when a desktop's session ends."""
    screen = subprocess.Popen(["Xvfb", "-displayfd", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with screen:
        assert screen.stdout is not None
        display = {"DISPLAY": f":{screen.stdout.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        with subprocess.Popen(program(tmp_path), env=os.environ | display, stderr=subprocess.PIPE, text=True) as window:
            wait_for(window)
            time.sleep(1)  # the window is about to be shown
            screen.kill()
            _, said = window.communicate(timeout=60)
    assert "Traceback" not in said
    assert "layout" in (tmp_path / "window.ini").read_text()


async def test_a_failed_command_is_said_in_the_window(console: Console) -> None:
    console.engine.answers["open_policies"] = CommandRefused("the folder is away", "come back later")
    console.window.open_policies("/away")
    await console.until(lambda: console.window.notices.other.isVisible())
    assert console.window.notices.other.label.text() == "the folder is away · come back later"


def test_unexpected_exceptions_are_told_and_the_loop_goes_on(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    mishaps = Mishaps()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "of the loop", "exception": ValueError("one")})
        thread = threading.Thread(target=lambda: int("two"))
        thread.start()
        thread.join()
        sys.excepthook(KeyError, KeyError("three"), None)
        await asyncio.sleep(0.01)

    before = sys.excepthook, threading.excepthook
    with caplog.at_level(logging.CRITICAL):
        runtime.run(qapp, main(), mishaps)
    assert (sys.excepthook, threading.excepthook) == before
    assert sorted(mishap.what.split(":")[0] for mishap in mishaps.all) == ["KeyError", "ValueError", "ValueError"]

"""A process's own folder, and those of processes that were killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from vmi_console import runtime_folder
from vmi_console.runtime_folder import HELD, YOUNG_S, RuntimeFolder, sweep

HOLDING = """
import sys
from vmi_console.runtime_folder import RuntimeFolder
print(RuntimeFolder().path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are, of this process and its children."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def of_an_hour_ago(folder: Path) -> Path:
    then = time.time() - 3600
    os.utime(folder / HELD, (then, then))
    return folder


def test_it_is_this_users_alone_and_goes_with_all_that_is_in_it(place: Path) -> None:
    with RuntimeFolder() as folder:
        assert folder.path.parent == place
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        (folder.path / "deep").mkdir()
        (folder.path / "deep" / "file").write_text("kept while it lives")
    assert [*place.iterdir()] == []


def test_what_a_killed_process_left_is_taken_away_and_nothing_else(place: Path) -> None:
    (place / "vmi-console-of-another-kind").mkdir()
    (place / "notes").write_text("a person's")
    with (
        RuntimeFolder() as ours,
        subprocess.Popen(
            [sys.executable, "-c", HOLDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        (theirs / "secret").write_text("what it knew")
        of_an_hour_ago(ours.path)
        of_an_hour_ago(theirs)
        sweep()
        assert theirs.exists(), "it lives"
        other.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        other.wait()
        sweep()
        assert not theirs.exists()
        assert ours.path.exists()
    assert {each.name for each in place.iterdir()} == {"vmi-console-of-another-kind", "notes"}


def test_a_young_one_is_let_be(place: Path) -> None:
    folder = place / f"{runtime_folder.PREFIX}new"
    folder.mkdir()
    (folder / HELD).touch()  # and its process is about to lock it
    sweep()
    assert folder.exists()
    then = time.time() - YOUNG_S - 1
    os.utime(folder / HELD, (then, then))
    sweep()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_elsewhere_is_not_followed(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / HELD).touch()
    of_an_hour_ago(elsewhere)
    (place / f"{runtime_folder.PREFIX}link").symlink_to(elsewhere)
    sweep()
    assert (elsewhere / HELD).exists()

"""Notes of what is made on hypervisors: on disk before it is made, found again when their maker is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vmi_console.errors import StorageError
from vmi_console.introspection.temporary import Notes

MAKER = """
import sys, time
from pathlib import Path
from vmi_console.introspection.temporary import Notes
note = Notes(Path(sys.argv[1])).take("here", "vm-1", "backup job")
print(note.noted.token, flush=True)
time.sleep(60)
"""


def tokens(notes: Notes, endpoint: str = "here") -> list[str]:
    found = []
    for note in notes.leftovers(endpoint):
        found.append(note.noted.token)
        note.leave()
    return found


def test_what_a_killed_maker_noted_is_found_and_only_then(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    with subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        token = maker.stdout.readline().strip()
        assert tokens(notes) == [], "its maker lives"
        os.kill(maker.pid, signal.SIGKILL)
    assert tokens(notes) == [token]
    assert tokens(notes, "elsewhere") == []
    (note,) = notes.leftovers("here")
    assert (note.noted.vm, note.noted.what, note.noted.name) == ("vm-1", "backup job", f"vmi-console-{token}")
    note.done()
    assert tokens(notes) == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_done_leaves_nothing(tmp_path: Path) -> None:
    note = Notes(tmp_path).take("here", "vm-1", "snapshot")
    note.done()
    note.done()
    assert list(tmp_path.iterdir()) == []


def test_half_written_notes_are_of_nothing_that_was_made(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef.json").write_text('{"token":')
    (tmp_path / "fedcba9876543210.json").write_text('{"token":"another","endpoint":"here","vm":"1","what":"x"}')
    assert tokens(Notes(tmp_path)) == []


def test_without_a_note_nothing_may_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="no snapshot is made"):
        Notes(tmp_path / "file").take("here", "vm-1", "snapshot")

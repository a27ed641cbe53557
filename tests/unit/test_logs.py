"""Log lines: plain text, to standard error what needs somebody, to the file the story."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from vmi_console.logs import PlainFormatter

PROGRAM = """
import logging, sys
from pathlib import Path
from vmi_console import logs
logs.to_standard_error("engine")
logs.to_file("engine", Path(sys.argv[1]))
logging.getLogger("x").warning("first %s", "a\\x1b[31mred\\nsecond line")
logging.getLogger("x").error("worse")
"""


def test_what_comes_from_outside_cannot_steer_the_terminal() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", ("a\x1b[31m\u202eb",), None)
    line = PlainFormatter("reader").format(record)
    assert line.endswith("reader ERROR x: a␛[31m⟨U+202E⟩b")


def test_warnings_go_to_the_file_and_errors_to_both(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True)
    assert "worse" in ran.stderr
    assert "first" not in ran.stderr
    written = path.read_text()
    assert "first a␛[31mred" in written
    assert "worse" in written


def test_no_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    program = PROGRAM.replace("Path(sys.argv[1])", "Path(sys.argv[1]) / 'none' / 'x.log'")
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "no log can be written" in ran.stderr

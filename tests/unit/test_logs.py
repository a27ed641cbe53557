"""Log lines: plain text, to standard error what needs somebody, to the file the story."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_only_the_owner_can_read_the_file_and_those_before_it(tmp_path: Path) -> None:
    program = f"import os; os.umask(0)\n{PROGRAM}\nfor _ in range(9): logging.error('x' * 300)"
    program = program.replace(
        "logs.to_file", "from vmi_console import log_file; log_file.FILE_BYTES = 1000; logs.to_file"
    )
    path = tmp_path / "engine.log"
    subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("engine.log", "engine.log.1", "engine.log.2", "engine.log.3"), 0o600)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of the size of files there")
def test_a_file_that_cannot_be_written_is_said_once_in_one_line(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"  # as a full disk would
    program = f"{full}\n{PROGRAM}\nfor _ in range(99): logging.warning('x' * 300)"
    path = tmp_path / "engine.log"
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    said, error = ran.stderr.splitlines()
    assert said == f"messages are missing in {path}, because of this: [Errno 27] File too large"
    assert error.endswith("ERROR x: worse")


def test_a_standard_error_that_is_gone_is_no_reason_to_fail(tmp_path: Path) -> None:
    program = PROGRAM.replace("logging.getLogger", "os.close(2); logging.getLogger", 1).replace("sys", "os, sys", 1)
    path = tmp_path / "engine.log"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    assert "worse" in path.read_text()

"""The guards of tests/conftest.py, each seen to catch what it is there for, in a pytest of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).parents[1] / "conftest.py"

INI = """
[pytest]
asyncio_mode = auto
markers = lab: needs a hypervisor
addopts = --import-mode=importlib -p no:cacheprovider -p no:pytest-qt
testpaths = .
"""

LEAKS = """
import asyncio, subprocess, sys, threading, time
import pytest

def test_thread():
    threading.Thread(target=time.sleep, args=(4,), name="forgotten").start()

def test_process():
    global child
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(4)"])

def test_process_ends():
    child.kill()
    child.wait()

async def test_task():
    test_task.forgotten = asyncio.get_running_loop().create_task(asyncio.sleep(60), name="forgotten")

@pytest.fixture
async def owner():
    async with asyncio.TaskGroup() as tasks:
        yield tasks

async def test_owned_task(owner):
    owner.create_task(asyncio.sleep(0.01))

def test_clean():
    subprocess.run([sys.executable, "-c", ""], check=True)
    with subprocess.Popen([sys.executable, "-c", ""]): pass
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
"""

SKIPS = """
import pytest

@pytest.mark.lab
def test_marked():
    pytest.skip("no libvirtd")

def test_unmarked():
    pytest.skip("fine")
"""

MODULE_SKIPS = """
import pytest
pytest.skip("no QEMU", allow_module_level=True)
"""

NOT_LAB = """
def test_nothing_much():
    assert True
"""


def outcomes(folder: Path, in_ci: bool = False) -> tuple[dict[str, str], str, int]:
    """What a pytest of its own makes of the tests in `folder`: the verdict on each, its output and its exit code."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "pytest.ini").write_text(INI)
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | ({"CI": "1"} if in_ci else {})
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-v"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    verdicts: dict[str, str] = {}
    for name, verdict in re.findall(r"::(\w+) (PASSED|FAILED|ERROR|SKIPPED)", run.stdout):
        verdicts[name] = verdict
    return verdicts, run.stdout + run.stderr, run.returncode


@pytest.mark.skipif(sys.platform != "linux", reason="child processes are told by /proc")
def test_what_is_left_running_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    verdicts, output, _ = outcomes(tmp_path)
    assert verdicts == {
        "test_thread": "ERROR",
        "test_process": "ERROR",
        "test_process_ends": "PASSED",
        "test_task": "ERROR",
        "test_owned_task": "PASSED",
        "test_clean": "PASSED",
    }, output
    assert "left running: thread forgotten" in output
    assert "left running: process" in output


def test_a_hypervisor_test_may_skip_itself_on_a_developers_machine(tmp_path: Path) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS)
    verdicts, output, code = outcomes(tmp_path)
    assert verdicts == {"test_marked": "SKIPPED", "test_unmarked": "SKIPPED"}, output
    assert code == pytest.ExitCode.OK


def test_a_skipped_hypervisor_test_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS)
    verdicts, output, code = outcomes(tmp_path, in_ci=True)
    assert verdicts == {"test_marked": "FAILED", "test_unmarked": "SKIPPED"}, output
    assert "no libvirtd" in output
    assert code == pytest.ExitCode.TESTS_FAILED


def test_a_skipped_module_of_hypervisor_tests_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "hypervisors").mkdir()
    (tmp_path / "hypervisors" / "test_libvirt.py").write_text(MODULE_SKIPS)
    _, output, code = outcomes(tmp_path, in_ci=True)
    assert "no QEMU" in output
    assert code == pytest.ExitCode.INTERRUPTED, output


def test_a_run_without_hypervisor_tests_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(NOT_LAB)
    verdicts, output, code = outcomes(tmp_path, in_ci=True)
    assert verdicts == {"test_nothing_much": "PASSED"}, output
    assert code == pytest.ExitCode.TESTS_FAILED

"""What holds for every test: no window on a screen, nothing left running, and nothing skipped in CI unseen."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Qt and libvirt would both run GLib's default loop; in the program they never share a process, in a test run they do.
os.environ["QT_NO_GLIB"] = "1"

IN_CI = bool(os.environ.get("CI"))
GRACE_S = 2.0  # for threads and processes that were told to end and are about to

# Examples that differ from run to run are for a developer's machine; in CI a failure must be the change's own.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.register_profile("hurry", deadline=None, max_examples=25)


def pytest_configure(config: pytest.Config) -> None:
    """Who leaves slow tests out is in a hurry, and gets fewer examples too."""
    hurry = "not slow" in config.option.markexpr
    settings.load_profile("ci" if IN_CI else "hurry" if hurry else "developer")


# --- garbage is looked for between tests ------------------------------------------------------------------------------
#
# Left alone, Python does so in whichever thread has just made something, and takes widgets apart there, while Qt uses
# them; and what was left open is found out somewhere in a later test.

WALK_ALL_EVERY = 100  # tests: it takes a tenth of a second

_tests = 0


def pytest_sessionstart(session: pytest.Session) -> None:
    """From here on nobody looks for garbage but `garbage_is_found_where_it_was_made`."""
    gc.disable()


@pytest.fixture(autouse=True)
def garbage_is_found_where_it_was_made() -> Iterator[None]:
    """Collects, after each test, what it left behind."""
    global _tests
    yield
    _tests += 1
    gc.collect(2 if _tests % WALK_ALL_EVERY == 0 else 1)


# --- nothing is left behind -----------------------------------------------------------------------------------------


def _threads() -> set[threading.Thread]:
    """Threads that would keep the program from ending."""
    return {thread for thread in threading.enumerate() if thread.is_alive() and not thread.daemon}


def _children() -> dict[int, str]:
    """Running child processes of this one, with their command lines; only Linux tells them cheaply."""
    found: dict[int, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            pids = listing.read_text().split()
        except OSError:
            continue  # that thread has just ended
        for pid in pids:
            try:
                state = Path("/proc", pid, "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                command = Path("/proc", pid, "cmdline").read_bytes()
            except OSError:
                continue  # and so has that process
            if state not in "ZX":  # ended, and waits to be reaped
                found[int(pid)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fails a test that leaves a thread or a child process behind.

    Fixtures of a wider scope are set up before this one, so what they start is theirs to end.
    """
    threads, children = _threads(), _children()
    yield
    deadline = time.monotonic() + GRACE_S
    while True:
        left = [f"thread {thread.name}" for thread in _threads() - threads]
        left += [f"process {pid}: {command}" for pid, command in _children().items() if pid not in children]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    if left:
        pytest.fail("left running: " + "; ".join(left), pytrace=False)


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fails a coroutine test whose loop still runs tasks after all other fixtures have been torn down."""
    yield
    for _ in range(10):  # tasks that were cancelled need a few turns to end
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    if left:
        pytest.fail("tasks left running: " + "; ".join(repr(task) for task in left), pytrace=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Puts `no_task_left` around every coroutine test: first set up, last torn down."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
        item.fixturenames.insert(0, "no_task_left")


# --- in CI every test on a hypervisor runs --------------------------------------------------------------------------

_lab_tests_passed = 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a hypervisor test that skips itself has failed: nobody would see that it never ran."""
    global _lab_tests_passed
    report = yield
    if item.get_closest_marker("lab"):
        if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, and CI runs every hypervisor test: {report.longrepr}"
        _lab_tests_passed += report.when == "call" and report.passed
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module of them that skips itself as a whole."""
    report = yield
    if IN_CI and report.skipped and "hypervisors" in collector.path.parts:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and CI runs every hypervisor test: {report.longrepr}"
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run in CI without a single hypervisor test is no success either."""
    whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not session.config.option.markexpr
    if IN_CI and whole and exitstatus == pytest.ExitCode.OK and _lab_tests_passed == 0:
        print("\nno hypervisor test (marker: lab) ran and passed")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

"""The real program, as a person or a script starts it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vmi_console import settings
from vmi_console.cli.document import Document
from vmi_console.cli.lines import HealthLine, Line
from vmi_console.settings import SavedConnection, Settings, Workspace

BUSY_DEMO = "demo://?hosts=2&vms=20&changes_per_second=50"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a user who never used the console: no session, no keyring, no saved connection."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONWARNINGS": "error",
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "vmi_console", *arguments]


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
        check=False,
    )  # fmt: skip


@contextlib.contextmanager
def started(environment: dict[str, str], *arguments: str, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """The program while it runs; killed at the end if it has not ended by itself."""
    pipe = subprocess.PIPE
    streams = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe} | more
    with subprocess.Popen(command(*arguments), env=environment, text=True, **streams) as program:
        try:
            yield program
        finally:
            program.kill()


def read_until(program: subprocess.Popen[str], text: str) -> str:
    """Reads lines of standard output until one holds the text."""
    assert program.stdout is not None
    for line in program.stdout:
        if text in line:
            return line
    raise AssertionError(f"ended without {text!r}: {program.stderr.read() if program.stderr else ''}")


def lines_of(output: str) -> list[Line]:
    return [msgspec.json.decode(line, type=Line.__value__) for line in output.splitlines()]


# --- without an engine --------------------------------------------------------------------------------------------


def test_help_and_version_import_next_to_nothing(environment: dict[str, str]) -> None:
    for arguments in ("--help", "collect --help", "--version"):
        source = (
            "import sys; from vmi_console.cli import run\n"
            f"try: run({arguments.split()!r})\n"
            "except SystemExit as end: assert end.code == 0\n"
            "print([name for name in ('asyncio', 'msgspec', 'PySide6', 'libvirt') if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.endswith("[]\n"), arguments
    assert re.fullmatch(r"vmi-console \d\S*\n", run(environment, "--version").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["collect"], ["collect", "foo://x"], ["collect", "demo://", "--timeout", "0"],
        ["watch", "nonsense"], ["--what"], ["watch", "--seconds", "soon"],
        ["watch", "--engine", "e", "demo://"], ["--engine", "e", "collect", "demo://"], ["--engine", "e", "--demo"],
        ["collect", "demo://root:hunter2@x"], ["watch", "demo://", "qemu://root:hunter2@x"],
        ["collect", "demo://", "qemu://root:hunter2@x"],
        ["--demo", "--screenshot", "/nowhere/at-all/x.png"],
        ["collect", "x" * 100_000], ["collect", "demo://", "x" * 100_000],
        ["audit", "verify", "--head", "zz"], ["inspect", "demo://#"], ["policy", "lint", str(Path(__file__).parent)],
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_exit_2_with_a_reason(environment: dict[str, str], arguments: list[str]) -> None:
    done = run(environment, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "vmi-console" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert "_" not in done.stderr  # no name of ours
    assert len(done.stderr) < 2000


def test_who_uses_a_command_wrongly_is_shown_how_that_is_used(environment: dict[str, str]) -> None:
    for arguments in (["check", "--demo"], ["collect"], ["quarantine", "demo://#web-01"]):
        assert f"usage: vmi-console {arguments[0]} " in run(environment, *arguments).stderr


def test_who_watches_nothing_is_told_so(environment: dict[str, str]) -> None:
    done = run(environment, "watch", "--seconds", "3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing is connected yet" in done.stderr


# --- collect ------------------------------------------------------------------------------------------------------


def test_the_demo_estate_is_collected_whole(environment: dict[str, str]) -> None:
    done = run(environment, "collect", "demo://?hosts=3&vms=40")
    assert done.returncode == 0, done.stderr
    document = msgspec.json.decode(done.stdout, type=Document)
    hosts = {host.name for host in document.hosts}
    assert (len(hosts), len(document.vms)) == (3, 40)
    assert {vm.host for vm in document.vms} <= hosts
    assert {vm.connection for vm in document.vms} == {document.connections[0].name}
    assert [connection.state for connection in document.connections] == ["live"]
    assert all(nic.network in {network.name for network in document.networks} for vm in document.vms for nic in vm.nics)
    assert any(isinstance(nic.vlan, int) and nic.vlan > 0 for vm in document.vms for nic in vm.nics)
    assert document.datastores


@pytest.mark.parametrize(
    "arguments", [["collect", "vsphere://a@127.0.0.1:9"], ["inspect", "vsphere://a@127.0.0.1:9#x"]]
)
def test_a_command_that_is_over_does_not_say_that_it_is_tried_again(
    environment: dict[str, str], arguments: list[str]
) -> None:
    done = run(environment, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing listens at 127.0.0.1:9" in done.stderr
    assert "run the command again" in done.stderr
    assert "tried again" not in done.stderr


def test_who_goes_on_watching_is_told_that_it_is_tried_again(environment: dict[str, str]) -> None:
    with started(environment, "watch", "vsphere://a@127.0.0.1:9", "--seconds", "60") as program:
        assert "it is tried again; is the server up" in read_until(program, "nothing listens")


def test_what_cannot_be_signed_is_refused_before_anything_is_read(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "x.vmisnap"
    for estate in (["demo://?fail=unreachable"], []):  # the first would be told where it had been read
        done = run(environment, "collect", *estate, "-o", str(path), "--sign")
        assert (done.returncode, done.stdout) == (1, "")
        assert "no key that lasts" in done.stderr
    assert not path.exists()


@pytest.mark.slow
def test_libvirts_test_driver_is_collected(environment: dict[str, str]) -> None:
    done = run(environment, "collect", "test:///default")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (vm,) = document["vms"]
    assert (vm["name"], vm["power"], vm["vcpus"], vm["memory_mb"]) == ("test", "on", 2, 8192)
    assert vm["nics"][0]["mac"] == "aa:bb:cc:dd:ee:ff"
    table = run(environment, "collect", "test:///default", "--format", "table").stdout
    assert "Virtual machines (1)" in table
    assert "\x1b" not in table


def test_an_address_where_nobody_answers_is_exit_1(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, "collect", f"qemu+unix:///system?socket={tmp_path}/nobody")
    assert (done.returncode, done.stdout) == (1, "")
    message, advice = done.stderr.splitlines()[-2:]
    assert message.startswith("vmi-console: qemu+unix:///system?socket=")
    assert advice.startswith("  ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_hypervisor_that_never_answers_costs_the_timeout(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        done = run(environment, "collect", f"qemu+unix:///system?socket={tmp_path}/s", "--timeout", "2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "was not read within 2 s" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="nothing here is full")
@pytest.mark.parametrize("arguments", [["collect", "demo://?hosts=1"], ["watch", "demo://?hosts=1"], ["--version"]])
def test_a_full_disk_is_told_and_exit_1(environment: dict[str, str], arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full, started(environment, *arguments, stdout=full) as program:
        assert program.wait(60) == 1
        assert program.stderr is not None
        assert program.stderr.readline() == "vmi-console: the output cannot be written: No space left on device\n"
        assert "Traceback" not in program.stderr.read()


# --- secrets ------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked_uri(tmp_path: Path) -> str:
    """A libvirt connection that wants a password: the test driver has users where its file names some."""
    (tmp_path / "locked.xml").write_text(
        "<node><auth><user password='s3cret'>amy</user></auth>"
        "<domain type='test'><name>inside</name><memory>8192</memory><os><type>hvm</type></os></domain></node>"
    )
    return f"test://amy@{tmp_path}/locked.xml"


def test_without_a_terminal_a_missing_secret_is_exit_3(environment: dict[str, str], locked_uri: str) -> None:
    done = run(environment, "collect", locked_uri)
    assert (done.returncode, done.stdout) == (3, "")
    assert "run this in a terminal" in done.stderr


def test_at_a_terminal_the_secret_is_asked_for_and_not_shown(environment: dict[str, str], locked_uri: str) -> None:
    ours, theirs = pty.openpty()
    with (
        os.fdopen(ours, "r+b", buffering=0) as terminal,
        started(
            environment, "collect", locked_uri, stdin=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: _take_terminal(theirs),
        ) as program,
    ):  # fmt: skip
        os.close(theirs)
        shown = b""
        while b"Password:" not in shown:
            shown += terminal.read(1024)
        terminal.write(b"s3cret\n")
        assert program.stdout is not None
        document = json.loads(program.stdout.read())
        assert program.wait(30) == 0
        with contextlib.suppress(OSError):  # so the end of a terminal reads
            shown += terminal.read(4096)
    assert [vm["name"] for vm in document["vms"]] == ["inside"]
    assert b"s3cret" not in shown


def _take_terminal(terminal: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


# --- watch --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_watching_tells_health_and_changes_line_by_line(environment: dict[str, str]) -> None:
    done = run(environment, "watch", BUSY_DEMO, "--seconds", "6", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(done.stdout)
    assert [line.state for line in lines if isinstance(line, HealthLine)][-1] == "live"
    changes = [json.loads(line) for line in done.stdout.splitlines() if '"type":"change"' in line]
    assert changes
    assert all(change["connection"] == BUSY_DEMO.partition("?")[0] for change in changes)
    assert not [change for change in changes if change["seen"] == "discovery"]


@pytest.mark.slow
def test_watching_what_never_answers_is_exit_1(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, "watch", f"qemu+unix:///system?socket={tmp_path}/nobody", "--seconds", "3")
    assert done.returncode == 1
    assert "stale" in done.stdout
    assert "was never live" in done.stderr


def test_watching_nothing_says_so(environment: dict[str, str]) -> None:
    done = run(environment, "watch", "--seconds", "0.5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing is connected" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["a file", "in use"])
def test_a_workspace_that_cannot_be_used_is_told_once_and_at_once(
    environment: dict[str, str], tmp_path: Path, trouble: str
) -> None:
    workspace = tmp_path / "w"
    with contextlib.ExitStack() as stack:
        if trouble == "a file":
            workspace.write_text("")
        else:
            settings.save(
                Workspace.at(workspace).connections,
                Settings(connections=(SavedConnection(id="connection/console/1", name="d", uri="demo://?hosts=1"),)),
            )
            first = stack.enter_context(started(environment, "watch", "--workspace", str(workspace)))
            read_until(first, "live")
        done = run(environment, "watch", "--workspace", str(workspace))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(re.findall("^vmi-console: ", done.stderr, re.MULTILINE)) == 1
    assert str(workspace) in done.stderr


def test_a_reader_that_has_seen_enough_ends_it_quietly(environment: dict[str, str]) -> None:
    with started(environment, "watch", BUSY_DEMO, "--format", "json") as program:
        read_until(program, '"state":"live"')
        assert program.stdout is not None
        program.stdout.close()
        assert program.wait(30) == 141
        assert program.stderr is not None
        assert program.stderr.read() == ""


def test_ctrl_c_ends_it_quietly_and_takes_everything_along(environment: dict[str, str]) -> None:
    with started(environment, "watch", BUSY_DEMO) as program:
        read_until(program, "live")
        (engine,) = _children(program.pid)
        readers = _children(engine)
        assert readers
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130
        assert program.stderr is not None
        assert program.stderr.read() == ""
    assert not [pid for pid in (engine, *readers) if Path("/proc", str(pid)).exists()]


@pytest.mark.slow
def test_another_engine_is_found_when_one_is_killed(environment: dict[str, str]) -> None:
    with started(environment, "watch", BUSY_DEMO, "--format", "json") as program:
        read_until(program, '"state":"live"')
        (engine,) = _children(program.pid)
        os.kill(engine, signal.SIGKILL)
        read_until(program, '"state":"live"')
        assert _children(program.pid) != [engine]
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130
        assert program.stderr is not None
        assert "the engine was ended by signal 9" in program.stderr.read()


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


# --- an engine that listens ---------------------------------------------------------------------------------------


def found_at(engine: subprocess.Popen[str]) -> str:
    """The line in which an engine tells where it is found: it listens from then on."""
    assert engine.stderr is not None
    return next(line for line in engine.stderr if "find this engine" in line)


@pytest.mark.slow
def test_watching_attaches_to_the_engine_of_the_workspace(environment: dict[str, str], tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    saved = SavedConnection(id="connection/console/1", name="Saved demo", uri="demo://?hosts=1&vms=5")
    settings.save(Workspace.at(workspace).connections, Settings(connections=(saved,)))
    with started(environment, "engine", "--workspace", str(workspace)) as engine:
        assert f"at {Workspace.at(workspace).socket}, with: --workspace {workspace}\n" in found_at(engine)
        with started(environment, "watch", "--workspace", str(workspace), "--format", "json") as watch:
            assert "Saved demo" in read_until(watch, '"state":"live"')
            assert _children(watch.pid) == []
        second = run(environment, "engine", "--workspace", str(workspace))
        assert second.returncode == 1
        assert "find this engine" not in second.stderr
        assert f"process {engine.pid}" in second.stderr
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(30) == 0
    done = run(environment, "watch", "--workspace", str(workspace), "--seconds", "4", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert '"state":"live"' in done.stdout


def test_an_engine_at_a_path_of_its_own_is_found_as_it_says(environment: dict[str, str], tmp_path: Path) -> None:
    workspace, path = tmp_path / "w", tmp_path / "here and there" / "e"
    saved = SavedConnection(id="connection/console/1", name="Saved demo", uri="demo://?hosts=1&vms=5")
    settings.save(Workspace.at(workspace).connections, Settings(connections=(saved,)))
    with started(environment, "engine", "--workspace", str(workspace), "--listen", str(path)) as engine:
        option, told = shlex.split(found_at(engine).partition(" with: ")[2])
        assert (option, told) == ("--engine", str(path))
        with started(environment, "watch", option, told, "--format", "json") as watch:
            assert "Saved demo" in read_until(watch, '"state":"live"')
            assert _children(watch.pid) == []
        engine.send_signal(signal.SIGINT)
        assert engine.wait(30) == 0
    done = run(environment, "watch", "--engine", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"vmi-console: no engine is listening at {path}\n")


def test_an_engine_never_takes_the_place_of_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("a letter")
    done = run(environment, "engine", "--workspace", str(tmp_path / "w"), "--listen", str(precious))
    assert (done.returncode, precious.read_text()) == (1, "a letter")
    assert "something else than a socket" in done.stderr
    assert "find this engine" not in done.stderr


# --- everything at once -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_selftest_passes_here(environment: dict[str, str]) -> None:
    done = run(environment, "--selftest")
    assert done.returncode == 0, done.stdout + done.stderr
    told = {line[8:29].strip(): line[:7].strip() for line in done.stdout.splitlines()[1:]}
    assert told["engine and collector"] == told["parser of guests"] == told["window"] == "ok"
    assert set(told) == {"engine and collector", "parser of guests", "libvirt", "keyring", "window"}

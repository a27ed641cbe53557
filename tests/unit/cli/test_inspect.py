"""`inspect` and `doctor`, as a person or a script starts them."""

from __future__ import annotations

import json
import lzma
import os
import pty
import signal
import struct
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vmi_console.cli.doctor import Report, Status, Topic
from vmi_console.cli.images import opened
from vmi_console.cli.inspect import is_in_vain
from vmi_console.cli.inspection import InspectionDocument, inspection
from vmi_console.cli.selftest import GUEST
from vmi_console.estate.facts import Guest, Look, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Source
from vmi_console.introspection.parser.protocol import Content

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def guest(tmp_path: Path) -> Path:
    path = tmp_path / "images" / "guest.img"
    path.parent.mkdir()
    path.write_bytes(lzma.decompress(GUEST.read_bytes()))
    return path


def run(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmi_console", *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def inspected(environment: dict[str, str], *arguments: str | Path) -> InspectionDocument:
    done = run(environment, "inspect", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return msgspec.json.decode(done.stdout, type=InspectionDocument)


def overlay(path: Path, backing: str, size: int) -> Path:
    """A qcow2 image that holds nothing of its own, before the file of that name."""
    name = backing.encode()
    cluster = 1 << 16
    entries = -(-size // (cluster * cluster // 8))
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII8x",
        *(b"QFI\xfb", 3, 112, len(name), 16, size, 0, entries, 2 * cluster, cluster, 1, 0, 0),
        *(0, 0, 0, 4, 104),
    )
    path.write_bytes((header + name).ljust(3 * cluster, b"\0"))
    return path


# --- files ----------------------------------------------------------------------------------------------------------


def test_what_is_in_an_image_is_printed_as_the_schema_says(environment: dict[str, str], guest: Path) -> None:
    document = inspected(environment, guest)
    assert document.name == "guest.img"
    assert document.os is not None
    assert (document.os.name, document.os.version, document.os.kernel) == ("Debian GNU/Linux", "12", None)
    assert document.hostname == "selftest"
    assert document.packages is not None
    assert [(each.name, each.version, each.source) for each in document.packages] == [("hello", "2.10-3", "hello")]
    assert document.services is not None
    assert [(each.enabled, each.running, each.state) for each in document.services] == [(True, None, "enabled")]
    assert document.processes is None
    assert document.sets["processes"].status == "not looked yet"
    (source,) = document.sources
    assert (source.kind, source.way, source.status) == ("disk", "file", "read")
    assert 0 < source.read_bytes < guest.stat().st_size
    assert source.calls > 0


def test_a_person_gets_tables(environment: dict[str, str], guest: Path) -> None:
    done = run(environment, "inspect", guest, "--format", "table")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("guest.img: Debian GNU/Linux 12 on selftest\n")
    assert "hello  2.10-3" in done.stdout


def test_a_backing_file_is_found_beside_its_image(environment: dict[str, str], guest: Path) -> None:
    document = inspected(environment, overlay(guest.with_name("vm.qcow2"), "guest.img", guest.stat().st_size))
    assert document.hostname == "selftest"


def test_a_backing_file_elsewhere_must_be_named(environment: dict[str, str], guest: Path, tmp_path: Path) -> None:
    image = overlay(tmp_path / "vm.qcow2", str(guest), guest.stat().st_size)
    refused = run(environment, "inspect", image)
    assert refused.returncode == 1
    assert "is not whole without guest.img" in refused.stderr
    assert "--with" in refused.stderr
    assert inspected(environment, image, "--with", guest).hostname == "selftest"


def test_a_link_does_not_lead_out_of_the_images_folder(
    environment: dict[str, str], guest: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "guest.img").symlink_to(guest)
    refused = run(environment, "inspect", overlay(folder / "vm.qcow2", "guest.img", guest.stat().st_size))
    assert refused.returncode == 1
    assert "leads out of its folder" in refused.stderr


def test_a_raw_disk_that_looks_like_an_image_opens_nothing(environment: dict[str, str], guest: Path) -> None:
    image = overlay(guest.with_name("vm.img"), "guest.img", guest.stat().st_size)
    done = run(environment, "inspect", image, "--raw")
    assert done.returncode == 1
    assert "unreadable: " in done.stderr


def test_nothing_is_imported_from_the_folder_of_an_image(environment: dict[str, str], guest: Path) -> None:
    """What comes with a download may have the name of a module."""
    for name in ("msgspec", "dissect", "zlib", "sqlite3", "bz2"):
        guest.with_name(f"{name}.py").write_text("raise SystemExit(77)")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "vmi_console", "inspect", guest.name],
        cwd=guest.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("content", "because"),
    [(b"", "no file system"), (bytes(1 << 20), "no file system"), (b"\x7fELF" + bytes(4096), "unreadable: ")],
)
def test_what_cannot_be_read_is_exit_1_with_a_reason(
    environment: dict[str, str], tmp_path: Path, content: bytes, because: str
) -> None:
    (tmp_path / "disk.img").write_bytes(content)
    done = run(environment, "inspect", tmp_path / "disk.img")
    assert (done.returncode, done.stdout) == (1, "")
    assert because in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_file_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    for path, because in ((tmp_path / "missing", "No such file"), (tmp_path, "is a folder"), ("/dev/zero", "a device")):
        done = run(environment, "inspect", path)
        assert done.returncode == 1
        assert because in done.stderr


async def test_a_memory_file_is_read_with_the_state_that_lies_beside_it(tmp_path: Path) -> None:
    memory, state, elsewhere = tmp_path / "web.vmem", tmp_path / "web.vmss", tmp_path / "elsewhere"
    memory.write_bytes(bytes(4096))

    async def read(*paths: Path) -> list[tuple[str, Content]]:
        async with opened(paths) as files:
            return [(subject.name, subject.content) for subject in files.subjects]

    alone = [("web.vmem", Content.MEMORY)]
    assert await read(memory) == alone
    elsewhere.mkdir()
    (elsewhere / "web.vmss").write_bytes(b"state")
    state.symlink_to(elsewhere / "web.vmss")
    assert await read(memory) == alone, "a link leads out of the folder"
    state.unlink()
    (tmp_path / "web.vmsn").write_bytes(b"another")
    assert await read(memory) == [*alone, ("web.vmsn", Content.STATE)]
    state.write_bytes(b"state")
    assert await read(memory) == [*alone, ("web.vmss", Content.STATE)]
    assert await read(state, memory) == [*alone, ("web.vmss", Content.STATE)]


def test_a_person_sees_how_far_it_is_and_may_interrupt(environment: dict[str, str], tmp_path: Path) -> None:
    """A large memory file without a kernel in it takes a while."""
    path = tmp_path / "memory.vmem"
    with path.open("wb") as file:
        file.truncate(64 << 30)
    terminal, line = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "vmi_console", "inspect", str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=line,
    ) as program:
        os.close(line)
        told = b""
        while b"reading: " not in told:
            told += os.read(terminal, 4096)
        program.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert program.wait(20) == 130
        assert time.monotonic() - began < 10
    os.close(terminal)


# --- VMs ------------------------------------------------------------------------------------------------------------


def test_a_vm_is_looked_into_through_an_engine(environment: dict[str, str]) -> None:
    document = inspected(environment, "demo://?vms=40&hosts=2#web-01")
    assert document.name == "web-01"
    assert document.vm is not None
    assert document.packages


@pytest.mark.parametrize(
    ("looked", "in_vain"),
    [
        ([], False),  # the demo's guests cost nothing to look into
        ([Looked.UNREADABLE, Looked.READ], False),
        ([Looked.UNREADABLE, Looked.UNREADABLE], True),
    ],
)
def test_a_look_from_which_nothing_came_is_in_vain(looked: list[Looked], in_vain: bool) -> None:
    looks = tuple(Look(source=Source.DISK, way="", status=status) for status in looked)
    guest = Guest(id=EntityId("guest/e/v"), name="v", vm=EntityId("vm/e/v"), looks=looks)
    assert is_in_vain(inspection(guest, guest.vm, datetime.now(UTC))) is in_vain


def test_a_vm_that_there_is_not_is_exit_2(environment: dict[str, str]) -> None:
    done = run(environment, "inspect", "demo://?vms=40&hosts=2#web-1")
    assert done.returncode == 2
    assert "did you mean" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["qemu://root:hunter2@x"], ["qemu://root:hunter2@x#web"], ["demo://"], ["demo://#web-01", "disk.img"],
        ["demo://" + "x" * 100_000 + "#web"], ["#" + "x" * 100_000], ["disk.img", "--memory", "--raw"],
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_exit_2_with_a_reason(environment: dict[str, str], arguments: list[str]) -> None:
    done = run(environment, "inspect", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr) < 2500


# --- doctor ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="says other things elsewhere")
def test_the_doctor_says_what_was_tried(environment: dict[str, str]) -> None:
    done = run(environment, "doctor", "--format", "json")
    report = msgspec.json.decode(done.stdout, type=Report)
    statuses = {line.name: line.status for line in report.lines}
    assert {"parser", "disks", "memory", "no files", "no network", "no other processes", "libvirt"} <= set(statuses)
    assert done.returncode == (1 if Status.MISSING in statuses.values() else 0)
    protection = [line for line in report.lines if line.topic is Topic.PROTECTION]
    assert all(line.status is Status.OK for line in protection)
    text = run(environment, "doctor")
    assert text.returncode == done.returncode
    assert all(line.name in text.stdout for line in report.lines)


@pytest.mark.parametrize("name", ["inspect", "doctor"])
def test_the_schemas_are_valid_json(name: str) -> None:
    schema: dict[str, Any] = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text())
    assert schema["$schema"].endswith("2020-12/schema")

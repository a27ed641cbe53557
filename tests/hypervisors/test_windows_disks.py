"""A Windows guest on NTFS: the file system made by ntfs-3g, keys written into its hives by hivex."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from tests.unit.introspection.disk.disks import empty, partitioned, run
from tests.unit.introspection.disk.folder_files import FolderFiles
from tests.unit.introspection.disk.windows import guests, hive_builder
from vmi_console.cli.inspection import InspectionDocument
from vmi_console.estate.facts import Looked
from vmi_console.introspection.disk import looking
from vmi_console.introspection.disk.windows import look
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.parser.protocol import Content

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[2]
TOOL = f"""\
cd \\{guests.CURRENT}\\Uninstall
add Written by hivex
cd Written by hivex
setval 3
DisplayName
string:Tool
DisplayVersion
string:4.2
EstimatedSize
dword:1024
commit
"""
SERVICE = f"""\
cd \\{guests.SET}\\Services
add Watcher
cd Watcher
setval 3
Type
dword:16
Start
dword:2
ImagePath
expandstring:C:\\watch.exe
commit
"""


def hivex(hive: Path, script: str) -> None:
    run("hivexsh", "-w", hive, text=script)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's files, with SOFTWARE as a guest leaves it that is running: its newest program is in the log alone."""
    folder = tmp_path_factory.mktemp("windows") / "root"
    for name, data in guests.files().items():
        path = folder / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    config = folder / guests.CONFIG.strip("/")
    hivex(config / "SYSTEM", SERVICE)
    before = (config / "SOFTWARE").read_bytes()
    hivex(config / "SOFTWARE", TOOL)
    after = (config / "SOFTWARE").read_bytes()
    (config / "SOFTWARE").write_bytes(hive_builder.dirty(before, 12, 11))
    (config / "SOFTWARE.LOG1").write_bytes(hive_builder.log(before, [(11, before, after)]))
    (config / "SOFTWARE.LOG2").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def disk(folder: Path) -> Path:
    """A disk with a system partition and this guest's."""
    volume = empty(folder.parent / "ntfs.img", 64)
    run("mkntfs", "-q", "-F", "-L", "Windows", volume)
    place = folder.parent / "place"
    place.mkdir()
    run("ntfs-3g", volume, place)
    try:
        run("cp", "-r", f"{folder}/.", place)
    finally:
        run("umount", place)
    system = empty(folder.parent / "system.img", 16)
    run("mkntfs", "-q", "-F", "-L", "System Reserved", system)
    return partitioned(folder.parent / "disk.img", [system, volume])


class Stream:
    """A disk as the parser process hands it on."""

    content = Content.DISK

    def __init__(self, path: Path) -> None:
        self.file: BinaryIO = path.open("rb")
        self.size = path.stat().st_size

    def other(self, name: str) -> BinaryIO:
        raise OSError(f"{name} may not be had")


def looked(disk: Path, known: str = "") -> tuple[Findings, str, bool]:
    stream = Stream(disk)
    with stream.file:
        return looking.look([stream], known)


def test_a_disk_tells_what_the_files_tell(disk: Path, folder: Path) -> None:
    found, fingerprint, same = looked(disk)
    assert not same
    expected = look(FolderFiles(folder))
    for name in ("os", "applications", "services", "patches", "users", "addresses", "settings"):
        assert getattr(found, name) == getattr(expected, name)
        assert getattr(found, name).status is Looked.READ
    assert {item.key for item in found.autostart.items} == {item.key for item in expected.autostart.items}
    assert ("Tool", "4.2") in {(each.name, each.version) for each in found.applications.items}
    watcher = next(each for each in found.services.items if each.name == "Watcher")
    assert (watcher.enabled, watcher.state, watcher.unit) == (True, "auto", "C:\\watch.exe")
    again, unchanged, same = looked(disk, fingerprint)
    assert same
    assert unchanged == fingerprint
    assert again == Findings()


def test_the_command_line_looks_into_windows(disk: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "vmi_console", "inspect", str(disk), "--raw", "--format", "json"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = msgspec.json.decode(done.stdout, type=InspectionDocument)
    assert document.os is not None
    assert (document.os.id, document.os.kernel, document.hostname) == ("windows", "10.0.20348.2849", "srv-01")
    assert ("Tool", "windows") in {(each.name, each.manager) for each in document.packages or ()}
    assert "KB5046616" in {each.name for each in document.patches or ()}
    assert "firewall.public" in {each.name for each in document.settings or ()}
    assert "/Windows/System32/Tasks/Backup" in {each.name for each in document.autostart or ()}
    assert "Tr0ub4dor" not in done.stdout


def test_a_changed_log_is_seen(disk: Path, folder: Path, tmp_path: Path) -> None:
    """What a running guest writes to its log alone moves the fingerprint, and is found."""
    _, fingerprint, _ = looked(disk)
    volume = tmp_path / "ntfs.img"
    volume.write_bytes((folder.parent / "ntfs.img").read_bytes())
    config = folder / guests.CONFIG.strip("/")
    log = (config / "SOFTWARE.LOG1").read_bytes()
    before = (config / "SOFTWARE").read_bytes()
    path = tmp_path / "SOFTWARE"
    path.write_bytes(hive_builder.dirty(before, 12, 12))
    hivex(path, TOOL)
    middle = path.read_bytes()
    hivex(path, TOOL.replace("Written by hivex", "Another").replace("string:Tool", "string:Miner"))
    place = tmp_path / "place"
    place.mkdir()
    run("ntfs-3g", volume, place)
    try:
        written = log + hive_builder.entry(12, middle, path.read_bytes())
        (place / guests.CONFIG.strip("/") / "SOFTWARE.LOG1").write_bytes(written)
    finally:
        run("umount", place)
    found, _, same = looked(partitioned(tmp_path / "disk.img", [volume]), fingerprint)
    assert not same
    assert {"Tool", "Miner"} <= {each.name for each in found.applications.items}

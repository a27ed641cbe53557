from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.unit.introspection.disk.folder_files import FolderFiles
from tests.unit.introspection.disk.linux import rpm_databases
from tests.unit.introspection.disk.linux.rpm_databases import header
from vmi_console.estate.facts import Application, Looked
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux import look, rpm
from vmi_console.introspection.disk.reading import Reading

HEADERS = [
    header("bash", "5.1.8", "6.el9", source="bash-5.1.8-6.el9.src.rpm"),
    header("glibc-common", "2.34", "60.el9", source="glibc-2.34-60.el9.src.rpm", files=800),
    header("bind-utils", "9.16.23", "1.el9", epoch=32, source="bind-9.16.23-1.el9.src.rpm"),
    header("kernel-core", "5.14.0", "362.el9", source="kernel-5.14.0-362.el9.src.rpm", files=400),
    header("kernel-core", "5.14.0", "427.el9", source="kernel-5.14.0-427.el9.src.rpm"),
    header("nodejs", "18.1", "1.module", epoch=1, arch="noarch", module="nodejs:18:920230327:rhel9", files=20),
    header("gpg-pubkey", "fd431d51", "4ae0493b", arch="(none)"),
]
PACKAGES = [
    Application(name="bash", version="5.1.8-6.el9", arch="x86_64", manager="rpm"),
    Application(name="glibc-common", version="2.34-60.el9", arch="x86_64", manager="rpm", source_name="glibc"),
    Application(name="bind-utils", version="32:9.16.23-1.el9", arch="x86_64", manager="rpm", source_name="bind"),
    Application(name="kernel-core", version="5.14.0-362.el9", arch="x86_64", manager="rpm", source_name="kernel"),
    Application(name="kernel-core", version="5.14.0-427.el9", arch="x86_64", manager="rpm", source_name="kernel"),
    Application(
        name="nodejs", version="1:18.1-1.module", arch="noarch", manager="rpm", build="nodejs:18:920230327:rhel9"
    ),
    Application(name="gpg-pubkey", version="fd431d51-4ae0493b", arch="(none)", manager="rpm"),
]
FIXTURE = Path(__file__).parent / "fixtures" / "Packages"
"""`HEADERS` in a hash of Berkeley DB 5.3, by `rpm_databases.berkeley` with pages of 4 KiB."""


def _fixture(path: Path, _: Sequence[bytes]) -> None:
    path.parent.mkdir(parents=True)
    shutil.copy(FIXTURE, path)


WRITERS: dict[str, Callable[[Path, Sequence[bytes]], None]] = {
    "rpmdb.sqlite": rpm_databases.sqlite,
    "Packages.db": rpm_databases.ndb,
    "Packages": _fixture,
}


def packages(root: Path) -> list[Application] | None:
    return rpm.packages(Reading(FolderFiles(root)))


@pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm"])
@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_database_gives_the_same_packages(tmp_path: Path, name: str, folder: str) -> None:
    WRITERS[name](tmp_path / folder / name, HEADERS)
    assert sorted(packages(tmp_path) or (), key=str) == sorted(PACKAGES, key=str)


@pytest.mark.parametrize("page_size", [512, 1024, 65_536])
def test_pages_of_any_size_are_read(tmp_path: Path, page_size: int) -> None:
    rpm_databases.sqlite(tmp_path / "var/lib/rpm/rpmdb.sqlite", HEADERS * 40, page_size)
    assert packages(tmp_path) == PACKAGES * 40


def test_a_system_without_rpm_has_no_list(tmp_path: Path) -> None:
    assert packages(tmp_path) is None


def test_long_lists_of_files_behind_what_is_wanted_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    rpm_databases.sqlite(path, [header("a", "1", "1") + b"\0" * 4_000_000])
    files = FolderFiles(tmp_path)
    assert [found.name for found in rpm.packages(Reading(files)) or ()] == ["a"]
    assert files.read_bytes < 200_000 < path.stat().st_size


class TestWriteAheadLog:
    """SQLite commits to a log first; what is in it is installed."""

    @pytest.fixture
    def guest(self, tmp_path: Path) -> Path:
        """A database of one package, with six more in a log that was never copied back."""
        path = tmp_path / "live" / "rpmdb.sqlite"
        rpm_databases.sqlite(path, HEADERS[:1])
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        for blob in HEADERS[1:]:
            connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
            connection.commit()
        there = tmp_path / "guest" / "var/lib/rpm"
        there.mkdir(parents=True)
        for suffix in ("", "-wal"):  # as a disk that is read while the guest runs
            shutil.copy(f"{path}{suffix}", there)
        connection.close()
        return tmp_path / "guest"

    def test_what_was_committed_counts(self, guest: Path) -> None:
        assert packages(guest) == PACKAGES

    def test_without_it_only_the_older_state_is_there(self, guest: Path) -> None:
        (guest / "var/lib/rpm/rpmdb.sqlite-wal").unlink()
        assert packages(guest) == PACKAGES[:1]

    def test_a_commit_that_was_not_written_in_whole_does_not_count(self, guest: Path) -> None:
        log = guest / "var/lib/rpm/rpmdb.sqlite-wal"
        content = bytearray(log.read_bytes())
        content[-100] ^= 1
        log.write_bytes(content)
        assert packages(guest) == PACKAGES[:-1]
        log.write_bytes(content[:-4000])
        assert packages(guest) == PACKAGES[:-1]

    def test_damage_before_the_last_commit_is_said(self, guest: Path) -> None:
        log = guest / "var/lib/rpm/rpmdb.sqlite-wal"
        content = bytearray(log.read_bytes())
        for frame in range(32, len(content) - 4120, 4120):
            content[frame + 24 + 2000] ^= 1
        log.write_bytes(content)
        with pytest.raises(Unreadable, match="log is damaged"):
            packages(guest)

    def test_frames_of_an_earlier_generation_do_not_count(self, guest: Path) -> None:
        log = guest / "var/lib/rpm/rpmdb.sqlite-wal"
        content = bytearray(log.read_bytes())
        content[40:48] = b"othersal"  # of the first frame
        log.write_bytes(content)
        assert packages(guest) == PACKAGES[:1]


def test_damaged_headers_are_counted(tmp_path: Path) -> None:
    rpm_databases.ndb(tmp_path / "var/lib/rpm/Packages.db", [HEADERS[0], b"\xff" * 100, b"short", HEADERS[2]])
    reading = Reading(FolderFiles(tmp_path))
    assert rpm.packages(reading) == [PACKAGES[0], PACKAGES[2]]
    assert reading.doubts == ("2 entries of RPM's list of packages are damaged",)


def test_a_database_of_nothing_but_damage_cannot_be_read(tmp_path: Path) -> None:
    rpm_databases.ndb(tmp_path / "var/lib/rpm/Packages.db", [b"\xff" * 100])
    with pytest.raises(Unreadable):
        packages(tmp_path)


@pytest.mark.parametrize("name", WRITERS)
def test_no_mutation_gets_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / "var/lib/rpm" / name
    WRITERS[name](path, HEADERS)
    sound = path.read_bytes()
    chance = random.Random(6)
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(sound)
        for _ in range(chance.choice((1, 3, 30))):
            damaged[chance.choice((chance.randrange(len(damaged)), chance.randrange(4096)))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged))))])
        outcomes.add(look(FolderFiles(tmp_path)).applications.status)
    assert outcomes == {Looked.READ, Looked.UNREADABLE}


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages"])
def test_pages_that_refer_to_themselves_end(tmp_path: Path, name: str) -> None:
    path = tmp_path / "var/lib/rpm" / name
    WRITERS[name](path, HEADERS)
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content) - 4096, 4096):  # every number in it is that of the page itself
        content[page : page + 26] = (page // 4096).to_bytes(4, "little") * 6 + content[page + 24 : page + 26]
    path.write_bytes(content)
    assert look(FolderFiles(tmp_path)).applications.status is Looked.UNREADABLE

"""apk, pacman, snaps and flatpaks: databases in the documented formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import Link, reading
from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux import apk, bundles, pacman, software

APK = """\
C:Q1pSfbXKDRGXGSDjNZWEnfOXBEfKk=
P:musl
V:1.2.4_git20230717-r4
A:x86_64
S:406879
o:musl
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1pV0XJ5qgnOhMdDnQVBcTvbSLVnk=

C:Q1xJ4mZMTD9/Kr0R4CBtTBFyVy9qM=
P:ssl_client
V:1.36.1-r15
A:x86_64
o:busybox

"""


@pytest.mark.parametrize("path", apk.DATABASES)
def test_apk(tmp_path: Path, path: str) -> None:
    assert apk.packages(reading(tmp_path, {path: APK})) == [
        Application(name="musl", version="1.2.4_git20230717-r4", arch="x86_64", manager="apk"),
        Application(name="ssl_client", version="1.36.1-r15", arch="x86_64", manager="apk", source_name="busybox"),
    ]


def test_damaged_entries_of_apk_are_counted(tmp_path: Path) -> None:
    files = reading(tmp_path, {apk.DATABASES[0]: APK.replace("P:musl", "P:")})
    assert [package.name for package in apk.packages(files) or ()] == ["ssl_client"]
    assert files.doubts == ("1 entries of apk's list of packages are damaged",)


def test_pacman(tmp_path: Path) -> None:
    folder = "/var/lib/pacman/local"
    files = reading(
        tmp_path,
        {
            f"{folder}/ALPM_DB_VERSION": "9\n",
            f"{folder}/gcc-libs-13.2.1-5/desc": (
                "%NAME%\ngcc-libs\n\n%VERSION%\n13.2.1-5\n\n%BASE%\ngcc\n\n%DESC%\nRuntime\n\n%ARCH%\nx86_64\n\n"
            ),
            f"{folder}/zlib-1:1.3.1-1/desc": (
                "%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-1\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n\n"
            ),
            f"{folder}/broken-1-1/desc": "%NA",
            f"{folder}/empty-1-1/": "",
        },
    )
    assert pacman.packages(files) == [
        Application(name="gcc-libs", version="13.2.1-5", arch="x86_64", manager="pacman", source_name="gcc"),
        Application(name="zlib", version="1:1.3.1-1", arch="x86_64", manager="pacman"),
    ]
    assert files.doubts == ("2 entries of pacman's list of packages are damaged",)


def test_snaps_that_are_active(tmp_path: Path) -> None:
    state = {"data": {"snaps": {"lxd": {"current": "24322", "active": True}, "old": {"current": "7"}}}}
    files = reading(tmp_path, {bundles.SNAP_STATE: json.dumps(state)})
    assert bundles.snaps(files) == [Application(name="lxd", manager="snap", build="revision 24322")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"data": 5}', '{"data": {"snaps": {"a": []}}}', "[" * 100_000])
def test_damaged_snap_states_are_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable):
        bundles.snaps(reading(tmp_path, {bundles.SNAP_STATE: text}))


def test_flatpaks(tmp_path: Path) -> None:
    app = "/var/lib/flatpak/app/org.gnome.Maps/x86_64/stable"
    deploy = b"flathub\0\0appdata-version\0" + b"45.3\0\0s" + b"\0\0appdata-name\0Maps\0\0s"
    files = reading(
        tmp_path,
        {
            f"{app}/0123abcd/deploy": deploy,
            f"{app}/active": Link("0123abcd"),
            "/var/lib/flatpak/runtime/org.gnome.Platform/x86_64/45/ffff/deploy": b"nothing known",
            "/var/lib/flatpak/runtime/org.gnome.Platform/x86_64/45/active": Link("ffff"),
            "/var/lib/flatpak/app/org.gone/x86_64/stable/": "",
        },
    )
    assert bundles.flatpaks(files) == [
        Application(name="org.gnome.Maps", version="45.3", arch="x86_64", manager="flatpak", build="stable"),
        Application(name="org.gnome.Platform", arch="x86_64", manager="flatpak", build="45"),
    ]


def test_all_package_managers_together(tmp_path: Path) -> None:
    status = "Package: snapd\nStatus: install ok installed\nVersion: 2.58\nArchitecture: amd64\n\n"
    state = {"data": {"snaps": {"core": {"current": "1", "active": True}}}}
    files = {"/var/lib/dpkg/status": status, bundles.SNAP_STATE: json.dumps(state)}
    found = software.applications(reading(tmp_path, files))
    assert [application.key for application in found] == ["dpkg:snapd:amd64", "snap:core:"]


def test_one_list_that_cannot_be_read_makes_the_whole_unknown(tmp_path: Path) -> None:
    files = {apk.DATABASES[0]: APK, "/var/lib/rpm/Packages": "no database"}
    with pytest.raises(Unreadable, match="RPM: "):
        software.applications(reading(tmp_path, files))


def test_without_a_package_manager_nobody_can_tell(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no package manager"):
        software.applications(reading(tmp_path, {"/etc/passwd": ""}))

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import reading
from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux import dpkg


def stanza(name: str, version: str, status: str = "install ok installed", more: str = "") -> str:
    status = f"Status: {status}\n" if status else ""
    return f"Package: {name}\n{status}Architecture: amd64\nVersion: {version}\n{more}Description: {name}\n is fine\n\n"


def test_a_system_without_dpkg_has_no_list(tmp_path: Path) -> None:
    assert dpkg.packages(reading(tmp_path, {"/etc/passwd": ""})) is None


def test_only_what_is_there_counts(tmp_path: Path) -> None:
    states = {
        "a": "install ok installed",
        "b": "deinstall ok config-files",
        "c": "install ok half-configured",
        "d": "install ok triggers-pending",
        "e": "purge ok not-installed",
        "f": "hold ok installed",
        "g": "install reinstreq half-installed",
        "h": "install ok unpacked",
    }
    status = "".join(stanza(name, "1", state) for name, state in states.items())
    found = dpkg.packages(reading(tmp_path, {"/var/lib/dpkg/status": status}))
    assert [package.name for package in found or ()] == ["a", "c", "d", "f", "h"]


def test_source_packages_are_named_where_they_differ(tmp_path: Path) -> None:
    status = (
        stanza("libc6", "2.36-9", more="Source: glibc\n")
        + stanza("libgcc-s1", "12.2.0-14", more="Source: gcc-12 (12.2.0-13)\n")
        + stanza("bash", "5.2-1")
    )
    assert dpkg.packages(reading(tmp_path, {"/var/lib/dpkg/status": status})) == [
        Application(name="libc6", version="2.36-9", arch="amd64", manager="dpkg", source_name="glibc"),
        Application(
            name="libgcc-s1",
            version="12.2.0-14",
            arch="amd64",
            manager="dpkg",
            source_name="gcc-12",
            source_version="12.2.0-13",
        ),
        Application(name="bash", version="5.2-1", arch="amd64", manager="dpkg"),
    ]


def test_what_dpkg_has_done_since_it_wrote_its_list_counts_more(tmp_path: Path) -> None:
    files = {
        "/var/lib/dpkg/status": stanza("old", "1") + stanza("moved", "1") + stanza("gone", "1"),
        "/var/lib/dpkg/updates/0001": stanza("moved", "2", "install ok unpacked"),
        "/var/lib/dpkg/updates/0002": stanza("moved", "3"),
        "/var/lib/dpkg/updates/0003": stanza("gone", "1", "deinstall ok config-files"),
        "/var/lib/dpkg/updates/0004": stanza("telnetd", "0.17"),
        "/var/lib/dpkg/updates/tmp.i": "half a st",
    }
    found = dpkg.packages(reading(tmp_path, files))
    assert [(package.name, package.version) for package in found or ()] == [
        ("old", "1"),
        ("moved", "3"),
        ("telnetd", "0.17"),
    ]


def test_images_without_dpkg_keep_a_file_for_each_package(tmp_path: Path) -> None:
    files = {
        "/var/lib/dpkg/status.d/base-files": stanza("base-files", "12.4", status=""),
        "/var/lib/dpkg/status.d/base-files.md5sums": "0 usr/lib/os-release\n",
    }
    found = dpkg.packages(reading(tmp_path, files))
    assert [(package.name, package.version) for package in found or ()] == [("base-files", "12.4")]


def test_damaged_entries_are_counted(tmp_path: Path) -> None:
    status = stanza("a", "1") + "Pack\0age: b\nStatus: install ok installed\n\n" + stanza("c", "1", status="")
    files = reading(tmp_path, {"/var/lib/dpkg/status": status})
    assert [package.name for package in dpkg.packages(files) or ()] == ["a"]
    assert files.doubts == ("2 entries of dpkg's list of packages are damaged",)


def test_a_list_that_cannot_be_read_is_no_empty_list(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        dpkg.packages(reading(tmp_path, {"/var/lib/dpkg/status/": ""}))

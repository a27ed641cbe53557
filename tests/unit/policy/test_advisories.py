"""Known vulnerabilities: reading data sets, hostile ones among them, and what is known of an application."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.estate.builders import application
from vmi_console.errors import InputError
from vmi_console.estate.facts import Application, OperatingSystem
from vmi_console.estate.versions import compare
from vmi_console.policy.advisories import cvss, files, osv
from vmi_console.policy.advisories.exploited import exploited
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.judgement import Severity

DEBIAN = OperatingSystem(name="Debian GNU/Linux 12 (bookworm)", version="12.8", id="debian")


def document(
    name: str = "DSA-1-1",
    package: str = "openssl",
    ecosystem: str = "Debian:12",
    events: list[dict[str, str]] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "3.0.15-1"}] if events is None else events
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": name, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **fields}


def loaded(folder: Path, *documents: dict[str, Any], kev: tuple[str, ...] | None = None) -> Advisories:
    for number, each in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(each))
    catalogue = None
    if kev is not None:
        catalogue = folder.parent / "kev.json"
        catalogue.write_text(json.dumps({"title": "KEV", "vulnerabilities": [{"cveID": name} for name in kev]}))
    return Advisories.load(folder, catalogue)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "osv"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("vector", "score"),
    [  # FIRST, CVSS v3.1 Examples, and the National Vulnerability Database
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O", 7.8),
        ("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:C/C:N/I:N/A:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", None),
        ("CVSS:3.1/AV:N", None),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", None),
        ("", None),
    ],
)
def test_scores(vector: str, score: float | None) -> None:
    assert cvss.base_score(vector) == score


@pytest.mark.parametrize(
    ("ecosystem", "system"),
    [
        ("Debian:12", "debian:12"),
        ("Debian", ""),
        ("Ubuntu:22.04:LTS", "ubuntu:22.04"),
        ("Ubuntu:24.10", "ubuntu:24.10"),
        ("Ubuntu:Pro:18.04:LTS", "ubuntu:18.04"),
        ("Ubuntu:Pro:FIPS:18.04:LTS", ""),  # has packages of its own under the same names
        ("Alpine:v3.20", "alpine:3.20"),
        ("Rocky Linux:9", "rocky:9"),
        ("AlmaLinux:9", "almalinux:9"),
        ("Red Hat:enterprise_linux:9::baseos", "rhel:9"),
        ("Red Hat:rhel_eus:9.2::baseos", ""),
        ("PyPI", ""),
    ],
)
def test_systems(ecosystem: str, system: str) -> None:
    assert osv.system_of(ecosystem) == system


@pytest.mark.parametrize(
    ("system", "found"),
    [
        (DEBIAN, "debian:12"),
        (OperatingSystem(name="Debian GNU/Linux 12 (bookworm)", version="12"), "debian:12"),
        (OperatingSystem(name="Debian GNU/Linux", version="11.2", id="debian"), None),
        (OperatingSystem(name="Devuan", version="12", id="devuan"), None),
        (OperatingSystem(name="Debian", id="debian"), None),
    ],
)
def test_which_guests_a_data_set_speaks_of(folder: Path, system: OperatingSystem, found: str | None) -> None:
    assert loaded(folder, document()).system(system) == found


OPENSSL = application("openssl", "3.0.11-1~deb12u2")


@pytest.mark.parametrize(
    ("item", "fixed"),
    [
        (OPENSSL, "3.0.15-1"),
        (application("openssl", "3.0.15-1"), None),
        (application("libssl3", "3.0.11-1", source_name="openssl"), "3.0.15-1"),
        (application("openssl", "1:1", source_version="3.0.14-1"), "3.0.15-1"),
        (application("openssl", "1:1"), None),
        (application("openssl", "1", manager="snap"), None),
        (application("bash", "1"), None),
    ],
)
def test_source_packages_are_compared(folder: Path, item: Application, fixed: str | None) -> None:
    found = loaded(folder, document()).of("debian:12", item)
    assert [each.fixed for each in found] == ([] if fixed is None else [fixed])


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}], "1 2 3 4 5 6"),
        ([{"introduced": "2"}, {"fixed": "4"}], "2 3"),
        ([{"introduced": "2"}, {"last_affected": "4"}], "2 3 4"),
        ([{"introduced": "0"}, {"fixed": "2"}, {"introduced": "5"}], "1 5 6"),
        ([{"introduced": "5"}, {"fixed": "2"}, {"introduced": "0"}], "1 5 6"),  # in no order
        ([{"fixed": "4"}, {"introduced": "0"}], "1 2 3"),
        ([{"fixed": "4"}], ""),
        ([{"introduced": "0"}, {"fixed": "0"}], ""),
        ([], ""),
    ],
)
def test_events(folder: Path, events: list[dict[str, str]], affected: str) -> None:
    advisories = loaded(folder, document(events=events))
    found = [version for version in "123456" if advisories.of("debian:12", application("openssl", version))]
    assert found == affected.split()


VERSIONS = st.sampled_from(["1", "1.0~rc1", "1.0", "1.0-1", "2", "10", "1:0"])


@given(st.lists(st.tuples(st.sampled_from(["introduced", "fixed"]), VERSIONS), max_size=6), VERSIONS)
def test_spans_say_what_going_through_the_events_says(events: list[tuple[str, str]], version: str) -> None:
    """The way that the format's description evaluates a version: events by version, the last that counts decides."""
    by_version: dict[str, str] = {}
    for kind, at in events:
        if not any(compare(at, other, "dpkg") == 0 for other in by_version):
            by_version[at] = kind
    vulnerable = False
    for at in sorted(by_version, key=lambda at: sum(compare(at, other, "dpkg") > 0 for other in by_version)):
        if compare(version, at, "dpkg") >= 0:
            vulnerable = by_version[at] == "introduced"
    said = document(events=[{kind: at} for at, kind in by_version.items()])
    read = osv.advisory(json.dumps(said).encode())
    assert read is not None
    advisories = Advisories()
    advisories._add(*read)
    assert bool(advisories.of("debian:12", application("openssl", version))) is vulnerable


def test_enumerated_versions_count_where_there_is_no_range(folder: Path) -> None:
    said = document()
    said["affected"][0] |= {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}], "versions": ["1.0-1"]}
    advisories = loaded(folder, said)
    assert advisories.of("debian:12", application("openssl", "1.0-1"))
    assert not advisories.of("debian:12", application("openssl", "1.0-2"))


def test_names_fixes_severities_and_exploits_come_together(folder: Path) -> None:
    vector = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    advisories = loaded(
        folder,
        document("DSA-1-1", upstream=["CVE-2026-1111", "CVE-2026-2222"], aliases=["GHSA-x"]),
        document("DEBIAN-CVE-2026-1111", severity=[vector]),
        document("DEBIAN-CVE-2026-3333", events=[{"introduced": "0"}], database_specific={"severity": "Moderate"}),
        document("DEBIAN-CVE-2026-4444", withdrawn="2026-01-02T00:00:00Z"),
        document("DSA-9-9", database_specific={"severity": ["what", 1]}),
        kev=("CVE-2026-2222",),
    )
    found = {each.name: (each.fixed, each.severity, each.exploited) for each in advisories.of("debian:12", OPENSSL)}
    assert found == {
        "CVE-2026-1111": ("3.0.15-1", Severity.CRITICAL, False),
        "CVE-2026-2222": ("3.0.15-1", None, True),
        "CVE-2026-3333": ("", Severity.MEDIUM, False),
        "DSA-9-9": ("3.0.15-1", None, False),
    }


def test_rpms_are_told_of_by_their_own_names_or_their_sources(folder: Path) -> None:
    fixed = [{"introduced": "0"}, {"fixed": "1:3.0.7-28.el9"}]
    advisories = loaded(
        folder,
        document("RHSA-2026:1", "openssl-libs", "Red Hat:enterprise_linux:9::baseos", fixed),
        document("RLSA-2026:1", "openssl", "Rocky Linux:9", fixed),
    )
    libs = application("openssl-libs", "1:3.0.7-27.el9", manager="rpm", source_name="openssl")
    assert [each.name for each in advisories.of("rhel:9", libs)] == ["RHSA-2026:1"]
    assert [each.name for each in advisories.of("rocky:9", libs)] == ["RLSA-2026:1"]


def test_alpines_versions_are_compared_by_its_rules(folder: Path) -> None:
    fixed = [{"introduced": "0"}, {"fixed": "1.2-r0"}]
    advisories = loaded(folder, document("ALPINE-CVE-2026-1111", "busybox", "Alpine:v3.20", fixed))
    for version, affected in (("1.2_rc1-r5", True), ("1.2-r0", False), ("1.2_p1-r0", False), ("1.1-r9", True)):
        assert bool(advisories.of("alpine:3.20", application("busybox", version, manager="apk"))) is affected, version


def test_archives_are_read_as_folders_are(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("a/DSA-1-1.json", json.dumps(document()))
        into.writestr("read.me", "no JSON")
    for path in (archive, tmp_path):  # alone, and among other things in a folder
        assert Advisories.load(path).of("debian:12", OPENSSL)


def test_reading_can_be_given_up(folder: Path) -> None:
    asked: list[None] = []

    def given_up() -> bool:
        asked.append(None)
        return len(asked) > 2

    for number in range(9):
        (folder / f"{number}.json").write_text(json.dumps(document()))
    with pytest.raises(InputError, match="was given up"):
        Advisories.load(folder, given_up=given_up)
    assert len(asked) == 3


HOSTILE: dict[str, bytes] = {
    "no JSON": b"<html>",
    "cut": b'{"id": "DSA-1',
    "a list": b"[]",
    "nothing": b"",
    "no id": b'{"affected": []}',
    "empty id": b'{"id": ""}',
    "endless id": json.dumps({"id": "x" * 1000}).encode(),
    "wrong types": b'{"id": "DSA-1", "affected": {"package": 1}}',
    "wrong version": b'{"id": "DSA-1", "affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": 3}]}]}]}',
    "no text": b'{"id": "\xff\xfe"}',
    "deep": b'{"id": "DSA-1", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep where it counts": b'{"id": "DSA-1", "database_specific": {"severity": ' + b"[" * 100_000,
    "no package name": json.dumps(document(package="")).encode(),
    "endless events": json.dumps(document(events=[{"introduced": "0"}] * (osv.MOST_EVENTS + 1))).encode(),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_an_error_with_file_and_reason(folder: Path, content: bytes) -> None:
    (folder / "a.json").write_text(json.dumps(document()))
    (folder / "bad.json").write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.json: .+") as raised:
        Advisories.load(folder)
    assert raised.value.advice
    assert len(raised.value.message) < 1_000


def test_bombs_and_damaged_archives_are_errors_with_their_names(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("a.json", b" " * (files.LARGEST_FILE + 1))
    with pytest.raises(InputError, match=r"bomb\.zip: a\.json has more than"):
        Advisories.load(bomb)
    lying = bytearray(bomb.read_bytes())
    place = lying.rindex(b"PK\x01\x02")  # the directory says that the file is small
    lying[place + 24 : place + 28] = (100).to_bytes(4, "little")
    bomb.write_bytes(lying)
    with pytest.raises(InputError, match=r"bomb\.zip"):
        Advisories.load(bomb)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as into:
        for number in range(20):
            into.writestr(f"{number}.json", b" " * 1_000_000)
    with pytest.raises(InputError, match="more than 10,000,000 bytes"):
        list(files.documents(bomb, largest_set=10_000_000))
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(damaged, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("a.json", json.dumps(document()) * 50)
    content = bytearray(damaged.read_bytes())
    content[60:70] = b"\xff" * 10
    damaged.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged\.zip"):
        Advisories.load(damaged)


def test_what_is_not_there_or_holds_nothing_is_an_error(tmp_path: Path, folder: Path) -> None:
    for path in (tmp_path / "absent", folder, Path("/dev/zero")):
        with pytest.raises(InputError, match=str(path)):
            Advisories.load(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"vulnerabilities": [{"cve": 1}]}', b"[" * 100_000])
def test_a_hostile_catalogue_is_an_error_with_file_and_reason(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kev.json").write_bytes(content)
    with pytest.raises(InputError, match=r"kev\.json is .+"):
        exploited(tmp_path / "kev.json")

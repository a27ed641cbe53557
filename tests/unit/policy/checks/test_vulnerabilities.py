"""Known vulnerabilities of what is installed in guests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, application, guest, image, image_id, read, vm, vm_id
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, Place, held, made
from vmi_console.estate.facts import Application, FactSet, Looked, OperatingSystem
from vmi_console.policy.advisories import osv
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.judgement import Judgement, Verdict

DEBIAN = read(OperatingSystem(name="Debian GNU/Linux", version="12.8", id="debian"))


def known(*said: tuple[str, str, str, str | None], kev: frozenset[str] | None = frozenset()) -> Advisories:
    """Vulnerabilities as name, package, the version that fixes it (or empty), and severity."""
    found = Advisories()
    for name, package, fixed, severity in said:
        events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
        affected = {
            "package": {"ecosystem": "Debian:12", "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        words = {"severity": severity} if severity is not None else {}
        document = {"id": name, "affected": [affected], "database_specific": words}
        taken = osv.advisory(json.dumps(document).encode())
        assert taken is not None
        found._add(*taken)
    found._exploited = kev
    return found


SET = (
    ("CVE-2026-1001", "openssl", "3.0.15-1", "high"),
    ("CVE-2026-1002", "openssl", "3.0.13-1", "low"),
    ("CVE-2026-1003", "bash", "", "critical"),
    ("CVE-2026-1004", "zlib", "2", None),
)


def said(text: str, *items: Application, advisories: Advisories | None = None) -> Judgement:
    place = Place(vm("a"), guest("a", os=DEBIAN, applications=read(*items)))
    place.advisories = known(*SET) if advisories is None else advisories
    machine = place.vm(vm_id("a"))
    assert machine is not None
    return made(text).judge(machine, place, NOON)


OPENSSL, BASH, ZLIB = application("openssl", "3.0.14-1"), application("bash"), application("zlib1g", source_name="zlib")


@pytest.mark.parametrize(
    ("text", "items", "verdict"),
    [
        ("{minimum: high}", (OPENSSL,), FAIL),
        ("{minimum: critical}", (OPENSSL,), PASS),
        ("{minimum: low}", (application("openssl", "3.0.15-1"),), PASS),
        ("{minimum: critical}", (BASH,), FAIL),
        ("{minimum: critical, fixable: true}", (BASH,), PASS),
        ("{minimum: critical, ignore: ['CVE-2026-1*']}", (BASH,), PASS),
        ("{minimum: high}", (ZLIB,), UNKNOWN),
        ("{minimum: high}", (ZLIB, BASH), FAIL),
        ("{exploited: true}", (ZLIB, BASH), PASS),
        ("{minimum: low}", (application("openssl", ""),), UNKNOWN),
        ("{minimum: low}", (application("vim", ""),), PASS),
        ("{minimum: low}", (), PASS),
    ],
)
def test_what_is_installed(text: str, items: tuple[Application, ...], verdict: Verdict) -> None:
    assert said(f"vulnerabilities: {text}", *items).verdict is verdict


def test_what_is_exploited_counts_however_severe_it_is() -> None:
    old = application("openssl", "3.0.11-1")
    exploited = known(*SET, kev=frozenset({"CVE-2026-1002"}))
    text = "vulnerabilities: {minimum: critical, exploited: true}"
    assert said(text, old).verdict is PASS
    found = said(text, old, advisories=exploited)
    assert found.evidence == "openssl 3.0.11-1: CVE-2026-1002 (low, exploited) fixed in 3.0.13-1"
    assert said(text, old, advisories=known(*SET, kev=None)).verdict is UNKNOWN  # nobody tells which are exploited


def test_evidence_names_source_version_and_fix() -> None:
    library = application("libssl3", "3.0.11-1", source_name="openssl")
    found = said("vulnerabilities: {minimum: low}", application("openssl", "3.0.11-1"), library, BASH)
    assert found.evidence == (
        "openssl 3.0.11-1: CVE-2026-1001 (high) fixed in 3.0.15-1, CVE-2026-1002 (low) fixed in 3.0.13-1; "
        "bash 1: CVE-2026-1003 (critical) not fixed yet"
    )
    assert found.paths == ("applications[openssl]", "applications[libssl3]", "applications[bash]")


def test_what_nobody_can_tell_says_why() -> None:
    unread: FactSet[Any] = FactSet(status=Looked.UNREADABLE, because="encrypted")
    windows = read(OperatingSystem(name="Windows Server 2022", version="10.0", id="windows"))
    place = Place(
        *(vm(name) for name in "abcd"),
        guest("b", os=unread),
        guest("c", os=windows, applications=read(OPENSSL)),
        guest("d", os=DEBIAN, applications=unread),
    )
    check = made("vulnerabilities: {minimum: low}")
    assert {each.because for each in held(check, place).values()} == {"no advisories were loaded"}
    place.advisories = known(*SET)
    assert {key: each.because for key, each in held(check, place).items()} == {
        vm_id("a"): "nobody has looked into the guest yet",
        vm_id("b"): "the guest's os are unreadable: encrypted",
        vm_id("c"): "the advisories that were loaded say nothing of Windows Server 2022 10.0",
        vm_id("d"): "the guest's applications are unreadable: encrypted",
    }
    place.advisories = known(("CVE-2026-1", "openssl", "9", "high"))  # another set: nothing of the first is left
    assert "fixed in 9" not in str(held(check, place)[vm_id("a")])


PACKAGES = st.builds(
    application,
    st.sampled_from(["openssl", "bash", "vim", "zlib"]),
    st.sampled_from(["3.0.11-1", "3.0.14-1", "9", ""]),
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_guest_is_judged_alike_whether_its_software_lies_in_an_image_or_not(data: st.DataObject) -> None:
    def keyed() -> tuple[Application, ...]:
        return tuple({each.key: each for each in data.draw(st.lists(PACKAGES, max_size=4))}.values())

    shared, own = keyed(), keyed()
    removed = tuple(data.draw(st.sets(st.sampled_from([*(each.key for each in shared), "dpkg:absent:amd64"]))))
    whole = {each.key: each for each in shared if each.key not in removed} | {each.key: each for each in own}
    place = Place(
        image("i", *shared),
        vm("a"),
        vm("b"),
        guest("a", os=DEBIAN, applications=read(*own, base=image_id("i"), removed=removed)),
        guest("b", os=DEBIAN, applications=read(*whole.values())),
    )
    place.advisories = known(*SET)
    for text in ("{minimum: high}", "{minimum: low, fixable: true}", "{exploited: true}"):
        check = made(f"vulnerabilities: {text}")
        for _ in range(2):  # the second time from what was remembered
            a, b = (check.judge(each, place, NOON) for each in map(place.vm, map(vm_id, "ab")) if each is not None)
            assert a.verdict is b.verdict
            assert set(a.paths) == set(b.paths)

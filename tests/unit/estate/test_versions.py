"""The well-known cases of both algorithms: dpkg's own tests, Debian policy, and RPM's rpmvercmp.at."""

from __future__ import annotations

import pytest

from vmi_console.estate.versions import Condition, compare, compare_debian, compare_rpm

DEBIAN = [
    ("0", "0", 0),
    ("0:0-0", "0", 0),
    ("1.2", "1.2-0", 0),
    ("1:0", "0:9", 1),
    ("1.0", "1.0-1", -1),
    ("1.0~rc1", "1.0", -1),
    ("1.0~~", "1.0~~a", -1),
    ("1.0~~a", "1.0~", -1),
    ("1.0~", "1.0", -1),
    ("1.0", "1.0a", -1),
    ("1.0a", "1.0+", -1),
    ("1.0-1", "1.0-1+deb12u1", -1),
    ("1.0-1~bpo12+1", "1.0-1", -1),
    ("1.9", "1.10", -1),
    ("1.002", "1.2", 0),
    ("0.17-42", "0.17-50", -1),
    ("1:3.0.9-1", "1:3.0", 1),
    ("2.30-21+b1", "2.30-21", 1),
    ("1.2.3-4-5", "1.2.3-4-6", -1),
    ("9999:1", "1", 1),
]
RPM = [
    ("1.0", "1.0", 0),
    ("1.0", "2.0", -1),
    ("2.0.1", "2.0.1", 0),
    ("2.0", "2.0.1", -1),
    ("2.0.1a", "2.0.1", 1),
    ("5.5p1", "5.5p2", -1),
    ("5.5p10", "5.5p1", 1),
    ("10xyz", "10.1xyz", -1),
    ("xyz10", "xyz10.1", -1),
    ("xyz.4", "8", -1),
    ("5.5p2", "5.6p1", -1),
    ("6.0.rc1", "6.0", 1),
    ("10b2", "10a1", 1),
    ("1.0aa", "1.0a", 1),
    ("10.0001", "10.1", 0),
    ("10.0001", "10.0039", -1),
    ("20101121", "20101122", -1),
    ("2_0", "2.0", 0),
    ("a+", "a_", 0),
    ("1.0~rc1", "1.0", -1),
    ("1.0~rc1~git123", "1.0~rc1", -1),
    ("1.0^", "1.0", 1),
    ("1.0^git1", "1.0^git2", -1),
    ("1.0^git1", "1.01", -1),
    ("1.0^20160101", "1.0.1", -1),
    ("1.0~rc1^git1", "1.0~rc1", 1),
    ("1.0^git1~pre", "1.0^git1", -1),
    ("1:1.0-1", "2.0-1", 1),
    ("1.0-1.el9", "1.0-2.el9", -1),
    ("1.0-1.el9", "1.0", 0),
]


@pytest.mark.parametrize(("left", "right", "order"), DEBIAN)
def test_debian_order(left: str, right: str, order: int) -> None:
    assert compare_debian(left, right) == order
    assert compare_debian(right, left) == -order


@pytest.mark.parametrize(("left", "right", "order"), RPM)
def test_rpm_order(left: str, right: str, order: int) -> None:
    assert compare_rpm(left, right) == order
    assert compare_rpm(right, left) == -order


def test_the_package_manager_decides() -> None:
    assert compare("1.0", "1.0-1", "dpkg") < 0
    assert compare("1.0", "1.0-1", "rpm") == 0


@pytest.mark.parametrize(
    ("condition", "version", "expected"),
    [
        ("", "1", True),
        ("", "", True),
        ("< 0.17-50", "0.17-42", True),
        ("< 0.17-50", "0.17-50", False),
        (">=1:3.0", "1:3.0.9-1", True),
        (">> 1, << 2", "1.5", True),
        (">> 1, << 2", "2", False),
        ("== 1.0", "1.0", True),
        ("!= 1.0", "1.0", False),
        ("> 1", "", None),
    ],
)
def test_conditions(condition: str, version: str, expected: bool | None) -> None:
    assert Condition(condition)(version, "dpkg") is expected


@pytest.mark.parametrize("condition", ["1.0", "< ", "~ 1", "< 1 2", "< 1,", "< 1; rm"])
def test_what_is_no_condition(condition: str) -> None:
    with pytest.raises(ValueError, match="not a version condition"):
        Condition(condition)


def test_a_hostile_version_is_compared_by_its_beginning() -> None:
    assert compare("1." + "9" * 1_000_000, "2", "dpkg") < 0
    assert compare("1." + "9" * 1_000_000, "2", "rpm") < 0
    assert compare("9" * 1_000_000 + ":1", "1", "dpkg") > 0

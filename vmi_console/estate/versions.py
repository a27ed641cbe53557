"""Which of two package versions is newer, by the rules of the package manager that made them.

- Debian: Policy Manual, section 5.6.12 (`[epoch:]upstream[-revision]`, digits and non-digits in turn, `~` before all).
- RPM: rpmvercmp of rpmio/rpmvercmp.c (`[epoch:]version[-release]`; `~` before all, `^` after the base version); it
  also serves wherever no package manager says better, such as kernels and Windows programs.
- apk: apk-package(5) (`1.2_rc1-r0`; `_alpha`, `_beta`, `_pre` and `_rc` come before what they are of).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest

COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">=": lambda order: order >= 0,
    ">": lambda order: order > 0,
}
_SPELLINGS = {"==": "=", "<<": "<", ">>": ">"}
_DEMAND = re.compile(r"\s*(<<|>>|<=|>=|==|!=|<|>|=)\s*([0-9A-Za-z.+~^:_-]+)\s*", re.ASCII)
_EARLIER = re.compile(r"_(alpha|beta|pre|rc)")
_MAX_LENGTH = 200  # of a version: longer ones are hostile, and only their beginning counts
_VERSIONS_REMEMBERED = 2_000
_PARTS_REMEMBERED = 20_000


def compare(left: str, right: str, manager: str = "") -> int:
    """Negative, zero or positive as `left` is older than, equal to or newer than `right`."""
    match manager:
        case "dpkg":
            return compare_debian(left, right)
        case "apk":
            return compare_apk(left, right)
        case _:
            return compare_rpm(left, right)


def compare_debian(left: str, right: str) -> int:
    """By dpkg's rules; an absent epoch or revision counts as 0.

    >>> compare_debian("1.0~rc1-1", "1.0-1") < 0
    True
    """
    left_epoch, left_upstream, left_revision = _parts(left)
    right_epoch, right_upstream, right_revision = _parts(right)
    return (
        _sign(left_epoch, right_epoch)
        or _compare_debian_part(left_upstream, right_upstream)
        or _compare_debian_part(left_revision or "0", right_revision or "0")
    )


def compare_rpm(left: str, right: str) -> int:
    """By RPM's rules; a release counts only where both have one, as in RPM's own dependencies.

    >>> compare_rpm("1.0^20260101", "1.0") > 0
    True
    """
    left_epoch, left_version, left_release = _parts(left)
    right_epoch, right_version, right_release = _parts(right)
    order = _sign(left_epoch, right_epoch) or _compare_rpm_part(left_version, right_version)
    if order or not left_release or not right_release:
        return order
    return _compare_rpm_part(left_release, right_release)


def compare_apk(left: str, right: str) -> int:
    """By apk's rules.

    >>> compare_apk("1.2_rc1-r0", "1.2-r0") < 0 < compare_apk("1.2_p1-r0", "1.2-r3")
    True
    """
    return compare_rpm(*(_EARLIER.sub(r"~\1", version) for version in (left, right)))


class Condition:
    """What a version must be: demands such as `>= 1:3.0`, joined by commas; all must hold. Empty: any version.

    Raises `ValueError` for what is not a condition. Thousands of guests have the same versions: it remembers what it
    was asked.
    """

    def __init__(self, text: str) -> None:
        self._demands: list[tuple[Callable[[int], bool], str]] = []
        for part in text.split(",") if text.strip() else ():
            match = _DEMAND.fullmatch(part)
            if match is None:
                raise ValueError(f"“{part.strip()}” is not a version condition such as < 0.17-50 or >= 1:3.0")
            operator = _SPELLINGS.get(match[1], match[1])
            self._demands.append((COMPARISONS[operator], match[2]))
        self._fulfilled_by = lru_cache(maxsize=_VERSIONS_REMEMBERED)(self._compare)

    def __call__(self, version: str, manager: str = "") -> bool | None:
        """Whether a version fulfils all demands; None where it is not known (empty) and something is demanded."""
        if self._demands and not version:
            return None
        return self._fulfilled_by(version, manager)

    def _compare(self, version: str, manager: str) -> bool:
        return all(holds(compare(version, wanted, manager)) for holds, wanted in self._demands)


@lru_cache(_PARTS_REMEMBERED)
def _parts(version: str) -> tuple[int, str, str]:
    """Epoch, version and revision (or release; empty where there is none)."""
    version = version.strip()[:_MAX_LENGTH]
    epoch, colon, rest = version.partition(":")
    if not (colon and epoch.isascii() and epoch.isdigit()):
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    return (int(epoch), upstream, revision) if hyphen else (int(epoch), rest, "")


def _sign(left: int, right: int) -> int:
    return (left > right) - (left < right)


def _compare_debian_part(left: str, right: str) -> int:
    if left == right:
        return 0
    for one, other in zip_longest(_debian_pieces(left), _debian_pieces(right)):
        left_text, left_number = one or ("", "")
        right_text, right_number = other or ("", "")
        order = _compare_debian_text(left_text, right_text) or _sign(int(left_number or 0), int(right_number or 0))
        if order:
            return order
    return 0


@lru_cache(_PARTS_REMEMBERED)
def _debian_pieces(part: str) -> tuple[tuple[str, str], ...]:
    return tuple(re.findall(r"([^0-9]*)([0-9]*)", part))


def _compare_debian_text(left: str, right: str) -> int:
    for one, other in zip_longest(left, right, fillvalue=""):
        order = _sign(_debian_weight(one), _debian_weight(other))
        if order:
            return order
    return 0


def _debian_weight(character: str) -> int:
    """`~`, then the end of the part, then letters, then everything else."""
    if character == "~":
        return -1
    if not character:
        return 0
    return ord(character) if character.isalpha() else ord(character) + 0x110000


def _compare_rpm_part(left: str, right: str) -> int:
    ours, theirs = _rpm_segments(left), _rpm_segments(right)
    for one, other in zip_longest(ours, theirs, fillvalue=""):
        order = _compare_rpm_segment(one, other)
        if order:
            return order
    return 0


def _rpm_segments(text: str) -> list[str]:
    return re.findall(r"[0-9]+|[A-Za-z]+|~|\^", text)


def _compare_rpm_segment(left: str, right: str) -> int:
    if left == right:
        return 0
    for mark in ("~", "^"):
        # A tilde sorts before everything, the end included; a caret sorts after the end, and before anything else.
        if left == mark:
            return -1 if mark == "~" or right else 1
        if right == mark:
            return 1 if mark == "~" or left else -1
    if not left or not right:
        return 1 if left else -1
    if left.isdigit() and right.isdigit():
        return _sign(int(left), int(right))
    if left.isdigit() != right.isdigit():
        return 1 if left.isdigit() else -1  # a number is newer than letters
    return 1 if left > right else -1

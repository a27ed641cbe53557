"""When operating systems end to get security updates: `resources/policies/endoflife.yaml`, looked up by name."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from vmi_console.policy.reading import read, read_file, value_of

FILE = Path(__file__).parents[2] / "resources" / "policies" / "endoflife.yaml"


class Ends(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which everybody gets security updates, and the last for those who arranged for more."""

    until: date
    extended: date | None = None


class Release(msgspec.Struct, frozen=True):
    """One release of an operating system, such as `Debian 12`."""

    title: str
    ends: Ends


class _Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    system: str
    release: str
    title: str
    releases: dict[str, Ends]


@lru_cache(maxsize=5_000)
def release(name: str, version: str = "") -> Release | None:
    """The release that an operating system's name and version mean; None where nobody can tell.

    >>> release("Debian GNU/Linux 9 (stretch)", "9.13").ends.until.isoformat()
    '2020-07-18'
    """
    name, text = name.casefold()[:200], f"{name} {version}".casefold()[:400]
    for system, pattern, product in _products():
        if system.search(name) and (match := pattern.search(text)) is not None:
            ends = product.releases.get(match[1])
            return None if ends is None else Release(f"{product.title} {match[1].upper()}", ends)
    return None


@lru_cache(maxsize=1)
def _products() -> tuple[tuple[re.Pattern[str], re.Pattern[str], _Product], ...]:
    """The table, with its patterns compiled. They come with the program and are short; the texts are cut."""
    products = msgspec.convert(value_of(read(read_file(FILE, FILE.name), FILE.name)), list[_Product], strict=False)
    return tuple((re.compile(each.system), re.compile(each.release), each) for each in products)

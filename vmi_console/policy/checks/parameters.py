"""What parameters of checks are made of: patterns of names, ranges of VLANs, addresses and MACs; and what is wrong.

The types here go into the declarations, so that the schema bounds what they bound; what a schema cannot say is
tested when a check is made, which raises `Mistake`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.attributes import parse_address
from vmi_console.estate.patterns import glob
from vmi_console.policy.checks.tally import shortened

MOST_ITEMS = 500
LISTED = 12
_NAMES_REMEMBERED = 20_000

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Days = Annotated[float, msgspec.Meta(ge=0, le=36_500)]
Gibibytes = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
VlanRange = Annotated[int, msgspec.Meta(ge=0, le=4094)] | Annotated[str, msgspec.Meta(min_length=1, max_length=20)]

_RANGE = re.compile(r"\s*(\d{1,5})\s*[-–]\s*(\d{1,5})\s*", re.ASCII)
_MAC_DIGITS = re.compile(r"[0-9a-f]{2,12}")


class Allow(StrEnum):
    """Whether something may be."""

    ALLOWED = "allowed"
    DENIED = "denied"


class Mistake(ValueError):
    """A parameter that is wrong.

    `path` leads to it from the check, such as `("allowed", 1)`; `offset` counts the characters of that text up to
    what is wrong; `advice` says what to do about it. msgspec raises it anew as the cause of a `ValidationError`.
    """

    def __init__(self, message: str, *path: str | int, advice: str = "", offset: int = 0) -> None:
        super().__init__(message)
        self.path = path
        self.advice = advice
        self.offset = offset


def something(*parameters: object, field: str) -> None:
    """Raises `Mistake` where nothing is demanded: such a check would pass whatever there is."""
    if not any(parameter not in ((), None, {}, "", False) for parameter in parameters):
        raise Mistake("this demands nothing", advice=f"say what must hold, for example with {field}")


class Names:
    """A list of names or patterns (`*`, `?`, `[…]`) without regard to case; remembers what it was asked."""

    def __init__(self, patterns: Iterable[str]) -> None:
        folded = [pattern.casefold() for pattern in patterns]
        self._exact = frozenset(pattern for pattern in folded if not is_pattern(pattern))
        self._globs: tuple[Callable[[str], object], ...] = tuple(glob(each) for each in folded if is_pattern(each))
        self.match = lru_cache(maxsize=_NAMES_REMEMBERED)(self._match)

    def _match(self, name: str) -> bool:
        """Whether a name is meant."""
        folded = name.casefold()
        return folded in self._exact or any(matches(folded) for matches in self._globs)


def is_pattern(text: str) -> bool:
    """Whether a text has characters that stand for others."""
    return any(character in text for character in "*?[")


def vlan_ranges(values: Sequence[int | str], field: str) -> tuple[tuple[int, int], ...]:
    """Inclusive ranges of VLAN ids from `110`, `"110-119"` and `"untagged"` (0). Raises `Mistake`."""
    return tuple(_vlan_range(value, field, position) for position, value in enumerate(values))


def _vlan_range(value: int | str, field: str, position: int) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    if value.strip().casefold() in ("untagged", "none"):
        return 0, 0
    match = _RANGE.fullmatch(value)
    low, high = (int(match[1]), int(match[2])) if match else (int(value), int(value)) if is_id(value) else (-1, -1)
    if low < 0:
        advice = "write a number such as 110, a range such as 110-119, or untagged"
        raise Mistake(f"“{value}” is no VLAN and no range of VLANs", field, position, advice=advice)
    if high > 4094:
        raise Mistake(f"there is no VLAN {high}", field, position, advice="VLANs end with 4094")
    if low > high:
        raise Mistake(f"the range “{value}” ends before it begins", field, position, advice=f"write {high}-{low}")
    return low, high


def is_id(text: str) -> bool:
    """Whether a text is a small whole number."""
    return text.isascii() and text.strip().isdigit() and len(text) < 10


def address_ranges(values: Sequence[str], field: str) -> tuple[tuple[int, int, int], ...]:
    """Inclusive ranges as (IP version, first, last) from `10.0.0.0/8`, `10.0.0.1-10.0.0.9` and single addresses."""
    return tuple(_address_range(value, field, position) for position, value in enumerate(values))


def _address_range(value: str, field: str, position: int) -> tuple[int, int, int]:
    first, dash, last = value.partition("-")
    try:
        if dash:
            low, high = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
            if low.version != high.version or int(low) > int(high):
                raise Mistake(f"the range “{value}” ends before it begins", field, position, advice="swap its ends")
            return low.version, int(low), int(high)
        network = ipaddress.ip_network(value.strip(), strict=False)
    except Mistake:
        raise
    except ValueError:
        advice = "write 10.0.0.0/8, 10.0.0.1-10.0.0.9 or one address"
        raise Mistake(f"“{value}” is no range of addresses", field, position, advice=advice) from None
    return network.version, int(network.network_address), int(network.broadcast_address)


def in_ranges(address: str, ranges: Iterable[tuple[int, int, int]]) -> bool | None:
    """Whether an address lies in one of the ranges; None where it is none."""
    parsed = parse_address(address)
    if parsed is None:
        return None
    version, number = parsed
    return any(version == of and low <= number <= high for of, low, high in ranges)


def mac_ranges(values: Sequence[str], field: str) -> tuple[tuple[int, int], ...]:
    """Inclusive ranges of MACs from a prefix (`00:50:56`), a range of two whole ones, or one. Raises `Mistake`."""
    return tuple(_mac_range(value, field, position) for position, value in enumerate(values))


def _mac_range(value: str, field: str, position: int) -> tuple[int, int]:
    ends = value.split("..") if ".." in value else (value,)
    low, high = _mac_digits(ends[0]), _mac_digits(ends[-1])
    whole = len(low) == len(high) == 12
    if len(ends) > 2 or not low or not high or (len(ends) == 2 and not whole):
        advice = "write a beginning such as 00:50:56, or two addresses with .. between them"
        raise Mistake(f"“{value}” is no range of MAC addresses", field, position, advice=advice)
    first, last = int(low.ljust(12, "0"), 16), int(high.ljust(12, "f"), 16)
    if first > last:
        raise Mistake(f"the range “{value}” ends before it begins", field, position, advice="swap its ends")
    return first, last


def _mac_digits(text: str) -> str:
    """The digits of a MAC or of its beginning, in whole bytes; empty for anything else."""
    digits = text.strip().lower().replace(":", "").replace("-", "")
    return digits if _MAC_DIGITS.fullmatch(digits) and len(digits) % 2 == 0 else ""


def listed(values: Iterable[object]) -> str:
    """Parameters as evidence names them; of many the first."""
    return shortened((str(value) for value in values), most=LISTED)

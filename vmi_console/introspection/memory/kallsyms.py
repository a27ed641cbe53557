"""The kernel's table of symbols, found and decoded as it lies in memory (Linux scripts/kallsyms.c, kernel/kallsyms.c).

Names are compressed: each is a length and that many codes, each code one of 256 tokens, and the first character says of
what kind the symbol is. Addresses are offsets against a base. Where the tables are, kernels from 6.0 on say in
VMCOREINFO; for others, and where there is no VMCOREINFO, the table of tokens is known by its looks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import msgspec

from vmi_console.introspection.memory.unreadable import Unreadable

_DIGITS = b"".join(b"%d\x00" % digit for digit in range(10))
"""In the table of tokens the characters that names use stand for themselves; all digits are always used."""

_TOKENS = 256
_INDEX_BYTES = 2 * _TOKENS
_EACH_MARKER = 256  # names
_LONGEST_TABLE = 8192  # bytes of the table of tokens: the kernel's own index into it has 16 bits, real ones are 1 KiB
_FEWEST, _MOST = 5_000, 2_000_000  # symbols of a kernel
_LONGEST_NAME = 512  # bytes


class Located(msgspec.Struct, frozen=True):
    """The tables themselves, still encoded."""

    names: bytes  # and perhaps what comes behind them
    number: int
    tokens: bytes
    offsets: bytes
    base: int


class Symbols(msgspec.Struct, frozen=True):
    """Addresses by name, of those names that were wanted, and where the address behind each is."""

    addresses: Mapping[str, int]
    ends: Mapping[str, int]  # the next symbol's address

    def __getitem__(self, name: str) -> int:
        if name not in self.addresses:
            raise Unreadable(f"this kernel has no symbol {name}")
        return self.addresses[name]

    def get(self, name: str) -> int | None:
        return self.addresses.get(name)


def search(content: bytes) -> Located | None:
    """The tables, if they are wholly within these bytes (the kernel's constants), at multiples of 8."""
    at = content.find(_DIGITS)
    while at >= 0:
        start = _table_start(content, at)
        if start is not None:
            located = _around(content, start)
            if located is not None:
                return located
        at = content.find(_DIGITS, at + 1)
    return None


def decode(located: Located, wanted: Iterable[str]) -> Symbols:
    """Raises `Unreadable` where the tables contradict themselves."""
    tokens = _split(located.tokens)
    if len(tokens) < _TOKENS:
        raise Unreadable("the kernel's table of symbols is damaged")
    names = {name.encode(): name for name in wanted}
    # Only names that begin as a wanted one does are decoded: the first code covers the kind and perhaps a part.
    prefixes = {name[:length] for name in names for length in range(len(name) + 1)}
    starts = bytes(bool(token) and token[1:] in prefixes for token in tokens)
    content, at = located.names, 0
    places: dict[str, int] = {}
    try:
        for number in range(located.number):
            length = content[at]
            at += 1
            if length & 0x80:
                length = length & 0x7F | content[at] << 7
                at += 1
            if starts[content[at]]:
                name = b"".join([tokens[code] for code in content[at : at + length]])[1:]
                if name in names:
                    places.setdefault(names[name], number)
            at += length
    except IndexError:
        raise Unreadable("the kernel's table of symbols is damaged") from None
    return _addresses(located, places)


def _addresses(located: Located, places: Mapping[str, int]) -> Symbols:
    """Negative offsets count from one below the base, others are absolute; without any negative one all are added."""
    offsets = memoryview(located.offsets)[: 4 * located.number].cast("i")
    signed = min(offsets) < 0

    def address(number: int) -> int:
        offset = offsets[number]
        if not signed:
            return located.base + offset
        return located.base - 1 - offset if offset < 0 else offset

    ends = {}
    for name, number in places.items():
        begin = address(number)
        # Several names may share an address.
        following = (address(each) for each in range(number + 1, min(number + 64, located.number)))
        ends[name] = next((end for end in following if end > begin), begin)
    return Symbols({name: address(number) for name, number in places.items()}, ends)


def _split(table: bytes) -> list[bytes]:
    return table.split(b"\x00", _TOKENS)[:_TOKENS]


def _table_start(content: bytes, digits: int) -> int | None:
    """Where the table begins whose token 48 is at `digits`."""
    at = digits
    for _ in range(ord("0")):
        at = content.rfind(b"\x00", max(0, at - 1 - 64), at - 1) + 1
        if at <= 0 or digits - at > _LONGEST_TABLE:
            return None
    # The first token's own beginning is known by the table's alignment: padding before it is zeros.
    return at if at % 8 == 0 else None


def _around(content: bytes, start: int) -> Located | None:
    """The other tables by their places before and behind the tokens, each held against what it must contain."""
    tokens = _split(content[start : start + _LONGEST_TABLE])
    if len(tokens) < _TOKENS:
        return None
    places, at = [], 0
    for token in tokens:
        places.append(at)
        at += len(token) + 1
    index = _aligned(start + at)
    if content[index : index + _INDEX_BYTES] != struct.pack(f"<{_TOKENS}H", *places):
        return None
    table = content[start : start + at]
    behind = index + _INDEX_BYTES
    # Kernel 6.2 and 6.3 have a table of three bytes a symbol between the markers and the tokens: it is skipped.
    for names, number in _names_before(content, start):
        for offsets, base_place in (
            (names - 16 - _aligned(4 * number), names - 16),  # until 6.3: before the names
            (behind, behind + _aligned(4 * number)),  # from 6.4 on: behind the tokens
        ):
            if offsets < 0 or base_place + 8 > len(content):
                continue
            base = int.from_bytes(content[base_place : base_place + 8], "little")
            if base >> 40 == 0xFFFFFF and not base & 0xFFF:
                return Located(content[names:start], number, table, content[offsets : offsets + 4 * number], base)
    return None


def _names_before(content: bytes, tokens: int) -> list[tuple[int, int]]:
    """Where the names begin, and how many there are. Their number is before them, the markers are behind."""
    direct = _markers(content, tokens)
    if direct:
        return _named(content, *direct)
    # A table of three bytes a symbol in between has as many entries as there are names; so the markers are as far away
    # as their own number demands.
    for number in range(_FEWEST // _EACH_MARKER, _MOST // _EACH_MARKER):
        low = tokens - _aligned(3 * (number * _EACH_MARKER))
        high = tokens - _aligned(3 * ((number - 1) * _EACH_MARKER + 1))
        for end in range(low & ~7, high + 8, 8):
            first = end - _aligned(4 * number)
            if first < 0:
                return []
            if content[first : first + 4] != b"\x00\x00\x00\x00":
                continue
            found = _markers(content, end)
            if found and found[0] == first and (named := _named(content, *found)):
                return named
    return []


def _markers(content: bytes, end: int) -> tuple[int, list[int]] | None:
    """The markers that end here: growing numbers from 0 on, one for 256 names. Their place, and they."""
    return _markers_of(content, end, 4) or _markers_of(content, end, 8)  # eight bytes each before kernel 4.20


def _markers_of(content: bytes, end: int, width: int) -> tuple[int, list[int]] | None:
    at = end - width
    if width == 4 and content[at : at + 4] == b"\x00\x00\x00\x00":
        at -= 4  # padding
    markers: list[int] = []
    while at >= 0 and len(markers) <= _MOST // _EACH_MARKER:
        marker = int.from_bytes(content[at : at + width], "little")
        if markers and not 2 * _EACH_MARKER <= markers[-1] - marker <= _EACH_MARKER * _LONGEST_NAME:
            return None
        markers.append(marker)
        if marker == 0:
            break
        at -= width
    if len(markers) < _FEWEST // _EACH_MARKER or markers[-1] != 0:
        return None
    return at, markers[::-1]


def _named(content: bytes, place: int, markers: list[int]) -> list[tuple[int, int]]:
    """The names that end at `place`, the markers'."""
    most = len(markers) * _EACH_MARKER
    latest = place - markers[-1]
    for start in range(latest & ~7, max(8, latest - _EACH_MARKER * _LONGEST_NAME), -8):
        number = int.from_bytes(content[start - 8 : start - 4], "little")
        if most - _EACH_MARKER < number <= most and _ends_at(content, start, markers, number, place):
            return [(start, number)]
    return []


def _ends_at(content: bytes, start: int, markers: list[int], number: int, end: int) -> bool:
    """Whether the names behind the last marker are as many, and as long, as they should be."""
    at = start + markers[-1]
    for _ in range(number - (len(markers) - 1) * _EACH_MARKER):
        if at + 2 > end:
            return False
        length = content[at]
        at += 1
        if length & 0x80:
            length = length & 0x7F | content[at] << 7
            at += 1
        if length == 0:
            return False
        at += length
    return end - 8 < at <= end


def _aligned(number: int) -> int:
    return number + 7 & ~7

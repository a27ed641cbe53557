"""Tables as kernels have them in memory, made small: symbols, types, page tables, and a kernel without types."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_WORDS = (b"init_", b"_task", b"sys_", b"__x64_", b"start_", b"symbol_")
"""What the names below often have in them; each becomes a token of its own."""

BASE = 0xFFFF_FFFF_9A20_0000


def tokens() -> list[bytes]:
    """All characters that names use stand for themselves; the codes between have words and pairs of letters."""
    used = set(b"0123456789_.$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    free = [code for code in range(255, -1, -1) if code not in used]
    pairs = [bytes((first, second)) for first in b"abcdefghijkl" for second in b"mnopqrstuvwxyz_0123"]
    made = [bytes((code,)) for code in range(256)]
    for code, word in zip(free, [*_WORDS, *pairs], strict=False):
        made[code] = word
    return made


def encoded(name: str, kind: str, table: Mapping[int, Sequence[tuple[bytes, int]]]) -> bytes:
    """The name as the kernel keeps it: the longest token each time, behind the length.

    `table` has the tokens and their codes by first character, long ones first.
    """
    rest = kind.encode() + name.encode()
    codes = bytearray()
    while rest:
        token, code = next((token, code) for token, code in table[rest[0]] if rest.startswith(token))
        codes.append(code)
        rest = rest[len(token) :]
    if len(codes) > 0x7F:
        return bytes((len(codes) & 0x7F | 0x80, len(codes) >> 7)) + bytes(codes)
    return bytes((len(codes),)) + bytes(codes)


def kallsyms(symbols: Mapping[str, int], layout: str, base: int = BASE) -> bytes:
    """The tables of kernels `until 4.19`, `until 6.1`, of `6.2`, and `from 6.4`, with names between other constants.

    `symbols` are in the order of their addresses; per-processor ones are small numbers.
    """
    table = tokens()
    codes = sorted(((token, code) for code, token in enumerate(table)), key=lambda each: -len(each[0]))
    by_first = {first: [each for each in codes if each[0][0] == first] for first in range(256)}
    names, markers = bytearray(), []
    for number, name in enumerate(symbols):
        if number % 256 == 0:
            markers.append(len(names))
        names += encoded(name, "T", by_first)
    offsets = b"".join(
        struct.pack("<i", address if address < 1 << 31 else base - 1 - address) for address in symbols.values()
    )
    strings = b"".join(token + b"\x00" for token in table)
    places, at = [], 0
    for token in table:
        places.append(at)
        at += len(token) + 1
    index = struct.pack("<256H", *places)
    count = struct.pack("<I", len(symbols))
    marked = struct.pack(f"<{len(markers)}{'Q' if layout == 'until 4.19' else 'I'}", *markers)
    sequence = bytes(3 * len(symbols))
    relative = struct.pack("<Q", base)
    parts = {
        "until 4.19": (offsets, relative, count, bytes(names), marked, strings, index),
        "until 6.1": (offsets, relative, count, bytes(names), marked, strings, index),
        "6.2": (offsets, relative, count, bytes(names), marked, sequence, strings, index),
        "from 6.4": (count, bytes(names), marked, strings, index, offsets, relative, sequence),
    }[layout]
    before = b"0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00" + b"\x17" * 4075  # looks alike, and is not it
    return b"".join(part.ljust(-(-len(part) // 8) * 8, b"\x00") for part in (before, *parts)) + b"\x29" * 4096


def many(*named: tuple[str, int], base: int = BASE) -> dict[str, int]:
    """As many symbols as a kernel has, and these among them; all in order."""
    symbols = {f"per_cpu_{number}": number * 8 for number in range(40)}
    symbols["_text"] = base
    others = {f"symbol_{number}": base + 0x1000 + 64 * number for number in range(6000)}
    symbols |= dict(sorted([*others.items(), *named], key=lambda each: each[1]))
    return symbols


# --- types ------------------------------------------------------------------------------------------------------------

INT, POINTER, ARRAY, STRUCT, UNION, TYPEDEF, CONST = 1, 2, 3, 4, 5, 8, 10


class Types:
    """Builds BTF. Each method gives the number of the type that it adds."""

    def __init__(self) -> None:
        self._types = bytearray()
        self._strings = bytearray(b"\x00")
        self._number = 0

    def integer(self, name: str, size: int) -> int:
        return self._add(name, INT, 0, size, struct.pack("<I", size * 8))

    def pointer(self, to: int) -> int:
        return self._add("", POINTER, 0, to)

    def typedef(self, name: str, of: int) -> int:
        return self._add(name, TYPEDEF, 0, of)

    def const(self, of: int) -> int:
        return self._add("", CONST, 0, of)

    def array(self, of: int, length: int) -> int:
        return self._add("", ARRAY, 0, 0, struct.pack("<III", of, of, length))

    def struct(self, name: str, size: int, members: Sequence[tuple[str, int, int]], kind: int = STRUCT) -> int:
        """Members are name, type, and offset in bytes."""
        body = b"".join(struct.pack("<III", self._text(label), of, at * 8) for label, of, at in members)
        return self._add(name, kind, len(members), size, body)

    def encoded(self) -> bytes:
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self._types), len(self._types), len(self._strings))
        return header + bytes(self._types) + bytes(self._strings)

    def _add(self, name: str, kind: int, members: int, size: int, body: bytes = b"") -> int:
        self._types += struct.pack("<III", self._text(name), kind << 24 | members, size) + body
        self._number += 1
        return self._number

    def _text(self, text: str) -> int:
        if not text:
            return 0
        at = self._strings.find(b"\x00" + text.encode() + b"\x00")
        if at < 0:
            self._strings += text.encode() + b"\x00"
            return len(self._strings) - len(text) - 1
        return at + 1


# --- memory -----------------------------------------------------------------------------------------------------------

_PRESENT, _WRITABLE, _LARGE, _NOT_EXECUTABLE = 1, 2, 0x80, 1 << 63
LOW_ROOT = 0x9A000
IMAGE = 16 << 20
"""Where the kernel is, physically."""


def entry(memory: bytearray, table: int, index: int, value: int) -> None:
    """Writes into a page table."""
    struct.pack_into("<Q", memory, table + 8 * index, value)


def kernel_tables(memory: bytearray, levels: int, base: int = BASE) -> None:
    """What the first MiB of a Linux guest has: a top table whose last entry leads to the kernel's image.

    The image is 2 MiB each of code, constants, constants that end within small pages, and data; then some more data.
    """
    upper, third, second = IMAGE + 0x60_0000, IMAGE + 0x60_1000, IMAGE + 0x60_2000
    if levels == 5:
        entry(memory, LOW_ROOT, 511, upper | _PRESENT | _WRITABLE)
        entry(memory, upper, 511, third | _PRESENT | _WRITABLE)
    else:
        entry(memory, LOW_ROOT, 511, third | _PRESENT | _WRITABLE)
    entry(memory, third, 510, second | _PRESENT | _WRITABLE)
    first = (base - 0xFFFF_FFFF_8000_0000) >> 21
    flags = (0, _NOT_EXECUTABLE, None, *[_NOT_EXECUTABLE | _WRITABLE] * 3)
    for number, flag in enumerate(flags):
        if flag is None:
            entry(memory, second, first + number, (IMAGE + 0x60_3000) | _PRESENT | _WRITABLE)
        else:
            entry(memory, second, first + number, (IMAGE + (number << 21)) | _PRESENT | _LARGE | flag)

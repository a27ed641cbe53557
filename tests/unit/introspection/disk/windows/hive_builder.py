"""Registry hives and their transaction logs in bytes, written by the published format."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import xor

from vmi_console.introspection.disk.windows.marvin import marvin32

WRITTEN = 133_775_712_000_000_000
"""2024-12-02 00:00 UTC as a FILETIME, of every key."""

NONE, SZ, EXPAND_SZ, BINARY, DWORD, MULTI_SZ, QWORD = 0, 1, 2, 3, 4, 7, 11


class Raw:
    """A value of any type."""

    def __init__(self, kind: int, data: bytes) -> None:
        self.kind = kind
        self.data = data


Value = str | int | bytes | list[str] | Raw
Keys = Mapping[str, Mapping[str, Value]]
"""Values by name, by the path of their key. Keys on the way need not be named."""


class _Node:
    def __init__(self, name: str) -> None:
        self.name = name
        self.values: dict[str, Value] = {}
        self.subkeys: dict[str, _Node] = {}


def hive(keys: Keys, *, lists: str = "lh", root: str = "ROOT") -> bytes:
    """A clean hive. `lists` are li, lf, lh or ri (of lists of two keys each)."""
    top = _Node(root)
    for path, values in keys.items():
        node = top
        for name in path.split("\\") if path else ():
            node = node.subkeys.setdefault(name.upper(), _Node(name))
        node.values |= values
    return _Writer(lists).written(top)


_DESCRIPTOR = bytes.fromhex(
    "010004801400000024000000000000003400000001020000000000052000000020020000"
    "010200000000000520000000200200000200080000000000"
)
"""Owned by administrators, with an empty list of rights."""


class _Writer:
    def __init__(self, lists: str) -> None:
        self._cells = bytearray()
        self._lists = lists
        self._security = 0

    def written(self, top: _Node) -> bytes:
        root = self._reserve(76 + len(top.name))
        self._security = 32 + len(self._cells)  # the next cell, whose list is itself alone
        links = struct.pack("<IIII", self._security, self._security, 1, len(_DESCRIPTOR))
        self._cell(b"sk\0\0" + links + _DESCRIPTOR)
        self._fill(root, self._key(top, root, root, 0x2C))
        size = -(-(32 + len(self._cells)) // 4096) * 4096
        free = size - 32 - len(self._cells)
        if free:
            self._cells += struct.pack("<i", free).ljust(free, b"\0")
        bin_head = struct.pack("<4sIIQQI", b"hbin", 0, size, 0, WRITTEN, 0)
        return base_block(root=root, size=size) + bin_head + bytes(self._cells)

    def _key(self, node: _Node, offset: int, parent: int, flags: int) -> bytes:
        ordered = [node.subkeys[name] for name in sorted(node.subkeys)]
        offsets = [self._reserve(76 + len(_name(subkey.name)[0])) for subkey in ordered]
        for subkey, place in zip(ordered, offsets, strict=True):
            self._fill(place, self._key(subkey, place, offset, 0x20 if _name(subkey.name)[1] else 0))
        listed = self._list(ordered, offsets) if ordered else 0xFFFFFFFF
        values = [self._value(name, value) for name, value in node.values.items()]
        value_list = self._cell(struct.pack(f"<{len(values)}I", *values)) if values else 0xFFFFFFFF
        name, _ = _name(node.name)
        head = struct.pack("<2sHQII", b"nk", flags, WRITTEN, 0, parent)
        head += struct.pack("<IIII", len(ordered), 0, listed, 0xFFFFFFFF)
        head += struct.pack("<IIII", len(values), value_list, self._security, 0xFFFFFFFF)
        return head + struct.pack("<IIIIIHH", 0, 0, 0, 0, 0, len(name), 0) + name

    def _list(self, keys: Sequence[_Node], offsets: Sequence[int]) -> int:
        if self._lists == "ri":
            parts = [
                self._leaf("lh", keys[place : place + 2], offsets[place : place + 2])
                for place in range(0, len(keys), 2)
            ]
            return self._cell(struct.pack("<2sH", b"ri", len(parts)) + struct.pack(f"<{len(parts)}I", *parts))
        return self._leaf(self._lists, keys, offsets)

    def _leaf(self, kind: str, keys: Sequence[_Node], offsets: Sequence[int]) -> int:
        data = struct.pack("<2sH", kind.encode(), len(keys))
        for key, offset in zip(keys, offsets, strict=True):
            data += struct.pack("<I", offset)
            if kind == "lf":
                data += key.name.encode("latin-1", "replace")[:4].ljust(4, b"\0")
            elif kind == "lh":
                units = key.name.upper().encode("utf-16-le")
                value = 0
                for (unit,) in struct.iter_unpack("<H", units):
                    value = (value * 37 + unit) & 0xFFFFFFFF
                data += struct.pack("<I", value)
        return self._cell(data)

    def _value(self, name: str, value: Value) -> int:
        raw = _raw(value)
        written, compact = _name(name)
        if len(raw.data) <= 4:
            size, place = len(raw.data) | 0x80000000, int.from_bytes(raw.data.ljust(4, b"\0"), "little")
        else:
            size, place = len(raw.data), self._data(raw.data)
        head = struct.pack("<2sHIIIHH", b"vk", len(written), size, place, raw.kind, int(compact), 0)
        return self._cell(head + written)

    def _data(self, data: bytes) -> int:
        if len(data) <= 16_344:
            return self._cell(data)
        parts = [self._cell(data[place : place + 16_344]) for place in range(0, len(data), 16_344)]
        listed = self._cell(struct.pack(f"<{len(parts)}I", *parts))
        return self._cell(struct.pack("<2sHI", b"db", len(parts), listed))

    def _reserve(self, length: int) -> int:
        return self._cell(bytes(length))

    def _fill(self, offset: int, data: bytes) -> None:
        self._cells[offset - 28 : offset - 28 + len(data)] = data

    def _cell(self, data: bytes) -> int:
        offset = 32 + len(self._cells)
        size = -(-(4 + len(data)) // 8) * 8
        self._cells += struct.pack("<i", -size) + data.ljust(size - 4, b"\0")
        return offset


def base_block(
    *, root: int, size: int, primary: int = 1, secondary: int = 1, kind: int = 0, length: int = 4096
) -> bytes:
    data = b"regf" + struct.pack("<IIQ", primary, secondary, WRITTEN)
    data += struct.pack("<IIIIIII", 1, 5, kind, 1, root, size, 1)
    data = data.ljust(508, b"\0")
    data += struct.pack("<I", reduce(xor, struct.unpack("<127I", data)))
    return data.ljust(length, b"\0")


def _changed(data: bytes, **changes: int) -> bytes:
    """A hive's head with other numbers."""
    root, size = struct.unpack_from("<II", data, 36)
    return base_block(**({"root": root, "size": size} | changes))


def dirty(data: bytes, primary: int, secondary: int) -> bytes:
    """A hive that was being written."""
    return _changed(data, primary=primary, secondary=secondary) + data[4096:]


def log(before: bytes, changes: Sequence[tuple[int, bytes, bytes]]) -> bytes:
    """A log of Windows 8.1 and newer. Each change is its sequence number and the hive before and after it."""
    data = _changed(before, primary=changes[0][0], secondary=changes[0][0], kind=6, length=512)
    return data + b"".join(entry(sequence, old, new) for sequence, old, new in changes)


def entry(sequence: int, old: bytes, new: bytes) -> bytes:
    pages = _differences(old[4096:], new[4096:], 4096)
    data = b"".join(struct.pack("<II", offset, len(page)) for offset, page in pages) + b"".join(p for _, p in pages)
    size = -(-(40 + len(data)) // 512) * 512
    data = data.ljust(size - 40, b"\0")
    head = struct.pack("<4s5I", b"HvLE", size, 0, sequence, len(new) - 4096, len(pages)) + marvin32(data)
    return head + marvin32(head) + data


def old_log(before: bytes, after: bytes) -> bytes:
    """A log of Windows up to 8: a bitmap of sectors, and those that are marked in it."""
    sectors = _differences(before[4096:], after[4096:], 512)
    size = len(after) - 4096
    bitmap = bytearray(size // 512 // 8)
    for offset, _ in sectors:
        bitmap[offset // 512 // 8] |= 1 << offset // 512 % 8
    vector = b"DIRT" + bytes(bitmap)
    vector = vector.ljust(-(-len(vector) // 512) * 512, b"\0")
    head = _changed(before, primary=7, secondary=7, kind=1, length=512, size=size)
    return head + vector + b"".join(data for _, data in sectors)


def _differences(old: bytes, new: bytes, width: int) -> list[tuple[int, bytes]]:
    return [
        (offset, new[offset : offset + width])
        for offset in range(0, len(new), width)
        if old[offset : offset + width] != new[offset : offset + width]
    ]


def _raw(value: Value) -> Raw:
    match value:
        case Raw():
            return value
        case str():
            return Raw(SZ, f"{value}\0".encode("utf-16-le"))
        case int():
            return Raw(DWORD, value.to_bytes(4, "little"))
        case bytes():
            return Raw(BINARY, value)
        case list():
            return Raw(MULTI_SZ, ("".join(f"{text}\0" for text in value) + "\0").encode("utf-16-le"))


def _name(name: str) -> tuple[bytes, bool]:
    """A name as it is stored, and whether it takes one byte for each character."""
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return name.encode("utf-16-le"), False

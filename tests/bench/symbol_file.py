"""A symbol file for volatility3, out of a memory dump itself: what a kernel's BTF and kallsyms say, in its JSON format.

volatility3 lists nothing without a file of symbols and types for exactly the kernel that runs (its Intermediate Symbol
Format, described by the JSON Schema that comes with it). Such files are usually made from a debug package of half a
gigabyte. Here everything is taken that the kernel in the dump carries: all types, all symbols. BTF knows the types of
per-CPU variables only; those of the few others that a list of processes begins at are written here by hand.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from vmi_console.introspection.memory import finding, kernel
from vmi_console.introspection.memory.dumps import dumps
from vmi_console.introspection.memory.kallsyms import Located, search
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

type Json = dict[str, object]

FORMAT = "6.2.0"

TYPES_OF_SYMBOLS = {
    **{"init_task": "task_struct", "init_mm": "mm_struct", "init_files": "files_struct"},
    **{"init_pid_ns": "pid_namespace", "init_net": "net", "init_uts_ns": "uts_namespace"},
    **{"modules": "list_head", "module_kset": "kset"},
}
"""Structures that global variables are (Linux include/linux/init_task.h, kernel/pid.c, kernel/module/main.c, …)."""

_UNMOVED = 0xFFFF_FFFF_8100_0000  # where the kernel's text is linked to be; symbol files have addresses as linked

_header = struct.Struct("<HBBIIIII")
_INT, _POINTER, _ARRAY, _STRUCT, _UNION, _ENUM, _FORWARD, _TYPEDEF = range(1, 9)
_VOLATILE, _CONST, _RESTRICT, _FUNCTION, _PROTOTYPE, _VARIABLE, _SECTION, _FLOAT = range(9, 17)
_DECLARATION_TAG, _TYPE_TAG, _ENUM64 = 17, 18, 19
_SEE_THROUGH = (_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG)
_WORDS_EACH = {_STRUCT: 3, _UNION: 3, _ENUM: 2, _PROTOTYPE: 2, _SECTION: 3, _ENUM64: 3}
_WORDS_MORE = {_INT: 1, _ARRAY: 3, _VARIABLE: 1, _DECLARATION_TAG: 1}

_INTEGERS = {
    (1, False): "unsigned char",
    (1, True): "signed char",
    (2, False): "short unsigned int",
    (2, True): "short int",
    (4, False): "unsigned int",
    (4, True): "int",
    (8, False): "long unsigned int",
    (8, True): "long int",
}


def write(memory: BinaryIO, size: int, target: Path) -> None:
    """The symbol file of the kernel that runs in this memory. Raises `Unreadable` where none is found."""
    found, located = _kernel(memory, size)
    start, stop = found.symbol("__start_BTF"), found.symbol("__stop_BTF")
    types = _Types(found.physical.glimpse(found.to_physical(start), stop - start))
    banner = found.banner.encode()
    symbols: dict[str, Json] = {}
    for name, address in _symbols(located):
        symbols.setdefault(name, {"address": address})
    for name, described in types.variables().items():
        if name in symbols:
            symbols[name]["type"] = described
    for name, structure in TYPES_OF_SYMBOLS.items():
        if name in symbols:
            symbols[name]["type"] = {"kind": "struct", "name": structure}
    if clock := types.containing("seq", "timekeeper"):
        symbols["tk_core"]["type"] = {"kind": "struct", "name": clock}
    symbols["linux_banner"].update(
        type={"kind": "array", "count": len(banner), "subtype": {"kind": "base", "name": "char"}},
        constant_data=base64.b64encode(banner).decode(),
    )
    document = {
        "metadata": {
            "format": FORMAT,
            "producer": {"name": "vmi-console-bench", "version": "1.0.0"},
            "linux": {"symbols": [], "types": []},
        },
        "base_types": types.base_types,
        "user_types": types.user_types,
        "enums": types.enums,
        "symbols": symbols,
    }
    target.write_bytes(msgspec.json.encode(document))


def _kernel(memory: BinaryIO, size: int) -> tuple[Kernel, Located]:
    for dump in dumps(memory, size):
        physical = Physical(memory, size, dump.pieces)
        for image in (*finding.said(physical, dump.note), *finding.low(physical)):
            for virtual, length in image.constants:
                try:
                    located = search(physical.glimpse(image.physical(virtual), length))
                    if located is not None:
                        return kernel.found(physical, image), located
                except Absent:
                    continue
    raise Unreadable("no running Linux kernel for x86-64 was found in this memory")


def _symbols(located: Located) -> Iterator[tuple[str, int]]:
    """All names with their addresses as linked, in the order of addresses."""
    tokens = located.tokens.split(b"\x00")
    offsets = memoryview(located.offsets)[: 4 * located.number].cast("i")
    counted_from_base = min(offsets) >= 0
    at = 0
    for offset in offsets:
        length = located.names[at]
        at += 1
        if length & 0x80:
            length = length & 0x7F | located.names[at] << 7
            at += 1
        # The first character says of what kind the symbol is.
        name = b"".join(tokens[code] for code in located.names[at : at + length])[1:].decode(errors="replace")
        at += length
        if counted_from_base:
            yield name, _UNMOVED + offset
        else:
            yield name, offset if offset >= 0 else _UNMOVED - 1 - offset


class _Types:
    """All that BTF describes, as the format has it. Typedefs are looked through; what has no name is given one."""

    def __init__(self, content: bytes) -> None:
        _, _, _, length, types, types_length, strings, strings_length = _header.unpack_from(content)
        self._words = memoryview(content)[length + types : length + types + types_length].cast("I")
        self._strings = content[length + strings : length + strings + strings_length]
        self._places = [0]
        self._names: dict[int, str] = {}
        self.base_types: dict[str, Json] = {
            "void": _base(0, "void", signed=False),
            "pointer": _base(8, "int", signed=False),
            **{name: _base(size, _kind_of(name), signed=signed) for (size, signed), name in _INTEGERS.items()},
        }
        self.user_types: dict[str, Json] = {}
        self.enums: dict[str, Json] = {}
        at = 0
        while at < len(self._words):
            self._places.append(at)
            kind, count = self._words[at + 1] >> 24 & 31, self._words[at + 1] & 0xFFFF
            at += 3 + _WORDS_EACH.get(kind, 0) * count + _WORDS_MORE.get(kind, 0)
        self._give_names()
        for number in range(1, len(self._places)):
            self._add(number)

    def variables(self) -> dict[str, Json]:
        """Types of the variables that are described, by name."""
        return {
            self._text(self._words[place]): self._described(self._words[place + 2])
            for number, place in enumerate(self._places)
            if number and self._kind(number) == _VARIABLE
        }

    def containing(self, *members: str) -> str | None:
        """The name of the structure that has exactly these members."""
        for name, each in self.user_types.items():
            fields = each["fields"]
            assert isinstance(fields, dict)
            if tuple(fields) == members:
                return name
        return None

    def _kind(self, number: int) -> int:
        return self._words[self._places[number] + 1] >> 24 & 31

    def _text(self, at: int) -> str:
        return self._strings[at : self._strings.index(b"\x00", at)].decode()

    def _give_names(self) -> None:
        """Each structure, union and enumeration is called differently: the first keeps a name that several have."""
        taken: set[str] = set()
        nameless: list[int] = []
        aliases: dict[int, str] = {}
        for number in range(1, len(self._places)):
            kind, place = self._kind(number), self._places[number]
            if kind == _TYPEDEF:
                aliases.setdefault(self._words[place + 2], self._text(self._words[place]))
            elif kind in (_STRUCT, _UNION, _ENUM, _ENUM64):
                name = self._text(self._words[place])
                if not name:
                    nameless.append(number)
                    continue
                self._names[number] = name if name not in taken else f"{name}_{number}"
                taken.add(name)
        for number in nameless:
            name = aliases.get(number, "")
            self._names[number] = name if name and name not in taken else f"unnamed_{number}"
            taken.add(name)

    def _add(self, number: int) -> None:
        place, kind = self._places[number], self._kind(number)
        name, info, size = self._words[place : place + 3]
        if kind == _INT:
            encoding = self._words[place + 3] >> 24 & 15
            text = self._text(name)
            self.base_types[text] = _base(size, "bool" if encoding & 4 else _kind_of(text), signed=bool(encoding & 1))
        elif kind == _FLOAT:
            self.base_types[self._text(name)] = _base(size, "float", signed=True)
        elif kind in (_STRUCT, _UNION):
            self.user_types[self._names[number]] = {
                "kind": "struct" if kind == _STRUCT else "union",
                "size": size,
                "fields": dict(self._fields(place)),
            }
        elif kind in (_ENUM, _ENUM64):
            signed = bool(info >> 31)
            self.enums[self._names[number]] = {
                "size": size,
                "base": _INTEGERS[size, signed],
                "constants": dict(self._constants(place, kind, signed)),
            }

    def _fields(self, place: int) -> Iterator[tuple[str, Json]]:
        info = self._words[place + 1]
        with_widths = info >> 31
        for member in range(info & 0xFFFF):
            label, kind, bits = self._words[place + 3 + 3 * member : place + 6 + 3 * member]
            width, bits = (bits >> 24, bits & 0xFFFFFF) if with_widths else (0, bits)
            if width:
                yield self._text(label), self._narrow(kind, bits, width)
            else:
                field: Json = {"type": self._described(kind), "offset": bits >> 3}
                if not label:
                    field["anonymous"] = True
                yield self._text(label) if label else f"unnamed_field_{member}", field

    def _narrow(self, kind: int, bits: int, width: int) -> Json:
        """A member of a few bits, which lie in a number as large as its type."""
        described = self._described(kind)
        unit = 8 * self._words[self._places[self._behind(kind)] + 2]
        first = bits // unit * unit if bits % unit + width <= unit else bits & ~7
        return {
            "type": {"kind": "bitfield", "bit_position": bits - first, "bit_length": width, "type": described},
            "offset": first >> 3,
        }

    def _constants(self, place: int, kind: int, signed: bool) -> Iterator[tuple[str, int]]:
        each = _WORDS_EACH[kind]
        for member in range(self._words[place + 1] & 0xFFFF):
            label, *halves = self._words[place + 3 + each * member : place + 3 + each * (member + 1)]
            value = int.from_bytes(struct.pack(f"<{len(halves)}I", *halves), "little", signed=signed)
            yield self._text(label), value

    def _behind(self, number: int) -> int:
        while number and self._kind(number) in _SEE_THROUGH:
            number = self._words[self._places[number] + 2]
        return number

    def _described(self, number: int) -> Json:
        number = self._behind(number)
        if not number:
            return {"kind": "base", "name": "void"}
        place, kind = self._places[number], self._kind(number)
        if kind == _POINTER:
            return {"kind": "pointer", "subtype": self._described(self._words[place + 2])}
        if kind == _ARRAY:
            element, _, count = self._words[place + 3 : place + 6]
            return {"kind": "array", "count": count, "subtype": self._described(element)}
        if kind in (_STRUCT, _UNION):
            return {"kind": "struct" if kind == _STRUCT else "union", "name": self._names[number]}
        if kind in (_ENUM, _ENUM64):
            return {"kind": "enum", "name": self._names[number]}
        if kind in (_FUNCTION, _PROTOTYPE):
            return {"kind": "function"}
        if kind == _FORWARD:  # declared only: what it is nobody says
            return {"kind": "base", "name": "void"}
        return {"kind": "base", "name": self._text(self._words[place])}


def _base(size: int, kind: str, *, signed: bool) -> Json:
    return {"size": size, "kind": kind, "signed": signed, "endian": "little"}


def _kind_of(name: str) -> str:
    return "char" if name.endswith("char") else "int"

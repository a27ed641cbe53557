"""The kernel's own description of its types, as it carries it in memory (BTF; Linux Documentation/bpf/btf.rst).

Only an index is made of the whole, by one pass; of the few structures that are needed the members are decoded.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable

from vmi_console.introspection.memory.unreadable import Unreadable

MAGIC = b"\x9f\xeb\x01"

_header = struct.Struct("<HBBIIIII")
_MOST_TYPES = 2_000_000
_DEEPEST = 32

_INT, _ARRAY, _STRUCT, _UNION, _ENUM, _TYPEDEF, _VOLATILE, _CONST, _RESTRICT = 1, 3, 4, 5, 6, 8, 9, 10, 11
_PROTOTYPE, _VARIABLE, _SECTION, _DECLARATION_TAG, _TYPE_TAG, _ENUM64 = 13, 14, 15, 17, 18, 19
_OTHER_NAMES = frozenset((_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG))

# Words behind a type's own three: as many as it has members times …, and some more.
_EACH = {_STRUCT: 3, _UNION: 3, _ENUM: 2, _PROTOTYPE: 2, _SECTION: 3, _ENUM64: 3}
_MORE = {_INT: 1, _ARRAY: 3, _VARIABLE: 1, _DECLARATION_TAG: 1}


class Btf:
    """Types by name: `offset("task_struct", "se.vruntime")` and `size("file")`, both in bytes."""

    def __init__(self, content: bytes, names: Iterable[str]) -> None:
        """`names` are the structures that will be asked for. Raises `Unreadable` where this is no BTF of version 1."""
        if len(content) < _header.size or not content.startswith(MAGIC):
            raise Unreadable("the kernel's type information (BTF) is damaged")
        _, _, _, length, types, types_length, strings, strings_length = _header.unpack_from(content)
        types += length
        strings += length
        if max(types + types_length, strings + strings_length) > len(content) or (types | types_length) & 3:
            raise Unreadable("the kernel's type information (BTF) is damaged")
        self._words = memoryview(content)[types : types + types_length].cast("I")
        self._strings = content[strings : strings + strings_length]
        self._places = array("I", (0,))
        self._structs: dict[str, int] = {}
        self._index(names)

    def has(self, name: str) -> bool:
        return name in self._structs

    def size(self, name: str) -> int:
        return self._words[self._place(name) + 2]

    def offset(self, name: str, path: str) -> int:
        """Of a member, through members of members. Raises `Unreadable` where there is none by that name."""
        at, kind = 0, self._place(name)
        for part in path.split("."):
            found = self._member(kind, part, _DEEPEST)
            if found is None:
                raise Unreadable(f"this kernel's {name} has no {path}")
            at += found[0]
            kind = self._resolved(found[1])
        return at

    def has_member(self, name: str, path: str) -> bool:
        try:
            self.offset(name, path)
        except Unreadable:
            return False
        return True

    def length(self, name: str, path: str) -> int:
        """Elements of a member that is an array."""
        return self._words[self._array(name, path) + 5]

    def element_size(self, name: str, path: str) -> int:
        """Bytes of one element of a member that is an array of structures."""
        return self._words[self._resolved(self._words[self._array(name, path) + 3]) + 2]

    def element_offset(self, name: str, path: str, member: str) -> int:
        """Of a member of one element of a member that is an array of structures."""
        found = self._member(self._resolved(self._words[self._array(name, path) + 3]), member, _DEEPEST)
        if found is None:
            raise Unreadable(f"this kernel's {name}.{path} has no {member}")
        return found[0]

    def _array(self, name: str, member: str) -> int:
        found = self._member(self._place(name), member, _DEEPEST)
        place = self._resolved(found[1]) if found else 0
        if not found or self._words[place + 1] >> 24 & 31 != _ARRAY:
            raise Unreadable(f"this kernel's {name} has no array {member}")
        return place

    def _index(self, names: Iterable[str]) -> None:
        """Notes where each type is, and which of them are the structures of these names."""
        wanted = {}
        for name in names:
            at = self._strings.find(b"\x00" + name.encode() + b"\x00")
            if at >= 0:
                wanted[at + 1] = name
        words, places = self._words, self._places
        at, end = 0, len(words) - 2
        while at < end:
            places.append(at)
            info = words[at + 1]
            kind = info >> 24 & 31
            each = _EACH.get(kind)
            if each:
                if kind == _STRUCT and words[at] in wanted:
                    self._structs.setdefault(wanted[words[at]], at)
                at += 3 + each * (info & 0xFFFF)
            else:
                at += 3 + _MORE.get(kind, 0)
        if at > len(words) or len(places) > _MOST_TYPES:
            raise Unreadable("the kernel's type information (BTF) is damaged")

    def _place(self, name: str) -> int:
        if name not in self._structs:
            raise Unreadable(f"the kernel's type information (BTF) has no {name}")
        return self._structs[name]

    def _resolved(self, number: int) -> int:
        """Where the type behind typedefs and qualifiers is."""
        for _ in range(_DEEPEST):
            if not 0 < number < len(self._places):
                break
            place = self._places[number]
            if self._words[place + 1] >> 24 & 31 not in _OTHER_NAMES:
                return place
            number = self._words[place + 2]
        raise Unreadable("the kernel's type information (BTF) is damaged")

    def _member(self, place: int, name: str, depth: int) -> tuple[int, int] | None:
        """Offset and type of a member, also of one in a structure without a name."""
        info = self._words[place + 1]
        if info >> 24 & 31 not in (_STRUCT, _UNION) or depth == 0:
            return None
        wide = info >> 31
        encoded = name.encode()
        for number in range(info & 0xFFFF):
            at = place + 3 + 3 * number
            label, kind, bits = self._words[at : at + 3]
            offset = (bits & 0xFFFFFF if wide else bits) >> 3
            if label:
                if self._strings[label : label + len(encoded) + 1] == encoded + b"\x00":
                    return offset, kind
            elif found := self._member(self._resolved(kind), name, depth - 1):
                return offset + found[0], found[1]
        return None

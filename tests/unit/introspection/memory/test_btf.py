from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.introspection.memory.tables import UNION, Types
from vmi_console.introspection.memory.btf import Btf
from vmi_console.introspection.memory.unreadable import Unreadable


def _types() -> bytes:
    """task_struct { int pid; { { long first; } ; long both }; const state_t state; char comm[16]; parts part[3]; }"""
    types = Types()
    number, wide, letter = types.integer("int", 4), types.integer("long", 8), types.integer("char", 1)
    inner = types.struct("", 8, [("first", wide, 0)])
    either = types.struct("", 8, [("", inner, 0), ("both", wide, 0)], UNION)
    state = types.const(types.typedef("state_t", types.struct("state", 12, [("low", number, 0), ("high", wide, 4)])))
    part = types.struct("part", 24, [("base", types.pointer(number), 0), ("size", number, 16)])
    members = [("pid", number, 0), ("", either, 8), ("state", state, 16), ("comm", types.array(letter, 16), 28)]
    types.struct("task_struct", 120, [*members, ("parts", types.array(part, 3), 48)])
    types.struct("task_struct_other", 4, [("pid", number, 0)])
    return types.encoded()


def test_members_are_found_also_in_structures_without_a_name_and_behind_typedefs() -> None:
    types = Btf(_types(), ["task_struct", "missing"])
    assert types.has("task_struct")
    assert not types.has("missing")
    assert types.size("task_struct") == 120
    assert [types.offset("task_struct", path) for path in ("pid", "first", "both", "state.high", "comm")] == [
        *(0, 8, 8, 20, 28)
    ]
    assert types.length("task_struct", "comm") == 16
    assert types.element_size("task_struct", "parts") == 24
    assert types.element_offset("task_struct", "parts", "size") == 16


@pytest.mark.parametrize("path", ["absent", "pid.inner", "state.absent", "fir", "firsts"])
def test_members_that_are_not_there_are_named(path: str) -> None:
    types = Btf(_types(), ["task_struct"])
    assert not types.has_member("task_struct", path)
    with pytest.raises(Unreadable, match=f"task_struct has no {path}"):
        types.offset("task_struct", path)


def test_types_that_are_not_there_are_named() -> None:
    with pytest.raises(Unreadable, match="no missing"):
        Btf(_types(), ["missing"]).size("missing")


@pytest.mark.parametrize("content", [b"", b"\x9f\xeb\x01", b"\x9f\xeb\x02" + bytes(30), bytes(100)])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        Btf(content, ["task_struct"])


@given(st.data())
def test_damaged_types_are_refused_or_read_and_never_break(data: st.DataObject) -> None:
    content = bytearray(_types())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        types = Btf(bytes(content), ["task_struct"])
        types.offset("task_struct", "state.high")
        types.element_offset("task_struct", "parts", "size")
    except Unreadable:
        pass

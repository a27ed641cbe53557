from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.introspection.memory import tables
from vmi_console.introspection.memory.kallsyms import Located, decode, search
from vmi_console.introspection.memory.unreadable import Unreadable

LAYOUTS = ("until 4.19", "until 6.1", "6.2", "from 6.4")


def _located(layout: str, *named: tuple[str, int]) -> Located:
    located = search(tables.kallsyms(tables.many(*named), layout))
    assert located is not None
    return located


@pytest.mark.parametrize("layout", LAYOUTS)
def test_symbols_are_found_in_the_tables_of_every_version(layout: str) -> None:
    named = {"init_task": tables.BASE + 0x10_0008, "sys_call_table": tables.BASE + 0x8_0000}
    symbols = decode(_located(layout, *named.items()), ["init_task", "sys_call_table", "_text", "absent"])
    assert symbols.addresses == {**named, "_text": tables.BASE}
    assert symbols.get("absent") is None
    with pytest.raises(Unreadable, match="no symbol absent"):
        symbols["absent"]


def test_a_symbol_ends_where_the_next_address_begins() -> None:
    begin = tables.BASE + 0x10_0000
    named = [("sys_call_table", begin), ("alias", begin), ("following", begin + 4504)]
    assert decode(_located("from 6.4", *named), ["sys_call_table"]).ends["sys_call_table"] == begin + 4504


def test_addresses_of_processors_own_symbols_are_not_moved() -> None:
    assert decode(_located("until 6.1"), ["per_cpu_3"])["per_cpu_3"] == 24


def test_names_longer_than_a_length_of_seven_bits_are_passed_over() -> None:
    named = [("X" * 200, tables.BASE + 0x2000), ("init_task", tables.BASE + 0x3001)]
    assert decode(_located("from 6.4", *named), ["init_task"])["init_task"] == tables.BASE + 0x3001


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tables_that_are_cut_off_are_not_taken_for_whole_ones(layout: str) -> None:
    content = tables.kallsyms(tables.many(), layout)
    assert search(content[: len(content) // 2]) is None
    assert search(content[len(content) // 2 & ~7 :]) is None


def test_bytes_without_tables_have_none() -> None:
    assert search(b"") is None
    assert search(b"0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00" * 1000) is None


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_damaged_tables_are_refused_or_read_and_never_break(data: st.DataObject) -> None:
    located = _LOCATED
    names = bytearray(located.names)
    for _ in range(data.draw(st.integers(1, 5))):
        names[data.draw(st.integers(0, len(names) - 1))] = data.draw(st.integers(0, 255))
    broken = Located(bytes(names), located.number, located.tokens, located.offsets, located.base)
    try:
        symbols = decode(broken, ["init_task", "_text"])
    except Unreadable:
        return
    assert set(symbols.addresses) <= {"init_task", "_text"}


_LOCATED = _located("from 6.4", ("init_task", tables.BASE + 0x10_0000))

"""Hives: what is in them against another reader, what logs add, and damage."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from dissect.regf.regf import RegistryHive
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.introspection.disk.windows import hive_builder as build
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.windows import transactions
from vmi_console.introspection.disk.windows.hives import Hive, Key
from vmi_console.introspection.disk.windows.transactions import BASE_BLOCK, last_sequence

KEYS: build.Keys = {
    "Select": {"Current": 1},
    "Software\\Vendor": {
        "text": "ä text",
        "expand": build.Raw(build.EXPAND_SZ, "%windir%\0".encode("utf-16-le")),
        "number": 0xFFFFFFFF,
        "long": build.Raw(build.QWORD, (1 << 40).to_bytes(8, "little")),
        "several": ["one", "two"],
        "bytes": b"\x01\x02\x03\x04\x05",
        "huge": bytes(range(256)) * 200,
        "short": b"\x07",
        "": "the key's own",
    },
    **{f"Software\\Ключ {number}": {"Ünïcode ж": number} for number in range(9)},
}


def opened(data: bytes, *logs: bytes) -> Hive:
    return Hive("HIVE", BytesIO(data), [BytesIO(log) for log in logs])


def content(hive: Hive) -> list[Any]:
    """All of it."""
    return [*_content(hive.root, "")]


def _content(key: Key, path: str) -> Iterator[Any]:
    yield path, key.written_at, [(name, key.kind(name), key.data(name)) for name in key.value_names]
    for subkey in key.subkeys():
        yield from _content(subkey, f"{path}\\{subkey.name}")


@pytest.mark.parametrize("lists", ["li", "lf", "lh", "ri"])
def test_a_hive_has_what_was_written(lists: str) -> None:
    root = opened(build.hive(KEYS, lists=lists)).root
    vendor = root.at("software\\VENDOR")
    assert vendor.text("TEXT") == "ä text"
    assert vendor.text("expand") == "%windir%"
    assert vendor.number("number") == 0xFFFFFFFF
    assert vendor.number("long") == 1 << 40
    assert vendor.texts("several") == ["one", "two"]
    assert vendor.data("bytes") == b"\x01\x02\x03\x04\x05"
    assert vendor.data("huge") == bytes(range(256)) * 200
    assert vendor.data("short") == b"\x07"
    assert vendor.text("") == "the key's own"
    assert vendor.text("number") == ""
    assert vendor.number("text") is None
    assert vendor.data("no such value") is None
    assert [root.at(f"Software\\ключ {number}").number("ünïcode Ж") for number in range(9)] == [*range(9)]
    assert root.find("Software\\No such key") is None
    with pytest.raises(Absent):
        root.at("Software\\No such key")


@pytest.mark.parametrize("lists", ["lh", "ri"])
def test_another_reader_finds_the_same(lists: str) -> None:
    data = build.hive(KEYS, lists=lists)
    other = RegistryHive(BytesIO(data))
    names = {key.name for key in opened(data).root.at("Software").subkeys()}
    if lists == "lh":  # the other takes an index of lists for keys
        assert {key.name for key in other.open("Software").subkeys()} == names
    vendor = other.open("Software\\Vendor")
    ours = opened(data).root.at("Software\\Vendor")
    assert {value.name: value.data for value in vendor.values()} == {
        name or "(Default)": ours.data(name) for name in ours.value_names
    }


BEFORE = build.hive({"A": {"x": 1}, **{f"Filler {number}": {"y": "z" * 200} for number in range(30)}})
MIDDLE = build.hive({"A": {"x": 2}, **{f"Filler {number}": {"y": "z" * 200} for number in range(40)}})
AFTER = build.hive({"A": {"x": 3, "more": "m" * 3000}, **{f"Filler {n}": {"y": "z" * 200} for n in range(90)}})
DIRTY = build.dirty(BEFORE, 8, 7)


def number(hive: Hive) -> int | None:
    return hive.root.at("A").number("x")


def test_entries_of_both_logs_are_replayed_in_order() -> None:
    first = build.log(BEFORE, [(7, BEFORE, MIDDLE)])
    second = build.log(MIDDLE, [(8, MIDDLE, AFTER)])
    for logs in ((first, second), (second, first)):
        hive = opened(DIRTY, *logs)
        assert content(hive) == content(opened(AFTER))
        assert hive.doubt == ""
    assert number(opened(DIRTY, first)) == 2
    assert last_sequence(BytesIO(second)) == 8


def test_a_clean_hive_has_no_need_of_its_logs() -> None:
    assert number(opened(BEFORE, build.log(BEFORE, [(7, BEFORE, AFTER)]))) == 1


def test_a_dirty_hive_without_logs_is_doubted() -> None:
    hive = opened(DIRTY, b"", b"\0" * 4096)
    assert number(hive) == 1
    assert "was being written" in hive.doubt


def test_old_logs_and_gaps_are_not_replayed() -> None:
    old = build.log(BEFORE, [(3, BEFORE, AFTER)])
    assert number(opened(DIRTY, old)) == 1
    gap = build.log(BEFORE, [(7, BEFORE, MIDDLE), (9, MIDDLE, AFTER)])
    assert number(opened(DIRTY, gap)) == 2


def test_what_follows_on_a_lost_entry_is_not_replayed() -> None:
    first = bytearray(build.log(BEFORE, [(7, BEFORE, MIDDLE)]))
    first[-1] ^= 1
    hive = opened(DIRTY, bytes(first), build.log(MIDDLE, [(8, MIDDLE, AFTER)]))
    assert number(hive) == 1
    assert hive.doubt


def test_a_log_that_is_longer_than_any_is_replayed_as_far_as_it_goes_and_doubted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = build.log(BEFORE, [(7, BEFORE, MIDDLE)])
    second = build.log(MIDDLE, [(8, MIDDLE, AFTER)])
    monkeypatch.setattr(transactions, "_MOST_LOGGED", len(first) + 1024)
    hive = opened(DIRTY, first, second)
    assert number(hive) == 2
    assert hive.doubt


@pytest.mark.parametrize("place", [512 + 30, 512 + 60, -1])
def test_an_entry_that_was_not_written_whole_ends_the_replay(place: int) -> None:
    log = bytearray(build.log(BEFORE, [(7, BEFORE, MIDDLE), (8, MIDDLE, AFTER)]))
    log[place] ^= 1
    assert number(opened(DIRTY, bytes(log))) == (2 if place < 0 else 1)


def test_a_damaged_head_is_taken_from_the_log() -> None:
    log = build.log(BEFORE, [(7, BEFORE, AFTER)])
    torn = bytes(512) + DIRTY[512:]
    assert content(opened(torn, log)) == content(opened(AFTER))
    with pytest.raises(Unreadable, match="its head"):
        opened(torn)


def test_a_bitmap_of_sectors_is_replayed() -> None:
    hive = opened(DIRTY, build.old_log(BEFORE, AFTER))
    assert content(hive) == content(opened(AFTER))
    assert hive.doubt == ""
    torn = bytes(512) + DIRTY[512:]
    assert content(opened(torn, build.old_log(BEFORE, AFTER))) == content(opened(AFTER))


def test_a_bitmap_of_another_time_is_not() -> None:
    log = bytearray(build.old_log(BEFORE, AFTER))
    log[12] ^= 1
    words = struct.unpack_from("<128I", log)
    log[508:512] = struct.pack("<I", words[127] ^ words[3] ^ (words[3] ^ 1))
    hive = opened(DIRTY, bytes(log))
    assert number(hive) == 1
    assert hive.doubt


def test_what_is_cut_off_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        content(opened(AFTER[: len(AFTER) // 2]))


def test_keys_in_a_circle_are_followed_no_further_than_a_path() -> None:
    data = bytearray(build.hive({"A\\B": {}}))
    place = data.index(b"lh\x01\x00")  # A's list
    data[place + 4 : place + 12] = struct.pack("<II", 32, _hash("ROOT"))
    root = opened(bytes(data)).root
    assert [key.name for key in root.at("A").subkeys()] == ["ROOT"]
    assert root.at("\\".join(["A", "ROOT"] * 500)).name == "ROOT"


def test_a_list_that_is_named_again_and_again_ends_where_the_key_says() -> None:
    data = bytearray(build.hive({f"K{number}": {} for number in range(200)}, lists="ri"))
    place = data.index(b"ri")
    data[place + 8 : place + 404] = data[place + 4 : place + 8] * 99
    assert len([*opened(bytes(data)).root.subkeys()]) == 200
    root = BASE_BLOCK + 32 + 4
    data[root + 20 : root + 24] = struct.pack("<I", 150)
    with pytest.raises(Unreadable, match="more keys than it says"):
        [*opened(bytes(data)).root.subkeys()]


def _hash(name: str) -> int:
    value = 0
    for character in name:
        value = (value * 37 + ord(character)) & 0xFFFFFFFF
    return value


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_damage_is_unreadable_and_nothing_else(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data, log = bytearray(DIRTY), bytearray(build.log(BEFORE, [(7, BEFORE, MIDDLE)]))
    for target in (data, log):
        for _ in range(changes):
            start = 0 if chance.random() < 0.1 else 4096 if target is data else 512
            place = chance.randrange(start, len(target))
            target[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    with suppress(Unreadable):  # and nothing else
        root = opened(bytes(data), bytes(log)).root
        for key in root.subkeys():
            for name in key.value_names:
                key.data(name), key.text(name), key.texts(name), key.number(name)
            assert len([*key.subkeys()]) <= 100_000

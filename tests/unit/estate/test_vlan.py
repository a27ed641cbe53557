from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.estate.vlan import UNTAGGED, Vlan, VlanMode, access, trunk


def test_zero_is_untagged() -> None:
    assert access(0) is UNTAGGED
    assert 0 not in UNTAGGED


def test_access_holds_its_id_alone() -> None:
    assert 30 in access(30)
    assert 31 not in access(30)


@pytest.mark.parametrize(
    ("vlan", "text"),
    [
        (UNTAGGED, "none"),
        (access(30), "30"),
        (trunk([(20, 30), (1, 1)]), "trunk 1, 20–30"),
        (trunk([(1, 4094)], native=7), "trunk 1–4094 (native 7)"),
        (Vlan(VlanMode.PRIVATE, ((101, 101),)), "private 101"),
    ],
)
def test_text(vlan: Vlan, text: str) -> None:
    assert str(vlan) == text


RANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@given(RANGES)
def test_a_trunk_holds_what_its_ranges_hold(ranges: list[tuple[int, int]]) -> None:
    vlan = trunk(ranges)
    for number in range(75):
        assert (number in vlan) == any(low <= number <= high for low, high in ranges)


@given(RANGES)
def test_ranges_are_sorted_and_apart(ranges: list[tuple[int, int]]) -> None:
    merged = trunk(ranges).ranges
    assert all(high + 1 < low for (_, high), (low, _) in itertools.pairwise(merged))
    assert trunk(reversed(merged)) == trunk(ranges)

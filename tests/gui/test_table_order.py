"""Lines keep the order of a column, whatever comes, goes and changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.estate.identity import EntityId
from vmi_console.gui.table.order import Line, Order, key_of

values = st.none() | st.integers(0, 5)


def line(number: int, value: int | None) -> Line:
    return Line(EntityId(f"vm/vc/{number}"), key_of(value, f"{number:05}"))


def plainly(lines: list[Line], descending: bool) -> list[Line]:
    """The same in the plainest way: by value, equals by name, what is not known last."""
    by_name = sorted(lines, key=lambda line: line.key[2])
    known = [line for line in by_name if not line.key[0]]
    return sorted(known, key=lambda line: line.key[1], reverse=descending) + [line for line in by_name if line.key[0]]


def shown(order: Order, descending: bool) -> list[Line]:
    steps = order.shown(descending)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return list(end.value)


@given(st.lists(values, max_size=40), st.data())
def test_lines_that_come_go_and_change_are_where_they_belong(first: list[int | None], data: st.DataObject) -> None:
    order = Order()
    lines = [line(number, value) for number, value in enumerate(first)]
    for _ in order.sort(data.draw(st.permutations(lines))):
        pass
    for number, value in enumerate(data.draw(st.lists(values, max_size=10)), 100):
        lines.append(line(number, value))
        order.add(lines[-1])
    for one in data.draw(st.lists(st.sampled_from(lines), unique=True)) if lines else ():
        order.remove(one)
        if (value := data.draw(values)) == 5:
            lines.remove(one)
        else:
            one.key = key_of(value, one.key[2])
            order.add(one)
    assert shown(order, False) == plainly(lines, False)
    assert shown(order, True) == plainly(lines, True)


@pytest.mark.parametrize("count", [1, 2_000, 2_001, 9_999])
@pytest.mark.parametrize("values", [1, 7, 10_000])
def test_long_lists_are_sorted_in_steps(count: int, values: int) -> None:
    order = Order()
    lines = [line(number, number * 7_919 % values) for number in range(count)]
    steps = sum(1 for _ in order.sort(lines))
    assert shown(order, False) == plainly(lines, False)
    assert shown(order, True) == plainly(lines, True)
    assert steps > count // 2_000


def test_a_line_whose_key_was_changed_in_its_place_is_told() -> None:
    order = Order()
    one, other = line(1, 1), line(2, 5)
    order.add(one)
    order.add(other)
    one.key = key_of(9, one.key[2])
    with pytest.raises(ValueError, match="not in its place"):
        order.remove(one)

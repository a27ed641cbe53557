"""A query asked of all VMs of an estate at once.

What is asked of an attribute that VMs share with many others is asked of each of its contents, and gives the rows of
all who have it (see `estate.columns`). What is left is asked of VMs one by one, and only of those for whom it still
matters. As in `compile`, whether logic is true and whether it is false are two ordinary conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import batched, compress
from typing import Any, Protocol

from vmi_console.estate.attributes import ATTRIBUTES, Attribute
from vmi_console.estate.columns import NOBODY, Column, Columns, Content, Rows, Steps
from vmi_console.estate.query.check import Always, Both, Logic, Negation, Test
from vmi_console.estate.query.compile import Marking, cost, marking, of_key

VMS_AT_ONCE = 250
_DENSE = 2
"""Where more than one of so many rows is asked for, all are asked: that is quicker than picking."""


class Sieve:
    """The logic of a query, made ready."""

    def __init__(self, logic: Logic) -> None:
        self._logic = logic

    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]:
        """Those of some rows of whose VMs the query is known to be true, worked out in steps."""
        return (yield from self._plan.rows(columns, now, among))

    @cached_property
    def _plan(self) -> _Plan:
        return _plan(self._logic, True)


class _Plan(Protocol):
    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]: ...


def _plan(logic: Logic, want: bool) -> _Plan:
    if not _has_columns(logic):
        return _OneByOne(logic, want)
    match logic:
        case Negation(term=term):
            return _plan(term, not want)
        case Both(terms=terms, either=either):
            with_columns = sorted(filter(_has_columns, terms), key=cost)
            others = tuple(term for term in terms if not _has_columns(term))
            plans = [_plan(term, want) for term in with_columns]
            if others:
                plans.append(_OneByOne(Both(others, either), want))
            return _Either(tuple(plans)) if either is want else _All(tuple(plans))
        case Test(operands=(operand,)) if isinstance(operand.source, Attribute):
            return _ByContent(logic, operand.source, want)
        case _:
            return _OneByOne(logic, want)


def _has_columns(logic: Logic) -> bool:
    match logic:
        case Always():
            return False
        case Negation(term=term):
            return _has_columns(term)
        case Both(terms=terms):
            return any(map(_has_columns, terms))
        case Test(operands=(operand,)):
            return isinstance(operand.source, Attribute) and content_of(operand.source) is not None
        case _:
            return False


@lru_cache(maxsize=len(ATTRIBUTES))
def content_of(attribute: Attribute) -> Content | None:
    """What of a VM decides an attribute's value, where VMs may have it in common."""
    if attribute.own or attribute.key == "vm" or not (attribute.shared or attribute.resolve is None):
        return None
    return Content(attribute.key, eval(f"lambda vm, _: {attribute.key}", {}))


@dataclass(frozen=True)
class _All:
    plans: tuple[_Plan, ...]

    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]:
        for plan in self.plans:
            if not among:
                break
            among = yield from plan.rows(columns, now, among)
        return among


@dataclass(frozen=True)
class _Either:
    plans: tuple[_Plan, ...]

    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]:
        found = NOBODY
        for plan in self.plans:
            if not among:
                break
            more = yield from plan.rows(columns, now, among)
            found |= more
            among ^= more
        return found


class _ByContent:
    """A test of one attribute, asked of its contents."""

    def __init__(self, test: Test, attribute: Attribute, want: bool) -> None:
        self._test = test
        self._attribute = attribute
        self._want = want

    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]:
        content = content_of(self._attribute)
        assert content is not None
        column: Column | None = yield from columns.column(content)
        if column is None:
            return (yield from self._one_by_one.rows(columns, now, among))
        is_meant, inventory = self._is_meant, columns.inventory
        meant = bytearray(
            [
                users > 0 and is_meant(key, inventory, now)
                for key, users in zip(column.contents, column.users, strict=True)
            ]
        )
        found = among & column.rows(meant)
        yield
        return found

    @cached_property
    def _is_meant(self) -> Callable[[Any, Any, datetime], bool]:
        return of_key(self._test, self._attribute, self._want)

    @cached_property
    def _one_by_one(self) -> _OneByOne:
        return _OneByOne(self._test, self._want)


class _OneByOne:
    """Logic asked of each VM."""

    def __init__(self, logic: Logic, want: bool) -> None:
        self._logic = logic
        self._want = want

    def rows(self, columns: Columns, now: datetime, among: Rows) -> Steps[Rows]:
        if isinstance(self._logic, Always):
            return among if self._logic.truth is self._want else NOBODY
        mark, vms, inventory = self._mark, columns.vms, columns.inventory
        length = len(columns)
        if among.bit_count() * _DENSE > length:
            marked = bytearray()
            for start in range(0, length, VMS_AT_ONCE):
                marked += mark(vms[start : min(start + VMS_AT_ONCE, length)], inventory, now)
                yield
        else:
            marked = bytearray(length)
            for rows in batched(columns.picked(among), VMS_AT_ONCE):
                for row in compress(rows, mark([vms[row] for row in rows], inventory, now)):
                    marked[row] = 1
                yield
        return among & int.from_bytes(marked, "little")

    @cached_property
    def _mark(self) -> Marking:
        return marking(self._logic, self._want)

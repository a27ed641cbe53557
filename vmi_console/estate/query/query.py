"""A query, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any

from vmi_console.estate.attributes import ATTRIBUTES, Attribute, Context
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import tree
from vmi_console.estate.query.check import Negation, lower
from vmi_console.estate.query.compile import Selection, Verdict, selection, verdict
from vmi_console.estate.query.parse import parse_tree
from vmi_console.estate.query.sieve import Sieve
from vmi_console.estate.query.unparse import quoted, unparse
from vmi_console.estate.records import VM

WORDS_READ = frozenset({"name", "host", "networks", "macs", "ips"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One clause of a query held against one VM.

    `clause` is its text and `span` where it stands in the query; `values` are what the VM has, by attribute or call
    (a text for people; “not known” where nobody knows); `verdict` is what the clause alone says.
    """

    clause: str
    span: tree.Span
    values: tuple[tuple[str, str], ...]
    verdict: bool | None


class Query:
    """A checked tree. Immutable; two queries are equal where their trees are.

    `reads` are the attributes whose change may change a verdict (`applications`, `services`, `attributes` and
    `settings` stand for what functions read); `via` the kinds of other records that are looked at; `by_clock` says that
    verdicts change as time passes. Raises `QueryError` for names and types that the schema does not have.
    """

    def __init__(self, node: tree.Node) -> None:
        self.tree = node
        self._logic = lower(node)
        names = list(_names(node))
        attributes = [ATTRIBUTES[name] for name in names if name in ATTRIBUTES]
        self.reads = frozenset(names)
        self.via = frozenset(kind for attribute in attributes for kind in attribute.via)
        self.by_clock = any(FUNCTIONS[call.function].by_clock for call in _calls(node))

    @property
    def text(self) -> str:
        """The canonical text, which parses to an equal query."""
        return unparse(self.tree)

    def evaluate(self, vm: VM, context: Context, now: datetime | None = None) -> bool | None:
        """Whether the VM fulfils the query; None where that is not known. `now` is the clock unless given."""
        now = now or datetime.now(UTC)
        if self._is_true(vm, context, now):
            return True
        return False if self._is_false(vm, context, now) else None

    def matches(self, vm: VM, context: Context, now: datetime | None = None) -> bool:
        """Whether the VM is known to fulfil the query."""
        return self._is_true(vm, context, now or datetime.now(UTC))

    def filter(self, vms: Iterable[VM], context: Context, now: datetime | None = None) -> list[EntityId]:
        """The ids of those VMs that match, in their order."""
        return self._select(vms, context, now or datetime.now(UTC))

    def explain(self, vm: VM, context: Context, now: datetime | None = None) -> list[Reason]:
        """What each clause says of the VM, in the order they are written."""
        now = now or datetime.now(UTC)
        return [
            Reason(
                text, clause.tree.span, tuple(_values(clause.tree, vm, context, now)), clause.evaluate(vm, context, now)
            )
            for text, clause in self._parts
        ]

    @cached_property
    def _parts(self) -> list[tuple[str, Query]]:
        """The clauses with their texts: each is compiled once, however many VMs it is held against."""
        return [(clause.text, clause) for clause in map(Query, _clauses(self.tree))]

    @cached_property
    def _is_true(self) -> Verdict:
        return verdict(self._logic, True)

    @cached_property
    def _is_false(self) -> Verdict:
        return verdict(self._logic, False)

    @property
    def verdict(self) -> Verdict:
        """A function of a VM, a context and a time that says whether the VM is known to fulfil the query."""
        return self._is_true

    @cached_property
    def sieve(self) -> Sieve:
        """The query as it is asked of all VMs of an estate at once."""
        return Sieve(self._logic)

    @cached_property
    def denial(self) -> Sieve:
        """The same of who is known not to fulfil it."""
        return Sieve(Negation(self._logic))

    @cached_property
    def _select(self) -> Selection:
        return selection(self._logic)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    def __repr__(self) -> str:
        return f"<Query {self.text}>"


def parse(text: str) -> Query:
    """The query that an expression means. Raises `QueryError` with the column of what is wrong."""
    return Query(parse_tree(text))


def _clauses(node: tree.Node) -> Iterator[tree.Node]:
    match node:
        case tree.And(terms=terms) | tree.Or(terms=terms):
            for term in terms:
                yield from _clauses(term)
        case tree.Not(term=term):
            yield from _clauses(term)
        case _:
            yield node


def _operands(clause: tree.Node) -> Iterator[tree.Name | tree.Call]:
    """What of a clause differs from VM to VM."""
    match clause:
        case tree.Name() | tree.Call():
            yield clause
        case tree.Compare(first=first, rest=rest):
            for operand in (first, *(operand for _, operand in rest)):
                if isinstance(operand, tree.Name | tree.Call):
                    yield operand


def _calls(node: tree.Node) -> Iterator[tree.Call]:
    for clause in _clauses(node):
        for operand in _operands(clause):
            if isinstance(operand, tree.Call):
                yield operand


def _names(node: tree.Node) -> Iterator[str]:
    """The names of what a tree reads."""
    for clause in _clauses(node):
        if isinstance(clause, tree.Words) and clause.words:
            yield from WORDS_READ
        for operand in _operands(clause):
            yield from _read_by(operand)


def _read_by(operand: tree.Name | tree.Call) -> Iterator[str]:
    if isinstance(operand, tree.Name):
        yield operand.name
        return
    yield from FUNCTIONS[operand.function].reads
    for argument in operand.arguments:
        if isinstance(argument, tree.Name):
            yield argument.name


def _values(clause: tree.Node, vm: VM, context: Context, now: datetime) -> Iterator[tuple[str, str]]:
    for operand in _operands(clause):
        if isinstance(operand, tree.Name):
            yield operand.name, shown(ATTRIBUTES[operand.name].value(vm, context))
            continue
        for name in _read_by(operand):
            if name in ATTRIBUTES:
                yield name, shown(ATTRIBUTES[name].value(vm, context))
        function = FUNCTIONS[operand.function]
        if not function.tests_text and isinstance(clause, tree.Compare):
            arguments = [_argument(argument) for argument in operand.arguments]
            yield unparse(operand), shown(function.make(*arguments)(vm, context, now))


def _argument(argument: tree.Operand) -> Attribute | str:
    if isinstance(argument, tree.Name):
        return ATTRIBUTES[argument.name]
    assert isinstance(argument, tree.Text)
    return argument.value


def shown(value: Any) -> str:
    """A value as a query would write it, or “not known”."""
    match value:
        case None:
            return "not known"
        case bool():
            return repr(value)
        case Enum():
            return quoted(str(value.value))
        case str():
            return quoted(value)
        case float():
            return f"{value:.6g}"
        case datetime():
            return value.astimezone(UTC).isoformat(" ", "seconds")
        case tuple() | list():
            return "[" + ", ".join(map(shown, value)) + "]"
        case _:
            return str(value)

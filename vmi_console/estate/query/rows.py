"""The row builder's view of a query: all, any or none of some rows of subject, operator and value.

Subjects and values are pieces of query text (`power`, `age(created)`; `"on"`, `8 * GiB`), so that rows say exactly
what the text says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vmi_console.errors import QueryError
from vmi_console.estate.query import tree
from vmi_console.estate.query.parse import parse_tree
from vmi_console.estate.query.unparse import unparse


class Combine(StrEnum):
    """How many of the rows must hold."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Operator(StrEnum):
    """What a row asks of its subject. The last two take no value."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"
    LACKS = "does not contain"
    ONE_OF = "is one of"
    NONE_OF = "is none of"
    LIKE = "is like"
    MATCHES = "matches"
    HOLDS = "holds"
    FAILS = "does not hold"


@dataclass(frozen=True, slots=True)
class Row:
    """`subject` is an attribute or a call, `value` a literal or empty, both as query text."""

    subject: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A query as a person builds it: rows, and how many of them must hold."""

    combine: Combine
    rows: tuple[Row, ...]


_CONTAINED = {"in": Operator.CONTAINS, "not in": Operator.LACKS}
_LISTED = {"in": Operator.ONE_OF, "not in": Operator.NONE_OF}
_PATTERNS = {"glob": Operator.LIKE, "matches": Operator.MATCHES}
_FUNCTIONS = {operator: function for function, operator in _PATTERNS.items()}


def to_rows(node: tree.Node) -> Rows | None:
    """The rows that say what the tree says, or None where rows cannot: `from_rows` gives an equal tree."""
    match node:
        case tree.And(terms=terms):
            return _combined(Combine.ALL, terms)
        case tree.Or(terms=terms):
            return _combined(Combine.ANY, terms)
        case tree.Not(term=tree.Or(terms=terms)):
            return _combined(Combine.NONE, terms)
    return _combined(Combine.ALL, (node,))


def from_rows(rows: Rows) -> tree.Node:
    """The tree that some rows mean. Raises `QueryError` for no rows, and for a piece of text that is none.

    None of a single row is its negation. Names and types are checked by `Query`, as for any tree.
    """
    terms = tuple(map(_term, rows.rows))
    if not terms:
        raise QueryError("there is no row", 0)
    if len(terms) == 1:
        return tree.Not(terms[0]) if rows.combine is Combine.NONE else terms[0]
    match rows.combine:
        case Combine.ALL:
            return tree.And(terms)
        case Combine.ANY:
            return tree.Or(terms)
        case Combine.NONE:
            return tree.Not(tree.Or(terms))


def _combined(combine: Combine, terms: tuple[tree.Node, ...]) -> Rows | None:
    rows = tuple(row for term in terms if (row := _row(term)) is not None)
    return Rows(combine, rows) if len(rows) == len(terms) else None


def _row(term: tree.Node) -> Row | None:
    match term:
        case tree.Name() | tree.Call():
            return _row_of_call(term) or Row(unparse(term), Operator.HOLDS)
        case tree.Not(term=tree.Name() | tree.Call() as inner):
            return Row(unparse(inner), Operator.FAILS)
        case tree.Compare(first=tree.Name() | tree.Call() as subject, rest=((operator, value),)):
            if isinstance(value, tree.Name | tree.Call):
                return None
            shown = _LISTED[operator] if operator in _LISTED else Operator(operator)
            return Row(unparse(subject), shown, unparse(value))
        case tree.Compare(first=value, rest=((("in" | "not in") as operator, tree.Name() | tree.Call() as subject),)):
            return Row(unparse(subject), _CONTAINED[operator], unparse(value))
    return None


def _row_of_call(term: tree.Name | tree.Call) -> Row | None:
    match term:
        case tree.Call(
            function=("glob" | "matches") as function, arguments=(tree.Name() as subject, tree.Text() as value)
        ):
            return Row(subject.name, _PATTERNS[function], unparse(value))
    return None


def _term(row: Row) -> tree.Node:
    subject = parse_tree(row.subject)
    if not isinstance(subject, tree.Name | tree.Call):
        raise QueryError("a row is about an attribute or a function", 0, len(row.subject))
    if row.operator is Operator.HOLDS:
        return subject
    if row.operator is Operator.FAILS:
        return tree.Not(subject)
    value = parse_tree(row.value)
    if not isinstance(value, tree.Text | tree.Number | tree.Truth | tree.Several):
        raise QueryError("a row compares with a text, a number, True, False or a list", 0, len(row.value))
    match row.operator:
        case Operator.CONTAINS | Operator.LACKS:
            return tree.Compare(value, (("in" if row.operator is Operator.CONTAINS else "not in", subject),))
        case Operator.ONE_OF | Operator.NONE_OF:
            return tree.Compare(subject, (("in" if row.operator is Operator.ONE_OF else "not in", value),))
        case Operator.LIKE | Operator.MATCHES:
            return tree.Call(_FUNCTIONS[row.operator], (subject, value))
    return tree.Compare(subject, ((row.operator.value, value),))

"""Text, tree and rows are views of one query: each can be made from the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmi_console.errors import QueryError
from vmi_console.estate.query import Combine, Operator, Query, Row, Rows, from_rows, parse, parse_search, to_rows
from vmi_console.estate.query.parse import UNITS, parse_tree
from vmi_console.estate.query.tree import (
    And,
    Call,
    Compare,
    Name,
    Node,
    Not,
    Number,
    Operand,
    Or,
    Several,
    Text,
    Truth,
    Words,
)
from vmi_console.estate.query.unparse import unparse

NAMES = st.builds(Name, st.sampled_from(["power", "tags", "vlans", "stale", "created", "memory"]))
VALUES = st.one_of(st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(
    st.builds(Text, st.text(st.characters(), max_size=12)),
    st.builds(Number, VALUES, st.sampled_from(["", *UNITS])),
    st.builds(Truth, st.booleans()),
)
LITERALS = st.one_of(SCALARS, st.builds(Several, st.lists(SCALARS, max_size=3).map(tuple)))
CALLS: st.SearchStrategy[Call] = st.builds(
    Call, st.sampled_from(["glob", "age", "known"]), st.lists(st.one_of(NAMES, LITERALS), max_size=3).map(tuple)
)
OPERANDS: st.SearchStrategy[Operand] = st.one_of(NAMES, LITERALS, CALLS)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
CLAUSES: st.SearchStrategy[Node] = st.one_of(
    NAMES,
    CALLS,
    st.builds(Compare, OPERANDS, st.lists(st.tuples(OPERATORS, OPERANDS), min_size=1, max_size=3).map(tuple)),
)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    terms = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, terms), st.builds(Or, terms), st.builds(Not, inner))


TREES = st.recursive(CLAUSES, _joined, max_leaves=8)


@given(TREES)
def test_unparsed_text_parses_to_an_equal_tree(tree: Node) -> None:
    assert parse_tree(unparse(tree)) == tree


@given(TREES)
def test_rows_give_an_equal_tree(tree: Node) -> None:
    rows = to_rows(tree)
    if rows is not None:
        assert from_rows(rows) == tree


@given(st.lists(st.text(st.characters(exclude_characters="\"'"), min_size=1, max_size=8), max_size=4).map(tuple))
def test_free_words_are_read_again(words: tuple[str, ...]) -> None:
    try:
        read = parse_search(unparse(Words(words)))
    except QueryError as error:
        assert "has no place" in error.message  # noqa: PT017
    else:
        assert read.tree == Words(words)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("power=='on'", 'power == "on"'),
        ("vcpus in (1,2,)", "vcpus in [1, 2]"),
        ("vcpus in {1}", "vcpus in [1]"),
        ("(stale and (autostart)) and template", "(stale and autostart) and template"),
        ("stale and (autostart or template)", "stale and (autostart or template)"),
        ("not (stale or template)", "not (stale or template)"),
        ("not (stale)", "not stale"),
        ("memory > GiB*8", "memory > 8 * GiB"),
        ("memory > GiB", "memory > 1 * GiB"),
        ("1<vcpus<=0x10", "1 < vcpus <= 16"),
        (r"matches(name, '\\d\"')", r'matches(name, "\\d\"")'),
        (r"matches(name, '^\\d$')", r'matches(name, r"^\d$")'),
        ("name == 'é\\n\\x00'", 'name == "é\\n\\x00"'),
        ("stale\nand\ttemplate", "stale and template"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert parse(text).text == canonical


ROWS = [
    ('power == "on"', Rows(Combine.ALL, (Row("power", Operator.EQUAL, '"on"'),))),
    (
        'power == "on" and "pci" in tags and 30 not in vlans',
        Rows(
            Combine.ALL,
            (
                Row("power", Operator.EQUAL, '"on"'),
                Row("tags", Operator.CONTAINS, '"pci"'),
                Row("vlans", Operator.LACKS, "30"),
            ),
        ),
    ),
    (
        'age(created) > 3 * weeks or name in ["a", "b"] or glob(name, "x*")',
        Rows(
            Combine.ANY,
            (
                Row("age(created)", Operator.MORE, "3 * weeks"),
                Row("name", Operator.ONE_OF, '["a", "b"]'),
                Row("name", Operator.LIKE, '"x*"'),
            ),
        ),
    ),
    (
        'not (stale or not template or has_application("telnetd", "< 1"))',
        Rows(
            Combine.NONE,
            (
                Row("stale", Operator.HOLDS),
                Row("template", Operator.FAILS),
                Row('has_application("telnetd", "< 1")', Operator.HOLDS),
            ),
        ),
    ),
    ('matches(os, "x")', Rows(Combine.ALL, (Row("os", Operator.MATCHES, '"x"'),))),
    ('in_subnet("10.0.0.0/8")', Rows(Combine.ALL, (Row('in_subnet("10.0.0.0/8")', Operator.HOLDS),))),
]


@pytest.mark.parametrize(("text", "rows"), ROWS)
def test_rows_say_what_the_text_says(text: str, rows: Rows) -> None:
    assert to_rows(parse(text).tree) == rows
    assert Query(from_rows(rows)) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "stale and (template or autostart)",
        "2 <= vcpus <= 8",
        "hostname == name",
        "3 < vcpus",
        'not power == "on"',
        "not (stale and template)",
        "True",
    ],
)
def test_what_rows_cannot_say(text: str) -> None:
    assert to_rows(parse(text).tree) is None


def test_none_of_one_row_is_its_negation() -> None:
    assert from_rows(Rows(Combine.NONE, (Row("stale", Operator.HOLDS),))) == Not(Name("stale"))


@pytest.mark.parametrize(
    "row",
    [
        Row("stale or template", Operator.HOLDS),
        Row('"a"', Operator.EQUAL, '"a"'),
        Row("power", Operator.EQUAL, '"on" or True'),
        Row("power", Operator.EQUAL, "name"),
        Row("power", Operator.EQUAL, ""),
        Row("power", Operator.LIKE, 'name, "x")'),
    ],
)
def test_a_row_is_one_clause_and_nothing_else(row: Row) -> None:
    with pytest.raises(QueryError):
        from_rows(Rows(Combine.ALL, (row,)))


def test_no_rows_are_no_query() -> None:
    with pytest.raises(QueryError):
        from_rows(Rows(Combine.ALL, ()))

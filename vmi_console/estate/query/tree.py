"""A query as a tree: what its text and the row builder are two views of.

Trees compare by meaning: where in the text something stood (`span`, characters from and to) does not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field

type Span = tuple[int, int]

NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Name:
    """An attribute; as a clause of its own it is one that is true or false."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    value: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """`8 * GiB` is the value 8 of the unit GiB."""

    value: int | float
    unit: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """True or False."""

    value: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Several:
    """A list of literals (tuples and sets are read as lists)."""

    items: tuple[Text | Number | Truth, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A registered function, called."""

    function: str
    arguments: tuple[Operand, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison, possibly a chain: `2 <= vcpus <= 8`."""

    first: Operand
    rest: tuple[tuple[str, Operand], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a term."""

    term: Node
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """Two terms or more."""

    terms: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Two terms or more."""

    terms: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Words:
    """Free words and phrases of the search box, all of which must be found; none at all match everything."""

    words: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


type Literal = Text | Number | Truth | Several
type Operand = Name | Call | Literal
type Clause = Compare | Name | Call | Truth | Literal
type Node = And | Or | Not | Clause | Words

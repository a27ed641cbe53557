"""The words and signs of a query, each with its place.

Reading them before Python's own parser does keeps hostile input away from it, lets every column count characters,
and serves the search box and completion, which look at texts that are not expressions yet.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from enum import Enum, auto

from vmi_console.errors import QueryError

MAX_LENGTH = 4_000
MAX_DEPTH = 50

KEYWORDS = frozenset({"and", "or", "not", "in"})
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
DANGLING = (*COMPARISONS, "*", "-")
"""Signs that want something after them."""
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_SIGNS = frozenset({*COMPARISONS, *_OPENING, *_CLOSING, ",", "*", "-"})

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n\f]+)
    | (?P<text>[A-Za-z]{0,2}(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*'))
    | (?P<unclosed>[A-Za-z]{0,2}["'].*)
    | (?P<number>0[xXoObB][0-9A-Fa-f_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>==|!=|<=|>=|<>|:=|&&|\|\||\*\*|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}|[\\'\"nrt])|\\.", re.DOTALL
)
_INSTEAD = {"=": "==", "<>": "!=", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", ":=": "=="}


class Kind(Enum):
    """What a piece of a query's text is."""

    TEXT = auto()
    UNCLOSED = auto()  # a text whose closing quote is missing; runs to the end
    NUMBER = auto()
    NAME = auto()  # keywords are names, too
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query's text; `start` and `end` count characters from 0."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """All tokens of a text, whatever they are. Raises `QueryError` where it is too long or holds control characters."""
    check_characters(text)
    found = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            assert match.lastgroup is not None
            found.append(Token(Kind[match.lastgroup.upper()], match.group(), match.start()))
    return found


def check_characters(text: str) -> None:
    """Raises `QueryError` for a text that no person typed: too long, or with control characters or half characters."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH:,} characters", MAX_LENGTH, len(text) - MAX_LENGTH)
    for column, character in enumerate(text):
        if (character < " " and character not in "\t\r\n\f") or "\ud800" <= character <= "\udfff":
            raise QueryError(f"the character U+{ord(character):04X} has no place in a query", column)


def checked_tokens(text: str) -> list[Token]:
    """The tokens of an expression, or `QueryError` for what Python knows and this language does not."""
    found = tokens(text)
    closing: list[Token] = []
    prefixes = 0  # of `not` and `-` in a row: each is a level of its own
    before: Token | None = None
    for token in found:
        _check(token, before)
        prefixes = prefixes + 1 if token.text in ("not", "-") else 0
        if token.text in _OPENING and token.kind is Kind.SIGN:
            closing.append(token)
        elif token.text in _CLOSING and token.kind is Kind.SIGN:
            if not closing or _OPENING[closing[-1].text] != token.text:
                raise QueryError(f"“{token.text}” closes nothing", token.start)
            closing.pop()
        if len(closing) > MAX_DEPTH or prefixes > MAX_DEPTH:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} levels", token.start)
        before = token
    if closing:
        raise QueryError(f"“{closing[-1].text}” is never closed", closing[-1].start)
    if not found:
        raise QueryError("the query is empty", 0)
    return found


def _check(token: Token, before: Token | None) -> None:
    adjacent = before is not None and before.end == token.start
    match token.kind:
        case Kind.UNCLOSED:
            raise QueryError("this text lacks its closing quote", token.start, len(token.text))
        case Kind.TEXT:
            _check_text(token)
        case Kind.NAME:
            if before is not None and before.kind is Kind.NUMBER and adjacent:
                raise QueryError("a number ends where a name begins", token.start, len(token.text))
            if keyword.iskeyword(token.text) and token.text not in KEYWORDS | {"True", "False"}:
                raise _foreign_word(token)
        case Kind.SIGN if token.text not in _SIGNS:
            instead = _INSTEAD.get(token.text, "")
            raise QueryError(f"“{token.text}” is no operator here", token.start, len(token.text), instead)

    if before is not None and ends_operand(before) and _is_operand(token):
        raise QueryError(f"a comma or an operator is missing before {token.text[:40]}", token.start, len(token.text))


def ends_operand(token: Token) -> bool:
    """Whether a value, an attribute or a condition is complete with this token."""
    return _is_operand(token) or token.text in _CLOSING


def _is_operand(token: Token) -> bool:
    if token.kind is Kind.NAME:
        return token.text not in KEYWORDS
    return token.kind in (Kind.TEXT, Kind.NUMBER)


def _check_text(token: Token) -> None:
    prefix = token.text[: min(token.text.find(quote) % len(token.text) for quote in "\"'")]
    if prefix.lower() not in ("", "r"):
        raise QueryError(f"a text cannot begin with {prefix}", token.start, len(token.text), token.text[len(prefix) :])
    if prefix:
        return
    for escape in _ESCAPE.finditer(token.text):
        if escape[1] is None:
            raise QueryError(
                f"{escape[0]} is no escape; put r before the text to take backslashes as they are",
                token.start + escape.start(),
                len(escape[0]),
                f"\\{escape[0]}",
            )


def _foreign_word(token: Token) -> QueryError:
    if token.text == "is":
        return QueryError("“is” is no operator here", token.start, 2, "==")
    if token.text == "None":
        return QueryError("there is no None; ask with known(…) whether something is known", token.start, 4)
    return QueryError(f"“{token.text}” is not part of the query language", token.start, len(token.text))

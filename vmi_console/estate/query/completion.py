"""What could be typed next: names, functions, operators that fit, and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vmi_console.errors import QueryError
from vmi_console.estate.attributes import ATTRIBUTES, Attribute, Kind
from vmi_console.estate.functions import FUNCTIONS, Function
from vmi_console.estate.query.parse import UNITS
from vmi_console.estate.query.tokens import COMPARISONS, Token, ends_operand, tokens
from vmi_console.estate.query.tokens import Kind as TokenKind
from vmi_console.estate.query.unparse import quoted

MOST = 200

type Values = Callable[[str], Iterable[str]]
"""Likely values of an attribute, by its name: the networks there are, the tags in use."""

_OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("==", "!=", "in", "not in"),
    Kind.CHOICE: ("==", "!=", "in", "not in"),
    Kind.NUMBER: ("==", "!=", "<", "<=", ">", ">=", "in", "not in"),
    Kind.TRUTH: ("and", "or", "=="),
    Kind.TIME: ("<", "<=", ">", ">="),
    Kind.VERSION: ("==", "!=", "<", "<=", ">", ">="),
}
_MEANINGS = {
    "==": "is equal to",
    "!=": "is not equal to",
    "<": "is less than",
    "<=": "is at most",
    ">": "is greater than",
    ">=": "is at least",
    "in": "is in",
    "not in": "is not in",
    "and": "both hold",
    "or": "one of both holds",
    "not": "does not hold",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` replaces the characters `replaces_from` to `replaces_to` (exclusive)."""

    text: str
    replaces_from: int
    replaces_to: int
    help: str


def complete(text: str, cursor: int, values: Values = lambda _: ()) -> list[Completion]:
    """What fits at the cursor, best first; nothing where the text before it is not the beginning of an expression."""
    try:
        before = tokens(text[:cursor])
    except QueryError:
        return []
    begun = before.pop() if before and before[-1].end == cursor and _is_open(before[-1]) else None
    if begun is not None and begun.kind is TokenKind.UNCLOSED:
        prefix, offers = begun.text.lstrip("rR")[1:], _texts(before, values)
    else:
        prefix, offers = (begun.text if begun else ""), _offers(before, values)
    start = begun.start if begun else cursor
    end = _end_of_word(text, cursor, begun)
    found = [Completion(offer, start, end, help) for offer, help in offers if _begins(offer, prefix)]
    found.sort(key=lambda completion: not _bare(completion.text).startswith(prefix))
    return found[:MOST]


def _is_open(token: Token) -> bool:
    """Whether more may be typed of it."""
    return token.kind in (TokenKind.NAME, TokenKind.UNCLOSED)


def _end_of_word(text: str, cursor: int, begun: Token | None) -> int:
    """A name is replaced to its end, also behind the cursor; a text up to a quote that stands there already."""
    end = cursor
    if begun is not None and begun.kind is TokenKind.NAME:
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
    elif begun is not None and text[end : end + 1] == begun.text.lstrip("rR")[0]:
        end += 1
    return end


def _begins(offer: str, prefix: str) -> bool:
    """A name by its beginning, or the beginning of one of its words: `state` finds host_state."""
    bare, prefix = _bare(offer).casefold(), prefix.casefold()
    return bare.startswith(prefix) or f"_{prefix}" in bare or f" {prefix}" in bare


def _bare(offer: str) -> str:
    return offer[1:] if offer.startswith(('"', "r")) and '"' in offer else offer


def _offers(before: list[Token], values: Values) -> Iterator[tuple[str, str]]:
    """What may follow these tokens."""
    last = before[-1] if before else None
    if (
        last is None
        or (last.kind is TokenKind.NAME and last.text in ("and", "or"))
        or (last.text == "(" and (_function_at(before, len(before) - 1) is None))
    ):
        yield from _beginnings()
    elif last.text == "not":
        yield from (*_in_after_not(before), *_beginnings())
    elif last.text in COMPARISONS or last.text == "in" or last.text in ("(", ",", "[", "{"):
        yield from _values(before, values)
    elif last.text == "*":
        yield from ((unit, f"a unit of {measures}") for unit, (measures, _) in UNITS.items())
    else:
        yield from _continuations(before)


def _beginnings() -> Iterator[tuple[str, str]]:
    yield from ((name, _help(attribute)) for name, attribute in ATTRIBUTES.items())
    yield from ((f"{name}(", function.help) for name, function in FUNCTIONS.items())
    yield "not", _MEANINGS["not"]


def _in_after_not(before: list[Token]) -> Iterator[tuple[str, str]]:
    if len(before) > 1 and ends_operand(before[-2]):
        yield "in", _MEANINGS["not in"]


def _continuations(before: list[Token]) -> Iterator[tuple[str, str]]:
    """Behind something complete: an operator that fits it, or a conjunction."""
    subject = _subject(before, len(before) - 1)
    compared = _is_compared(before, len(before) - 1)
    if not compared and isinstance(subject, Attribute) and not subject.kind.is_set:
        yield from ((operator, _MEANINGS[operator]) for operator in _OPERATORS[subject.kind])
    elif not compared and isinstance(subject, Function):
        yield from ((operator, _MEANINGS[operator]) for operator in _OPERATORS[subject.gives])
    elif not compared and before[-1].kind in (TokenKind.TEXT, TokenKind.NUMBER):
        yield from ((operator, _MEANINGS[operator]) for operator in ("in", "not in"))
    else:
        yield from ((word, _MEANINGS[word]) for word in ("and", "or"))


def _is_compared(before: list[Token], index: int) -> bool:
    """Whether the operand that ends here is the right side of a comparison already."""
    start = _start_of_operand(before, index)
    return start > 0 and (before[start - 1].text in COMPARISONS or before[start - 1].text == "in")


def _start_of_operand(before: list[Token], index: int) -> int:
    if before[index].text in (")", "]", "}"):
        depth = 0
        while index >= 0:
            depth += (before[index].text in (")", "]", "}")) - (before[index].text in ("(", "[", "{"))
            if depth == 0:
                break
            index -= 1
        if index > 0 and before[index].text == "(" and before[index - 1].text in FUNCTIONS:
            index -= 1
    return max(index, 0)


def _subject(before: list[Token], index: int) -> Attribute | Function | None:
    """The attribute or function that ends at this token."""
    if index < 0:
        return None
    name = before[_start_of_operand(before, index)].text
    return ATTRIBUTES.get(name) or FUNCTIONS.get(name)


def _function_at(before: list[Token], opening: int) -> Function | None:
    """The function whose parenthesis opens here."""
    return FUNCTIONS.get(before[opening - 1].text) if opening > 0 and before[opening].text == "(" else None


def _enclosing(before: list[Token]) -> tuple[int, int] | None:
    """Where the innermost bracket opened that is open still, and how many commas there are since."""
    depth = commas = 0
    for index in range(len(before) - 1, -1, -1):
        sign = before[index].text if before[index].kind is TokenKind.SIGN else ""
        if sign in (")", "]", "}"):
            depth += 1
        elif sign in ("(", "[", "{"):
            if depth == 0:
                return index, commas
            depth -= 1
        elif sign == "," and depth == 0:
            commas += 1
    return None


def _values(before: list[Token], values: Values) -> Iterator[tuple[str, str]]:
    """Behind a comparison, in a list or among arguments."""
    enclosing = _enclosing(before)
    if before[-1].text in ("(", ",") and enclosing is not None and (function := _function_at(before, enclosing[0])):
        yield from _arguments(function, enclosing[1])
        yield from _texts(before, values)
        return
    if before[-1].text == "in" and before[-2:-1] and before[-2].kind in (TokenKind.TEXT, TokenKind.NUMBER):
        yield from _containers(before[-2])
        return
    if (
        before[-1].text == "in"
        and len(before) > 2
        and before[-2].text == "not"
        and before[-3].kind
        in (
            TokenKind.TEXT,
            TokenKind.NUMBER,
        )
    ):
        yield from _containers(before[-3])
        return
    yield from ((offer, help) for offer, help in _texts(before, values))
    subject = _compared_subject(before)
    if isinstance(subject, Attribute) and subject.kind is Kind.TRUTH:
        yield from (("True", subject.help), ("False", subject.help))


def _arguments(function: Function, position: int) -> Iterator[tuple[str, str]]:
    if position >= len(function.parameters):
        return
    kinds = function.parameters[position].kinds
    yield from ((name, _help(attribute)) for name, attribute in ATTRIBUTES.items() if attribute.kind in kinds)


def _containers(value: Token) -> Iterator[tuple[str, str]]:
    """What a text or a number may be in."""
    for name, attribute in ATTRIBUTES.items():
        is_numeric = attribute.kind is Kind.VLANS
        if (attribute.kind.is_set or attribute.kind is Kind.TEXT) and is_numeric == (value.kind is TokenKind.NUMBER):
            yield name, _help(attribute)


def _compared_subject(before: list[Token]) -> Attribute | Function | None:
    """What a value is compared with that begins behind these tokens, also within a list."""
    index = len(before) - 1
    enclosing = _enclosing(before)
    if enclosing is not None and before[enclosing[0]].text in ("[", "{", "("):
        opening = enclosing[0]
        if opening > 0 and ((before[opening - 1].text == "in" and before[index].text != "in") or opening == index):
            index = opening - 1
    if index < 1 or not (before[index].text in COMPARISONS or before[index].text == "in"):
        return None
    index -= 1
    if before[index].text == "not":
        index -= 1
    return _subject(before, index)


def _texts(before: list[Token], values: Values) -> Iterator[tuple[str, str]]:
    """Texts that may stand here, quoted."""
    subject = _compared_subject(before)
    if subject is None and _is_beginning(before):
        yield from _first_texts(values)
    if isinstance(subject, Attribute):
        yield from _texts_of(subject, values)
    enclosing = _enclosing(before)
    if subject is None and enclosing is not None and (function := _function_at(before, enclosing[0])):
        subjects = [ATTRIBUTES[token.text] for token in before[enclosing[0] :] if token.text in ATTRIBUTES]
        names = [attribute.name for attribute in subjects] or [f"{function.name}()"]
        yield from ((quoted(value), "") for name in names for value in values(name))


def _is_beginning(before: list[Token]) -> bool:
    """Whether a condition begins behind these tokens."""
    if not before or before[-1].text in ("and", "or", "not"):
        return True
    return before[-1].text == "(" and _function_at(before, len(before) - 1) is None


def _first_texts(values: Values) -> Iterator[tuple[str, str]]:
    """Members of sets, which are written first: `"pci" in tags`."""
    for attribute in ATTRIBUTES.values():
        if attribute.kind.is_set and attribute.kind is not Kind.VLANS:
            yield from ((f"{text} in {attribute.name}", help) for text, help in _texts_of(attribute, values))


def _texts_of(attribute: Attribute, values: Values) -> Iterator[tuple[str, str]]:
    for value in dict.fromkeys((*attribute.words, *attribute.offers, *values(attribute.name))):
        yield quoted(value), attribute.help


def _help(attribute: Attribute) -> str:
    unit = f" in {attribute.unit}" if attribute.unit else ""
    return f"{attribute.help} ({attribute.kind.value}{unit}; {attribute.example})"

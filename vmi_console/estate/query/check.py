"""Checks a tree against the schema, and lowers it to tests of values.

What comes out is logic of three values over `Test`s. A test is a piece of Python code about values that are known;
unknown values never reach it. No text of the query gets into that code: constants are handed over by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vmi_console.errors import QueryError
from vmi_console.estate.attributes import ATTRIBUTES, Attribute, Kind, canonical_mac, parse_address
from vmi_console.estate.functions import FUNCTIONS, Evaluation, Function, any_of
from vmi_console.estate.query import tree
from vmi_console.estate.query.parse import UNITS
from vmi_console.estate.query.unparse import quoted, unparse
from vmi_console.estate.versions import compare
from vmi_console.estate.vlan import Vlan, VlanMode

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDERED = (Kind.NUMBER, Kind.TIME, Kind.VERSION)
_BASE = {"bytes": ("bytes", 1), "MiB": ("bytes", 2**20), "days": ("days", 1)}
"""What the unit of an attribute measures, and how many of the base unit it is."""
MAX_VLAN = 4094
_MOST_DAYS = 4_000_000
"""More than there are between any two times."""


@dataclass(frozen=True, eq=False)
class Operand:
    """A value that differs from VM to VM: of an attribute, or of a function called."""

    kind: Kind
    unit: str
    source: Attribute | Evaluation


@dataclass(frozen=True, eq=False)
class Test:
    """One comparison. `code` speaks of the operands' values as `{0}` and `{1}`, of the constant as `{c}`, and of the
    clock as `now`.

    Where `unsure`, the code's value may itself be None for unknown. `clause` is the part of the tree it came from.
    """

    clause: tree.Node
    operands: tuple[Operand, ...]
    code: str
    constant: object = None
    unsure: bool = False


@dataclass(frozen=True, eq=False)
class Always:
    """What needs no looking: true or false of every VM."""

    truth: bool


@dataclass(frozen=True, eq=False)
class Found:
    """Free words: in each group one spelling must be found in the haystack."""

    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Negation:
    """Not the term; what is unknown stays unknown."""

    term: Logic


@dataclass(frozen=True, eq=False)
class Both:
    """All terms, or with `either` any one of them."""

    terms: tuple[Logic, ...]
    either: bool = False


type Logic = Test | Always | Found | Negation | Both


def lower(node: tree.Node) -> Logic:
    """The checked logic of a tree. Raises `QueryError` for unknown names and types that do not fit."""
    match node:
        case tree.And(terms=terms) | tree.Or(terms=terms):
            return Both(tuple(map(lower, terms)), isinstance(node, tree.Or))
        case tree.Not(term=term):
            return Negation(lower(term))
        case tree.Truth(value=truth):
            return Always(truth)
        case tree.Words(words=words):
            return Found(tuple(map(_spellings, words)))
        case tree.Compare():
            return _comparison(node)
        case tree.Name():
            return _alone(node, _attribute_named(node))
        case tree.Call():
            return _call_alone(node)
        case _:
            raise _error(f"{unparse(node)} alone says nothing; compare an attribute with it", node.span)


def children(logic: Logic) -> tuple[Logic, ...]:
    """What a piece of logic is made of."""
    if isinstance(logic, Both):
        return logic.terms
    return (logic.term,) if isinstance(logic, Negation) else ()


# --- names and calls ----------------------------------------------------------------------------------------------


def _attribute_named(name: tree.Name) -> Attribute:
    if name.name in ATTRIBUTES:
        return ATTRIBUTES[name.name]
    if name.name in FUNCTIONS:
        function = FUNCTIONS[name.name]
        raise _error(f"{name.name} is a function: {function.signature}", name.span, function.example)
    nearest = _nearest(name.name, (*ATTRIBUTES, *UNITS, "True", "False"))
    hint = "" if nearest else "; a text needs quotes"
    raise _error(f"there is no attribute “{_short(name.name)}”{hint}", name.span, nearest)


def _alone(clause: tree.Node, attribute: Attribute) -> Test:
    if attribute.kind is not Kind.TRUTH:
        raise _error(
            f"{attribute.name} is a {attribute.kind.value} and needs a comparison", clause.span, attribute.example
        )
    return Test(clause, (_of(attribute),), "{0} is True")


def _of(attribute: Attribute) -> Operand:
    return Operand(attribute.kind, attribute.unit, attribute)


def _function_named(call: tree.Call) -> Function:
    function = FUNCTIONS.get(call.function)
    if function is None:
        span = (call.span[0], call.span[0] + len(call.function))
        if call.function in ATTRIBUTES:
            raise _error(f"{call.function} is an attribute and takes no parentheses", call.span, call.function)
        raise _error(f"there is no function “{_short(call.function)}”", span, _nearest(call.function, FUNCTIONS))
    least = sum(parameter.default is None for parameter in function.parameters)
    if not least <= len(call.arguments) <= len(function.parameters):
        raise _error(f"{function.name} is called as {function.signature}", call.span, function.example)
    return function


def _arguments(function: Function, call: tree.Call) -> list[Attribute | str]:
    given: list[Attribute | str] = []
    for parameter, argument in zip(function.parameters, call.arguments, strict=False):
        if not parameter.kinds:
            if not isinstance(argument, tree.Text):
                raise _error(f"{function.name} takes its {parameter.name} as a text in quotes", argument.span)
            given.append(argument.value)
            continue
        if not isinstance(argument, tree.Name):
            raise _error(f"{function.name} takes an attribute here", argument.span)
        attribute = _attribute_named(argument)
        if attribute.kind not in parameter.kinds:
            kinds = " or ".join(kind.value for kind in parameter.kinds)
            raise _error(
                f"{function.name} takes a {kinds}; {attribute.name} is a {attribute.kind.value}", argument.span
            )
        given.append(attribute)
    given.extend(parameter.default or "" for parameter in function.parameters[len(call.arguments) :])
    return given


def _make(function: Function, call: tree.Call, arguments: Sequence[Attribute | str]) -> Any:
    try:
        return function.make(*arguments)
    except ValueError as error:
        last = call.arguments[-1].span if call.arguments else call.span
        raise _error(str(error), last) from None


def _called(call: tree.Call) -> Operand:
    function = _function_named(call)
    return Operand(function.gives, function.unit, _make(function, call, _arguments(function, call)))


def _call_alone(call: tree.Call) -> Test:
    function = _function_named(call)
    if function.gives is not Kind.TRUTH:
        raise _error(
            f"{function.name} gives a {function.gives.value} and needs a comparison", call.span, function.example
        )
    if not function.tests_text:
        return Test(call, (_called(call),), "{0} is True")
    attribute, *others = _arguments(function, call)
    assert isinstance(attribute, Attribute)
    test = _make(function, call, others)
    if attribute.kind is Kind.TEXTS:
        return Test(call, (_of(attribute),), "{c}({0})", _any_text(test), unsure=True)
    return Test(call, (_of(attribute),), "{c}({0}.casefold())", test)


# --- comparisons --------------------------------------------------------------------------------------------------


def _comparison(clause: tree.Compare) -> Logic:
    pairs: list[Logic] = []
    left = clause.first
    for operator, right in clause.rest:
        pairs.append(_pair(clause, left, operator, right))
        left = right
    return pairs[0] if len(pairs) == 1 else Both(tuple(pairs))


def _pair(clause: tree.Compare, left: tree.Operand, operator: str, right: tree.Operand) -> Logic:
    span = (left.span[0], right.span[1])
    if not isinstance(left, tree.Name | tree.Call) and not isinstance(right, tree.Name | tree.Call):
        raise _error("this compares values with each other; name an attribute", span)
    if operator in ("in", "not in"):
        test = _contained(clause, left, right, span)
        return Negation(test) if operator == "not in" else test
    if isinstance(left, tree.Name | tree.Call):
        if isinstance(right, tree.Name | tree.Call):
            return _against_operand(clause, left, operator, right, span)
        return _against_literal(clause, left, operator, right, span)
    assert isinstance(right, tree.Name | tree.Call)
    return _against_literal(clause, right, _FLIPPED[operator], left, span)


def _operand(node: tree.Name | tree.Call) -> Operand:
    return _of(_attribute_named(node)) if isinstance(node, tree.Name) else _called(node)


def _against_literal(
    clause: tree.Compare, left: tree.Name | tree.Call, operator: str, right: tree.Literal, span: tree.Span
) -> Test:
    operand = _operand(left)
    shown, value = unparse(left), unparse(right)
    if isinstance(left, tree.Call) and left.function == "age" and isinstance(right, tree.Number):
        return _aged(clause, left, operator, _number(operand, shown, right))
    if operand.kind.is_set:
        suggestion = {"==": f"{value} in {shown}", "!=": f"{value} not in {shown}"}.get(operator, "")
        raise _error(f"{shown} is a {operand.kind.value}; ask what is in it", span, suggestion)
    if isinstance(right, tree.Several):
        suggestion = {"==": f"{shown} in {value}", "!=": f"{shown} not in {value}"}.get(operator, "")
        raise _error("a list is asked with in", span, suggestion)
    constant = _constant(operand, shown, right)
    if operator not in ("==", "!=") and operand.kind not in _ORDERED:
        raise _error(f"{shown} is a {operand.kind.value} and has no order; use == != in or glob(…)", span)
    match operand.kind:
        case Kind.TEXT:
            code = "{0}.casefold() " + operator + " {c}"
        case Kind.CHOICE | Kind.TRUTH:
            code = "{0} is {c}" if operator == "==" else "{0} is not {c}"
        case Kind.VERSION:
            return Test(clause, (operand,), "{c}({0}) " + operator + " 0", _version_order(constant))
        case _:
            code = "{0} " + operator + " {c}"
    return Test(clause, (operand,), code, constant)


def _aged(clause: tree.Compare, call: tree.Call, operator: str, days: float) -> Test:
    """A comparison of an age: that of two spans of time, which spares a calculation for each VM."""
    attribute, *_ = _arguments(_function_named(call), call)
    assert isinstance(attribute, Attribute)
    span = timedelta(days=min(max(days, -_MOST_DAYS), _MOST_DAYS))
    return Test(clause, (_of(attribute),), "now - {0} " + operator + " {c}", span)


def _against_operand(
    clause: tree.Compare, left: tree.Name | tree.Call, operator: str, right: tree.Name | tree.Call, span: tree.Span
) -> Test:
    one, other = _operand(left), _operand(right)
    mismatch = (
        one.kind is not other.kind
        or one.kind.is_set
        or one.unit != other.unit
        or (one.kind is Kind.CHOICE and _choices(one) is not _choices(other))
    )
    if mismatch:
        raise _error(
            f"{unparse(left)} ({_described(one)}) cannot be compared with {unparse(right)} ({_described(other)})", span
        )
    if operator not in ("==", "!=") and one.kind not in _ORDERED:
        raise _error(f"a {one.kind.value} has no order; use == or !=", span)
    match one.kind:
        case Kind.TEXT:
            return Test(clause, (one, other), "{0}.casefold() " + operator + " {1}.casefold()")
        case Kind.VERSION:
            return Test(clause, (one, other), "{c}({0}, {1}) " + operator + " 0", compare)
    return Test(clause, (one, other), "{0} " + operator + " {1}")


def _contained(clause: tree.Compare, left: tree.Operand, right: tree.Operand, span: tree.Span) -> Logic:
    if isinstance(left, tree.Name | tree.Call):
        if isinstance(right, tree.Several):
            return _one_of(clause, left, right, span)
        if isinstance(right, tree.Text | tree.Number | tree.Truth):
            raise _error("in needs a list on its right", right.span, f"[{unparse(right)}]")
        raise _error("in asks for a written value, such as a text in quotes", left.span)
    assert isinstance(right, tree.Name | tree.Call)
    operand, shown = _operand(right), unparse(right)
    if isinstance(left, tree.Several):
        raise _error(f"in asks for one value; join several as {_several(left, shown)}", left.span)
    if operand.kind is Kind.TEXT:
        return Test(clause, (operand,), "{c} in {0}.casefold()", _text(left, shown).casefold())
    if not operand.kind.is_set:
        suggestion = f"{shown} == {unparse(left)}"
        raise _error(f"{shown} is a {operand.kind.value}; nothing is in it", span, suggestion)
    return Test(clause, (operand,), "{c}({0})", _holds(operand.kind, left, shown, span), unsure=True)


def _several(left: tree.Several, shown: str) -> str:
    return " or ".join(f"{unparse(item)} in {shown}" for item in left.items[:2]) or f"… in {shown}"


def _one_of(clause: tree.Compare, left: tree.Name | tree.Call, right: tree.Several, span: tree.Span) -> Logic:
    operand, shown = _operand(left), unparse(left)
    if operand.kind.is_set:
        raise _error(f"{shown} is a {operand.kind.value}; ask for each value whether it is in {shown}", span)
    constants = [_constant(operand, shown, item) for item in right.items]
    match operand.kind:
        case Kind.TEXT:
            return Test(clause, (operand,), "{0}.casefold() in {c}", frozenset(constants))
        case Kind.VERSION:
            orders = [_version_order(constant) for constant in constants]
            return Test(clause, (operand,), "{c}({0})", lambda version: any(order(version) == 0 for order in orders))
    # A tuple: members are compared by identity first, which hashing an enumeration's member is slower than.
    return Test(clause, (operand,), "{0} in {c}", tuple(constants))


# --- literals -----------------------------------------------------------------------------------------------------


def _constant(operand: Operand, shown: str, literal: tree.Text | tree.Number | tree.Truth) -> Any:
    match operand.kind:
        case Kind.TEXT:
            return _text(literal, shown).casefold()
        case Kind.CHOICE:
            return _choice(operand, shown, literal)
        case Kind.NUMBER:
            return _number(operand, shown, literal)
        case Kind.TRUTH if isinstance(literal, tree.Truth):
            return literal.value
        case Kind.TIME:
            return _time(literal, shown)
        case Kind.VERSION:
            return _text(literal, shown)
    raise _error(f"{shown} is True or False", literal.span)


def _text(literal: tree.Text | tree.Number | tree.Truth, shown: str) -> str:
    if not isinstance(literal, tree.Text):
        raise _error(f"{shown} is a text; put the value in quotes", literal.span, quoted(unparse(literal)))
    return literal.value


def _choice(operand: Operand, shown: str, literal: tree.Text | tree.Number | tree.Truth) -> Any:
    assert isinstance(operand.source, Attribute)
    assert operand.source.choices is not None
    words = operand.source.words
    if not isinstance(literal, tree.Text):
        raise _error(f"{shown} is one of {_listed(words)}", literal.span)
    value = literal.value.casefold()
    if value == operand.source.unknown:
        raise _error(f"that {shown} is not known is asked with known(…)", literal.span)
    if value not in words:
        nearest = _nearest(value, words)
        raise _error(f"{shown} is one of {_listed(words)}", literal.span, quoted(nearest) if nearest else "")
    return operand.source.choices(value)


def _number(operand: Operand, shown: str, literal: tree.Text | tree.Number | tree.Truth) -> int | float:
    if not isinstance(literal, tree.Number):
        example = "a number" + (f" of {operand.unit}" if operand.unit else "")
        raise _error(f"{shown} is {example}; this is not", literal.span)
    if not literal.unit:
        return literal.value
    measures, scale = UNITS[literal.unit]
    base, unit = _BASE.get(operand.unit, ("", 1))
    if measures != base:
        counted = f"counts {operand.unit}" if operand.unit else "has no unit"
        raise _error(f"{shown} {counted}; {literal.unit} does not fit", literal.span)
    return literal.value * scale / unit


def _time(literal: tree.Text | tree.Number | tree.Truth, shown: str) -> datetime:
    if isinstance(literal, tree.Text):
        try:
            time = datetime.fromisoformat(literal.value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise _error(
        f'{shown} is a time, such as "2026-01-31" or "2026-01-31 10:42" (UTC); or use age({shown})', literal.span
    )


def _version_order(wanted: str) -> Callable[[str], int]:
    return lambda version: compare(version, wanted)


def _holds(
    kind: Kind, literal: tree.Text | tree.Number | tree.Truth, shown: str, span: tree.Span
) -> Callable[[Any], bool | None]:
    """A test of a set, with None where only an unknown member could settle it."""
    if kind is Kind.VLANS:
        return _carries(_vlan_id(literal))
    text = _text(literal, shown)
    if kind is Kind.MACS:
        mac = canonical_mac(text)
        if mac is None:
            raise _error("this is not a MAC address such as 52:54:00:12:34:56", literal.span)
        return lambda macs: mac in macs or (None if None in macs else False)
    if kind is Kind.ADDRESSES:
        address = parse_address(text)
        if address is None:
            suggestion = f"in_subnet({quoted(text)})" if "/" in text else ""
            raise _error("this is not an IP address", span if suggestion else literal.span, suggestion)
        return _has_address(address)
    return _has_text(text.casefold())


def _vlan_id(literal: tree.Text | tree.Number | tree.Truth) -> int:
    if not isinstance(literal, tree.Number) or literal.unit or not isinstance(literal.value, int):
        raise _error("a VLAN is a number from 1 to 4094, or 0 for untagged", literal.span)
    if not 0 <= literal.value <= MAX_VLAN:
        raise _error(f"there is no VLAN {literal.value}: ids run from 1 to 4094, and 0 is untagged", literal.span)
    return literal.value


def _carries(wanted: int) -> Callable[[Iterable[Vlan | None]], bool | None]:
    if wanted == 0:
        return lambda vlans: any_of(None if vlan is None else vlan.mode is VlanMode.NONE for vlan in vlans)

    def carries(vlans: Iterable[Vlan | None]) -> bool | None:
        unknown = False
        for vlan in vlans:
            if vlan is None:
                unknown = True
                continue
            for low, high in vlan.ranges:
                if low <= wanted <= high:
                    return True
        return None if unknown else False

    return carries


def _has_address(wanted: tuple[int, int]) -> Callable[[Sequence[str | None]], bool | None]:
    def has(addresses: Sequence[str | None]) -> bool | None:
        unknown = False
        for address in addresses:
            if address is None:
                unknown = True
            elif parse_address(address) == wanted:
                return True
        return None if unknown else False

    return has


def _has_text(wanted: str) -> Callable[[Sequence[str | None]], bool | None]:
    def has(texts: Sequence[str | None]) -> bool | None:
        unknown = False
        for text in texts:
            if text is None:
                unknown = True
            elif text.casefold() == wanted:
                return True
        return None if unknown else False

    return has


def _any_text(test: Callable[[str], object]) -> Callable[[Iterable[str | None]], bool | None]:
    return lambda texts: any_of(None if text is None else bool(test(text.casefold())) for text in texts)


# --- free words ---------------------------------------------------------------------------------------------------


def _spellings(word: str) -> tuple[str, ...]:
    """A word as it stands, and where it looks like (the beginning of) a MAC address, as those are written here."""
    word = word.lower()
    digits = word.replace("-", "").replace(".", "")
    written_otherwise = 4 <= len(digits) <= 12 and len(digits) < len(word) and set(digits) <= set("0123456789abcdef")
    if not written_otherwise or (word.count(".") and not _looks_dotted(word)):
        return (word,)
    return (word, ":".join(digits[index : index + 2] for index in range(0, len(digits), 2)))


def _looks_dotted(word: str) -> bool:
    """Groups of four digits, which IP addresses do not have."""
    *groups, last = word.split(".")
    return all(len(group) == 4 for group in groups) and 0 < len(last) <= 4


# --- errors -------------------------------------------------------------------------------------------------------


def _error(message: str, span: tree.Span, suggestion: str = "") -> QueryError:
    return QueryError(message, span[0], span[1] - span[0], suggestion)


def _nearest(word: str, words: Iterable[str]) -> str:
    known = list(words)
    if len(word) > 100:
        return ""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[found[0]] if found else ""


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(quoted, words))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _choices(operand: Operand) -> object:
    return operand.source.choices if isinstance(operand.source, Attribute) else None


def _described(operand: Operand) -> str:
    return operand.kind.value + (f" in {operand.unit}" if operand.unit else "")

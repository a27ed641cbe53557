"""Holds a tree against a declared type, and says of everything that does not fit where it stands and what would fit.

msgspec judges the values; it tells the first mistake without its place. So it is asked about each part by itself.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

import msgspec

from vmi_console.errors import QueryError, VmiError
from vmi_console.estate.query.unparse import quoted
from vmi_console.plain_text import visible
from vmi_console.policy.checks.parameters import Mistake
from vmi_console.policy.policies import Problem
from vmi_console.policy.reading import Branch, Mapping, Scalar, Sequence, value_of
from vmi_console.policy.spelling import nearest

WHERE_IT_SAYS = "see docs/policies.md for what can be written"
"""The advice where there is no better one."""

_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
_EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `(\w+)`)?(.*)")
_CONTAINERS = (tuple, list, set, frozenset)


class Sheet:
    """What is wrong in one file, gathered while it is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def mark(self, node: Branch | None, message: str, advice: str) -> None:
        """Notes that something is wrong with a node; with the whole file where there is none."""
        line, column = (1, 1) if node is None else (node.line, node.column)
        self.problems.append(Problem(file=self.file, line=line, column=column, message=message, advice=advice))

    def mark_query(self, node: Branch | None, error: QueryError) -> None:
        """Notes what is wrong in a query, at its place within the text."""
        problem = self.in_query(node, error)
        self.problems.append(problem)

    def in_query(self, node: Branch | None, error: QueryError) -> Problem:
        """The problem that an error in a query is."""
        place = (1, 1) if node is None else (node.line, node.column)
        if isinstance(node, Scalar):
            place = node.place(error.column)
        return Problem(
            file=self.file,
            line=place[0],
            column=place[1],
            message=error.message,
            advice=error.advice or "see docs/query.md for what a query can say",
        )

    def mark_unknown(self, key: Scalar, known: Iterable[str], where: str) -> None:
        """Notes a key that nothing reads."""
        known = list(known)
        likely = nearest(key.text, known)
        advice = f"did you mean {likely}?" if likely else f"known are: {', '.join(known)}"
        self.mark(key, f"{where} knows no “{visible(key.text, 60)}”", advice)

    def mark_repeated(self, root: Branch) -> None:
        """Notes every key that stands twice in one mapping."""
        for mapping in _mappings(root):
            first: dict[str, Scalar] = {}
            for key, _ in mapping.entries:
                if key.text in first:
                    line = first[key.text].line
                    self.mark(
                        key, f"“{visible(key.text, 60)}” stands twice; first in line {line}", "remove one of them"
                    )
                first.setdefault(key.text, key)

    def fits(self, node: Branch, wanted: Any, what: str, advice: str) -> bool:
        """Whether the node is of the wanted type; if not, notes why. `what` names it."""
        before = len(self.problems)
        advice = _description(wanted) or advice
        bare = _shaped_like(node, _bare(wanted))
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and isinstance(node, Mapping):
            self._fits_struct(node, bare, what, advice)
        elif get_origin(bare) in _CONTAINERS and isinstance(node, Sequence):
            for position, item in enumerate(node.items, 1):
                self.fits(item, get_args(bare)[0], f"item {position} of {what}", advice)
        elif get_origin(bare) is dict and isinstance(node, Mapping):
            for key, value in node.entries:
                self.fits(value, get_args(bare)[1], f"“{visible(key.text, 60)}”", advice)
        if len(self.problems) > before:
            return False
        try:
            msgspec.convert(value_of(node), wanted)
        except QueryError as error:
            whole = getattr(bare, "whole", "")  # the parameter of a check that holds the query
            self.mark_query((node.get(whole) if isinstance(node, Mapping) else None) or node, error)
        except VmiError as error:
            self.mark(node, f"{what}: {error.message}", error.advice or advice)
        except msgspec.ValidationError as error:
            if isinstance(error.__cause__, Mistake):
                self.mark_mistake(node, error.__cause__, what, advice)
            else:
                self.mark(node, *_explained(str(error), node, wanted, what, advice))
        return len(self.problems) == before

    def mark_mistake(self, node: Branch, mistake: Mistake, what: str, advice: str, whole: str = "") -> None:
        """Notes what a check found wrong with its parameters; `whole` is the parameter that `node` is, if it is one."""
        steps = mistake.path[1:] if whole and mistake.path[:1] == (whole,) else mistake.path
        node = _followed(node, steps)
        line, column = node.place(mistake.offset) if isinstance(node, Scalar) else (node.line, node.column)
        advice = mistake.advice or advice
        message = f"{what}: {visible(str(mistake), 300)}"
        self.problems.append(Problem(file=self.file, line=line, column=column, message=message, advice=advice))

    def _fits_struct(self, node: Mapping, form: type[msgspec.Struct], what: str, advice: str) -> None:
        fields = fields_of(form)
        for key, value in node.entries:
            field = fields.get(key.text)
            if field is None:
                self.mark_unknown(key, fields, what)
            else:
                self.fits(value, field.type, f"“{key.text}”", advice)
        misspelt = {nearest(key.text, fields) for key, _ in node.entries if key.text not in fields}
        for name, field in fields.items():
            if field.required and node.key(name) is None and name not in misspelt:
                self.mark(node, f"{what} needs “{name}”", _description(field.type) or advice)


@cache
def fields_of(form: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a declaration by their names in documents. msgspec takes a millisecond to tell them."""
    return {field.encode_name: field for field in msgspec.structs.fields(form)}


def _followed(node: Branch, steps: Iterable[str | int]) -> Branch:
    """What stands at the end of a path, or as far along it as there is anything."""
    for step in steps:
        inner: Branch | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            inner = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            inner = node.items[step]
        if inner is None:
            break
        node = inner
    return node


def _mappings(root: Branch) -> Iterator[Mapping]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        match node:
            case Mapping(entries=entries):
                yield node
                waiting.extend(value for _, value in entries)
            case Sequence(items=items):
                waiting.extend(items)
            case Scalar():
                pass


def _bare(wanted: Any) -> Any:
    """The type without what is said about it, and without that it may be absent."""
    while get_origin(wanted) is Annotated or isinstance(wanted, TypeAliasType):
        wanted = wanted.__value__ if isinstance(wanted, TypeAliasType) else get_args(wanted)[0]
    if get_origin(wanted) in (Union, types.UnionType):
        rest = [each for each in get_args(wanted) if each is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else wanted
    return wanted


def _shaped_like(node: Branch, wanted: Any) -> Any:
    """Of several types the one for keys with values, or the one for lists, where the node is one."""
    if get_origin(wanted) not in (Union, types.UnionType) or isinstance(node, Scalar):
        return wanted
    for each in map(_bare, get_args(wanted)):
        origin = get_origin(each)
        is_struct = isinstance(each, type) and issubclass(each, msgspec.Struct)
        if (is_struct or origin is dict) if isinstance(node, Mapping) else origin in _CONTAINERS:
            return each
    return wanted


def _description(wanted: Any) -> str:
    if get_origin(wanted) is Annotated:
        for about in reversed(get_args(wanted)[1:]):
            if isinstance(about, msgspec.Meta) and about.description:
                return about.description
    return ""


def _explained(error: str, node: Branch, wanted: Any, what: str, advice: str) -> tuple[str, str]:
    """What msgspec said, in our words, and what to do."""
    said = error.rpartition(" - at `$")[0] or error
    choices = [str(choice) for choice in _choices(_bare(wanted))]
    patterns = [about.pattern for about in get_args(wanted)[1:] if isinstance(about, msgspec.Meta) and about.pattern]
    if choices and said.startswith(("Invalid enum value", "Expected")):
        written = visible(node.text, 60) if isinstance(node, Scalar) else "this"
        likely = nearest(node.text, choices) if isinstance(node, Scalar) else ""
        did_you_mean = f"did you mean {likely}? " if likely else ""
        return f"{what} cannot be “{written}”", f"{did_you_mean}It is one of: {', '.join(choices)}"
    expected = _EXPECTED.fullmatch(said)
    if expected is None:
        return f"{what}: {said}", advice
    kinds, got, constraint = expected[1].split(" | "), expected[2], expected[3].strip()
    wish = " or ".join(_WORDS.get(kind, kind) for kind in kinds if kind != "null" or len(kinds) == 1)
    if not got:
        return f"{what} must be {_constrained(wish, constraint)}", advice
    return f"{what} must be {wish}, and this is {_WORDS.get(got, got)}", _advice(node, kinds, patterns, advice)


def _constrained(wish: str, constraint: str) -> str:
    match = re.fullmatch(r"(of length )?(>=|<=|>|<|==) (.+)", constraint)
    if match is None:
        return f"{wish} of another form" if constraint.startswith("matching") else f"{wish} {constraint}"
    words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly"}
    return f"{wish} {'with a length of ' if match[1] else ''}{words[match[2]]} {match[3].removesuffix('.0')}"


def _advice(node: Branch, kinds: list[str], patterns: list[str], advice: str) -> str:
    if not isinstance(node, Scalar) or node.text == "":
        return advice
    written = visible(node.text, 60)
    if "str" in kinds and all(re.search(pattern, node.text) for pattern in patterns):
        return f"put it in quotes: {quoted(written)}"
    if "array" in kinds:
        return f"put it in brackets: [{visible(node.source, 60)}]"
    if "bool" in kinds:
        return "write true or false, without quotes"
    if {"int", "float"} & set(kinds):
        return "write a number, without quotes"
    return advice


def _choices(wanted: Any) -> list[Any]:
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return [choice.value for choice in wanted]
    return list(get_args(wanted)) if get_origin(wanted) is Literal else []

"""The reference of docs/checks.md, made from the declarations: `python -m vmi_console.policy.checks.reference`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

import vmi_console.policy.checks  # noqa: F401  (fills the registry)
from vmi_console.policy.check import CHECKS, Check

_PLAIN = {
    "BoolType": "true or false",
    "IntType": "whole number",
    "FloatType": "number",
    "StrType": "text",
}


def reference() -> str:
    """Every kind of check with its parameters, as Markdown."""
    return "\n\n".join("\n".join(_section(CHECKS[kind])) for kind in sorted(CHECKS))


def _section(kind: type[Check]) -> Iterator[str]:
    yield f"### `{kind.kind}`: {kind.title}"
    yield ""
    yield kind.help
    fields = list(_parameters(kind))
    if fields:
        yield ""
        yield "| parameter | what it takes | unless given | what it says |"
        yield "| --- | --- | --- | --- |"
        yield from fields
    yield ""
    yield "```yaml"
    yield from (f"- {kind.kind}: {example}" for example in kind.examples)
    yield "```"
    yield ""
    yield f"*To remedy it:* {kind.remediation}"
    for form in _forms(kind):
        yield ""
        yield f"Each of `{form[0]}`:"
        yield ""
        yield "| key | what it takes | unless given | what it says |"
        yield "| --- | --- | --- | --- |"
        yield from _parameters(form[1])


def _parameters(struct: type[msgspec.Struct]) -> Iterator[str]:
    for field in _fields(struct):
        default = "required" if field.required else _shown(field.default)
        cells = (f"`{field.name}`", _type(field.type), default, _description(field.type))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _fields(struct: type[msgspec.Struct]) -> tuple[Any, ...]:
    fields: tuple[Any, ...] = msgspec.inspect.type_info(struct).fields  # type: ignore[attr-defined]
    return fields


def _forms(kind: type[Check]) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Parameters that have keys of their own; what several share is told once."""
    seen: set[type[msgspec.Struct]] = set()
    for field in _fields(kind):
        for form in _structs(field.type):
            if form not in seen:
                seen.add(form)
                same = [each.name for each in _fields(kind) if form in _structs(each.type)]
                yield "`, `".join(same), form


def _structs(info: Any) -> list[type[msgspec.Struct]]:
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return _structs(inner)
        case msgspec.inspect.StructType(cls=cls):
            return [cls]
        case msgspec.inspect.VarTupleType(item_type=inner) | msgspec.inspect.DictType(value_type=inner):
            return _structs(inner)
        case msgspec.inspect.UnionType(types=types):
            return [found for each in types for found in _structs(each)]
        case _:
            return []


def _type(info: Any) -> str:
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return _type(inner)
        case msgspec.inspect.EnumType(cls=cls):
            return ", ".join(f"`{choice.value}`" for choice in cls)
        case msgspec.inspect.VarTupleType(item_type=inner):
            return f"list of {_type(inner)}"
        case msgspec.inspect.DictType(value_type=inner):
            return f"keys with {_type(inner)}"
        case msgspec.inspect.StructType():
            return "keys (below)"
        case msgspec.inspect.UnionType(types=types):
            kinds = [_type(each) for each in types if not isinstance(each, msgspec.inspect.NoneType)]
            return " or ".join(dict.fromkeys(kinds))
        case _:
            return _bounded(info)


def _bounded(info: Any) -> str:
    low, high = getattr(info, "ge", None), getattr(info, "le", None)
    bounds = f", {low:,.0f} to {high:,.0f}" if low is not None and high is not None else ""
    return _PLAIN[type(info).__name__] + bounds


def _description(info: Any) -> str:
    """What is said of a parameter; of several descriptions around one type the outermost is its own."""
    while isinstance(info, msgspec.inspect.Metadata):
        if info.extra_json_schema and "description" in info.extra_json_schema:
            return str(info.extra_json_schema["description"])
        info = info.type
    return ""


def _shown(default: Any) -> str:
    match default:
        case () | None | "":
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case Enum():
            return f"`{default.value}`"
        case tuple():
            return ", ".join(_shown(each) for each in default)
        case float():
            return f"`{default:g}`"
        case _:
            return f"`{default}`"


if __name__ == "__main__":
    print(reference())

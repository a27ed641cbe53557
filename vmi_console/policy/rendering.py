"""YAML as the console writes it: short things in one line, texts quoted where a reader or another tool could err."""

from __future__ import annotations

import re

from vmi_console.policy.reading import Value

LONGEST_FLOW = 90
STEP = 2

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_.+/%-]*(?: [A-Za-z0-9_(][A-Za-z0-9_.+/%()-]*)*")
_AMBIGUOUS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that YAML, in one version or another, does not take for texts."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(value: bool | int | float | str | None, quote: str = "") -> str:
    """A value on one line; a text in the quotes given, if it can be."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
    if not quote and _PLAIN.fullmatch(value) and value.lower() not in _AMBIGUOUS:
        return value
    if value.isprintable() and (quote == "'" or (not quote and ('"' in value or "\\" in value))):
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def flow(value: Value) -> str:
    """A value on one line, in brackets and braces."""
    match value:
        case dict():
            return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case _:
            return scalar(value)


def behind(value: Value, indent: int) -> str:
    """What stands behind the colon of a key that is indented so: on its line, or in the lines below it."""
    if isinstance(value, str) and _is_literal(value):
        return " " + "\n".join(_literal(value, indent + STEP))
    if not in_lines(value, indent):
        return " " + flow(value)
    return "\n" + "\n".join(lines(value, indent + STEP))


def lines(value: Value, indent: int) -> list[str]:
    """A mapping or list in lines of its own; anything else on one."""
    pad = " " * indent
    match value:
        case dict() if value:
            return [
                line for key, each in value.items() for line in f"{pad}{scalar(key)}:{behind(each, indent)}".split("\n")
            ]
        case list() if value:
            return [line for each in value for line in item(each, indent)]
        case _:
            return [pad + flow(value)]


def item(value: Value, indent: int) -> list[str]:
    """An item of a list whose dashes are indented so."""
    pad = " " * indent
    if isinstance(value, str) and _is_literal(value):
        first, *rest = _literal(value, indent + STEP)
        return [f"{pad}- {first}", *rest]
    if not value or not isinstance(value, dict | list):
        return [f"{pad}- {flow(value)}"]
    first, *rest = lines(value, indent + STEP)
    return [f"{pad}- {first.lstrip()}", *rest]


def in_lines(value: Value, indent: int) -> bool:
    """Whether a value is too long for one line, or reads better in several."""
    match value:
        case dict() | list() if value:
            several = isinstance(value, list) and any(isinstance(each, dict) for each in value)
            return several or _holds_literal(value) or len(flow(value)) + indent > LONGEST_FLOW
        case _:
            return _holds_literal(value)


def _holds_literal(value: Value) -> bool:
    match value:
        case dict():
            return any(map(_holds_literal, value.values()))
        case list():
            return any(map(_holds_literal, value))
        case _:
            return isinstance(value, str) and _is_literal(value)


def _is_literal(text: str) -> bool:
    """Whether a text is best written as lines under a bar."""
    written = text.removesuffix("\n").split("\n")
    return (
        len(written) > 1
        and written[0] != ""
        and written[-1] != ""
        and all(line.isprintable() and line == line.strip() for line in written)
    )


def _literal(text: str, indent: int) -> list[str]:
    pad = " " * indent
    written = text.removesuffix("\n").split("\n")
    return ["|" if text.endswith("\n") else "|-", *(pad + line if line else "" for line in written)]


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

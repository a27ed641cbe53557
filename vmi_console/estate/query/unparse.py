"""From a tree to its canonical text, which parses to an equal tree."""

from __future__ import annotations

import re

from vmi_console.estate.query import tree

_PLAIN_WORD = re.compile(r"[^\s\"'()\[\]{}<>=!]+")
_KEYWORDS = frozenset({"and", "or", "not", "in"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def unparse(node: tree.Node) -> str:
    """The canonical text of a tree."""
    match node:
        case tree.And(terms=terms):
            return " and ".join(_nested(term, tree.And, tree.Or) for term in terms)
        case tree.Or(terms=terms):
            return " or ".join(_nested(term, tree.Or) for term in terms)
        case tree.Not(term=term):
            return f"not {_nested(term, tree.And, tree.Or)}"
        case tree.Compare(first=first, rest=rest):
            return " ".join((unparse(first), *(f"{operator} {unparse(operand)}" for operator, operand in rest)))
        case tree.Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(unparse, arguments))})"
        case tree.Name(name=name):
            return name
        case tree.Text(value=value):
            return quoted(value)
        case tree.Number(value=value, unit=unit):
            return f"{value!r} * {unit}" if unit else repr(value)
        case tree.Truth(value=truth):
            return repr(truth)
        case tree.Several(items=items):
            return f"[{', '.join(map(unparse, items))}]"
        case tree.Words(words=words):
            return " ".join(map(_word, words))


def quoted(value: str) -> str:
    """A text literal; a raw one where that spares doubling its backslashes."""
    if value.isprintable() and '"' not in value and not value.endswith("\\"):
        return f'r"{value}"' if "\\" in value else f'"{value}"'
    return '"' + "".join(map(_escaped, value)) + '"'


def _nested(term: tree.Node, *weaker: type) -> str:
    text = unparse(term)
    return f"({text})" if isinstance(term, weaker) else text


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _word(word: str) -> str:
    if _PLAIN_WORD.fullmatch(word) and word not in _KEYWORDS:
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'

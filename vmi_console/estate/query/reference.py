"""The reference tables of docs/query.md, made from the schema: `python -m vmi_console.estate.query.reference`."""

from __future__ import annotations

from collections.abc import Iterable

from vmi_console.estate.attributes import ATTRIBUTES, Attribute
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.query.unparse import quoted


def attribute_table() -> str:
    """All attributes as a Markdown table."""
    rows = ((f"`{one.name}`", _type(one), _meaning(one), f"`{one.example}`") for one in ATTRIBUTES.values())
    return _table(("attribute", "type", "what it is", "example"), rows)


def function_table() -> str:
    """All functions as a Markdown table."""
    rows = (
        (f"`{one.signature}`", one.gives.value + (f", {one.unit}" if one.unit else ""), one.help, f"`{one.example}`")
        for one in FUNCTIONS.values()
    )
    return _table(("function", "gives", "what it says", "example"), rows)


def _type(attribute: Attribute) -> str:
    return attribute.kind.value + (f", {attribute.unit}" if attribute.unit else "")


def _meaning(attribute: Attribute) -> str:
    words = ", ".join(f"`{quoted(word)}`" for word in attribute.words)
    return f"{attribute.help} {words}" if words else attribute.help


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (heading, tuple("---" for _ in heading), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    print(attribute_table(), function_table(), sep="\n\n")

"""The search box: an expression, or free words."""

from __future__ import annotations

import re

from vmi_console.estate.query import tree
from vmi_console.estate.query.query import Query, parse
from vmi_console.estate.query.tokens import KEYWORDS, check_characters

_FREE = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s"()\[\]{}<>=]+))(?=\s|$)""")


def parse_search(text: str) -> Query:
    """What a person typed into the search box.

    Words and quoted phrases with nothing between them are looked for in names, addresses, MACs, hosts and networks:
    all must be found. A comparison, parentheses, or one of the words and, or, not, in with something after it make
    the text an expression, and its errors are raised as `QueryError`. An empty text matches everything.
    """
    check_characters(text)
    words = _free_words(text.rstrip())
    return parse(text) if words is None else Query(tree.Words(words))


def _free_words(text: str) -> tuple[str, ...] | None:
    """The words and phrases of a text, or None if it is an expression."""
    words: list[str] = []
    at = 0
    while at < len(text):
        match = _FREE.match(text, at)
        if match is None or match["word"] == "!=":
            return None
        at = match.end()
        if match["word"] in KEYWORDS and len(text) > at:
            return None
        words.append(match["word"] or match["double"] or match["single"] or "")
    # `not`, `in` and the like at the end are words: most likely the beginning of one that is still being typed.
    return tuple(word for word in words if word)

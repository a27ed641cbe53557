"""Text for a terminal: aligned, shortened, and harmless, whatever names it holds."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from vmi_console.plain_text import visible

WIDEST_COLUMN = 40
WIDEST_LAST_COLUMN = 160
"""Nothing follows it that would have to be aligned: where evidence and reasons are told, which are nothing when cut."""

GAP = "  "

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "grey": "90", "bold": "1"}

_NOT_FOR_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def takes_colours(stream: TextIO) -> bool:
    """Whether a person looks at it who wants colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, on: bool) -> str:
    """The text in a colour, where colours are `on`."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if on else text


def width(text: str) -> int:
    """The columns that a visible text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def fitted(text: str, columns: int) -> str:
    """The text made harmless, and cut to at most so many columns; what is cut ends in an ellipsis."""
    text = visible(text, max(columns * 4, 1))  # combining characters take no column
    if width(text) <= columns:
        return text
    taken, end = 0, 0
    for end, character in enumerate(text):  # noqa: B007 - the end is what is wanted
        taken += _columns(character)
        if taken > columns - 1:
            break
    return text[:end] + "…"


def padded(text: str, columns: int) -> str:
    """The text fitted, and filled up with spaces to exactly so many columns."""
    text = fitted(text, columns)
    return text + " " * (columns - width(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, colour: bool = False) -> str:
    """Aligned lines, the header first (bold where colours are on), each column as wide as its content needs."""
    limits = [WIDEST_COLUMN] * (len(header) - 1) + [WIDEST_LAST_COLUMN]
    cells = [[fitted(cell, limit) for cell, limit in zip(row, limits, strict=True)] for row in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = [
        GAP.join(cell + " " * (columns - width(cell)) for cell, columns in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([paint(lines[0], "bold", colour), *lines[1:]])


def harmless_json(text: str) -> str:
    """JSON without characters that move a terminal's cursor or turn its text around: they are escaped."""
    return _NOT_FOR_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

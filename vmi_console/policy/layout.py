"""Where the lines of a block of YAML begin and end, comments included."""

from __future__ import annotations

from vmi_console.policy.reading import Branch, Scalar, Sequence


def item_lines(text: str, sequence: Sequence, position: int) -> tuple[int, int]:
    """From where to where the lines of an item go, with the comments directly above it."""
    start = line_start(text, dash(text, sequence, position))
    return _with_comments(text, start), next_line(text, sequence.items[position])


def entry_lines(text: str, key: Scalar, value: Branch) -> tuple[int, int]:
    """From where to where the lines of a key and its value go, with the comments directly above them."""
    return _with_comments(text, line_start(text, key.start)), next_line(text, value if value.end > key.end else key)


def _with_comments(text: str, start: int) -> int:
    while start:
        above = line_start(text, start - 1)
        if not text[above:start].lstrip(" ").startswith("#"):
            break
        start = above
    return start


def dash(text: str, sequence: Sequence, position: int) -> int:
    """Where the dash of an item stands: in the list's column, in the item's line or above."""
    item = sequence.items[position]
    line = line_start(text, item.start)
    while line >= 0:
        place = line + sequence.column - 1
        if text[place : place + 1] == "-" and place <= item.start:
            return place
        if line == 0:
            break
        line = line_start(text, line - 1)
    return sequence.start


def before_item(text: str, sequence: Sequence, position: int) -> int:
    """Where the lines of an item at this position begin, or would if there were one more."""
    if position < len(sequence.items):
        return item_lines(text, sequence, position)[0]
    return next_line(text, sequence.items[-1])


def indent_of_items(text: str, sequence: Sequence) -> int:
    """How many columns stand before the dashes of a block."""
    first = dash(text, sequence, 0)
    return first - line_start(text, first)


def line_start(text: str, place: int) -> int:
    """The start of the line of a character."""
    return text.rfind("\n", 0, place) + 1


def _last_character(text: str, node: Branch) -> int:
    return node.start + len(text[node.start : node.end].rstrip())


def line_end(text: str, node: Branch) -> int:
    """The end of a node's last line, without its line break."""
    end = text.find("\n", _last_character(text, node))
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def next_line(text: str, node: Branch) -> int:
    """The start of the line after a node's last one."""
    end = text.find("\n", _last_character(text, node))
    return len(text) if end < 0 else end + 1


def closed(lines: str) -> str:
    """Lines of which the last one ends in a line break, too."""
    return lines if not lines or lines.endswith("\n") else lines + newline(lines)


def newline(text: str) -> str:
    """How lines end in a text."""
    return "\r\n" if "\r\n" in text else "\n"

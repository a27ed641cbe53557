"""Edits of a policy file's text that leave everything else of it as it is: comments, order, quoting, empty lines.

An edit replaces the characters of just what it changes, found by where the tree says it stands. The result is read
again: where it does not say what it should (a layout nobody foresaw), the part around it is written anew, and so on
outwards. So an edit always means what it says, and costs at most the comments of what was written anew.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from vmi_console.errors import InputError
from vmi_console.policy import layout, rendering
from vmi_console.policy.forms import FORMS
from vmi_console.policy.reading import Branch, Mapping, Scalar, Sequence, Unreadable, Value, read, value_of

type Step = str | int
type Place = tuple[Step, ...]
"""Where something stands: keys and positions, such as ("checks", 0, "vlans", "allowed")."""


def new(value: dict[str, Value]) -> str:
    """The text of a new document."""
    return "\n".join(rendering.lines(value, 0)) + "\n"


def put(text: str, path: Place, value: Value) -> str:
    """The text with the value at that place; the last key may be new. Raises `InputError` if there is no such place.

    Of lists and mappings only what differs is written.
    """
    root = _tree(text)
    *way, last = path
    holder = _at(root, tuple(way))
    if isinstance(last, str) and isinstance(holder, Mapping) and holder.get(last) is None:
        return _checked(
            text, path, _put(value_of(root), path, value), _added_entry(text, root, tuple(way), last, value)
        )
    before = _at(root, path)
    if isinstance(before, Mapping) and isinstance(value, dict) and before.entries and value:
        return _put_mapping(text, path, before, value)
    if isinstance(before, Sequence) and isinstance(value, list) and before.items and value:
        return _put_sequence(text, path, before, value)
    return _checked(text, path, _put(value_of(root), path, value), _rewritten(text, root, path, value))


def insert(text: str, path: Place, position: int, value: Value) -> str:
    """The text with another item in the list at that place, before the item at `position` or at the end."""
    root = _tree(text)
    sequence = _at(root, path)
    if not isinstance(sequence, Sequence):
        raise _no_place(path)
    items = [value_of(item) for item in sequence.items]
    wanted = _put(value_of(root), path, [*items[:position], value, *items[position:]])
    if not sequence.items:
        return _checked(text, path, wanted, _rewritten(text, root, path, [value]))
    if _is_flow(root, path):
        return _checked(text, path, wanted, _inserted_in_flow(text, sequence.items, position, rendering.flow(value)))
    lines = "\n".join(rendering.item(value, layout.indent_of_items(text, sequence))) + "\n"
    place = layout.before_item(text, sequence, position)
    attempt = layout.closed(text[:place]) + lines.replace("\n", layout.newline(text)) + text[place:]
    return _checked(text, path, wanted, attempt)


def remove(text: str, path: Place) -> str:
    """The text without what stands at that place, and without the comments that stand directly above it."""
    root = _tree(text)
    *way, last = path
    holder = _at(root, tuple(way))
    _at(root, path)
    wanted = _removed(value_of(root), path)
    match holder:
        case Sequence(items=items) if isinstance(last, int) and len(items) > 1:
            if _is_flow(root, tuple(way)):
                attempt = _cut_from_flow(text, [(item.start, item.end) for item in items], last)
            else:
                start, end = layout.item_lines(text, holder, last)
                attempt = text[:start] + text[end:]
        case Mapping(entries=entries) if len(entries) > 1:
            position = next(index for index, (key, _) in enumerate(entries) if key.text == last)
            if _is_flow(root, tuple(way)):
                attempt = _cut_from_flow(text, [(key.start, value.end) for key, value in entries], position)
            else:
                start, end = layout.entry_lines(text, *entries[position])
                attempt = text[:start] + text[end:]
        case _:
            attempt = _rewritten(text, root, tuple(way), [] if isinstance(holder, Sequence) else {})
    return _checked(text, tuple(way), wanted, attempt)


def move(text: str, path: Place, position: int, to: int) -> str:
    """The text with the item at `position` of the list at that place standing at `to`, its comments with it."""
    root = _tree(text)
    sequence = _at(root, path)
    if not isinstance(sequence, Sequence) or not (
        0 <= position < len(sequence.items) and 0 <= to < len(sequence.items)
    ):
        raise _no_place((*path, position))
    items = [value_of(item) for item in sequence.items]
    items.insert(to, items.pop(position))
    wanted = _put(value_of(root), path, items)
    if _is_flow(root, path):
        return _checked(text, path, wanted, _rewritten(text, root, path, items))
    start, end = layout.item_lines(text, sequence, position)
    before = to if to < position else to + 1
    target = layout.before_item(text, sequence, before)
    lines = layout.closed(text[start:end])
    if target <= start:
        attempt = layout.closed(text[:target]) + lines + text[target:start] + text[end:]
    else:
        attempt = text[:start] + layout.closed(text[end:target]) + lines + text[target:]
    return _checked(text, path, wanted, attempt)


# --- checks -------------------------------------------------------------------------------------------------------


def add_check(
    text: str, kind: str, parameters: Value, about: dict[str, Value] | None = None, at: int | None = None
) -> str:
    """The text with another check, at the end unless told otherwise; `about` are the words beside it (title, id, …)."""
    check: dict[str, Value] = {kind: parameters, **(about or {})}
    root = _tree(text)
    checks = root.get("checks") if isinstance(root, Mapping) else None
    if not isinstance(checks, Sequence):
        return put(text, ("checks",), [check])
    return insert(text, ("checks",), len(checks.items) if at is None else at, check)


def remove_check(text: str, position: int) -> str:
    """The text without the check at that position."""
    return remove(text, ("checks", position))


def move_check(text: str, position: int, to: int) -> str:
    """The text with the check at a position standing at another."""
    return move(text, ("checks",), position, to)


def rename(text: str, name: str) -> str:
    """The text with another name of the policy, group or baseline. Raises `InputError` where it is none of them."""
    root = _tree(text)
    words = [key.text for key, _ in root.entries if key.text in FORMS] if isinstance(root, Mapping) else []
    if not words:
        raise InputError("the document is neither a policy nor a group nor a baseline", "begin it with policy: NAME")
    return put(text, (words[0],), name)


# --- values -------------------------------------------------------------------------------------------------------


def _put(whole: Value, path: Place, value: Value) -> Value:
    """A copy of a plain value with another value at a place."""
    if not path:
        return value
    copy: Any = whole.copy() if isinstance(whole, dict | list) else {}
    inner = copy.get(path[0]) if isinstance(copy, dict) else copy[path[0]]
    copy[path[0]] = _put(inner, path[1:], value)
    return copy  # type: ignore[no-any-return]


def _removed(whole: Value, path: Place) -> Value:
    copy: Any = whole.copy() if isinstance(whole, dict | list) else {}
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _removed(copy[path[0]], path[1:])
    return copy  # type: ignore[no-any-return]


def _tree(text: str) -> Branch:
    try:
        return read(text, "")
    except Unreadable as error:
        raise InputError("what is no YAML cannot be edited part by part", str(error.problem)) from error


def _at(root: Branch, path: Place) -> Branch:
    node: Branch | None = root
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            node = None
    if node is None:
        raise _no_place(path)
    return node


def _no_place(path: Place) -> InputError:
    return InputError(f"the document has no {'/'.join(map(str, path))}", "it may have been edited meanwhile")


def _is_flow(root: Branch, path: Place) -> bool:
    """Whether what stands at a place is written in brackets or braces."""
    nodes = [_at(root, path[:length]) for length in range(len(path) + 1)]
    return any(isinstance(node, Mapping | Sequence) and node.flow for node in nodes)


# --- attempts -----------------------------------------------------------------------------------------------------


def _checked(text: str, path: Place, wanted: Value, attempt: str) -> str:
    """The attempt if it says what is wanted; else with more and more around it written anew."""
    root = _tree(text)
    if text.endswith("\n"):
        attempt = layout.closed(attempt)
    for candidate in (attempt, *_wider(text, root, path, wanted)):
        try:
            if _same(value_of(read(candidate, "")), wanted):
                return candidate
        except Unreadable:
            continue
    raise InputError("this cannot be written as YAML", "check for characters that have no place in a text")


def _wider(text: str, root: Branch, path: Place, wanted: Value) -> Iterator[str]:
    for length in range(len(path), 0, -1):
        inner: Any = wanted
        try:
            for step in path[:length]:
                inner = inner[step]
            yield _rewritten(text, root, path[:length], inner)
        except (KeyError, IndexError, InputError):
            continue
    yield "\n".join(rendering.lines(wanted, 0)) + "\n"


def _same(one: Value, other: Value) -> bool:
    """Equal in types and order too: True is not 1 here."""
    return json.dumps(one) == json.dumps(other)


def _put_mapping(text: str, path: Place, before: Mapping, value: dict[str, Value]) -> str:
    for key, _ in before.entries:
        if key.text not in value:
            text = remove(text, (*path, key.text))
    old = {key.text: value_of(each) for key, each in before.entries}
    for name, each in value.items():
        if name not in old or not _same(old[name], each):
            text = put(text, (*path, name), each)
    return text


def _put_sequence(text: str, path: Place, before: Sequence, value: list[Value]) -> str:
    old = [value_of(item) for item in before.items]
    likeness = difflib.SequenceMatcher(None, list(map(json.dumps, old)), list(map(json.dumps, value)))
    for tag, start, end, first, last in reversed(likeness.get_opcodes()):
        common = min(end - start, last - first) if tag == "replace" else 0
        for position in range(common):
            text = put(text, (*path, start + position), value[first + position])
        for position in reversed(range(start + common, end)):
            if tag in ("replace", "delete"):
                text = remove(text, (*path, position))
        if tag in ("replace", "insert"):
            for position in range(first + common, last):
                text = insert(text, path, start + position - first, value[position])
    return text


def _rewritten(text: str, root: Branch, path: Place, value: Value) -> str:
    """The text with what stands at a place written anew."""
    if not path:
        return "\n".join(rendering.lines(value, 0)) + "\n"
    node, holder = _at(root, path), _at(root, path[:-1])
    if _is_flow(root, path[:-1]) or (_is_short(node) and not rendering.in_lines(value, node.column)):
        written = _as_before(node, value)
        gap = " " if node.start == node.end and text[node.start - 1 : node.start] in (":", "-") else ""
        return text[: node.start] + gap + written + text[node.end :]
    newline = layout.newline(text)
    if isinstance(holder, Mapping):
        key = next(key for key, _ in holder.entries if key.text == path[-1])
        start = text.index(":", key.end) + 1
        written = rendering.behind(value, holder.column - 1)
    else:
        assert isinstance(holder, Sequence)
        position = path[-1]
        assert isinstance(position, int)
        dash = layout.dash(text, holder, position)
        indent = layout.indent_of_items(text, holder)
        start = dash + 1
        written = "\n".join(rendering.item(value, indent))[indent + 1 :]
    return text[:start] + written.replace("\n", newline) + text[layout.line_end(text, node) :]


def _is_short(node: Branch) -> bool:
    """Whether a node is written so that another value can take its place where it stands."""
    return node.source[:1] not in ("|", ">") if isinstance(node, Scalar) else node.flow


def _as_before(node: Branch, value: Value) -> str:
    """A value on one line, in the quotes of the text whose place it takes."""
    quoted = isinstance(node, Scalar) and node.source[:1] in ("'", '"')
    if quoted and isinstance(value, str):
        assert isinstance(node, Scalar)
        return rendering.scalar(value, node.source[:1])
    return rendering.flow(value)


def _added_entry(text: str, root: Branch, path: Place, key: str, value: Value) -> str:
    mapping = _at(root, path)
    assert isinstance(mapping, Mapping)
    if not mapping.entries:
        return _rewritten(text, root, path, {key: value})
    last = mapping.entries[-1][1]
    if _is_flow(root, path):
        return f"{text[: last.end]}, {rendering.scalar(key)}: {rendering.flow(value)}{text[last.end :]}"
    indent = mapping.column - 1
    written = f"{' ' * indent}{rendering.scalar(key)}:{rendering.behind(value, indent)}\n".replace(
        "\n", layout.newline(text)
    )
    place = layout.next_line(text, last)
    return layout.closed(text[:place]) + written + text[place:]


def _inserted_in_flow(text: str, items: tuple[Branch, ...], position: int, written: str) -> str:
    if position < len(items):
        return f"{text[: items[position].start]}{written}, {text[items[position].start :]}"
    return f"{text[: items[-1].end]}, {written}{text[items[-1].end :]}"


def _cut_from_flow(text: str, spans: list[tuple[int, int]], position: int) -> str:
    if position + 1 < len(spans):
        return text[: spans[position][0]] + text[spans[position + 1][0] :]
    return text[: spans[position - 1][1]] + text[spans[position][1] :]

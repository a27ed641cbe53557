"""What the form does to a document's text, where a part of it may not be there yet, or written in a short form."""

from __future__ import annotations

from enum import Enum

from vmi_console.policy import writing
from vmi_console.policy.check import CHECKS
from vmi_console.policy.fitting import fields_of
from vmi_console.policy.reading import Value, read, value_of


class Absent(Enum):
    """That nothing is written, so that the default counts."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
type Written = Value | Absent


def put(text: str, path: writing.Place, value: Written) -> str:
    """The text with a value at a place, or nothing there; what leads to it is made, or goes when it is empty.

    Raises `InputError` where the text is no YAML.
    """
    whole = value_of(read(text, ""))
    if isinstance(value, Absent):
        if value_at(whole, path) is ABSENT:
            return text
        while len(path) > 1 and isinstance(holder := value_at(whole, path[:-1]), dict) and len(holder) == 1:
            path = path[:-1]
        return writing.remove(text, path)
    while len(path) > 1 and not isinstance(value_at(whole, path[:-1]), dict | list):
        value = {str(path[-1]): value}
        path = path[:-1]
    return writing.put(text, path, value)


def put_parameter(text: str, position: int, name: str, value: Written) -> str:
    """The text with a parameter of the check at a position; a short form stays one as long as it can."""
    place: writing.Place = ("checks", position)
    item = value_at(value_of(read(text, "")), place)
    kind, said = parameters(item)
    wanted = {key: each for key, each in said.items() if key != name}
    if not isinstance(value, Absent):
        wanted = {key: value if key == name else each for key, each in {**said, name: value}.items()}
    whole = CHECKS[kind].whole
    was_short = not isinstance(item, dict) or item[kind] != said
    written: Value = wanted[whole] if was_short and list(wanted) == [whole] else wanted
    return (
        writing.put(text, (*place, kind), written)
        if isinstance(item, dict)
        else writing.put(text, place, {kind: written})
    )


def parameters(item: Written) -> tuple[str, dict[str, Value]]:
    """The kind of a check and its parameters by name, however it is written; an empty kind where it has none."""
    if isinstance(item, str):
        return (item if item in CHECKS else ""), {}
    kind = next((key for key in item if key in CHECKS), "") if isinstance(item, dict) else ""
    if not kind or not isinstance(item, dict):
        return "", {}
    said, whole = item[kind], CHECKS[kind].whole
    named = isinstance(said, dict) and bool(said) and all(key in fields_of(CHECKS[kind]) for key in said)
    if whole and said is not None and not named:
        return kind, {whole: said}
    return kind, said if isinstance(said, dict) else {}


def value_at(whole: Value, path: writing.Place) -> Written:
    """What stands at a place."""
    for step in path:
        match whole, step:
            case dict(), str() if step in whole:
                whole = whole[step]
            case list(), int() if 0 <= step < len(whole):
                whole = whole[step]
            case _:
                return ABSENT
    return whole

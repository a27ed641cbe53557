"""From a file or text to a tree of YAML whose every node knows where it stands.

Policy files come from outside and may be wrong or hostile. So: files are regular ones of bounded size; the tree is of
bounded size and depth; there are no tags, anchors and aliases, which could make of a small file a huge or endless one;
scalars mean what YAML 1.2's core schema says (`yes`, `on` and `2026-01-31` are texts). The parser is ruamel.yaml's,
asked for events only, so that nothing is ever constructed by it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.reader import ReaderError

from vmi_console.plain_text import visible
from vmi_console.policy.policies import Problem

LARGEST_FILE_BYTES = 256 << 10
MOST_NODES = 20_000
MAX_DEPTH = 20

type Value = bool | int | float | str | list[Value] | dict[str, Value] | None

# https://yaml.org/spec/1.2.2/#103-core-schema, without infinities and what is not a number: no parameter takes them
_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9A-Fa-f]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 30

_QUOTED_START = re.compile(r"""(?:\s*-)?\s*[^\s:]+:\s+(["']).*\1\s*[^\s#]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`start` and `end` count characters of the text from 0; `line` and `column` are those of the start, from 1."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar(Node):
    """A value without parts. `source` is how it is written; `text` what that says, whatever its type."""

    source: str
    text: str
    value: bool | int | float | str | None

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character of the text; of the scalar where that cannot be told."""
        if self.source[:1] in ("|", ">"):
            return self._place_in_block(offset)
        if self.source == self.text:
            return self.line, self.column + offset
        if self.source[1:-1] == self.text:  # quoted, with nothing escaped
            return self.line, self.column + 1 + offset
        return self.line, self.column

    def _place_in_block(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        line = before.count("\n")
        written = self.source.replace("\r\n", "\n").split("\n")[1:]
        said = self.text.split("\n")
        if line >= len(written) or not written[line].endswith(said[line]):  # folded
            return self.line, self.column
        indent = len(written[line]) - len(said[line])
        return self.line + 1 + line, indent + offset - (before.rfind("\n") + 1) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Node):
    """A list; `flow` where it is written in brackets."""

    items: tuple[Branch, ...]
    flow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Node):
    """Keys and values in their order; `flow` where it is written in braces. Of a key that stands twice, both."""

    entries: tuple[tuple[Scalar, Branch], ...]
    flow: bool

    def get(self, key: str) -> Branch | None:
        """The value of a key."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, where it stands."""
        return next((name for name, _ in self.entries if name.text == key), None)


type Branch = Scalar | Sequence | Mapping


def value_of(node: Branch) -> Value:
    """What a node says."""
    match node:
        case Scalar(value=value):
            return value
        case Sequence(items=items):
            return [value_of(item) for item in items]
        case Mapping(entries=entries):
            return {key.text: value_of(value) for key, value in entries}


class Unreadable(Exception):
    """What stands there is no YAML that is read here; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_file(path: Path, file: str) -> str:
    """The text of a regular file; `file` is what problems call it. Raises `Unreadable`.

    Links are not followed and nothing else is opened: a policy folder may be anybody's repository, and reading from a
    pipe or a device might never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _not_regular(file)
        with os.fdopen(os.open(path, flags), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _not_regular(file)
            content = opened.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(
            Problem(file=file, message=f"it cannot be read: {error.strerror}", advice="check its permissions")
        ) from error
    return decoded(content, file)


def decoded(content: bytes, file: str) -> str:
    """The text of a file's content. Raises `Unreadable`."""
    if len(content) > LARGEST_FILE_BYTES:
        raise Unreadable(
            Problem(
                file=file,
                message=f"it has more than {LARGEST_FILE_BYTES:,} bytes",
                advice="divide it into several policies",
            )
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            Problem(file=file, line=line, column=1, message="this is not UTF-8", advice="save the file as UTF-8")
        ) from error


def _not_regular(file: str) -> Unreadable:
    return Unreadable(
        Problem(file=file, message="it is a link or no regular file", advice="put a copy of the file in its place")
    )


def read(text: str, file: str) -> Branch:
    """The tree of a text of one document. Raises `Unreadable`."""
    try:
        return _Builder(text, file).tree()
    except Unreadable:
        raise
    except ReaderError as error:
        raise Unreadable(_bad_character(text, file, error)) from error
    except MarkedYAMLError as error:
        raise Unreadable(_syntax(text, file, error)) from error
    except (RecursionError, MemoryError) as error:
        raise Unreadable(Problem(file=file, line=1, column=1, message="it is too large", advice="divide it")) from error
    except Exception as error:  # a parser that stumbles over hostile text must not take the other policies with it
        raise Unreadable(
            Problem(
                file=file,
                line=1,
                column=1,
                message=f"it cannot be read as YAML ({visible(str(error), 100) or type(error).__name__})",
                advice="see docs/policies.md for what a policy looks like",
            )
        ) from error


def _bad_character(text: str, file: str, error: ReaderError) -> Problem:
    before = text[: error.position]
    return Problem(
        file=file,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        message=f"the character U+{ord(text[error.position]):04X} has no place in YAML",
        advice="remove it",
    )


def _syntax(text: str, file: str, error: MarkedYAMLError) -> Problem:
    never_closed = "end of stream" in str(error.problem) and error.context_mark is not None
    mark = error.context_mark if never_closed else error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.splitlines()
    # What the parser trips over may begin in the line below the one with the mistake.
    near = [lines[number] for number in (line, line - 1) if 0 <= number < len(lines)]
    message = visible(" ".join(str(part) for part in (error.context, error.problem) if part), 200)
    return Problem(
        file=file,
        line=line + 1,
        column=column + 1,
        message=f"this is no YAML: {message}",
        advice=_advice(near, str(error.problem)),
    )


def _advice(near: list[str], problem: str) -> str:
    if any(_QUOTED_START.match(line) for line in near):
        return "a text that holds quotes needs others around all of it: members: '\"pci\" in tags'"
    if "\\t" in problem or any("\t" in line[: len(line) - len(line.lstrip())] for line in near):
        return "indent with spaces, not tabs"
    if "end of stream" in problem or "stream end" in problem:
        return "close the quote or bracket that was opened last"
    if "escape" in problem:
        return "in double quotes a backslash begins an escape: use single quotes"
    if any(line.count(": ") > 1 for line in near) or "mapping values" in problem:
        return "put a text with a colon in quotes, and a space after the colon of a key"
    return "check indentation, quotes and brackets here and in the line above"


class _Builder:
    """Makes the tree of the parser's events, and stops at whatever is not wanted."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._events: Iterator[yaml_events.Event] = YAML(typ="safe", pure=True).parse(text)
        self._nodes = 0

    def tree(self) -> Branch:
        next(self._events)  # the stream's start
        start = next(self._events)
        if not isinstance(start, yaml_events.DocumentStartEvent):
            raise self._stop(None, "the file says nothing", "begin with: policy: NAME")
        if start.version or start.tags:
            raise self._stop(start, "directives (%) are not read here", "remove the line")
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml_events.StreamEndEvent):
            raise self._stop(after, "a second document begins here", "put it into a file of its own")
        return root

    def _node(self, event: yaml_events.Event, depth: int) -> Branch:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._stop(event, f"the file has more than {MOST_NODES:,} values", "divide it into several policies")
        if depth > MAX_DEPTH:
            raise self._stop(event, f"this is nested deeper than {MAX_DEPTH} levels", "no policy needs that")
        if isinstance(event, yaml_events.AliasEvent):
            raise self._stop(event, "aliases (*) are not read here", "write it out, or put the text in quotes")
        if getattr(event, "anchor", None) is not None:
            raise self._stop(event, "anchors (&) are not read here", "remove it, or put the text in quotes")
        if getattr(event, "ctag", None) is not None:
            raise self._stop(event, "tags (!) are not read here", "remove it, or put the text in quotes")
        match event:
            case yaml_events.ScalarEvent():
                return self._scalar(event)
            case yaml_events.SequenceStartEvent():
                return self._sequence(event, depth)
            case _:
                assert isinstance(event, yaml_events.MappingStartEvent)
                return self._mapping(event, depth)

    def _scalar(self, event: yaml_events.ScalarEvent) -> Scalar:
        start, end = event.start_mark, event.end_mark
        if any("\ud800" <= character <= "\udfff" for character in event.value):  # written as an escape
            raise self._stop(event, "half a character has no place in a text", "remove the escape \\ud800 to \\udfff")
        return Scalar(
            start=start.index,
            end=end.index,
            line=start.line + 1,
            column=start.column + 1,
            source=self._text[start.index : end.index],
            text=event.value,
            value=event.value if event.style else self._resolved(event),
        )

    def _resolved(self, event: yaml_events.ScalarEvent) -> bool | int | float | str | None:
        """What a scalar without quotes means."""
        text: str = event.value
        if _NULL.fullmatch(text):
            return None
        if _TRUE.fullmatch(text):
            return True
        if _FALSE.fullmatch(text):
            return False
        integer, based = _INTEGER.fullmatch(text), _BASED.fullmatch(text)
        if not integer and not based and not _FLOAT.fullmatch(text):
            return text
        if len(text) > _LONGEST_NUMBER:
            raise self._stop(event, "this number is too long", "put it in quotes if it is a text")
        if integer:
            return int(text)
        if based:
            return int(text, 0)
        number = float(text)
        if abs(number) == float("inf"):
            raise self._stop(event, "this number is too large", "put it in quotes if it is a text")
        return number

    def _sequence(self, start: yaml_events.SequenceStartEvent, depth: int) -> Sequence:
        items = []
        while not isinstance(event := next(self._events), yaml_events.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        end = event.end_mark.index if start.flow_style or not items else items[-1].end
        mark = start.start_mark
        return Sequence(
            start=mark.index,
            end=end,
            line=mark.line + 1,
            column=mark.column + 1,
            items=tuple(items),
            flow=bool(start.flow_style),
        )

    def _mapping(self, start: yaml_events.MappingStartEvent, depth: int) -> Mapping:
        entries = []
        while not isinstance(event := next(self._events), yaml_events.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._stop(event, "a key must be a text", "put it in quotes, or the value behind a key")
            if key.text == "<<":
                raise self._stop(event, "merge keys (<<) are not read here", "write it out")
            value = self._node(next(self._events), depth + 1)
            entries.append((key, self._behind(key) if value.start == value.end else value))
        end = event.end_mark.index if start.flow_style or not entries else entries[-1][1].end
        mark = start.start_mark
        return Mapping(
            start=mark.index,
            end=end,
            line=mark.line + 1,
            column=mark.column + 1,
            entries=tuple(entries),
            flow=bool(start.flow_style),
        )

    def _behind(self, key: Scalar) -> Scalar:
        """Nothing, as the value of a key. The parser would have it where the next thing stands."""
        colon = key.end + len(self._text[key.end :]) - len(self._text[key.end :].lstrip(" ")) + 1
        if self._text[colon - 1 : colon] != ":":
            problem = Problem(
                file=self._file,
                line=key.line,
                column=key.column,
                message=f"the key “{visible(key.text, 60)}” lacks its colon",
                advice="write KEY: VALUE",
            )
            raise Unreadable(problem)
        return Scalar(start=colon, end=colon, line=key.line, column=key.column, source="", text="", value=None)

    def _stop(self, event: yaml_events.Event | None, message: str, advice: str) -> Unreadable:
        mark: StringMark | None = None if event is None else event.start_mark
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        return Unreadable(Problem(file=self._file, line=line, column=column, message=message, advice=advice))

"""Regular expressions whose time grows with the text and never explodes.

Python's `re` tries alternatives one after the other, so that a pattern such as `(a|a)*b` on a hostile VM name runs for
years. Here all alternatives advance together (K. Thompson, CACM 11(6), 1968; states made as they are met), at the
price of back-references and look-around. Case does not count.

Understood: `.`, `[a-z]`, `[^…]`, `\\d \\w \\s` and their opposites, `( )`, `(?: )`, `|`,
`* + ? {n} {n,} {n,m}`, `^`, `$`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MAX_PATTERN = 500  # characters
MAX_STATES = 500
MAX_SUBJECT = 1_000  # characters of a text that are looked at
_MAX_CACHED = 20_000

type _Test = Callable[[str], bool]
type _Fragment = Callable[[int], int]
"""Adds its states in front of the state given, and gives its first state."""

_CLASSES: dict[str, _Test] = {
    "d": lambda character: character.isdecimal(),
    "w": lambda character: character.isalnum() or character == "_",
    "s": lambda character: character.isspace(),
    "D": lambda character: not character.isdecimal(),
    "W": lambda character: not (character.isalnum() or character == "_"),
    "S": lambda character: not character.isspace(),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_COUNT = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}")


def glob(pattern: str) -> Callable[[str], object]:
    """A test of case-folded texts against a pattern with `*`, `?` and `[…]`, as file names have them.

    `fnmatch` translates stars into atomic groups, which never try twice.
    """
    return re.compile(fnmatch.translate(pattern.casefold())).match


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """A set of states that a text may have led to, and where each character leads from there, as far as met."""

    states: frozenset[int]
    found: bool
    found_at_end: bool
    found_in_nothing: bool  # at the end of an empty text, which is its beginning, too
    steps: dict[str, _Reached] = field(default_factory=dict)


class Pattern:
    """A compiled regular expression. Raises `ValueError` for what it does not understand or what is too large."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise ValueError(f"a pattern has at most {MAX_PATTERN} characters")
        self._tests: list[tuple[_Test, int] | None] = []
        self._free: list[tuple[int, ...]] = []  # where a state leads without reading anything
        self._begin: set[int] = set()  # states passed only at the beginning of a text
        self._end: set[int] = set()  # … only at its end
        self._accept = self._state()
        self._start = _Reader(pattern, self).whole()(self._accept)
        self._restart = self._closure((self._start,), at_begin=False)
        self._forget()

    def search(self, text: str) -> bool:
        """Whether the pattern is found anywhere in a case-folded text."""
        reached = self._first
        if not text:
            return reached.found or reached.found_in_nothing
        for character in text[:MAX_SUBJECT]:
            if reached.found:
                return True
            reached = reached.steps.get(character) or self._step(reached, character)
        return reached.found or reached.found_at_end

    def _forget(self) -> None:
        self._cached = 0
        self._reached: dict[frozenset[int], _Reached] = {}
        self._first = self._known(self._closure((self._start,), at_begin=True))

    def _step(self, before: _Reached, character: str) -> _Reached:
        if self._cached >= _MAX_CACHED:
            self._forget()
        self._cached += 1
        states = [edge[1] for state in before.states if (edge := self._tests[state]) is not None and edge[0](character)]
        after = self._known(self._closure(states, at_begin=False) | self._restart)
        before.steps[character] = after
        return after

    def _known(self, states: frozenset[int]) -> _Reached:
        if states not in self._reached:
            self._reached[states] = _Reached(
                states,
                found=self._accept in states,
                found_at_end=self._accept in self._closure(states, at_begin=False, at_end=True),
                found_in_nothing=self._accept in self._closure(states, at_begin=True, at_end=True),
            )
        return self._reached[states]

    def _closure(self, states: Iterable[int], *, at_begin: bool, at_end: bool = False) -> frozenset[int]:
        found: set[int] = set()
        todo = list(states)
        while todo:
            state = todo.pop()
            if state in found:
                continue
            found.add(state)
            if (state in self._begin and not at_begin) or (state in self._end and not at_end):
                continue
            todo.extend(self._free[state])
        return frozenset(found)

    def _state(self, test: tuple[_Test, int] | None = None, free: tuple[int, ...] = ()) -> int:
        if len(self._tests) >= MAX_STATES:
            raise ValueError("the pattern is too large; count less")
        self._tests.append(test)
        self._free.append(free)
        return len(self._tests) - 1

    # The pieces that patterns are made of, for the reader.

    def character(self, test: _Test) -> _Fragment:
        return lambda following: self._state((test, following))

    def sequence(self, parts: list[_Fragment]) -> _Fragment:
        def build(following: int) -> int:
            for part in reversed(parts):
                following = part(following)
            return following

        return build

    def either(self, parts: list[_Fragment]) -> _Fragment:
        return lambda following: self._state(None, tuple(part(following) for part in parts))

    def repeated(self, part: _Fragment, least: int, most: int | None) -> _Fragment:
        def loop(following: int) -> int:
            again = self._state(None)
            self._free[again] = (part(again), following)
            return again

        def optional(following: int) -> int:
            # The way out is one and the same for all that may be left out.
            first = following
            for _ in range((most or 0) - least):
                first = self._state(None, (part(first), following))
            return first

        return self.sequence([part] * least + [loop if most is None else optional])

    def anchor(self, where: str) -> _Fragment:
        def build(following: int) -> int:
            state = self._state(None, (following,))
            (self._begin if where == "^" else self._end).add(state)
            return state

        return build


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, into: Pattern) -> None:
        self._text = pattern
        self._at = 0
        self._into = into
        self._depth = 0

    def whole(self) -> _Fragment:
        fragment = self._alternatives()
        if self._at < len(self._text):
            raise ValueError("the pattern closes a group that it never opened")
        return fragment

    def _alternatives(self) -> _Fragment:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else self._into.either(parts)

    def _sequence(self) -> _Fragment:
        parts = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repetition())
        return self._into.sequence(parts)

    def _repetition(self) -> _Fragment:
        if self._text[self._at] in "*+?":
            raise ValueError(f"“{self._text[self._at]}” has nothing to repeat")
        part = self._atom()
        while True:
            if self._take("*"):
                part = self._into.repeated(part, 0, None)
            elif self._take("+"):
                part = self._into.repeated(part, 1, None)
            elif self._take("?"):
                part = self._into.repeated(part, 0, 1)
            elif match := _COUNT.match(self._text, self._at):
                self._at = match.end()
                least = int(match[1])
                most = None if match[2] and not match[3] else int(match[3] or least)
                if max(least, most or 0) > MAX_STATES or (most is not None and most < least):
                    raise ValueError(f"“{match[0]}” is no count")
                part = self._into.repeated(part, least, most)
            else:
                return part

    def _atom(self) -> _Fragment:
        character = self._text[self._at]
        self._at += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return self._into.character(self._class())
            case "^" | "$":
                return self._into.anchor(character)
            case ".":
                return self._into.character(lambda _: True)
            case "\\":
                return self._escape()
        return self._literal(character)

    def _group(self) -> _Fragment:
        if self._text.startswith("?", self._at) and not self._text.startswith("?:", self._at):
            raise ValueError("only plain groups ( ) and (?: ) are understood")
        if self._text.startswith("?:", self._at):
            self._at += 2
        self._depth += 1
        if self._depth > 20:
            raise ValueError("the pattern is nested too deep")
        fragment = self._alternatives()
        if not self._take(")"):
            raise ValueError("the pattern has a group that is never closed")
        self._depth -= 1
        return fragment

    def _escape(self) -> _Fragment:
        character = self._escaped()
        if character in _CLASSES:
            return self._into.character(_CLASSES[character])
        return self._literal(_plain(character))

    def _escaped(self) -> str:
        if self._at >= len(self._text):
            raise ValueError("the pattern ends with a single backslash")
        self._at += 1
        return self._text[self._at - 1]

    def _literal(self, character: str) -> _Fragment:
        return self._into.sequence(
            [self._into.character(lambda other, one=one: other == one) for one in character.casefold()]  # type: ignore[misc]
        )

    def _class(self) -> _Test:
        negated = self._take("^")
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[_Test] = []
        first = True
        while first or not self._text.startswith("]", self._at):
            first = False
            low = self._class_member(tests)
            if low is None:
                continue
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._at += 1
                high = self._class_member(tests)
                if high is None or high < low:
                    raise ValueError("the pattern has a range that runs backwards")
                ranges.append((low, high))
            else:
                singles.update(low.casefold())
        self._at += 1

        def holds(character: str) -> bool:
            return (
                character in singles
                or any(low <= one <= high for low, high in ranges for one in (character, character.upper()))
                or any(test(character) for test in tests)
            )

        return (lambda character: not holds(character)) if negated else holds

    def _class_member(self, tests: list[_Test]) -> str | None:
        if self._at >= len(self._text):
            raise ValueError("the pattern has a “[” that is never closed")
        character = self._text[self._at]
        self._at += 1
        if character != "\\":
            return character
        escaped = self._escaped()
        if escaped in _CLASSES:
            tests.append(_CLASSES[escaped])
            return None
        return _plain(escaped)

    def _take(self, character: str) -> bool:
        taken = self._text.startswith(character, self._at)
        self._at += taken
        return taken


def _plain(escaped: str) -> str:
    if escaped in _CONTROLS:
        return _CONTROLS[escaped]
    if escaped.isalnum():
        raise ValueError(f"\\{escaped} is not understood in a pattern")
    return escaped

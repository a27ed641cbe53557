"""How much a name is like what somebody typed: the matching of the command palette.

Words may be left unfinished and letters left out: “exa” and “ea” both find “Expand all”.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

WHOLE, START, WORD, INSIDE, INITIALS = 500, 400, 300, 200, 100
"""What kinds of likeness are worth: the whole name, its start, a word's start, anywhere, letters in their order."""

LONGEST = 200
"""Characters of a name that are looked at."""

_start = re.compile(r"(?<![^\W_])[^\W_]")


@dataclass(frozen=True)
class Likeness:
    """`score` is higher for what is more alike; `hits` are the places of the letters that were typed."""

    score: float
    hits: tuple[int, ...]


def likeness(text: str, name: str) -> Likeness | None:
    """How `name` is like `text`; None where it is not. Every word of the text has to be found.

    >>> likeness("exa", "Expand all").hits
    (0, 1, 7)
    >>> likeness("all", "Expand all").score > likeness("all", "Go to the fallback").score
    True
    """
    folded = fold(name[:LONGEST])
    score, hits = 0.0, set[int]()
    words = fold(text).split()
    for word in words:
        found = _substring(word, folded) or _initials(word, folded)
        if found is None:
            return None
        score += found.score
        hits.update(found.hits)
    if not words:
        return None
    return Likeness(score / len(words) - len(name) / 100, tuple(sorted(hits)))


def fold(text: str) -> str:
    """`text` without regard to case, every character in its place."""
    folded = text.lower()
    return folded if len(folded) == len(text) else text


@lru_cache(maxsize=16)
def letters(text: str) -> re.Pattern[str]:
    """A quick test of folded names: the letters of `text` in their order, the first one at a word's start.

    >>> bool(letters("wp7").search("web-pci-07"))
    True
    """
    first, *rest = list(fold(text).replace(" ", "") or " ")
    # The first place of each letter is as good as any other, and never tried anew: hostile names cost no more.
    return re.compile(rf"(?<![^\W_]){re.escape(first)}" + "".join(f"(?>.*?{re.escape(letter)})" for letter in rest))


def _substring(word: str, name: str) -> Likeness | None:
    at = name.find(word)
    if at < 0:
        return None
    kind = WHOLE if word == name else START if at == 0 else INSIDE
    if kind is INSIDE:
        for start in _start.finditer(name):
            if name.startswith(word, start.start()):
                at, kind = start.start(), WORD
                break
    return Likeness(kind - at / 10, tuple(range(at, at + len(word))))


def _initials(word: str, name: str) -> Likeness | None:
    """Letter by letter, at the start of a word or right behind the one before where the rest still follows."""
    starts = {start.start() for start in _start.finditer(name)}
    hits: list[int] = []
    for number, letter in enumerate(word):
        after = hits[-1] + 1 if hits else 0
        places = [at for at in range(after, len(name)) if name[at] == letter and _follows(word[number + 1 :], name, at)]
        good = [at for at in places if at in starts or (hits and at == after)]
        if not places or (not hits and not good):
            return None
        hits.append(min(good or places))
    calm = sum(1 for at in hits if at in starts)
    return Likeness(INITIALS + 10 * calm - (hits[-1] - hits[0]) / 2, tuple(hits))


def _follows(rest: str, name: str, at: int) -> bool:
    for letter in rest:
        at = name.find(letter, at + 1)
        if at < 0:
            return False
    return True

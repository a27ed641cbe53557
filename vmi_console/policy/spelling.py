"""What somebody may have meant who wrote a word that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 100


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of `words` that is most like `word`; empty where none is. Case counts little.

    >>> nearest("sevrity", ["policy", "severity"])
    'severity'
    """
    if len(word) > LONGEST:
        return ""
    folded = {one.casefold(): one for one in words}
    found = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[found[0]] if found else ""

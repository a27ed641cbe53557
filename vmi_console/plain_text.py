"""Text from outside made harmless: names come from guests and people that are not trusted.

Whatever a hypervisor, a disk or a file says passes through `visible` before it is shown, in a window or a terminal:
one line, no control characters, nothing that turns the direction of the text around it, of bounded length.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 240
"""Characters that a name may take on screen; what it is cut to ends in an ellipsis."""


def visible(text: str, limit: int = LIMIT) -> str:
    """`text` on one line with everything invisible made visible, at most `limit` characters of it.

    >>> visible("web\\x0001")
    'web␀01'
    >>> visible("exe.\\u202etxt")
    'exe.⟨U+202E⟩txt'
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _shown(character) for character in text)


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures: ␀ ␊ ␍ …
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Cs":
            return "�"
        case _:
            return f"⟨U+{code:04X}⟩"


_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_number = re.compile(r"-\d[\d.,\u00a0\u202f]*")


def defused(text: str) -> str:
    """`text` so that a spreadsheet takes it for text: a name may begin as a formula does.

    >>> [defused(text) for text in ("=1+1", "-42", "-2+3", "+49 30", "web")]
    ["'=1+1", '-42', "'-2+3", "'+49 30", 'web']
    """
    harmless = text.lstrip(" ")[:1] not in _STARTS or _number.fullmatch(text)
    return text if harmless or not text else f"'{text}"

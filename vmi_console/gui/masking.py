"""Secrets and user names taken out of text that is about to be shared: rather too much of it than too little."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

MASK = "…"
SHORTEST_NAME = 3
"""Shorter user names would take letters out of every other word."""

_SECRET_WORDS = (
    "passw(?:or)?d|passwort|passphrase|pwd|secret|token|api[-_]?key|private[-_]?key|credentials?|authorization|"
    "cookie|session(?:[-_]?id)?|signature"
)
_KEY = "-----{} [A-Z ]*PRIVATE KEY-----"
_RULES = (
    (re.compile(rf"{_KEY.format('BEGIN')}(?:.{{0,8000}}?{_KEY.format('END')}|.{{0,4000}})", re.DOTALL), MASK),
    (re.compile(r"://\S*@"), f"://{MASK}@"),
    (re.compile(r"(?i)\b(bearer|basic|negotiate|digest)\s+[\w+/=.~-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),  # JSON web tokens
    (
        re.compile(
            rf"""(?i)(\b[\w-]*(?:{_SECRET_WORDS}|user(?:[-_]?name)?|login)[\w-]*["']?\s*(?:[:=]|\bis\b|\bwas\b)\s*)"""
            r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|“[^”]*”|[^\s,;&)}\]\u2400-\u2421]+)"""
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"""(?i)\b(user|login|account|for)(\s+)(["'“‘])[^"'”’\n]*(["'”’])"""), rf"\1\2\3{MASK}\4"),
    (re.compile(r"[\w.%+\\-]+@(?=[\w\[])"), f"{MASK}@"),
    (re.compile(r"(?i)((?:/home|/Users|\\Users)[/\\])[^/\\\s:\"']+"), rf"\1{MASK}"),
)


def masked(text: str, names: Iterable[str] = ()) -> str:
    """`text` without what looks like a secret or a user name, and without `names`.

    >>> masked("open vsphere://reader:s3cret@vc.example/ as reader, token=abc123", ["reader"])
    'open vsphere://…@vc.example/ as …, token=…'
    """
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    for name in sorted(set(names), key=len, reverse=True):
        if len(name) >= SHORTEST_NAME:
            text = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", MASK, text)
    return text


def user_names(uri: str) -> set[str]:
    """The user that an address names, as it is written there and as the person writes it; without a domain, too.

    >>> sorted(user_names("vsphere://reader%40vsphere.local@vc.example/"))
    ['reader', 'reader%40vsphere.local', 'reader@vsphere.local']
    """
    try:
        user = urlsplit(uri).username or ""
    except ValueError:
        return set()
    plain = unquote(user)
    return {user, plain, plain.partition("@")[0], plain.rpartition("\\")[2]} - {""}

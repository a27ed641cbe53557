"""JSON out of texts that may hold anything, and large documents piece by piece."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


def utf8(text: str) -> str:
    """Halves of characters, which a hypervisor may hand on and UTF-8 has no bytes for, are replaced.

    >>> utf8("half \\ud800")
    'half ?'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def encoded(value: object) -> bytes:
    """JSON of JSON-like data, fields without a value left out."""
    return _encoder.encode(_clean(value))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return utf8(value)
        case dict():
            return {utf8(key): _clean(each) for key, each in value.items() if each is not None}
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return value

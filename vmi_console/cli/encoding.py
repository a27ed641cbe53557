"""Output in an encoding that lacks some characters, such as that of a pipe on Windows, or of an old locale."""

from __future__ import annotations

import codecs
import io
import json
import sys


def escape_what_it_lacks() -> None:
    """From now on a character that standard output cannot encode is written as `\\u201c`, which JSON is whole with."""
    codecs.register_error("escaped", _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end

"""The standard streams as commands need them: there, and able to write any text."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys


def prepare() -> None:
    """From now on there are all three, and each takes any text.

    One that was closed (`>&-`) gives and takes nothing: else the next file that is opened would have its number. A
    character that the output's encoding lacks, as that of a pipe on Windows or of an old locale, is written as
    `\\u201c`, with which JSON is whole.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        descriptor = number
        try:
            os.fstat(number)
        except OSError:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this
            os.set_inheritable(descriptor, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    codecs.register_error("escaped", _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end

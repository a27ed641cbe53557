"""With which code the program ends, and how it complains.

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed: a message on standard error says what, and what to do |
| 2 | the command line cannot be used, or an address in it is of no known kind |
| 3 | a hypervisor waits for a person: a secret, or a judgement about its certificate |
| 130 | interrupted (Ctrl+C); an engine ends cleanly then |
| 141 | nobody reads the output any more, as in `… | head` |
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from vmi_console.cli.terminal import paint, takes_colours
from vmi_console.errors import CredentialsNeeded, InputError, StorageError, TrustNeeded, VmiError
from vmi_console.plain_text import visible

DONE = 0
FAILED = 1
USAGE = 2
PERSON_NEEDED = 3
INTERRUPTED = 130
UNREAD = 141

LONGEST_MESSAGE = 2000


def code_of(error: VmiError) -> int:
    """The code with which an error ends the program."""
    match error:
        case InputError():
            return USAGE
        case CredentialsNeeded() | TrustNeeded():
            return PERSON_NEEDED
        case _:
            return FAILED


def complain(message: str, advice: str = "") -> None:
    """Says on standard error what is wrong and, on a line of its own, what to do."""
    colour = takes_colours(sys.stderr)
    print(paint("vmi-console: ", "red", colour) + visible(message, LONGEST_MESSAGE), file=sys.stderr)
    if advice:
        print("  " + visible(advice, LONGEST_MESSAGE), file=sys.stderr)


@contextmanager
def writing() -> Iterator[None]:
    """Meanwhile standard output is written, and nothing else. Raises `BrokenPipeError` if nobody reads it any more,
    `StorageError` if it cannot be written, such as on a full disk; then nothing more is written there."""
    try:
        yield
    except OSError as error:
        _stop_writing()
        if isinstance(error, BrokenPipeError) or error.errno == errno.EINVAL:  # so Windows tells of a closed pipe
            raise BrokenPipeError from error
        raise StorageError(
            f"the output cannot be written: {error.strerror}", "make room for it, or send it elsewhere"
        ) from error


def _stop_writing() -> None:
    """Lets nothing more be written to standard output, the interpreter's last flush included."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

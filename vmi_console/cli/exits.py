"""With which code the program ends, and how it complains.

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed: a message on standard error says what, and what to do |
| 2 | the command line cannot be used |
| 3 | a hypervisor waits for a person: a secret, or a judgement about its certificate |
| 130 | interrupted (Ctrl+C) |
| 141 | nobody reads the output any more, as in `… | head` |
"""

from __future__ import annotations

import os
import sys

from vmi_console.cli.terminal import paint
from vmi_console.errors import CredentialsNeeded, InputError, TrustNeeded, VmiError
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
    colour = sys.stderr.isatty()
    print(paint("vmi-console: ", "red", colour) + visible(message, LONGEST_MESSAGE), file=sys.stderr)
    if advice:
        print("  " + visible(advice, LONGEST_MESSAGE), file=sys.stderr)


def stop_writing() -> None:
    """Standard output is closed: lets nothing more be written there, the interpreter's last flush included."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

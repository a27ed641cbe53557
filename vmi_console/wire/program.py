"""How this program starts itself again, frozen or not."""

from __future__ import annotations

import sys

import vmi_console


def command(*arguments: str) -> list[str]:
    """The command line that runs this very program with other arguments.

    It imports nothing from the folder in which somebody happens to be (`-P`): modules may lie there that came with a
    download.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-P", "-m", "vmi_console", *arguments]


def version() -> str:
    """The program's version, as its peers and its user see it."""
    return vmi_console.__version__

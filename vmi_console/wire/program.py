"""How this program starts itself again, frozen or not."""

from __future__ import annotations

import sys
from importlib import metadata

PACKAGE = "vmi-console"


def command(*arguments: str) -> list[str]:
    """The command line that runs this very program with other arguments."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "vmi_console", *arguments]


def version() -> str:
    """The program's version, as its peers and its user see it."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"

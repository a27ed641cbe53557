"""Files of `NAME=value` lines, as shells read them: os-release, ifcfg, defaults of services."""

from __future__ import annotations

import shlex

from vmi_console.introspection.disk.reading import lines

_MOST, _LONGEST = 2_000, 4_096  # assignments in one file, and characters of a value


def assignments(text: str) -> dict[str, str]:
    """The variables that a file sets, unquoted; a later line wins, and what is not a plain assignment is passed over.

    >>> assignments('''NAME="Debian GNU/Linux" # a comment\\nexport ID=debian''')
    {'NAME': 'Debian GNU/Linux', 'ID': 'debian'}
    """
    found: dict[str, str] = {}
    for line in lines(text):
        name, equals, value = line.removeprefix("export ").partition("=")
        if equals and name.replace("_", "").isalnum() and len(found) < _MOST:
            found[name] = _unquoted(value[:_LONGEST])
    return found


def _unquoted(value: str) -> str:
    if not any(mark in value for mark in "\"'\\#"):
        return value.strip()
    try:
        return "".join(shlex.split(value, comments=True)[:1])
    except ValueError:  # a quote that is never closed
        return value.strip("\"' ")

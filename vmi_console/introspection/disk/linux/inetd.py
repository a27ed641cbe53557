"""Services that a super-server starts when somebody connects: inetd.conf(5), xinetd.conf(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.reading import Reading, lines, word

TABLE = "/etc/inetd.conf"
FOLDERS = ("/etc/inetd.d", "/etc/xinetd.d")
_SERVERS = {
    "inetd": ("inetd", "openbsd-inetd", "inetutils-inetd", "rlinetd"),
    "xinetd": ("xinetd",),
}
_BLOCK = re.compile(r"^\s*service\s+(\S+)\s*\{([^{}]*)\}", re.MULTILINE)
_DISABLED = re.compile(r"^\s*disable\s*=\s*yes\s*$", re.MULTILINE | re.IGNORECASE)
_MOST = 2_000


def services(reading: Reading, others: dict[str, Service]) -> list[Service]:
    """What the tables name, each as enabled as its server among the `others`, and those that xinetd has disabled."""
    found: dict[str, Service] = {}
    for server, name, enabled, path in (*_of_inetd(reading), *_of_xinetd(reading)):
        states = [others[known].enabled for known in _SERVERS[server] if known in others]
        works = enabled and (None if not states else True if True in states else None if None in states else False)
        if len(found) < _MOST:
            found.setdefault(name, Service(name=word(name), enabled=works, state=server, unit=word(path)))
    return [*found.values()]


def _of_inetd(reading: Reading) -> Iterator[tuple[str, str, bool, str]]:
    """`service type protocol wait user program arguments`, where the service may follow an address and a colon."""
    paths = [TABLE, *(path for _, path in reading.known_files(FOLDERS[0]))]
    for path in paths:
        for line in lines(reading.known_text(path) or ""):
            fields = line.split(None, 6)
            if len(fields) >= 6:
                yield "inetd", fields[0].rpartition(":")[2], True, path


def _of_xinetd(reading: Reading) -> Iterator[tuple[str, str, bool, str]]:
    for path in ("/etc/xinetd.conf", *(path for _, path in reading.known_files(FOLDERS[1]))):
        text = "\n".join(lines(reading.known_text(path) or ""))
        for name, block in _BLOCK.findall(text):
            yield "xinetd", name, not _DISABLED.search(block), path

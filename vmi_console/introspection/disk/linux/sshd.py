"""How sshd is configured: sshd_config(5), with what it includes.

Of a keyword that comes several times the first counts; what stands in a `Match` block holds for some connections only,
and is told apart. Defaults are OpenSSH's own (sshd_config(5)); distributions write theirs into the file.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import shlex
from collections.abc import Iterator

import msgspec

from vmi_console.estate.facts import Setting
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading, word

CONFIGURATION = "/etc/ssh/sshd_config"
_VENDOR = "/usr/etc/ssh/sshd_config"  # where SUSE keeps what nobody has edited
_DEFAULTS = {
    "AllowAgentForwarding": "yes",
    "AllowTcpForwarding": "yes",
    "AuthorizedKeysFile": ".ssh/authorized_keys .ssh/authorized_keys2",
    "GatewayPorts": "no",
    "HostbasedAuthentication": "no",
    "IgnoreRhosts": "yes",
    "KbdInteractiveAuthentication": "yes",
    "MaxAuthTries": "6",
    "PasswordAuthentication": "yes",
    "PermitEmptyPasswords": "no",
    "PermitRootLogin": "prohibit-password",
    "PermitUserEnvironment": "no",
    "Port": "22",
    "PubkeyAuthentication": "yes",
    "StrictModes": "yes",
    "UsePAM": "no",
    "X11Forwarding": "no",
}
_SHOWN = {
    keyword.lower(): keyword
    for keyword in (
        *_DEFAULTS,
        *("AllowGroups", "AllowUsers", "DenyGroups", "DenyUsers", "AuthenticationMethods", "AuthorizedKeysCommand"),
        *("Banner", "Ciphers", "ClientAliveCountMax", "ClientAliveInterval", "ForceCommand", "HostKeyAlgorithms"),
        *("KexAlgorithms", "ListenAddress", "LoginGraceTime", "LogLevel", "MACs", "MaxSessions", "MaxStartups"),
        *("PermitTunnel", "Protocol", "PubkeyAcceptedAlgorithms", "TrustedUserCAKeys", "UseDNS"),
    )
}
_OLDER_NAMES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "dsaauthentication": "pubkeyauthentication",
    "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
    "keepalive": "tcpkeepalive",
}
_ADDED_UP = frozenset(("Port", "ListenAddress", "AllowUsers", "AllowGroups", "DenyUsers", "DenyGroups"))
_DEEPEST, _MOST_FILES, _MOST_LINES = 16, 200, 20_000
_LINE = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.*)")


class _Line(msgspec.Struct, frozen=True):
    match: str  # the block that it stands in; empty outside
    keyword: str
    value: str


def settings(reading: Reading) -> dict[str, str]:
    """What holds for every connection, by keyword as the manual spells it; empty where there is no sshd.

    Raises `Unreadable`.
    """
    try:
        return _outside([*_lines(reading)])
    except Absent:
        return {}


def facts(reading: Reading) -> list[Setting]:
    """The same, and `sshd.Match` for what blocks change. Raises `Unreadable`."""
    try:
        lines = [*_lines(reading)]
    except Absent:
        return []
    found = [Setting(name=f"sshd.{keyword}", value=word(value)) for keyword, value in sorted(_outside(lines).items())]
    blocks: dict[str, list[str]] = {}
    for line in lines:
        if line.match:
            blocks.setdefault(line.match, []).append(f"{line.keyword} {line.value}")
    if blocks:
        told = "; ".join(f"{match}: {', '.join(changed)}" for match, changed in blocks.items())
        found.append(Setting(name="sshd.Match", value=told[:4096]))
    return found


def _outside(lines: list[_Line]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.match or not line.value:
            continue
        if line.keyword in _ADDED_UP and line.keyword in found:
            found[line.keyword] += f" {line.value}"
        else:
            found.setdefault(line.keyword, line.value)
    return _DEFAULTS | found


def _lines(reading: Reading) -> Iterator[_Line]:
    """The lines that are shown. Raises `Absent` where sshd is not configured here at all."""
    main = CONFIGURATION if reading.exists(CONFIGURATION) else _VENDOR
    budget = [_MOST_FILES, _MOST_LINES]
    return _of_file(reading, main, "", 0, budget)


def _of_file(reading: Reading, path: str, match: str, depth: int, budget: list[int]) -> Iterator[_Line]:
    budget[0] -= 1
    if depth > _DEEPEST or budget[0] < 0:
        raise Unreadable("sshd's settings include too many files")
    for text in reading.text(path).splitlines():
        budget[1] -= 1
        if budget[1] < 0:
            raise Unreadable("sshd's settings have too many lines")
        parts = _LINE.match(text.strip())
        if parts is None:
            continue
        keyword, value = parts[1].lower(), _value(parts[2])
        keyword = _OLDER_NAMES.get(keyword, keyword)
        if keyword == "match":
            match = "" if value.lower() == "all" else f"Match {value}"
        elif keyword == "include":
            for pattern in value.split():
                # A Match block that an included file begins ends with that file.
                for included in _matching(reading, posixpath.join("/etc/ssh", pattern)):
                    yield from _of_file(reading, included, match, depth + 1, budget)
        elif keyword in _SHOWN:
            yield _Line(match, _SHOWN[keyword], value)


def _value(text: str) -> str:
    try:
        return " ".join(shlex.split(text, comments=True))
    except ValueError:  # a quote that is never closed
        return text


def _matching(reading: Reading, pattern: str) -> list[str]:
    """The files that a pattern names, in the order of their names; only the last part may hold wildcards."""
    folder, name = posixpath.split(pattern)
    if not any(mark in name for mark in "*?["):
        return [pattern] if reading.exists(pattern) else []
    return [path for file, path in reading.known_files(folder) if fnmatch.fnmatchcase(file, name)]

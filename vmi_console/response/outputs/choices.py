"""Which outputs there are, as the operator chose them; kept in a file beside the saved connections, never a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import msgspec

from vmi_console.errors import InputError
from vmi_console.policy.judgement import Severity
from vmi_console.settings import load_file, save_file

PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
"""Of syslog over each transport (RFC 5426, RFC 6587, RFC 5425)."""

type Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Output(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """One output. `name` is what people call it, and what its secret and its part of the spool are known by."""

    name: Name
    enabled: bool = True
    severity: Severity = Severity.LOW  # the least that is told


class Syslog(Output, frozen=True, kw_only=True, tag="syslog"):
    """RFC 5424 to `udp://host[:port]`, `tcp://…` or `tls://…` (verified by the system's trust, or `authority`)."""

    address: str
    facility: Annotated[int, msgspec.Meta(ge=0, le=23)] = 16  # local0
    authority: str = ""  # path of a PEM file


class Webhook(Output, frozen=True, kw_only=True, tag="webhook"):
    """A JSON object by HTTP POST, signed with the secret kept under the output's name, where there is one."""

    url: str


class Lines(Output, frozen=True, kw_only=True, tag="lines"):
    """JSON Lines at the end of a file."""

    path: str


type AnyOutput = Syslog | Webhook | Lines


class _File(msgspec.Struct, frozen=True):
    version: int = 1
    outputs: tuple[AnyOutput, ...] = ()


def load(path: Path) -> tuple[AnyOutput, ...]:
    """What was chosen; nothing where there is no such file. Raises `StorageError`."""
    kept = load_file(path, _File, "the outputs", "so nothing is told outside")
    return kept.outputs if kept is not None else ()


def save(path: Path, outputs: tuple[AnyOutput, ...]) -> None:
    """Writes the file whole or not at all. Raises `StorageError`."""
    save_file(path, _File(outputs=outputs))


def check(outputs: tuple[AnyOutput, ...]) -> None:
    """Raises `InputError` for what cannot be used, and says how it can be."""
    names = [output.name for output in outputs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two outputs are called “{name}”", "give each a name of its own")
    for output in outputs:
        match output:
            case Syslog(address=address):
                syslog_place(address)
            case Webhook(url=url):
                _check_url(url)
            case Lines(path=path):
                if not path.strip() or not Path(path).expanduser().is_absolute():
                    raise InputError(f"“{path}” is no path of a file", "name it whole, such as /var/log/vmi.jsonl")


def syslog_place(address: str) -> tuple[str, str, int]:
    """Transport, host and port of a syslog receiver's address. Raises `InputError`."""
    parts = _split(address)
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise InputError(
            f"“{address}” is no address of a syslog receiver", "such as udp://host, tcp://host:601, tls://host"
        )
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]


def _check_url(url: str) -> None:
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"“{url}” is no address of a webhook", "such as https://host/path")
    if parts.password is not None:
        raise InputError("the address of the webhook holds a password", "leave it out: give the signing secret instead")


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise InputError(
            f"“{address}” is no address ({error})", "such as tls://host:6514 or https://host/path"
        ) from error
    return parts

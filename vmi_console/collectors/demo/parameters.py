"""What a person can ask of the demo estate in its URI: `demo://?hosts=2500&vms=45000&changes_per_second=100`."""

from __future__ import annotations

import difflib
from enum import StrEnum
from pathlib import PurePath
from urllib.parse import parse_qsl, urlsplit

import msgspec

from vmi_console.errors import ConnectionUriError


class Failure(StrEnum):
    """Ways in which the demo hypervisor can be made to misbehave (see `failures`)."""

    NONE = "none"
    CREDENTIALS = "credentials"
    TRUST = "trust"
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    DEGRADED = "degraded"
    FORBIDDEN = "forbidden"
    DROPS = "drops"
    HANG = "hang"
    CRASH = "crash"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a demo estate. Two estates of equal parameters and start are equal at every moment."""

    hosts: int = 10
    vms: int = 200
    changes_per_second: float | None = None  # None: a calm trickle, once the story is over
    seed: int = 1
    story: bool = True
    packages: int | None = None  # None: a believable number that differs by image
    images: int = 20
    latency_ms: float = 0
    fail: Failure = Failure.NONE
    folder: str = ""  # where the estate lives on between engines; empty: nowhere


VMS_PER_HOST = 20
BOUNDS: dict[str, tuple[int, int]] = {
    "hosts": (1, 5_000),
    "vms": (0, 100_000),
    "changes_per_second": (0, 1_000),
    "seed": (0, 2**31 - 1),
    "packages": (0, 2_500),
    "images": (10, 5_000),
    "latency_ms": (0, 60_000),
}
FRACTIONS = frozenset({"changes_per_second", "latency_ms"})
SWITCHES = {"on": True, "off": False}


def parse(uri: str) -> Parameters:
    """The parameters in a `demo:` URI.

    Raises `ConnectionUriError`, which names the parameter and says what it can be.

    >>> parse("demo://?hosts=3").vms
    60
    """
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=50)
    except ValueError as error:
        raise ConnectionUriError(
            f"“{uri[:200]}” is not a demo address", "write demo://?name=value&name=value"
        ) from error
    if parts.scheme != "demo" or parts.netloc or parts.path not in ("", "/") or parts.fragment:
        raise ConnectionUriError(f"“{uri[:200]}” is not a demo address", "write demo:// or demo://?hosts=3&seed=7")
    given: dict[str, object] = {}
    for name, text in pairs:
        if name not in Parameters.__struct_fields__:
            raise ConnectionUriError(f"the demo estate has no parameter “{name[:80]}”", _nearest(name))
        if name in given:
            raise ConnectionUriError(f"the parameter “{name}” is given twice", "leave one of them out")
        given[name] = _value(name, text)
    hosts = given.get("hosts", Parameters().hosts)
    assert isinstance(hosts, int)
    given.setdefault("vms", min(hosts * VMS_PER_HOST, BOUNDS["vms"][1]))
    return msgspec.convert(given, Parameters)


def _value(name: str, text: str) -> object:
    if name == "story":
        return SWITCHES[_one_of(name, text, list(SWITCHES))]
    if name == "folder":
        return _folder(text)
    if name == "fail":
        return Failure(_one_of(name, text, list(Failure)))
    low, high = BOUNDS[name]
    try:
        number = float(text) if name in FRACTIONS else int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:  # also refuses nan
        what = "number" if name in FRACTIONS else "whole number"
        raise ConnectionUriError(f"{name}={text[:40]} is not possible", f"{name} is a {what} from {low} to {high}")
    return number


def _folder(text: str) -> str:
    if not PurePath(text).is_absolute() or "\0" in text:
        raise ConnectionUriError(f"folder={text[:200]} is not possible", "folder is an absolute path")
    return text


def _one_of(name: str, text: str, words: list[str]) -> str:
    if text in words:
        return text
    raise ConnectionUriError(f"{name}={text[:40]} is not possible", f"{name} is one of {', '.join(words)}")


def _nearest(name: str) -> str:
    known = Parameters.__struct_fields__
    close = difflib.get_close_matches(name[:80].lower(), known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"it has {', '.join(known)}"

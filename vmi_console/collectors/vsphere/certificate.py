"""Whether a server may be spoken to: by the system's trust, or because a person trusted exactly this certificate.

Everything here happens before any credential is sent. Python parses the certificate only of a server that it trusts,
so what a person has to judge is read here from its DER form (RFC 5280, section 4.1).
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from vmi_console.errors import TrustNeeded

CONNECT_TIMEOUT_S = 10.0

_SEQUENCE, _SET, _UTC_TIME, _GENERALIZED_TIME, _VERSION, _OID = 0x30, 0x31, 0x17, 0x18, 0xA0, 0x06
_NAMES = {b"\x55\x04\x03": "CN", b"\x55\x04\x0a": "O", b"\x55\x04\x0b": "OU", b"\x55\x04\x06": "C"}
_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Trust:
    """How a session's connections are verified: each by the system, or each against one pinned certificate."""

    context: ssl.SSLContext
    pinned: str | None = None

    def check(self, connection: ssl.SSLSocket) -> None:
        """Raises `ssl.SSLError` where a pinned session's server shows another certificate."""
        if self.pinned is not None and fingerprint(connection.getpeercert(binary_form=True) or b"") != self.pinned:
            raise ssl.SSLCertVerificationError("the server shows another certificate than a moment ago")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a certificate says of itself; the server's own words, which prove nothing."""

    subject: str
    not_before: datetime
    not_after: datetime

    @property
    def validity(self) -> str:
        """The two dates, for people."""
        return f"{self.not_before:%Y-%m-%d} to {self.not_after:%Y-%m-%d}"


def judge(host: str, port: int, trusted: tuple[str, ...]) -> Trust:
    """How to verify this server. Raises `TrustNeeded` where a person must judge, `OSError` where nobody answers.

    `trusted` are the fingerprints that people trusted for this connection. Blocks for at most two handshakes.
    """
    context = ssl.create_default_context()
    try:
        with _handshake(host, port, context):
            return Trust(context)
    except ssl.SSLCertVerificationError as error:
        reason = error
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with _handshake(host, port, blind) as connection:
        der = connection.getpeercert(binary_form=True) or b""
    shown = fingerprint(der)
    if shown in trusted:
        return Trust(blind, shown)
    raise _doubt(f"{host}:{port}", der, reason, trusted)


def fingerprint(der: bytes) -> str:
    """SHA-256 as lower-case hex pairs joined by colons."""
    return hashlib.sha256(der).digest().hex(":")


def read(der: bytes) -> Shown:
    """What a certificate says of itself. Raises `ValueError` for what is none."""
    (_, certificate), *_ = _elements(der)
    (_, body), *_ = _elements(certificate)
    fields = list(_elements(body))
    if fields and fields[0][0] == _VERSION:
        del fields[0]
    if len(fields) < 5:
        raise ValueError("a certificate without subject or validity")
    begin, end = _elements(fields[3][1])
    return Shown(_subject(fields[4][1]), _moment(*begin), _moment(*end))


def _handshake(host: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _doubt(where: str, der: bytes, error: ssl.SSLCertVerificationError, trusted: tuple[str, ...]) -> TrustNeeded:
    try:
        shown = read(der)
        subject, validity = shown.subject, shown.validity
        expired = shown.not_after < datetime.now(UTC)
    except ValueError:
        subject, validity, expired = "", "", False
    if trusted:
        message = f"{where} shows another certificate than the one that was trusted"
        advice = (
            "somebody may be in between: compare both fingerprints with what the server's administrator says, "
            "and trust the new one only if it was replaced on purpose"
        )
    elif expired:
        message = f"the certificate of {where} has expired ({validity})"
        advice = "have it renewed, or compare the fingerprint with the server's own and trust it as it is"
    else:
        message = f"the certificate of {where} is not known: {error.verify_message}"
        advice = "compare the fingerprint with what the server's administrator says before trusting it"
    if trusted and expired:
        message += f", and it has expired ({validity})"
    return TrustNeeded(message, fingerprint(der), subject, validity, trusted[-1] if trusted else "", advice)


# --- DER ----------------------------------------------------------------------------------------------------------


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The (tag, content) of each element that lies side by side in `content` (X.690, section 8.1)."""
    at = 0
    while at < len(content):
        if at + 2 > len(content):
            raise ValueError("cut short")
        tag, length = content[at], content[at + 1]
        at += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4 or at + octets > len(content):
                raise ValueError("a length that DER does not have")
            length = int.from_bytes(content[at : at + octets])
            at += octets
        if at + length > len(content):
            raise ValueError("cut short")
        yield tag, content[at : at + length]
        at += length


def _subject(name: bytes) -> str:
    parts = []
    for tag, relative in _elements(name):
        for _, attribute in _elements(relative) if tag == _SET else ():
            kind, value = _elements(attribute)
            if kind[0] == _OID and kind[1] in _NAMES and value[0] in _ENCODINGS:
                parts.append(f"{_NAMES[kind[1]]}={value[1].decode(_ENCODINGS[value[0]], 'replace')}")
    return ", ".join(parts)[:500]


def _moment(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)

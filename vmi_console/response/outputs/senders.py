"""How each kind of output hands a line over. Blocking, on threads; each raises OSError where the receiver did not take
it, and is then given the same line again later."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import socket
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

import msgspec

from vmi_console.policy.judgement import Severity
from vmi_console.response.outputs.choices import AnyOutput, Lines, Syslog, Webhook, syslog_place
from vmi_console.response.outputs.telling import Told
from vmi_console.wire.program import version

TIMEOUT_SECONDS = 15.0
ENTERPRISE = "vmi@32473"  # of structured data: 32473 is the number for examples and documents (RFC 5612)
LEVELS = {Severity.LOW: 5, Severity.MEDIUM: 4, Severity.HIGH: 3, Severity.CRITICAL: 2}
"""Severities of syslog: notice, warning, error, critical."""
LONGEST_UDP = 2048
UNWANTED = (400, 413, 415, 422)  # of HTTP: about the line, not about the receiver


class Unwanted(OSError):
    """The receiver understood, and will not take this line however often it is sent."""


class Sender(Protocol):
    """Hands lines over to one receiver."""

    def send(self, told: Told) -> None:
        """Returns once it was taken, as far as anybody can tell. Raises OSError."""

    def close(self) -> None:
        """Gives up what it holds."""


def sender(output: AnyOutput, secret: str | None) -> Sender:
    """The sender of an output."""
    match output:
        case Syslog():
            return SyslogSender(output)
        case Webhook():
            return WebhookSender(output, secret)
        case Lines():
            return LinesSender(output)


class LinesSender:
    """Appends to a file, and is sure that it is on disk. A file that was moved away is begun anew."""

    def __init__(self, output: Lines) -> None:
        self._path = Path(output.path).expanduser()

    def send(self, told: Told) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, msgspec.json.encode(told) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """It holds nothing."""


class WebhookSender:
    """POSTs JSON; with a secret, `X-VMI-Signature: sha256=<hex>` is the HMAC of the body, as receivers check it.

    Redirects are not followed: what is told goes where the operator said.
    """

    def __init__(self, output: Webhook, secret: str | None) -> None:
        self._url = output.url
        self._secret = secret
        self._opener = urllib.request.build_opener(_NoRedirect())

    def send(self, told: Told) -> None:
        body = msgspec.json.encode(told)
        request = urllib.request.Request(self._url, body, method="POST")
        request.add_header("Content-Type", "application/json")
        request.add_header("User-Agent", f"vmi-console/{version()}")
        request.add_header(
            "X-VMI-Delivery", f"{told.event.value.replace(' ', '-')}/{told.id}/{told.at.timestamp():.6f}"
        )
        if self._secret:
            digest = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            request.add_header("X-VMI-Signature", f"sha256={digest}")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read(1 << 16)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in UNWANTED:
                raise Unwanted(f"the receiver answered {error.code}") from error
            raise OSError(f"the receiver answered {error.code}") from error

    def close(self) -> None:
        """It holds nothing."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class SyslogSender:
    """RFC 5424 messages; over TCP and TLS with their length before them (RFC 6587, RFC 5425), on one connection."""

    def __init__(self, output: Syslog) -> None:
        self._facility = output.facility
        self._authority = output.authority
        self._transport, self._host, self._port = syslog_place(output.address)
        self._socket: socket.socket | None = None
        self._in_use = threading.Lock()
        self._ended = threading.Event()

    def send(self, told: Told) -> None:
        try:
            with self._in_use:
                self._send(message_of(told, self._facility))
        finally:
            if self._ended.is_set():
                self._drop()

    def close(self) -> None:
        """From any thread: what is under way is cut off, and whoever uses the socket closes it, and nobody else."""
        self._ended.set()
        if (connection := self._socket) is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._in_use.acquire(blocking=False):
            self._drop()
            self._in_use.release()

    def _send(self, message: bytes) -> None:
        try:
            connection = self._socket or self._connect()
            if self._transport == "udp":
                connection.send(message[:LONGEST_UDP])
            else:
                self._look(connection)
                connection.sendall(b"%d %s" % (len(message), message))
        except OSError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        kind = socket.SOCK_DGRAM if self._transport == "udp" else socket.SOCK_STREAM
        family, _, _, _, place = socket.getaddrinfo(self._host, self._port, type=kind)[0]
        plain = socket.socket(family, kind)
        plain.settimeout(TIMEOUT_SECONDS)
        try:
            plain.connect(place)
            if self._transport == "tls":
                context = ssl.create_default_context(cafile=self._authority or None)
                self._socket = context.wrap_socket(plain, server_hostname=self._host)
            else:
                self._socket = plain
        except BaseException:
            plain.close()
            raise
        return self._socket

    def _look(self, connection: socket.socket) -> None:
        """Raises OSError where the receiver has closed its end: what is written then is lost without a word."""
        connection.settimeout(0)
        try:
            if connection.recv(1) == b"":
                raise ConnectionResetError("the receiver has closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            connection.settimeout(TIMEOUT_SECONDS)


def message_of(told: Told, facility: int) -> bytes:
    """The event as RFC 5424 says: header, structured data, and a text in UTF-8 with its mark."""
    priority = facility * 8 + LEVELS[told.severity]
    at = told.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    host = "".join(letter for letter in socket.gethostname()[:255] if "!" <= letter <= "~") or "-"
    kind = told.event.value.replace(" ", "-")
    data = {
        "id": told.id,
        "vm": told.vm,
        "vmName": told.vm_name,
        "policy": told.policy,
        "rule": told.rule,
        "severity": told.severity.value,
        "stage": told.stage,
        "actor": told.actor or "",
        "head": told.digest,
    }
    pairs = "".join(f' {name}="{_escaped(value)}"' for name, value in data.items() if value)
    header = f"<{priority}>1 {at} {host} vmi-console {os.getpid()} {kind} [{ENTERPRISE}{pairs}] "
    return header.encode() + b"\xef\xbb\xbf" + told.text.encode("utf-8", "replace")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")

"""libvirt's errors → ours, at the one boundary where they cross.

libvirt tells most failures of a connection in words only (it passes on what ssh and the system said), so the words are
matched. The processes this runs in do not set a locale, so they are English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libvirt

from vmi_console.errors import CollectorError, CredentialsNeeded, TrustNeeded, Unreachable, Unsupported

GONE = frozenset(
    (
        libvirt.VIR_ERR_NO_DOMAIN,
        libvirt.VIR_ERR_NO_NETWORK,
        libvirt.VIR_ERR_NO_STORAGE_POOL,
        libvirt.VIR_ERR_NO_NWFILTER,
        libvirt.VIR_ERR_NO_INTERFACE,
        libvirt.VIR_ERR_NO_NODE_DEVICE,
        libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT,
    )
)
"""The object went away between two calls."""

REFUSED = frozenset(
    (
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_DENIED,
        libvirt.VIR_ERR_ACCESS_DENIED,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
        libvirt.VIR_ERR_INVALID_ARG,
    )
)
"""This driver or daemon does not offer the call, or not to us: it will not for the rest of the session."""

_LOST = frozenset((libvirt.VIR_ERR_RPC, libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_CONN))


def is_lost(error: libvirt.libvirtError) -> bool:
    """Whether the error says that the connection itself is gone."""
    code = error.get_error_code()
    if code in _LOST:
        return True
    words = str(error)
    return "client socket is closed" in words or (
        code in (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_ERR_INTERNAL_ERROR)
        and error.get_error_domain() in (libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_REMOTE)
    )


@dataclass(frozen=True, slots=True)
class _Explanation:
    words: re.Pattern[str]
    error: type[CollectorError]
    message: str  # {where}: the connection's host; {0}, {1}, …: the groups of `words`
    advice: str


def _explanation(words: str, error: type[CollectorError], message: str, advice: str) -> _Explanation:
    return _Explanation(re.compile(words, re.IGNORECASE | re.DOTALL), error, message, advice)


_EXPLANATIONS = (
    # ssh
    _explanation(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed",
        Unreachable,
        "the SSH host key of {where} is not the one known on this machine",
        "somebody may be in between: find out why it changed before removing the old key with ssh-keygen -R",
    ),
    _explanation(
        r"Host key verification failed|No .*host key is known",
        Unreachable,
        "this machine does not know the SSH host key of {where}",
        "connect once with ssh in a terminal, compare the fingerprint, and accept it",
    ),
    _explanation(
        r"Permission denied \(([^)]*)\)",
        CredentialsNeeded,
        "{where} accepted none of this machine's SSH keys (it offers: {0})",
        "load the key into the SSH agent (ssh-add) or name it with ?keyfile=…; passwords cannot be used over ssh here",
    ),
    _explanation(
        r"Too many authentication failures",
        CredentialsNeeded,
        "{where} gave up after too many SSH keys",
        "name the right key with ?keyfile=… or in ~/.ssh/config (IdentitiesOnly yes)",
    ),
    _explanation(
        r"\b(nc|netcat|virt-ssh-helper)\b\W*(?:command )?not found",
        Unsupported,
        "{where} has no {0}, which carries libvirt through ssh",
        "install netcat-openbsd (or libvirt's virt-ssh-helper) there",
    ),
    _explanation(
        r"Could not resolve hostname ([^:\s]+)|Unable to resolve address '([^']+)'",
        Unreachable,
        "the name of {where} cannot be resolved",
        "check its spelling and this machine's DNS",
    ),
    # sockets
    _explanation(
        r"Failed to connect socket to '([^']+)': No such file or directory",
        Unreachable,
        "no libvirt daemon listens at {0} on {where}",
        "start libvirtd (or its socket unit), or check the address; qemu:///system and qemu:///session differ",
    ),
    _explanation(
        r"Failed to connect socket to '([^']+)': Permission denied",
        CredentialsNeeded,
        "this user may not open {0} on {where}",
        "join the group libvirt there (usermod -aG libvirt …) and log in again, or allow org.libvirt.unix.monitor",
    ),
    _explanation(
        r"Failed to connect socket to '([^']+)': Connection refused",
        Unreachable,
        "the libvirt daemon on {where} is not running (its socket {0} refuses)",
        "start it: systemctl start libvirtd, or virtqemud where the daemons are modular",
    ),
    _explanation(
        r"Connection refused",
        Unreachable,
        "{where} refuses the connection",
        "check that the service (sshd, libvirtd-tls.socket or libvirtd-tcp.socket) listens there",
    ),
    _explanation(
        r"No route to host|Network is unreachable|timed out|Connection timeout",
        Unreachable,
        "{where} cannot be reached",
        "check the network and any firewall between",
    ),
    # TLS
    _explanation(
        r"Cannot read (?:CA )?certificate '([^']+)'|(?:CA )?certificate '?([^' ]+)'? does not exist",
        Unsupported,
        "there is no certificate {0} on this machine, which TLS needs",
        "install the CA's and the client's certificates, or use qemu+ssh://",
    ),
    _explanation(
        r"certificate (?:is not trusted|hasn't got a known issuer|.*has expired|owner does not match)|"
        r"authentication failed: Failed to verify peer's certificate",
        TrustNeeded,
        "the TLS certificate of {where} cannot be trusted",
        "have it signed by the CA in this machine's pki folder; libvirt knows no trust by fingerprint",
    ),
    # authentication by libvirt itself
    _explanation(
        r"polkit|no agent is available to authenticate",
        CredentialsNeeded,
        "the access rules (polkit) of {where} refuse this user",
        "allow org.libvirt.unix.monitor for it, or join the group libvirt",
    ),
    # addresses
    _explanation(
        r"no connection driver available|transport in URL not recognised|unexpected \S+ URI path|unsupported URI",
        Unsupported,
        "libvirt cannot use this address",
        "compare it with qemu:///system, qemu+ssh://user@host/system or test:///default",
    ),
    _explanation(
        r"failed to parse xml document '([^']+)'",
        Unsupported,
        "the test driver's file {0} cannot be read as XML",
        "check the path; it has three slashes: test:///path.xml",
    ),
)


def explained(error: libvirt.libvirtError, where: str) -> CollectorError:
    """Our error for one of libvirt's that ended a connection, or kept it from being made.

    `where` names the host for people.
    """
    words = str(error)
    said = f"libvirt said: {words[:500]}"
    for each in _EXPLANATIONS:
        if (match := each.words.search(words)) is not None:
            groups = [group for group in match.groups() if group] or [""]
            message = f"{each.message.format(*groups, where=where)}; {said}"
            if each.error is TrustNeeded:
                return TrustNeeded(message, fingerprint="", subject=where, advice=each.advice)
            return each.error(message, each.advice)
    if error.get_error_code() in (libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_ERR_AUTH_CANCELLED):
        return CredentialsNeeded(f"{where} wants a user name and password that it accepts; {said}", _LOG_IN)
    if error.get_error_code() == libvirt.VIR_ERR_AUTH_UNAVAILABLE:
        return Unsupported(f"{where} offers no way to authenticate that this machine has; {said}", _SASL)
    return Unreachable(f"{where} could not be asked; {said}")


_LOG_IN = "put the user name into the address (user@host) and enter the password"
_SASL = "install the SASL mechanism it asks for (libsasl2-modules)"

"""vSphere's faults, and what pyVmomi raises for a server that is gone or talks nonsense → ours, at one boundary."""

from __future__ import annotations

import http.client
import ssl
from xml.parsers.expat import ExpatError

from pyVmomi import vim, vmodl

from vmi_console.errors import CollectorError, CredentialsNeeded, Unreachable, Unsupported

LOST = (OSError, http.client.HTTPException)
"""The connection failed: what was asked may be asked again over a new one."""

NONSENSE = (ExpatError, TypeError, ValueError, LookupError, AttributeError)
"""What pyVmomi raises for an answer that is not one."""


class SessionEnded(Exception):
    """The server no longer knows our session (or the collector in it): log in and read everything again."""


def explained(error: Exception, where: str, doing: str) -> CollectorError | SessionEnded:
    """What to raise in place of `error`, which came of trying to `doing` (an infinitive) at `where`."""
    match error:
        case CollectorError() | SessionEnded():
            return error
        case vmodl.MethodFault():
            return _of_fault(error, where, doing)
        case ssl.SSLError():
            return Unreachable(f"no secure connection with {where}: {error}")
        case TimeoutError():
            return Unreachable(f"{where} does not answer", "it may hang, or the network be cut")
        case ConnectionRefusedError():
            return Unreachable(f"nothing listens at {where}", "is the server up and the port right?")
        case OSError():
            return Unreachable(f"{where} cannot be reached: {error.strerror or error}")
        case http.client.HTTPException():
            return Unreachable(f"{where} broke off: {str(error) or type(error).__name__}")
        case _:
            return Unreachable(
                f"{where} answered what no vSphere server does ({type(error).__name__}: {str(error)[:200]})",
                "is it a vCenter or ESXi host, or something in between?",
            )


def _of_fault(fault: vmodl.MethodFault, where: str, doing: str) -> CollectorError | SessionEnded:
    match fault:
        case vim.fault.NotAuthenticated():
            return SessionEnded(f"{where} has ended the session")
        case vmodl.query.InvalidCollectorVersion() | vmodl.fault.ManagedObjectNotFound():
            return SessionEnded(f"{where} has forgotten what it was asked to watch")
        case vim.fault.PasswordExpired():
            return CredentialsNeeded(f"the password has expired at {where}", "change it there, then give the new one")
        case vim.fault.InvalidLogin() if "lock" in words(fault).lower():
            return CredentialsNeeded(f"the account is locked at {where}: {words(fault)}", "unlock it there, or wait")
        case vim.fault.InvalidLogin():
            return CredentialsNeeded(
                f"{where} refused the user name or password",
                "check both (a domain is written user%40domain in the address); the account may also be locked "
                "for some minutes after several wrong passwords",
            )
        case vim.fault.NoPermission():
            advice = "give it the role that docs/vsphere.md describes, or use another"
            return CredentialsNeeded(f"the user may not {doing} at {where}", advice)
        case vmodl.fault.NotSupported() | vmodl.fault.MethodNotFound():
            return Unsupported(f"{where} does not let anybody {doing}: {words(fault)}")
        case _:
            return Unreachable(f"{where} could not {doing}: {words(fault)}")


def words(fault: vmodl.MethodFault) -> str:
    """What a fault says, or else its name."""
    return str(fault.msg or "") or type(fault).__name__.rpartition(".")[2]

"""The demo hypervisor misbehaving on request, so that people and tests see what the console makes of it."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import NoReturn

from vmi_console.collectors.demo.parameters import Failure
from vmi_console.collectors.protocol import Start
from vmi_console.errors import CredentialsNeeded, TrustNeeded, Unreachable, Unsupported

SECRET = "demo"
FINGERPRINT = hashlib.sha256(b"the certificate of the demo hypervisor").digest().hex(":")
DROPS_AFTER_S = 10.0
LAST_WORDS_S = 1.0  # between going live and hanging or crashing


def knock(failure: Failure, start: Start) -> None:
    """What a connection attempt meets: nothing, or the error that was asked for."""
    match failure:
        case Failure.CREDENTIALS if start.secret != SECRET:
            wrong = "does not accept this password" if start.secret else "wants a password"
            raise CredentialsNeeded(f"the demo hypervisor {wrong}", f"the password is “{SECRET}”")
        case Failure.TRUST if FINGERPRINT not in start.trusted:
            raise TrustNeeded(
                "the demo hypervisor shows a certificate that nobody has judged yet",
                FINGERPRINT,
                subject="CN=vcenter.demo.example, O=Demo",
                validity="2026-01-01 to 2028-01-01",
                advice="compare the fingerprint with the one that the administrator gave you",
            )
        case Failure.UNREACHABLE:
            raise Unreachable("the demo hypervisor does not answer", "take fail=unreachable out of its address")
        case Failure.UNSUPPORTED:
            raise Unsupported("this console cannot speak to the demo hypervisor", "take fail=unsupported away")
        case _:
            pass


def dropped() -> Unreachable:
    """What becomes of a connection that was made and did not last."""
    return Unreachable("the demo hypervisor closed the connection", "fail=drops in its address makes it do so")


def hang() -> NoReturn:
    """Blocks the thread for good, as a library that waits for a dead peer does."""
    while True:
        threading.Event().wait()


def crash() -> NoReturn:
    """Ends the process at once, as a fault in a C library does."""
    os.abort()

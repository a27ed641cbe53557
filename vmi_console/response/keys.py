"""The console's signing key (Ed25519, RFC 8032): in the system's keyring, or for this session only.

A key is called by its public half, so that whoever reads a signature can check it; that it is one of this console's
is known from the keyring alone.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vmi_console.errors import StorageError

log = logging.getLogger(__name__)

ENTRY = "signing-key"
"""The user name of the key in the keyring; ids of connections, its other entries, have slashes."""


class Keyring(Protocol):
    """`secrets.Secrets`."""

    async def available(self) -> str | None:
        """None, or why there is no keyring."""

    async def get(self, connection: str, /) -> str | None:
        """What was kept."""

    async def set(self, connection: str, secret: str, /) -> None:
        """Keeps it; raises `StorageError`."""


class SigningKey:
    """Signs. `lasting`: it is in the keyring, and another session has the same one; otherwise `because` says why."""

    def __init__(self, private: Ed25519PrivateKey, *, because: str = "") -> None:
        self._private = private
        self.name = encoded(private.public_key().public_bytes_raw())
        self.because = because

    @property
    def lasting(self) -> bool:
        """Whether it outlives the session."""
        return not self.because

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(content)


class Keys:
    """Gives the signing key, made when it is first needed."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._key: SigningKey | None = None
        self._looking = asyncio.Lock()  # or two who ask at once would each make one

    async def signing(self) -> SigningKey:
        """The console's key. Never fails: without a keyring it is one of this session."""
        async with self._looking:
            if self._key is None:
                self._key = await self._found_or_made()
                if not self._key.lasting:
                    log.warning("what this session signs, the next one does not know: %s", self._key.because)
            return self._key

    async def kept(self) -> SigningKey | None:
        """The console's key if it has one already; else none is made."""
        if self._key is None and (
            await self._keyring.available() is not None or await self._keyring.get(ENTRY) is None
        ):
            return None
        key = await self.signing()
        return key if key.lasting else None

    async def _found_or_made(self) -> SigningKey:
        if (because := await self._keyring.available()) is not None:
            return SigningKey(Ed25519PrivateKey.generate(), because=because)
        kept = await self._keyring.get(ENTRY)
        if kept is not None:
            try:
                return SigningKey(Ed25519PrivateKey.from_private_bytes(decoded(kept)))
            except ValueError:
                return SigningKey(Ed25519PrivateKey.generate(), because="the key in the keyring is damaged")
        private = Ed25519PrivateKey.generate()
        try:
            await self._keyring.set(ENTRY, encoded(private.private_bytes_raw()))
        except StorageError as error:
            return SigningKey(private, because=error.message)
        return SigningKey(private)


def is_signed(content: bytes, signature: bytes, name: str) -> bool:
    """Whether a signature is that of the key of a name; whose key that is, is another question."""
    try:
        Ed25519PublicKey.from_public_bytes(decoded(name)).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def encoded(content: bytes) -> str:
    """Base64 for texts and names of files, without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What was encoded; raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error

"""The SSH keys that open an account, by their fingerprints: sshd(8), “AUTHORIZED_KEYS FILE FORMAT”."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator

_KEY = re.compile(
    r"(?:^|[\s,])(?:(?:sk-)?(?:ssh|ecdsa)-[a-zA-Z0-9@.-]+|sk-ssh-[a-zA-Z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:\s|$)"
)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"?')
_MOST_KEYS = 2_000


def fingerprints(text: str) -> Iterator[str]:
    """Of each key in a file of keys, as `ssh-keygen -l` says them; lines that hold no key are passed over."""
    for line in text.splitlines()[:_MOST_KEYS]:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _KEY.search(_QUOTED.sub("", line))  # options may quote anything, a key too
        if match is None:
            continue
        try:
            blob = b64decode(match[1], validate=True)
        except (binascii.Error, ValueError):
            continue
        yield "SHA256:" + b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

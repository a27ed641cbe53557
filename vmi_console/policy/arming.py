"""When a policy may respond by itself: while it says, word for word, what an operator armed on this console.

A fingerprint covers everything a policy says and every group that its members name, directly or through others; not
comments, quoting, order of keys, or the file's name. Any edit gives another fingerprint, and so falls back to asking.
"""

from __future__ import annotations

import hashlib

import msgspec

from vmi_console.errors import QueryError
from vmi_console.policy.groups import Groups
from vmi_console.policy.policies import Group, Policy, PolicySet

_FORM = b"vmi-console policy 1\n"


def fingerprint(policy: Policy, groups: Groups) -> str:
    """SHA-256 (hex) of what is armed. Raises `QueryError` where the members cannot be resolved."""
    digest = hashlib.sha256(_FORM)
    for part in (policy.content, *map(_said, groups.membership(policy.members).uses)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def may_act(policy: Policy, policies: PolicySet, armed: str | None) -> bool:
    """Whether a policy in force is what was armed as the fingerprint `armed` (None: it never was).

    Not so where its file, or that of a group it uses, was edited into something that cannot be used: what is in force
    is an older version then, and nobody armed the new one.
    """
    if armed is None or policy.file in policies.stale:
        return False
    groups = Groups(policies.groups)
    try:
        uses = groups.membership(policy.members).uses
        return not any(group.file in policies.stale for group in uses) and fingerprint(policy, groups) == armed
    except QueryError:
        return False


def _said(group: Group) -> bytes:
    said = msgspec.structs.asdict(group)
    del said["file"]
    return msgspec.json.encode(said, order="sorted")

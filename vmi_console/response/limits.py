"""How many VMs may be in quarantine by one policy before it asks."""

from __future__ import annotations

from vmi_console.policy.policies import Limit


def allowed(limit: Limit, members: int) -> int:
    """How many VMs at once. A share that is less than one VM counts as one, unless the limit is nothing at all."""
    share = max(1, int(members * limit.percent / 100)) if limit.percent > 0 else 0
    return min(limit.vms, share)


def exceeded(limit: Limit, members: int, now: int) -> str:
    """Why one more than `now` is too many; empty where it is not."""
    most = allowed(limit, members)
    if now < most:
        return ""
    return (
        f"it would be VM {now + 1} in quarantine by this policy, which allows {most} at once "
        f"({limit.vms} VMs and {limit.percent:g} % of {members} members)"
    )

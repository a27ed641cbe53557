"""The advanced settings of VMs that are kept: those that hardening guides speak of.

The other hundred of a VM are the hypervisor's own bookkeeping, which moves all the time and says nothing.
"""

from __future__ import annotations

import re

KEPT = re.compile(
    r"(isolation|RemoteDisplay|mks|tools|log|vmx\.log|bios|svga|usb|pciPassthru\d*)\..+"
    r"|sched\.mem\.pshare\.salt|ethernet\d+\.filter\d*\..+|(floppy|serial|parallel)\d+\.present|vhv\.enable|guest_rpc\..+",
    re.IGNORECASE,
)
"""Keys that are kept, as a whole."""


def is_kept(key: str) -> bool:
    """Whether `VM.settings` has this setting where it is set: of any other its absence says nothing."""
    return KEPT.fullmatch(key) is not None

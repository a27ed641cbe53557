"""Which server it is: one that answers at another address is the same endpoint still."""

from __future__ import annotations

from vmi_console.collectors.vsphere.session import Caller, Session
from vmi_console.collectors.vsphere.watching import retrieve
from vmi_console.errors import Unreachable
from vmi_console.estate.identity import canonical_uuid


async def endpoint_of(session: Session, caller: Caller) -> str:
    """A vCenter's instanceUuid, or the UUID of a single host's hardware. Raises as `Caller.call`."""
    if session.is_vcenter:
        uuid = canonical_uuid(str(session.content.about.instanceUuid or ""))
    else:
        path = "summary.hardware.uuid"
        found = await retrieve(
            caller, session.content, "HostSystem", ["ha-host"], [path], lambda _, told: told.get(path)
        )
        uuid = canonical_uuid(next(iter(found.values()), None))
    if uuid is None:
        raise Unreachable(
            f"{session.target.where} does not say which one it is: it has no UUID",
            "see about.instanceUuid of a vCenter, or the hardware's UUID of a single host",
        )
    return uuid

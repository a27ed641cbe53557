"""vSphere: a vCenter or a single ESXi host, through its web services API (SOAP) and pyVmomi.

`machine`, `hardware`, `guest`, `snapshots`, `host`, `network`, `place` and `events` turn what vSphere tells into
records and know no connection; `certificate` and `transport` reach a server, `session` logs in and makes the calls
off the event loop, `watching` follows a property collector, `tags` and `load` ask what no property tells, `following`
decides when, and `picture` puts it all together. `acting` is quarantine, `inspecting` looks into guests.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from vmi_console.collectors.protocol import Start

if TYPE_CHECKING:
    from vmi_console.collectors.vsphere.acting.actor import VsphereActor
    from vmi_console.collectors.vsphere.inspecting.inspector import VsphereInspector
    from vmi_console.collectors.vsphere.live import VsphereReader


_OTHER_SERVICES = ("eam", "pbm", "sms", "vsanhealth", "vslm")


def _spare_other_services() -> None:
    """Lets pyVmomi do without the types of services that are not ours: a third of the time that importing it takes.

    It passes over those that cannot be imported, which is what None says of a module (`sys.modules`).
    """
    modules: dict[str, Any] = sys.modules
    for name in _OTHER_SERVICES:
        modules.setdefault(f"pyVmomi._typeinfo_{name}", None)


def reader(start: Start) -> VsphereReader:
    """The reader. Raises `ConnectionUriError` for a bad URI."""
    _spare_other_services()
    # pyVmomi takes half a second to import, which only the process that runs a reader should wait for.
    from vmi_console.collectors.vsphere.live import VsphereReader

    return VsphereReader(start)


def inspector(start: Start) -> VsphereInspector:
    """What goes round the guests. Raises `ConnectionUriError` for a bad URI."""
    _spare_other_services()
    from vmi_console.collectors.vsphere.inspecting.inspector import VsphereInspector

    return VsphereInspector(start)


def actor(start: Start) -> VsphereActor:
    """Quarantine. Raises `ConnectionUriError` for a bad URI."""
    _spare_other_services()
    from vmi_console.collectors.vsphere.acting.actor import VsphereActor

    return VsphereActor(start)

"""vSphere: a vCenter or a single ESXi host, through its web services API (SOAP) and pyVmomi.

`machine`, `hardware`, `guest`, `snapshots`, `host`, `network`, `place` and `events` turn what vSphere tells into
records and know no connection; `certificate` and `transport` reach a server, `session` logs in and makes the calls
off the event loop, `watching` follows a property collector, `tags` and `load` ask what no property tells, `following`
decides when, and `picture` puts it all together. `acting` is quarantine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Inspector
from vmi_console.errors import Unsupported

if TYPE_CHECKING:
    from vmi_console.collectors.vsphere.acting.actor import VsphereActor
    from vmi_console.collectors.vsphere.live import VsphereReader


def reader(start: Start) -> VsphereReader:
    """The reader. Raises `ConnectionUriError` for a bad URI."""
    # pyVmomi takes a second to import, which only the process that runs a reader should wait for.
    from vmi_console.collectors.vsphere.live import VsphereReader

    return VsphereReader(start)


def inspector(start: Start) -> Inspector:
    """Raises `Unsupported`: guests of vSphere are not read yet."""
    raise Unsupported("this version of the console cannot look into guests of vSphere")


def actor(start: Start) -> VsphereActor:
    """Quarantine. Raises `ConnectionUriError` for a bad URI."""
    from vmi_console.collectors.vsphere.acting.actor import VsphereActor

    return VsphereActor(start)

"""libvirt: every driver it opens (QEMU, the test driver, Xen, LXC, …), through its C library's Python binding.

`domain`, `interface`, `disk`, `device`, `network`, `filter`, `storage`, `host`, `guest` and `load` turn what libvirt
tells into records and know no connection; `survey` makes the blocking calls, `session` keeps them off the event loop,
`following` decides when to look, and `picture` what of it is news. `acting` is quarantine; `inspecting` looks into
guests.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Actor, Inspector
from vmi_console.errors import Unsupported

if TYPE_CHECKING:
    from vmi_console.collectors.libvirt.live import LibvirtReader

_ADVICE = {
    "linux": "install libvirt-dev (libvirt-devel), pkg-config and gcc, and then vmi-console[libvirt]",
    "darwin": "brew install libvirt pkg-config, then pip install libvirt-python",
    "win32": "there is none for Windows: run the engine on a Linux machine and attach to it",
}


def reader(start: Start) -> LibvirtReader:
    """The reader. Raises `Unsupported` where libvirt's binding is not installed, `ConnectionUriError` for a bad URI."""
    try:
        from vmi_console.collectors.libvirt.live import LibvirtReader
    except ModuleNotFoundError as error:
        _explain(error)
        raise
    return LibvirtReader(start)


def inspector(start: Start) -> Inspector:
    """Looks into guests. Raises `Unsupported` without libvirt's binding, `ConnectionUriError` for a bad URI."""
    try:
        from vmi_console.collectors.libvirt.inspecting.inspector import LibvirtInspector
    except ModuleNotFoundError as error:
        _explain(error)
        raise
    return LibvirtInspector(start)


def actor(start: Start) -> Actor:
    """Quarantine. Raises `Unsupported` where libvirt's binding is not installed, `ConnectionUriError` for a bad URI."""
    try:
        from vmi_console.collectors.libvirt.acting.actor import LibvirtActor
    except ModuleNotFoundError as error:
        _explain(error)
        raise
    return LibvirtActor(start)


def _explain(error: ModuleNotFoundError) -> None:
    """Raises what to say of libvirt's binding where it is that which is not there."""
    if error.name == "libvirt":
        advice = _ADVICE.get(sys.platform, "install libvirt and its Python binding")
        raise Unsupported("libvirt's Python binding is not installed on this machine", advice) from error

"""What one look at one source found: the sets of facts of a `Guest`, not yet anybody's.

Sets that the source cannot speak of stay *not looked yet*; sets that it should hold and that could not be read say why.
"""

from __future__ import annotations

import msgspec

from vmi_console.estate.facts import (
    NOT_LOOKED,
    Application,
    Autostart,
    FactSet,
    GuestAddress,
    KernelModule,
    OperatingSystem,
    Patch,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)


class Findings(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The facts of one source, field by field as in `Guest`; `source` and `read_at` are set by whoever asked."""

    os: FactSet[OperatingSystem] = NOT_LOOKED
    applications: FactSet[Application] = NOT_LOOKED
    services: FactSet[Service] = NOT_LOOKED
    patches: FactSet[Patch] = NOT_LOOKED
    users: FactSet[User] = NOT_LOOKED
    processes: FactSet[Process] = NOT_LOOKED
    sockets: FactSet[Socket] = NOT_LOOKED
    addresses: FactSet[GuestAddress] = NOT_LOOKED
    settings: FactSet[Setting] = NOT_LOOKED
    autostart: FactSet[Autostart] = NOT_LOOKED
    modules: FactSet[KernelModule] = NOT_LOOKED
    signs: FactSet[Sign] = NOT_LOOKED

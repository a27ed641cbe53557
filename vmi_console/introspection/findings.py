"""What one look at one source found: the sets of facts of a `Guest`, not yet anybody's.

Sets that the source cannot speak of stay *not looked yet*; sets that it should hold and that could not be read say why.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vmi_console.estate.facts import (
    FACT_SETS,
    NOT_LOOKED,
    Application,
    Autostart,
    FactSet,
    GuestAddress,
    KernelModule,
    Looked,
    OperatingSystem,
    Patch,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)

OF_MEMORY = frozenset({"processes", "sockets", "modules", "signs"})
"""Sets that only memory can speak of; of the others, all but services are the disk's alone."""


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

    def doubted(self, doubts: Sequence[str]) -> Findings:
        """The same, with what there is to doubt noted on each set that was read from a disk."""
        if not doubts:
            return self
        said = "; ".join(doubts)
        changes: dict[str, FactSet[object]] = {}
        for field in FACT_SETS:
            facts: FactSet[object] = getattr(self, field)
            if facts.status is Looked.READ and field not in OF_MEMORY:
                doubt = f"{facts.doubt}; {said}" if facts.doubt else said
                changes[field] = msgspec.structs.replace(facts, doubt=doubt)
        return msgspec.structs.replace(self, **changes)

"""What a provider implements, and what it is given.

A provider is a module below `collectors/` with three functions, `reader`, `inspector` and `actor`, each of which
takes a `Start` and gives an object of the protocol below (or raises `Unsupported`). They run in a process of their
own, under plain asyncio; blocking calls belong on a thread of theirs. Errors of the provider's library become ours
at that boundary: `CredentialsNeeded` asks a person, `Unreachable` is tried again.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from vmi_console.addresses import masked, refuse_password
from vmi_console.collectors.protocol import Start
from vmi_console.errors import ConnectionUriError
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import State
from vmi_console.introspection.pace import ChosenPace, Pace
from vmi_console.introspection.rounds import Standing


class Sink(Protocol):
    """Where a role reports. Called on the event loop only; the awaitable methods wait while the engine is busy."""

    async def identified(self, endpoint: str, product: str) -> None:
        """The endpoint answered; before the first record."""

    async def discovery_begins(self, expected: int | None = None) -> None:
        """A complete report follows."""

    async def discovery_ends(self) -> None:
        """The complete report is over: whatever it did not mention is gone."""

    async def report(self, batch: Batch) -> None:
        """Records and removals; larger batches than `MAX_BATCH` are cut by the sink."""

    async def samples(self, samples: Sequence[Sample]) -> None:
        """Loads of watched entities."""

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        """Live, degraded or stale, with the reason; repeated conditions cost nothing."""

    def contact(self, at: datetime | None = None) -> None:
        """The hypervisor has just answered something (cheap; sent with the next heartbeat)."""


class Reader(Protocol):
    """Live inventory."""

    async def run(self, sink: Sink) -> None:
        """Connects, discovers, then reports changes until cancelled.

        Raises `CollectorError` when the connection is lost or cannot be made; the role's main program tells the
        engine and runs it again after a growing pause. Must give up its connection when cancelled.
        """

    def watch(self, entities: frozenset[EntityId]) -> None:
        """From now on take samples of these."""

    async def resync(self) -> None:
        """Report everything again, soon."""


class Inspector(Protocol):
    """Facts from inside guests."""

    async def run(self, sink: Sink) -> None:
        """Reports `Guest` and `SoftwareImage` records, on a schedule of its own and on request, until cancelled."""

    async def inspect(self, vm: EntityId) -> None:
        """Looks into one guest now and reports it. Says how far it is (`wire.calls.teller`); cancelling it ends it."""

    def want(self, vms: frozenset[EntityId]) -> None:
        """From now on looks into these sooner than into others, within the same limits."""

    def go_at(self, chosen: ChosenPace) -> None:
        """From now on goes round at the provider's own pace, but for what was chosen."""

    def standing(self) -> Standing | None:
        """How the round goes at the moment; None where it does not."""

    def waits(self, vm: EntityId) -> bool:
        """Whether a guest is due, and left alone only because it is quiet."""


class Actor(Protocol):
    """Acts on a hypervisor. One object serves one call."""

    async def act(self, command: str, arguments: dict[str, Any]) -> Any:
        """Carries out `command` and gives JSON-like data; raises `CommandRefused`."""


PACES = {
    "demo": Pace(),
    "libvirt": Pace(),
    "vsphere": Pace(changed_s=900.0),  # a look at a running VM costs a snapshot, to be put back into its disks
}
"""How fast each provider goes round, unless the operator chooses otherwise."""

PROVIDERS = {
    "demo": "vmi_console.collectors.demo",
    "libvirt": "vmi_console.collectors.libvirt",
    "vsphere": "vmi_console.collectors.vsphere",
}

LIBVIRT_DRIVERS = frozenset(
    "qemu xen lxc test esx gsx vpx vz bhyve ch hyperv vbox openvz vmwareplayer vmwarews vmwarefusion".split()  # noqa: SIM905
)


def provider_of(uri: str) -> str:
    """The name of the provider for a connection's URI; raises `ConnectionUriError` for what cannot be one.

    >>> provider_of("qemu+ssh://root@kvm1/system")
    'libvirt'
    """
    refuse_password(uri)
    scheme, separator, _ = uri.partition(":")
    driver = scheme.partition("+")[0].lower()
    if separator and driver in LIBVIRT_DRIVERS:
        return "libvirt"
    if separator and scheme.lower() in ("demo", "vsphere"):
        return scheme.lower()
    raise ConnectionUriError(
        f"“{masked(uri)}” is not an address this console knows",
        "use demo://, vsphere://user@host/, or a libvirt URI such as qemu:///system or qemu+ssh://user@host/system",
    )


class Provider(Protocol):
    """The functions of a provider's module."""

    def reader(self, start: Start) -> Reader: ...

    def inspector(self, start: Start) -> Inspector: ...

    def actor(self, start: Start) -> Actor: ...


def load(name: str) -> Provider:
    """The provider's module; only ever called inside a role process."""
    return cast(Provider, importlib.import_module(PROVIDERS[name]))

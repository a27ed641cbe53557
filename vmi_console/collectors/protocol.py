"""What the engine and a role process say to each other.

A role process starts with nothing but its role's name on its command line; `Start`, with the secret, comes by pipe.
It answers `Hello` first (see `wire.hello`), and then whatever its role reports.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Certificate, Grants, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.rounds import Standing
from vmi_console.wire.calls import Call, Cancel, Headway, Message, Result


class Role(StrEnum):
    """The three kinds of process that a connection may have."""

    READER = "reader"  # live inventory, on a read-only session
    INSPECTOR = "inspector"  # bulk reads of guests
    ACTOR = "actor"  # started only to act


# --- from the engine ----------------------------------------------------------------------------------------------


class Watch(Message):
    """Take samples of these entities (and of no others)."""

    entities: tuple[EntityId, ...]


class Wanted(Message):
    """Look into these guests sooner than into others: somebody waits for what is in them."""

    vms: tuple[EntityId, ...]


class Paced(Message):
    """Look into guests at this pace from now on, where it says something else than the provider does."""

    chosen: ChosenPace


type Wish = Watch | Wanted | Paced
"""What a role is to do from now on. A later one of its kind takes its place; each process begins with what holds."""


class Start(Message):
    """The first message: whom to speak to, as whom, and what to do from the first moment on."""

    role: Role
    uri: str
    secret: str | None = None
    trusted: tuple[str, ...] = ()  # fingerprints of certificates a person trusted for this connection
    grants: Grants = msgspec.field(default_factory=Grants)
    runtime_dir: str = ""  # a private folder that the roles of one connection share while the engine runs
    wishes: tuple[Wish, ...] = ()  # as they are now; later ones come by themselves


class Resync(Message):
    """Report everything again, as in a discovery."""


class Stop(Message):
    """Finish within two seconds."""


type ToRole = Start | Watch | Wanted | Paced | Resync | Call | Cancel | Stop


# --- from the role ------------------------------------------------------------------------------------------------


class Identified(Message):
    """The endpoint answered and said who it is. Comes before its first record, and again after a reconnection."""

    endpoint: str
    product: str


class Phase(StrEnum):
    """Which end of a complete report."""

    BEGIN = "begin"
    END = "end"


class Discovery(Message):
    """Brackets a complete report: what was not mentioned between begin and end is gone.

    `first_rows` comes with BEGIN where the number of records is known (for progress).
    """

    phase: Phase
    expected: int | None = None


class Report(Message):
    """Records, removals and attributions as seen by a reader or inspector."""

    batch: Batch


class Samples(Message):
    """Loads of watched entities."""

    samples: tuple[Sample, ...]


class Round(Message):
    """How the inspector's round of guests goes, with every heartbeat; None: it does not."""

    standing: Standing | None = None


class Condition(Message):
    """How the provider fares; the supervisor turns it into the connection's health."""

    state: State
    reason: str = ""
    advice: str = ""
    certificate: Certificate | None = None


class Heartbeat(Message):
    """Sent every two seconds by the event loop. `contact` is when the hypervisor last answered anything."""

    contact: datetime | None = None


type FromRole = Identified | Discovery | Report | Samples | Round | Condition | Heartbeat | Headway | Result

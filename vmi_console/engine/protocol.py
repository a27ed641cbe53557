"""What the engine and its clients (window, command line) say to each other.

A client opens with `Hello`, then `Subscribe`. The engine answers with a replay (`Replay.BEGIN`, updates,
`Replay.END`) of all records, and then with updates as they happen. A client that is too slow loses updates, sees the
gap in the sequence numbers and asks for `Resync`, which is a replay again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change, Sample
from vmi_console.estate.identity import EntityId
from vmi_console.introspection.rounds import Standing
from vmi_console.policy.decisions import Armed
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity
from vmi_console.policy.policies import Automatic, Problem
from vmi_console.policy.scores import Score
from vmi_console.response.quarantine import Quarantine
from vmi_console.wire.calls import Call, Cancel, Headway, Message, Result

# --- from a client ------------------------------------------------------------------------------------------------


class Subscribe(Message):
    """Send records, and the newest `recent_changes` of the change log to begin with; with `findings` also those, and
    how the policies stand.

    Guest facts are not among them: they are large and asked for (`guest`) where they are shown.
    """

    records: bool = True
    changes: bool = True
    recent_changes: int = 1000
    findings: bool = False


class Watch(Message):
    """Send samples of these entities, and of no others."""

    entities: tuple[EntityId, ...]


class Search(Message):
    """A standing query: its matches now, and as they come and go. Another search of the same number replaces it."""

    number: int
    text: str  # empty ends the search


class Resync(Message):
    """Send everything again."""


type ToEngine = Subscribe | Watch | Search | Resync | Call | Cancel


# --- from the engine ----------------------------------------------------------------------------------------------


class Phase(StrEnum):
    """Which end of a replay."""

    BEGIN = "begin"
    END = "end"


class Replay(Message):
    """Brackets a complete report: what was not mentioned between begin and end is gone.

    `ahead`: what came while the engine got ready (`Opening`) is part of it, as if it came right after the begin.
    """

    phase: Phase
    expected: int = 0
    ahead: bool = False


class Update(Message):
    """Records as they are now, ids that are gone, and the changes that led there.

    `forgets_changes`: the changes that were told before are no longer part of the log, since another time is shown.
    """

    records: tuple[AnyRecord, ...] = ()
    removed: tuple[EntityId, ...] = ()
    changes: tuple[Change, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    forgets_changes: bool = False


class Samples(Message):
    """Loads of watched entities."""

    samples: tuple[Sample, ...]


class Matches(Message):
    """Of a search: ids that match from now on, and ids that no longer do. The first one after a `Search` replaces all.

    `error` says why the text could not be used (the window checks it before sending).
    """

    number: int
    replaces: bool = False
    added: tuple[EntityId, ...] = ()
    removed: tuple[EntityId, ...] = ()
    error: str = ""


class Findings(Message):
    """Findings as they are now, resolved ones of late among them, and the ids of those that are forgotten.

    The first message after `Subscribe` or `Resync` replaces all that the client had; further ones complete it, and
    follow what happens.
    """

    replaces: bool = False
    findings: tuple[Finding, ...] = ()
    forgotten: tuple[str, ...] = ()


class PolicyStanding(Message):
    """One policy in force: whom it concerns, and how well it holds."""

    name: str
    file: str = ""
    enabled: bool = True
    severity: Severity = Severity.MEDIUM
    members: int = 0
    score: Score = Score()
    automatic: Automatic = Automatic.NEVER
    armed: Armed | None = None  # where its content is still the one that was armed
    disarmed_by_edit: bool = False  # it was armed, and is another now


class DocumentText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of the policy folder as it stands there: `kind` and `name` are empty where it says nothing usable.

    `digest` is that of the text, to be given when it is saved; `stale` says that an older version is in force.
    """

    file: str
    text: str
    digest: str
    kind: str = ""
    name: str = ""
    stale: bool = False
    problems: tuple[Problem, ...] = ()


class Posture(Message):
    """How the estate stands against its policies; sent when that has changed, at most once a second.

    `score` is that of the estate; `evaluating` says that not everything has been judged yet. `problems` are those of
    the folder's documents, and `stale` names the files whose last good version is in force.
    """

    folder: str = ""
    policies: tuple[PolicyStanding, ...] = ()
    score: Score = Score()
    evaluating: bool = False
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()


class Quarantines(Message):
    """Who is in quarantine, on the way in or out, or proposed for it, as it is now; sent to those who want findings.

    The first message after `Subscribe` or `Resync` replaces all that the client had; closed ones are told once, and
    can be forgotten.
    """

    replaces: bool = False
    quarantines: tuple[Quarantine, ...] = ()
    forgotten: tuple[str, ...] = ()


class Progress(Message):
    """How far a connection's discovery is. `expected` is None where nobody knows; `done` is None when it is over."""

    connection: EntityId
    done: int | None = None
    expected: int | None = None


class Round(Message):
    """How the round of a connection's guests goes; None: nobody looks into them. Sent when that has changed, at most
    every two seconds, and after each replay of records."""

    connection: EntityId
    standing: Standing | None = None


class Notice(Message):
    """Something the operator should read that belongs to no entity: history cannot be written, and the like."""

    at: datetime
    text: str
    advice: str = ""


class Opening(Message):
    """The engine gets ready, which may take a while: `done` is the share of it, None where nobody knows.

    `records` are some that it has read already. They count for nothing before a replay says so: what they are read from
    may turn out to be no good.
    """

    done: float | None = None
    records: tuple[AnyRecord, ...] = ()


class Review(Message):
    """The estate that is told is that of another time, and nothing acts in it. Sent before the first replay, and again
    when it goes to another moment.

    `title`, `source` and whatever else a file says of itself is untrusted. `earliest` and `latest` are where it can go,
    None where it is of one moment only.
    """

    at: datetime
    title: str = ""
    source: str = ""
    path: str = ""  # of the file; empty: the history of this console
    selection: str = ""
    redacted: bool = False
    lacks: tuple[str, ...] = ()
    signed_with: str = ""  # the name of the key; empty: not signed
    trusted: bool = False  # whether that key is one that this console knows
    changes_since: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None


class Refused(Message):
    """The engine cannot work, and ends: its workspace is in use by another one, or was written by a newer console."""

    error: str
    advice: str = ""


class Heartbeat(Message):
    """Sent every second: an engine that hangs is told from one that has nothing to say."""


type FromEngine = (
    Replay
    | Update
    | Samples
    | Matches
    | Findings
    | Posture
    | Quarantines
    | Progress
    | Round
    | Notice
    | Opening
    | Review
    | Refused
    | Heartbeat
    | Headway
    | Result
)

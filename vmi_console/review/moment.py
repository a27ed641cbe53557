"""Moment: the estate as it was at one time, with all that was known of it.

A snapshot file holds one, the history has one for every time it has seen, an import makes one; reports, comparison and
offline review read nothing else. It never holds a secret: records have none, and addresses none of connections.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine


class PolicyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the policy folder, as it was written."""

    name: str  # of the file, without a folder
    text: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What was known at `at`.

    `records` are the estate's, connections among them; where only a part was chosen, also what its VMs stand on.
    """

    at: datetime
    records: tuple[AnyRecord, ...]
    findings: tuple[Finding, ...] = ()
    decisions: tuple[KeptRecord, ...] = ()  # waivers, acknowledgements, what is known to be good
    policies: tuple[PolicyFile, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    changes: tuple[Change, ...] = ()  # of a span before `at`, oldest first, with who made them
    changes_since: datetime | None = None  # where the span begins; None: no span was asked for
    title: str = ""  # of whoever made it; untrusted
    source: str = ""  # "vmi-console 1.2", "RVTools 4.6", …; untrusted
    selection: str = ""  # the query that chose a part; empty: everything
    redacted: bool = False
    lacks: tuple[str, ...] = ()  # what an import cannot tell, in words

"""What operators decided about policies, beside waivers and acknowledgements; kept in the console's own database."""

from __future__ import annotations

from datetime import datetime

from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.findings import Acknowledgement, Finding, Kept
from vmi_console.policy.waivers import Waiver


class Armed(Kept):
    """Automatic response was allowed for a policy, as its content was then: any edit, and it asks again."""

    policy: str
    fingerprint: str  # see `arming.fingerprint`
    by: str
    at: datetime


class Folder(Kept):
    """The policy folder that was opened last."""

    path: str


class AdvisoryFiles(Kept):
    """The data sets of known vulnerabilities that were loaded last."""

    path: str
    kev: str = ""


type KeptRecord = Finding | Acknowledgement | Waiver | Armed | Folder | KnownGood | AdvisoryFiles

"""What a policy folder says, once it was read: policies, groups, baselines; immutable, and comparable by content."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from vmi_console.collectors.quarantine import Mode
from vmi_console.policy.check import Check
from vmi_console.policy.judgement import Severity


class Automatic(StrEnum):
    """Whether quarantine waits for a person."""

    NEVER = "never"
    ASK = "ask"
    AUTOMATIC = "automatic"


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many VMs may be in quarantine by one policy before it asks: a number, and a share of its members."""

    vms: Annotated[int, msgspec.Meta(ge=0, description="So many VMs at once.")] = 5
    percent: Annotated[float, msgspec.Meta(ge=0, le=100, description="So many percent of its members at once.")] = 2.0


class Respond(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done about a failure beside telling."""

    quarantine: Automatic = Automatic.NEVER
    after_seconds: float = 0.0
    mode: Mode = Mode.ISOLATE
    limit: Limit = Limit()
    reassert: bool = False  # whether an isolation that somebody undoes is put back


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a policy, with the texts of its own that a document may give it."""

    key: str  # stable within its policy: what findings are known by
    check: Check
    title: str = ""
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = ()
    severity: Severity | None = None  # the policy's where None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """VMs that match a query, or belong to other groups, with hand-picked additions and exceptions (names or ids)."""

    name: str
    description: str = ""
    members: str = ""  # a query; `group("name")` stands for another group
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    file: str = ""  # where it stands, relative to the folder


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold for a group."""

    name: str
    description: str = ""
    enabled: bool = True
    members: Group
    severity: Severity = Severity.MEDIUM
    priority: int = 0  # of two policies with the same kind of check on one VM, the higher one counts; equal: both
    rules: tuple[Rule, ...] = ()
    respond: Respond = Respond()
    file: str = ""  # where it stands, relative to the folder

    @property
    def content(self) -> bytes:
        """What the policy says, whatever its file looks like: what an operator arms."""
        said = msgspec.structs.asdict(self)
        del said["file"]
        said["kinds"] = [rule.check.kind for rule in self.rules]  # two kinds may have the same parameters
        return msgspec.json.encode(said, enc_hook=str, order="sorted")


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """Which VMs are held against a known-good state, and what of it matters. The state itself is not in the folder."""

    name: str
    description: str = ""
    members: Group
    severity: Severity = Severity.MEDIUM
    gold: str = (
        ""  # name or id of the VM that all are held against; empty: each against its own state when it was taken
    )
    watch: tuple[str, ...] = ()  # paths of properties (patterns with * and ?) that matter; empty: all
    allow: tuple[str, ...] = ()  # paths that may deviate all the same
    file: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a document, where, and what to do about it. Lines and columns count from 1; 0 is the file."""

    file: str
    line: int = 0
    column: int = 0
    message: str = ""
    advice: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.message}" + (f" ({self.advice})" if self.advice else "")


class PolicySet(msgspec.Struct, frozen=True, kw_only=True):
    """All of a folder. Of a document with problems the last good version is in force, and `stale` names its file."""

    policies: tuple[Policy, ...] = ()
    groups: tuple[Group, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()

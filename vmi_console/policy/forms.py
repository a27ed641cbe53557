"""What may stand in a policy folder's documents, declared once: reading, schema and the editor's forms follow it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vmi_console.collectors.quarantine import Mode
from vmi_console.policy.judgement import Severity
from vmi_console.policy.policies import Automatic, Limit

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Words = Annotated[str, Meta(max_length=4_000)]
Pick = Annotated[str, Meta(min_length=1, max_length=500)]
Duration = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}(s|m|h|d)$", description="A time with its unit: 60s, 5m, 1h, 2d.", examples=["60s", "5m"]
    ),
]

Members = Annotated[
    str, Meta(description='A query (docs/query.md): which VMs. group("name") stands for the members of a group.')
]
Include = Annotated[
    tuple[Pick, ...], Meta(description="VMs that belong whatever the query says, by name or id.", max_length=1_000)
]
Exclude = Annotated[
    tuple[Pick, ...],
    Meta(description="VMs that never belong, by name or id; counts more than include.", max_length=1_000),
]
Description = Annotated[Words, Meta(description="What it is for.")]
Gravity = Annotated[Severity, Meta(description="How bad a failure is.")]

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds(duration: str) -> float:
    """A duration in seconds.

    >>> seconds("5m")
    300.0
    """
    return float(int(duration[:-1]) * _SECONDS[duration[-1]])


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all documents and their parts have in common."""


class RespondForm(_Form, frozen=True):
    """What is done about a failure beside telling."""

    quarantine: Annotated[Automatic, Meta(description="Whether a VM that fails is isolated, and who decides.")] = (
        Automatic.NEVER
    )
    after: Annotated[
        Duration, Meta(description="How long a failure must last before anything is done: 60s, 5m, 1h.")
    ] = "0s"
    mode: Annotated[Mode, Meta(description="What quarantine does to the VM.")] = Mode.ISOLATE
    limit: Annotated[Limit, Meta(description="How many VMs at once; beyond it the console asks.")] = Limit()
    reassert: Annotated[bool, Meta(description="Whether an isolation that somebody undoes is put back.")] = False


class RuleForm(_Form, frozen=True):
    """What may stand beside the kind of check and its parameters in an item of `checks`."""

    id: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            description="What findings are known by: give one, and they outlive any edit of the check.",
        ),
    ] = ""
    title: Annotated[Words, Meta(description="In place of the title that the kind of check has.")] = ""
    rationale: Annotated[Words, Meta(description="Why this is demanded.")] = ""
    remediation: Annotated[Words, Meta(description="What to do about a failure.")] = ""
    references: Annotated[
        tuple[Words, ...], Meta(description="Where it is written: a guide's rule, an address.", max_length=50)
    ] = ()
    severity: Annotated[Severity | None, Meta(description="In place of the policy's severity.")] = None


class PolicyForm(_Form, frozen=True):
    """What must hold for a group of VMs."""

    policy: Annotated[Name, Meta(description="The policy's name, which no other policy of the folder has.")]
    description: Description = ""
    enabled: Annotated[bool, Meta(description="Whether it is looked after.")] = True
    members: Members = ""
    include: Include = ()
    exclude: Exclude = ()
    severity: Gravity = Severity.MEDIUM
    priority: Annotated[
        int,
        Meta(
            ge=-1_000,
            le=1_000,
            description="Of two policies with the same kind of check on one VM the higher one counts; equal: both.",
        ),
    ] = 0
    checks: Annotated[tuple[Any, ...], Meta(description="What is demanded of each member.", max_length=1_000)] = ()
    respond: Annotated[RespondForm, Meta(description="What is done about a failure beside telling.")] = RespondForm()


class GroupForm(_Form, frozen=True):
    """VMs that policies and other groups can name."""

    group: Annotated[Name, Meta(description="The group's name, which no other group of the folder has.")]
    description: Description = ""
    members: Members = ""
    include: Include = ()
    exclude: Exclude = ()


class BaselineForm(_Form, frozen=True):
    """VMs that are held against a known-good state."""

    baseline: Annotated[Name, Meta(description="The baseline's name, which no other baseline of the folder has.")]
    description: Description = ""
    members: Members = ""
    include: Include = ()
    exclude: Exclude = ()
    severity: Gravity = Severity.MEDIUM
    gold: Annotated[
        str,
        Meta(
            max_length=500,
            description="Name or id of the VM that all are held against; without it each is held against itself.",
        ),
    ] = ""
    watch: Annotated[
        tuple[Pick, ...],
        Meta(description="Properties that matter, as patterns with * and ?; without any, all do.", max_length=1_000),
    ] = ()
    allow: Annotated[
        tuple[Pick, ...],
        Meta(description="Properties that may deviate all the same, as patterns with * and ?.", max_length=1_000),
    ] = ()


type Form = PolicyForm | GroupForm | BaselineForm

FORMS: dict[str, type[PolicyForm] | type[GroupForm] | type[BaselineForm]] = {
    "policy": PolicyForm,
    "group": GroupForm,
    "baseline": BaselineForm,
}
"""The kinds of documents by the key that holds their name."""

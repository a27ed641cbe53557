"""The lines of `watch --format json`: one JSON object each, told apart by `type`.

Described in docs/json.md; docs/schema/watch.json is generated from the structs here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, dataclass_transform

import msgspec

from vmi_console.addresses import LONGEST, masked
from vmi_console.engine.protocol import Notice
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import kind_of
from vmi_console.estate.records import Connection
from vmi_console.policy.findings import Finding


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class ChangeLine(_Line, tag="change"):
    """One property of one entity, before and after; or an entity added or removed."""

    at: Annotated[datetime, msgspec.Meta(description="when this console saw it")]
    occurred_at: Annotated[datetime | None, msgspec.Meta(description="by the hypervisor's clock")]
    not_before: Annotated[datetime | None, msgspec.Meta(description="after a gap: when the old value was last seen")]
    number: int
    connection: Annotated[str | None, msgspec.Meta(description="name")]
    kind: Annotated[str, msgspec.Meta(description="vm, host, network, datastore, …")]
    entity: Annotated[str, msgspec.Meta(description="its id")]
    name: str
    action: Annotated[str, msgspec.Meta(description="added, removed or changed")]
    path: Annotated[str, msgspec.Meta(description="the property; empty: the entity as a whole")]
    before: Any
    after: Any
    actor: Annotated[str | None, msgspec.Meta(description="who did it, where the hypervisor tells")]
    seen: Annotated[str, msgspec.Meta(description="event, poll, resync, inspection or console")]


class AmendmentLine(_Line, tag="amendment"):
    """Who made a change that was told before, under the same number."""

    number: int
    actor: str
    occurred_at: datetime | None


class HealthLine(_Line, tag="health"):
    """A connection is in another state than before."""

    at: datetime
    connection: str
    connection_id: str
    uri: str
    state: Annotated[
        str,
        msgspec.Meta(
            description="connecting, live, degraded, stale, needs credentials, needs trust, unsupported or removed"
        ),
    ]
    since: datetime | None
    reason: str
    advice: str


class FindingLine(_Line, tag="finding"):
    """A check that fails on a VM, when it opens, when it closes, and when it becomes known who is behind it."""

    policy: str
    check: Annotated[str, msgspec.Meta(description="the kind of check")]
    rule: Annotated[str, msgspec.Meta(description="the rule's key within its policy")]
    title: str
    vm: Annotated[str, msgspec.Meta(description="its id")]
    vm_name: str
    severity: Annotated[str, msgspec.Meta(description="low, medium, high or critical")]
    verdict: Annotated[
        str, msgspec.Meta(description="fail; of one that closes: pass, or fail where nobody asks any more")
    ]
    stage: Annotated[str, msgspec.Meta(description="open, acknowledged, waived or resolved")]
    evidence: str
    actor: Annotated[str | None, msgspec.Meta(description="who made the change behind it, where that is known")]
    opened_at: datetime
    resolved_at: datetime | None
    incident: Annotated[str, msgspec.Meta(description="what findings of one cause have in common")]


class NoticeLine(_Line, tag="notice"):
    """Something the operator should read."""

    at: datetime
    text: str
    advice: str


type Line = ChangeLine | AmendmentLine | HealthLine | FindingLine | NoticeLine


def change_line(change: Change, connection: str | None) -> ChangeLine:
    """A change, with the name of its connection."""
    return ChangeLine(
        at=change.observed_at,
        occurred_at=change.occurred_at,
        not_before=change.not_before,
        number=change.number,
        connection=connection,
        kind=kind_of(change.entity),
        entity=change.entity,
        name=change.name,
        action=change.action.value,
        path=change.path,
        before=change.before,
        after=change.after,
        actor=change.actor,
        seen=change.seen.value,
    )


def amendment_line(amendment: Amendment) -> AmendmentLine:
    """Who made a change told before."""
    return AmendmentLine(number=amendment.number, actor=amendment.actor, occurred_at=amendment.occurred_at)


def health_line(connection: Connection, state: str | None = None) -> HealthLine:
    """The health of a connection; `state` in its place where it is gone."""
    health = connection.health
    return HealthLine(
        at=datetime.now(UTC),
        connection=connection.name,
        connection_id=connection.id,
        uri=masked(connection.uri, LONGEST),
        state=state or health.state.value,
        since=health.since,
        reason=health.reason,
        advice=health.prospects,
    )


def finding_line(finding: Finding) -> FindingLine:
    """A finding as it is now."""
    return FindingLine(
        policy=finding.policy,
        check=finding.check,
        rule=finding.rule,
        title=finding.title,
        vm=finding.vm,
        vm_name=finding.vm_name,
        severity=finding.severity.value,
        verdict=finding.verdict.value,
        stage=finding.stage.value,
        evidence=finding.evidence,
        actor=finding.actor,
        opened_at=finding.opened_at,
        resolved_at=finding.resolved_at,
        incident=finding.incident,
    )


def notice_line(notice: Notice) -> NoticeLine:
    """What the operator should read."""
    return NoticeLine(at=notice.at, text=notice.text, advice=notice.advice)

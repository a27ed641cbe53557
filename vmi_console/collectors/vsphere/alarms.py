"""Alarms that are triggered: what `ManagedEntity.triggeredAlarmState` says of an entity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from vmi_console.collectors.vsphere.values import Told, moid, moment, text, truth
from vmi_console.estate.records import Alarm, AlarmStatus

TRIGGERED = "triggeredAlarmState"
NAME = "info.name"
KIND = "Alarm"

_STATUS = {"yellow": AlarmStatus.YELLOW, "red": AlarmStatus.RED}
_QUIET = frozenset(("green", "gray"))


class Triggered(msgspec.Struct, frozen=True, gc=False):
    """AlarmState."""

    alarm: str  # managed object id of its definition
    entity: str
    status: AlarmStatus
    since: datetime | None
    acknowledged: bool | None
    by: str | None
    at: datetime | None


def triggered(value: Any) -> tuple[Triggered, ...]:
    """From AlarmState[], which speaks of what lies below an entity, too."""
    return tuple(
        Triggered(
            alarm=alarm,
            entity=entity,
            status=_STATUS.get(str(each.overallStatus), AlarmStatus.OTHER),
            since=moment(each.time),
            acknowledged=truth(each.acknowledged),
            by=text(each.acknowledgedByUser),
            at=moment(each.acknowledgedTime),
        )
        for each in value
        if (alarm := moid(each.alarm)) is not None
        and (entity := moid(each.entity)) is not None
        and text(each.overallStatus) not in _QUIET
    )


def alarms_of(entity: str, told: Told, names: Mapping[str, str]) -> tuple[Alarm, ...] | None:
    """The alarms of an entity itself, by what their definitions are called; None where the server does not tell."""
    found: tuple[Triggered, ...] | None = told.get(TRIGGERED)
    if found is None:
        return None
    return tuple(
        Alarm(
            key=each.alarm,
            name=names.get(each.alarm, ""),
            status=each.status,
            since=each.since,
            acknowledged=each.acknowledged,
            acknowledged_by=each.by,
            acknowledged_at=each.at,
        )
        for each in sorted(found, key=lambda each: each.alarm)
        if each.entity == entity
    )

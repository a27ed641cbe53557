"""OCSF events, held against the schema and against models that others made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from tests.unit.reports import estates
from tests.unit.reports.ocsf_schema import mistakes
from vmi_console.estate.facts import Guest, Looked
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM, Alert
from vmi_console.policy.judgement import Verdict
from vmi_console.reports.ocsf import write_ocsf
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject
from vmi_console.review.moment import Moment

MODELS = {2003: ComplianceFinding, 2004: DetectionFinding}


def written(moment: Moment, folder: Path) -> list[dict[str, Any]]:
    path = folder / "events.jsonl"
    write_ocsf(Subject(moment), path, Progress())
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("make", [estates.demo, estates.hostile])
def test_every_event_is_what_the_schema_asks(make: Any, tmp_path: Path) -> None:
    moment = make()
    vm = next(record for record in moment.records if isinstance(record, VM))
    alert = Alert(
        id=entity_id("alert", "sensor", "1"), name="ET SCAN", at=estates.NOW, severity=1, signature="2001",
        source="192.0.2.9", source_port=4444, destination="10.0.0.1", destination_port=22, protocol="TCP", vm=vm.id,
    )  # fmt: skip
    events = written(msgspec.structs.replace(moment, records=(*moment.records, alert)), tmp_path)
    assert [(event["class_uid"], wrong) for event in events if (wrong := mistakes(event))] == []
    for event in events:
        if event["class_uid"] in MODELS:
            MODELS[event["class_uid"]].model_validate(event)
    classes = {event["class_uid"] for event in events}
    assert classes >= {5001, 5020, 5019, 2003, 2004}
    assert sum(event["class_uid"] == 5001 for event in events) == len(estates.of_vms(moment))


def test_unknown_is_never_a_pass(tmp_path: Path) -> None:
    moment = estates.demo()
    vague = msgspec.structs.replace(moment.findings[0], verdict=Verdict.UNKNOWN, because="unreachable")
    unread = next(record for record in moment.records if isinstance(record, Guest) and record.applications.items)
    facts = msgspec.structs.replace(unread.applications, status=Looked.UNREADABLE, because="encrypted")
    records = [
        msgspec.structs.replace(unread, applications=facts) if record is unread else record for record in moment.records
    ]
    events = written(msgspec.structs.replace(moment, findings=(vague,), records=tuple(records)), tmp_path)
    [finding] = [event for event in events if event["class_uid"] in (2003, 2004)]
    assert finding["compliance"]["status_id"] == 0
    assert finding["status_detail"] == "unreachable"
    told = {event["device"]["uid"] for event in events if event["class_uid"] == 5020}
    assert unread.vm not in told
    assert told


def test_partial_isolation_is_no_success(tmp_path: Path) -> None:
    [event] = [event for event in written(estates.demo(), tmp_path) if event["class_uid"] == 7001]
    assert (event["status_id"], event["status"], event["activity_id"]) == (4, "partly isolated", 1)
    assert "USB device: unknown (nothing tells)" in event["status_detail"]

"""An estate as events of the Open Cybersecurity Schema Framework (https://schema.ocsf.io), one JSON object a line.

Which classes, and what they are made of: 5001 Device Inventory Info and 5020 Software Inventory Info of each VM, 2003
Compliance Finding of each finding, 2004 Detection Finding of each alert of an intrusion detection engine and of each
finding about what happens in a guest, 5019 Device Config State Change of each change of the period, 7001 Remediation
Activity of each quarantine. Times are milliseconds since 1970, as the schema has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from vmi_console import __version__
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import Looked
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import VM, Alert, Host
from vmi_console.policy.findings import Finding
from vmi_console.policy.findings import Stage as FindingStage
from vmi_console.policy.joining import vm_of
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.reports.json_lines import encoded
from vmi_console.reports.progress import Progress
from vmi_console.reports.purl import purl
from vmi_console.reports.subject import Subject, addresses, vlan_text
from vmi_console.reports.tables import value_text
from vmi_console.response.quarantine import Quarantine, Stage, open_ways

VERSION = "1.5.0"
"""Of the schema: the newest that consumers' libraries know as this is written; later ones only add to it."""

DEVICE_INVENTORY, SOFTWARE_INVENTORY, CONFIG_CHANGE = 5001, 5020, 5019
COMPLIANCE, DETECTION, REMEDIATION = 2003, 2004, 7001

SEVERITIES = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
INFORMATIONAL = 1
STAGES = {FindingStage.OPEN: 1, FindingStage.ACKNOWLEDGED: 2, FindingStage.WAIVED: 3, FindingStage.RESOLVED: 4}
ALERT_SEVERITIES = {1: 4, 2: 3, 3: 2}
"""Of intrusion detection engines, where 1 is the worst."""

DETECTIONS = frozenset({"alerts", "signs", "processes", "traffic"})
"""Kinds of checks that speak of what happens, not of how something is set."""

SYSTEMS = {"windows": 100, "linux": 200, "macos": 300, "solaris": 400}


def write_ocsf(subject: Subject, path: Path, progress: Progress) -> None:
    """Writes the events. Raises `OSError`, `GivenUp`."""
    progress.expect(2 * len(subject.vms) + len(subject.findings) + len(subject.changes) + len(subject.quarantines))
    with path.open("wb") as file:
        for event in events(subject):
            progress.step()
            file.write(encoded(event) + b"\n")


def events(subject: Subject) -> Iterator[dict[str, Any]]:
    """All events of what a report is about."""
    for vm in subject.vms:
        yield _device_inventory(subject, vm)
        if (software := _software_inventory(subject, vm)) is not None:
            yield software
    for finding in subject.findings:
        yield _finding(subject, finding)
    for alert in subject.estate.of(Alert):
        if (subject.is_whole and alert.vm is None) or (alert.vm is not None and alert.vm in subject):
            yield _alert(subject, alert)
    for change in subject.changes:
        yield _change(subject, change)
    for quarantine in subject.quarantines:
        yield _quarantine(subject, quarantine)


def _event(uid: int, activity: int, at: datetime, severity: int, message: str, **more: Any) -> dict[str, Any]:
    """What every event has."""
    return {
        "metadata": {
            "version": VERSION,
            "product": {"name": "VMI Console", "vendor_name": "VMI Console", "version": __version__},
            "profiles": ["host"],  # whence device and actor
        },
        "category_uid": uid // 1000,
        "class_uid": uid,
        "activity_id": activity,
        "type_uid": uid * 100 + activity,
        "severity_id": severity,
        "time": _ms(at),
        "message": message,
        **more,
    }


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _optional_ms(time: datetime | None) -> int | None:
    return None if time is None else _ms(time)


# --- devices ------------------------------------------------------------------------------------------------------


def _device(subject: Subject, entity: EntityId, name: str) -> dict[str, Any]:
    """Whatever an event is about, as a device: type 6 is virtual, 1 a server, 99 something else."""
    entity = vm_of(entity) if kind_of(entity) == "guest" else entity
    match subject.estate.get(entity):
        case VM() as vm:
            return {"type_id": 6, "type": "Virtual", "uid": vm.id, "name": vm.name, "hostname": vm.guest.hostname}
        case Host() as host:
            return {"type_id": 1, "type": "Server", "uid": host.id, "name": host.name}
        case _:
            kind = kind_of(entity)
            if kind == "vm":  # it is gone
                return {"type_id": 6, "type": "Virtual", "uid": entity, "name": name}
            return {"type_id": 99, "type": kind, "uid": entity, "name": name}


def _whole_device(subject: Subject, vm: VM) -> dict[str, Any]:
    host = subject.host(vm)
    ips = addresses(vm)
    cards = [
        {
            "type_id": 1,
            "uid": nic.key,
            "name": nic.label or nic.key,
            "mac": nic.mac,
            "ip": nic.addresses[0].ip if nic.addresses else None,
        }
        for nic in vm.nics
    ]
    vlans = [text for nic in vm.nics if (text := vlan_text(nic.vlan)) is not None]
    return {
        **_device(subject, vm.id, vm.name),
        "uid_alt": vm.uuid,
        "ip": ips[0] if ips else None,
        "mac": next((nic.mac for nic in vm.nics if nic.mac is not None), None),
        "vlan_uid": vlans[0] if vlans else None,
        "hypervisor": None if host is None else host.name,
        "region": subject.datacenter(host),
        "created_time": _optional_ms(vm.created_at),
        "boot_time": _optional_ms(vm.booted_at),
        "os": _system(subject, vm),
        "hw_info": {"cpu_count": vm.vcpus, "ram_size": None if vm.memory_bytes is None else vm.memory_bytes >> 20},
        "network_interfaces": cards or None,
    }


def _system(subject: Subject, vm: VM) -> dict[str, Any] | None:
    guest = subject.estate.guest(vm.id)
    if guest is not None and guest.os.status is Looked.READ and guest.os.items:
        found = guest.os.items[0]
        return {
            "name": found.name,
            "type_id": SYSTEMS.get(found.family, 99 if found.family else 0),
            "version": found.version or None,
            "kernel_release": found.kernel or None,
        }
    if vm.guest.os is None:
        return None
    return {"name": vm.guest.os, "type_id": SYSTEMS.get(vm.guest.family or "", 99 if vm.guest.family else 0)}


def _device_inventory(subject: Subject, vm: VM) -> dict[str, Any]:
    host = subject.host(vm)
    return _event(
        DEVICE_INVENTORY,
        2,
        subject.at,
        INFORMATIONAL,
        f"{vm.name}: {vm.power.value}",
        device=_whole_device(subject, vm),
        unmapped={
            "power": vm.power.value,
            "folder": vm.folder or None,
            "cluster": None if (cluster := subject.cluster(host)) is None else cluster.name,
            "connection": subject.connection_name(vm.id),
            "tags": list(vm.tags) or None,
            "networks": [nic.network_name or nic.source or "" for nic in vm.nics] or None,
        },
    )


def _software_inventory(subject: Subject, vm: VM) -> dict[str, Any] | None:
    """What is installed in a VM; None where nobody could tell: an empty list would say that there is nothing."""
    guest, software = subject.estate.guest(vm.id), subject.software(vm)
    if guest is None or software is None or software.applications.status is not Looked.READ:
        return None
    system = guest.os.items[0] if guest.os.status is Looked.READ and guest.os.items else None
    components = [
        {"name": each.name, "version": each.version, "purl": purl(each, system)} for each in software.applications
    ]
    facts = software.applications.facts
    return _event(
        SOFTWARE_INVENTORY,
        2,
        facts.read_at or subject.at,
        INFORMATIONAL,
        f"{vm.name}: {len(components)} packages",
        device=_device(subject, vm.id, vm.name),
        sbom={
            "package": {
                "name": vm.name if system is None else system.name,
                "version": "" if system is None else system.version,
                "type_id": 0 if system is None else 2,
            },
            "software_components": components,
            "product": {"name": "VMI Console", "version": __version__},
            "created_time": _optional_ms(facts.read_at),
        },
        unmapped={"source": None if facts.source is None else facts.source.value, "doubt": facts.doubt or None},
    )


# --- findings -----------------------------------------------------------------------------------------------------


def _finding(subject: Subject, finding: Finding) -> dict[str, Any]:
    is_detection = finding.check in DETECTIONS
    activity = 3 if finding.resolved_at is not None else 1 if finding.opened_at == finding.first_opened_at else 2
    title = finding.title or finding.rule
    return _event(
        DETECTION if is_detection else COMPLIANCE,
        activity,
        finding.resolved_at or finding.opened_at,
        SEVERITIES[finding.severity],
        f"{finding.vm_name}: {title}: {finding.evidence}",
        status_id=STAGES[finding.stage],
        status_detail=finding.because or None,
        finding_info={
            "uid": finding.id,
            "title": title,
            "desc": finding.evidence or None,
            "types": [finding.policy],
            "first_seen_time": _ms(finding.first_opened_at),
            "last_seen_time": _ms(finding.resolved_at or subject.at),
            "created_time": _ms(finding.opened_at),
            "analytic": {"type_id": 1, "name": finding.check, "uid": f"{finding.policy}/{finding.rule}"},
        },
        **(_evidences(subject, finding) if is_detection else {"compliance": _compliance(finding)}),
        resources=[_resource(subject, finding.vm, finding.vm_name)],
        unmapped={"actor": finding.actor, "incident": finding.incident, "waiver": finding.waiver or None},
    )


def _compliance(finding: Finding) -> dict[str, Any]:
    """3 fails, 1 passes, 0 is not known: which is never a pass."""
    status = {Verdict.FAIL: (3, "Fail"), Verdict.PASS: (1, "Pass"), Verdict.UNKNOWN: (0, "Unknown")}
    number, name = status[finding.verdict]
    return {
        "control": finding.rule,
        "standards": [finding.policy],
        "status_id": number,
        "status": name,
        "status_detail": finding.because or finding.evidence or None,
    }


def _evidences(subject: Subject, finding: Finding) -> dict[str, Any]:
    return {"evidences": [{"device": _device(subject, finding.vm, finding.vm_name), "data": finding.evidence}]}


def _resource(subject: Subject, entity: EntityId, name: str) -> dict[str, Any]:
    record = subject.estate.get(entity)
    return {"uid": entity, "name": name if record is None else record.name, "type": kind_of(entity)}


def _alert(subject: Subject, alert: Alert) -> dict[str, Any]:
    def endpoint(ip: str | None, port: int | None) -> dict[str, Any] | None:
        return None if ip is None else {"ip": ip, "port": port}

    evidence = {
        "src_endpoint": endpoint(alert.source, alert.source_port),
        "dst_endpoint": endpoint(alert.destination, alert.destination_port),
        "data": {"protocol": alert.protocol, "action": alert.action},
    }
    return _event(
        DETECTION,
        1,
        alert.at,
        99 if alert.severity is None else ALERT_SEVERITIES.get(alert.severity, 1),
        alert.name,
        status_id=1,
        finding_info={
            "uid": alert.id,
            "title": alert.name,
            "types": None if alert.category is None else [alert.category],
            "created_time": _ms(alert.at),
            "analytic": {"type_id": 1, "name": alert.signature or alert.name, "uid": alert.signature},
            "data_sources": None if alert.sensor is None else [alert.sensor],
        },
        evidences=[evidence],
        resources=None if alert.vm is None else [_resource(subject, alert.vm, "")],
    )


# --- what happened ------------------------------------------------------------------------------------------------


def _change(subject: Subject, change: Change) -> dict[str, Any]:
    what = f"{change.path}: {value_text(change.before)} → {value_text(change.after)}" if change.path else ""
    return _event(
        CONFIG_CHANGE,
        1,
        change.occurred_at or change.observed_at,
        INFORMATIONAL,
        f"{change.name} {change.action.value} {what}".strip(),
        device=_device(subject, change.entity, change.name),
        actor=None if change.actor is None else {"user": {"name": change.actor}},
        unmapped={
            "number": change.number,
            "action": change.action.value,
            "path": change.path or None,
            "before": value_text(change.before),
            "after": value_text(change.after),
            "observed_time": _ms(change.observed_at),
            "not_before_time": _optional_ms(change.not_before),
            "seen": change.seen.value,
            "cause": change.cause,
        },
    )


def _quarantine(subject: Subject, quarantine: Quarantine) -> dict[str, Any]:
    """1 isolates, 3 restores. Succeeded is only what was seen to hold; 4 is partial, 0 not known."""
    restoring = quarantine.stage in (Stage.RELEASING, Stage.RELEASED)
    status = {
        Stage.ISOLATED: 1,
        Stage.RELEASED: 1,
        Stage.FAILED: 2,
        Stage.PARTLY: 4,
        Stage.UNDONE: 4,
    }.get(quarantine.stage, 0)
    return _event(
        REMEDIATION,
        3 if restoring else 1,
        quarantine.since,
        INFORMATIONAL,
        f"{quarantine.vm_name}: {quarantine.stage.value}",
        command_uid=quarantine.id,
        status_id=status,
        status=quarantine.stage.value,
        status_detail=quarantine.because or open_ways(quarantine.channels) or None,
        device=_device(subject, quarantine.vm, quarantine.vm_name),
        actor={"user": {"name": quarantine.by}},
        start_time=_ms(quarantine.opened_at),
        unmapped={
            "mode": quarantine.mode.value,
            "reason": quarantine.reason,
            "policy": quarantine.policy or None,
            "finding": quarantine.finding or None,
            "verified_time": _optional_ms(quarantine.verified_at),
        },
    )

"""Hardware, settings, names, tools, sprawl, alerts, and free expressions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.unit.estate.builders import NOON, disk, nic, vm, vm_id
from tests.unit.policy.checks.judging import FAIL, PASS, UNKNOWN, judged, made
from vmi_console.errors import QueryError
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import (
    Access,
    Alert,
    Device,
    DiskKind,
    GuestSummary,
    Power,
    Snapshot,
    ToolsState,
)
from vmi_console.policy.judgement import Verdict

GIB = 2**30


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("hardware: {denied: [floppy]}", FAIL),
        ("hardware: {denied: [cdrom]}", FAIL),
        ("hardware: {denied: [serial, sound]}", PASS),
        ("hardware: {denied: ['us?']}", FAIL),
        ("hardware: {denied: ['graphics vnc*']}", FAIL),
        ("hardware: {denied: ['graphics spice*']}", PASS),
        ("hardware: {passthrough: denied}", FAIL),
        ("hardware: {media: denied}", FAIL),
    ],
)
def test_devices(text: str, verdict: Verdict) -> None:
    machine = vm(
        "a",
        devices=(
            Device(key="usb 1", type="usb", label="1d6b:0002", passthrough=True),
            Device(key="graphics", type="graphics", label="vnc 0.0.0.0"),
        ),
        disks=(
            disk("fda", device="floppy", type=DiskKind.NONE, path=""),
            disk("sda", device="cdrom", type=DiskKind.FILE, path="/iso/rescue.iso"),
        ),
    )
    assert judged(text, machine).verdict is verdict


def test_a_medium_that_nobody_knows_about() -> None:
    assert judged("hardware: {media: denied}", vm("a", disks=(disk("sda", device="cdrom"),))).verdict is UNKNOWN
    empty = vm("a", disks=(disk("sda", device="cdrom", type=DiskKind.NONE),))
    assert judged("hardware: {media: denied}", empty).verdict is PASS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("disks: {each_gib: 100}", PASS),
        ("disks: {each_gib: 99}", FAIL),
        ("disks: {total_gib: 140}", PASS),
        ("disks: {total_gib: 139.5}", FAIL),
        ("disks: {most: 2}", PASS),
        ("disks: {most: 1}", FAIL),
        ("disks: {formats: ['qcow*', raw]}", PASS),
        ("disks: {formats: [qcow2]}", FAIL),
        ("disks: {shared: denied}", FAIL),
        ("disks: {encrypted: true}", FAIL),
    ],
)
def test_disks(text: str, verdict: Verdict) -> None:
    machine = vm(
        "a",
        disks=(
            disk("vda", capacity_bytes=40 * GIB, format="qcow2", encrypted=True),
            disk("vdb", capacity_bytes=100 * GIB, format="raw", shareable=True),
            disk("sda", device="cdrom"),
        ),
    )
    assert judged(text, machine).verdict is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("disks: {each_gib: 50}", UNKNOWN),
        ("disks: {each_gib: 30}", FAIL),
        ("disks: {total_gib: 50}", UNKNOWN),
        ("disks: {total_gib: 30}", FAIL),
        ("disks: {formats: [raw]}", UNKNOWN),
        ("disks: {most: 2}", PASS),
    ],
)
def test_disks_of_unknown_size_and_format(text: str, verdict: Verdict) -> None:
    machine = vm("a", disks=(disk("vda"), disk("vdb", capacity_bytes=40 * GIB, format="raw")))
    assert judged(text, machine).verdict is verdict


def snapshot(key: str, days: float | None, gib: float | None = 1, **fields: Any) -> Snapshot:
    return Snapshot(
        key=key,
        created_at=None if days is None else NOON - timedelta(days=days),
        size_bytes=None if gib is None else int(gib * GIB),
        **fields,
    )


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("snapshots: {oldest_days: 30}", PASS),
        ("snapshots: {oldest_days: 29.9}", FAIL),
        ("snapshots: {oldest_days: 7, ignore: ['DO NOT *']}", PASS),
        ("snapshots: {most: 2}", PASS),
        ("snapshots: {most: 1}", FAIL),
        ("snapshots: {most: 1, ignore: [nightly]}", PASS),
        ("snapshots: {total_gib: 6}", PASS),
        ("snapshots: {total_gib: 5}", FAIL),
    ],
)
def test_snapshots(text: str, verdict: Verdict) -> None:
    kept = (snapshot("1", 30, 5, name="do not delete"), snapshot("2", 1, 1, name="nightly"))
    assert judged(text, vm("a", snapshots=kept)).verdict is verdict


def test_snapshots_of_unknown_age_and_size() -> None:
    vague = vm("a", snapshots=(snapshot("1", None, None),))
    assert judged("snapshots: {oldest_days: 7}", vague).verdict is UNKNOWN
    assert judged("snapshots: {total_gib: 7}", vague).verdict is UNKNOWN
    assert judged("snapshots: {most: 0}", vague).verdict is FAIL


def test_evidence_of_snapshots() -> None:
    found = judged("snapshots: {oldest_days: 7}", vm("a", snapshots=(snapshot("s-1", 30, name="before\nupgrade"),)))
    assert found.evidence == "the snapshot before␊upgrade was made on 2026-01-30, at most 7 days ago"
    assert found.paths == ("snapshots[s-1]",)


SETTINGS = {
    "isolation.tools.copy.disable": "TRUE",
    "isolation.tools.paste.disable": "false",
    "RemoteDisplay.maxConnections": "40",
    "log.keepOld": "10",
    "log.rotateSize": "many",
    "ethernet0.filter0.name": "dvfilter-x",
}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("{isolation.tools.copy.disable: true}", PASS),
        ("{ISOLATION.tools.COPY.disable: true}", PASS),
        ("{isolation.tools.paste.disable: true}", FAIL),
        ("{isolation.tools.dnd.disable: true}", FAIL),
        ("{isolation.tools.dnd.disable: {equals: true, absent: pass}}", PASS),
        ("{isolation.tools.dnd.disable: {absent: required}}", PASS),
        ("{isolation.tools.copy.disable: {absent: required}}", FAIL),
        ("{isolation.tools.copy.disable: {}}", PASS),
        ("{isolation.tools.dnd.disable: {}}", FAIL),
        ("{RemoteDisplay.maxConnections: 1}", FAIL),
        ("{RemoteDisplay.maxConnections: {one_of: [1, 40]}}", PASS),
        ("{RemoteDisplay.maxConnections: {at_most: 40}}", PASS),
        ("{RemoteDisplay.maxConnections: {at_most: 39}}", FAIL),
        ("{log.keepOld: {at_least: 5}}", PASS),
        ("{log.keepOld: {at_least: 11}}", FAIL),
        ("{log.rotateSize: {at_least: 1}}", FAIL),  # no number
        ("{'ethernet*.filter*.name': {absent: required}}", FAIL),
        ("{'ethernet1.filter*.name': {absent: required}}", PASS),
        ("{keys: {log.keepOld: 10}}", PASS),
    ],
)
def test_settings(text: str, verdict: Verdict) -> None:
    assert judged(f"settings: {text}", vm("a", settings=SETTINGS)).verdict is verdict


def test_settings_that_nobody_tells_of() -> None:
    found = judged("settings: {tools.x: {equals: 1, absent: pass}}", vm("a"))
    assert (found.verdict, found.because) == (UNKNOWN, "nothing tells of its advanced settings")


def test_evidence_of_settings() -> None:
    found = judged("settings: {RemoteDisplay.maxConnections: 1, tools.x: true}", vm("a", settings=SETTINGS))
    assert found.evidence == "RemoteDisplay.maxConnections is 40, must be 1; tools.x is not set, must be TRUE"
    assert found.paths == ("settings[RemoteDisplay.maxConnections]", "settings[tools.x]")


@pytest.mark.parametrize(
    ("text", "hostname", "verdict"),
    [
        ("naming: {pattern: '^WEB-\\d\\d'}", None, PASS),
        ("naming: {pattern: '^db-'}", None, FAIL),
        ("naming: {hostname: true}", "web-01-frontend.corp.example", PASS),
        ("naming: {hostname: true}", "WEB-01-FRONTEND", PASS),
        ("naming: {hostname: true}", "WEB-01-FRONTEN", FAIL),
        ("naming: {hostname: true}", None, UNKNOWN),
        ("naming: {hostname: true, pattern: ^db-}", None, FAIL),
    ],
)
def test_names(text: str, hostname: str | None, verdict: Verdict) -> None:
    machine = vm("a", name="web-01-frontend", guest=GuestSummary(hostname=hostname))
    assert judged(text, machine).verdict is verdict


def test_a_name_that_windows_cut() -> None:
    machine = vm("a", name="accounting-terminal-07", guest=GuestSummary(hostname="ACCOUNTING-TERM"))
    assert judged("naming: {hostname: true}", machine).verdict is PASS


@pytest.mark.parametrize(
    ("text", "power", "tools", "version", "verdict"),
    [
        ("tools: {}", Power.ON, ToolsState.RUNNING, None, PASS),
        ("tools: {}", Power.ON, ToolsState.OUTDATED, None, FAIL),
        ("tools: {}", Power.ON, ToolsState.NOT_RUNNING, None, FAIL),
        ("tools: {}", Power.OFF, ToolsState.NOT_RUNNING, None, PASS),
        ("tools: {}", Power.OFF, ToolsState.NOT_INSTALLED, None, FAIL),
        ("tools: {}", Power.UNKNOWN, ToolsState.NOT_RUNNING, None, UNKNOWN),
        ("tools: {}", Power.ON, None, None, UNKNOWN),
        ("tools: {allowed: [running, outdated]}", Power.ON, ToolsState.OUTDATED, None, PASS),
        ("tools: {version: '>= 12.0'}", Power.ON, ToolsState.RUNNING, "12.4.0", PASS),
        ("tools: {version: '>= 12.5'}", Power.ON, ToolsState.RUNNING, "12.4.0", FAIL),
        ("tools: {version: '>= 12.5'}", Power.ON, ToolsState.RUNNING, None, UNKNOWN),
    ],
)
def test_tools(text: str, power: Power, tools: ToolsState | None, version: str | None, verdict: Verdict) -> None:
    machine = vm("a", power=power, guest=GuestSummary(tools=tools, tools_version=version))
    assert judged(text, machine).verdict is verdict


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"power": Power.ON, "created_at": days_ago(900)}, PASS),
        ({"power": Power.OFF, "created_at": days_ago(900)}, FAIL),
        ({"power": Power.OFF, "created_at": days_ago(900), "booted_at": days_ago(5)}, PASS),
        ({"power": Power.SUSPENDED, "booted_at": days_ago(91)}, FAIL),
        ({"power": Power.OFF, "created_at": days_ago(900), "template": True}, PASS),
        ({"power": Power.OFF}, UNKNOWN),
        ({"created_at": days_ago(900)}, UNKNOWN),
    ],
)
def test_idle_machines(fields: dict[str, Any], verdict: Verdict) -> None:
    assert judged("sprawl: {idle_days: 90}", vm("a", **fields)).verdict is verdict


OLD: dict[str, Any] = {"power": Power.OFF, "created_at": days_ago(30)}


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({**OLD, "disks": (disk("vda", allocated_bytes=200 << 10),)}, FAIL),
        (OLD, FAIL),
        ({**OLD, "disks": (disk("vda", allocated_bytes=2 * GIB),)}, PASS),
        ({**OLD, "disks": (disk("vda"),)}, UNKNOWN),
        ({**OLD, "created_at": None}, UNKNOWN),
        ({**OLD, "created_at": days_ago(3)}, PASS),
        ({**OLD, "booted_at": days_ago(20)}, PASS),
        ({**OLD, "guest": GuestSummary(hostname="a")}, PASS),
        ({**OLD, "power": Power.ON}, PASS),
    ],
)
def test_machines_that_were_never_used(fields: dict[str, Any], verdict: Verdict) -> None:
    assert judged("sprawl: {never_used_days: 14}", vm("a", **fields)).verdict is verdict


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"attributes": {"Owner": "web team"}}, PASS),
        ({"attributes": {"Owner": " "}}, FAIL),
        ({"tags": ("owner-dba",)}, PASS),
        ({"tags": ("prod",)}, FAIL),
        ({}, FAIL),
    ],
)
def test_somebody_answers_for_a_machine(fields: dict[str, Any], verdict: Verdict) -> None:
    assert judged("sprawl: {owner: [owner, 'tag:owner-*']}", vm("a", **fields)).verdict is verdict


def test_orphans() -> None:
    assert judged("sprawl: {orphaned: denied}", vm("a", access=Access.ORPHANED)).verdict is FAIL
    assert judged("sprawl: {orphaned: denied}", vm("a")).verdict is PASS


def alert(hours_ago: float, severity: int | None = 2, **fields: Any) -> Alert:
    said = {"name": "ET SCAN something", "signature": "2001", "category": "Attempted Recon", **fields}
    return Alert(
        id=entity_id("alert", "ids", str(hours_ago)),
        at=NOON - timedelta(hours=hours_ago),
        severity=severity,
        vm=vm_id("a"),
        **said,
    )


@pytest.mark.parametrize(
    ("text", "alerts", "verdict"),
    [
        ("alerts: {severity: 2}", [alert(1)], FAIL),
        ("alerts: {severity: 1}", [alert(1)], PASS),
        ("alerts: {severity: 2}", [alert(25)], PASS),
        ("alerts: {severity: 2, hours: 48}", [alert(25)], FAIL),
        ("alerts: {severity: 2}", [alert(1, None)], UNKNOWN),
        ("alerts: {severity: 2}", [alert(1, None), alert(2)], FAIL),
        ("alerts: {severity: 2, most: 1}", [alert(1)], PASS),
        ("alerts: {signatures: ['2001']}", [alert(1)], FAIL),
        ("alerts: {signatures: ['et scan*']}", [alert(1)], FAIL),
        ("alerts: {signatures: ['9']}", [alert(1)], PASS),
        ("alerts: {categories: ['*recon*']}", [alert(1, 4)], FAIL),
        ("alerts: {severity: 3, ignore: ['2001']}", [alert(1)], PASS),
        ("alerts: {severity: 3, ignore: ['2001']}", [alert(1, signature=None)], UNKNOWN),
        ("alerts: {severity: 1, ignore: ['2001']}", [alert(1, signature=None)], PASS),
        ("alerts: {severity: 3}", [], PASS),
    ],
)
def test_alerts(text: str, alerts: list[Alert], verdict: Verdict) -> None:
    assert judged(text, vm("a"), *alerts).verdict is verdict


def test_where_no_engine_watches_nobody_can_tell_of_alerts() -> None:
    found = judged("alerts: {severity: 3}", vm("a"), watching=False)
    assert (found.verdict, found.because) == (UNKNOWN, "no intrusion detection engine tells of alerts")


def test_alerts_of_other_machines_do_not_count() -> None:
    other = msgspec.structs.replace(alert(1), vm=vm_id("b"))
    assert judged("alerts: {severity: 3}", vm("a"), other).verdict is PASS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("expression: vcpus <= 8", PASS),
        ("expression: {holds: vcpus <= 4}", FAIL),
        ("expression: memory > 1 and vcpus <= 8", UNKNOWN),
        ("expression: memory > 1 and vcpus <= 4", FAIL),
    ],
)
def test_expressions(text: str, verdict: Verdict) -> None:
    assert judged(text, vm("a", vcpus=8)).verdict is verdict


def test_evidence_and_properties_of_an_expression() -> None:
    found = judged("expression: vcpus <= 4 and 30 not in vlans", vm("a", vcpus=8, nics=(nic("1"),)))
    assert found.evidence == "vcpus is 8, vlans is [not known]; required: vcpus <= 4 and 30 not in vlans"
    assert found.paths == ("nics", "vcpus")


def test_an_expression_knows_whether_it_goes_by_the_clock() -> None:
    assert made("expression: age(created) < 3").by_clock
    assert not made("expression: vcpus < 3").by_clock


def test_an_expression_that_does_not_parse_is_a_mistake_with_its_column() -> None:
    with pytest.raises(QueryError) as raised:
        made("expression: vcpu <= 4")
    assert (raised.value.column, raised.value.suggestion) == (0, "vcpus")

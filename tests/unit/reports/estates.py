"""Moments for reports: the demo estate with its policies held against it, and one whose names are out to do harm."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Batch, Change, Seen
from vmi_console.estate.facts import Application, FactSet, Guest, Looked, OperatingSystem, Service, User
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import (
    VM,
    Address,
    Connection,
    Disk,
    DiskKind,
    Health,
    Host,
    Network,
    Nic,
    Power,
    Snapshot,
    Source,
    State,
)
from vmi_console.estate.vlan import access
from vmi_console.policy.findings import Finding, finding_id
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.joining import Origin
from vmi_console.policy.judgement import Severity
from vmi_console.policy.shipped import DEMO
from vmi_console.reports.compliance import judged
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import moment_of, policy_files

STARTED = datetime(2026, 3, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)

HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "a\x00b\x1b[31mc\x7f",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "x" * 10_000,
    "Žluťoučký kůň Ωμέγα Привет",
    "数据库服务器 データベース",
    "🦊🏳️‍🌈",
    "lone \ud800 half",
    "]]> & &amp; %s {0} \\",
    "",
)
"""Names that somebody gave a VM so that a report does what they like."""


def demo(vms: int = 60, packages: int | None = 30) -> Moment:
    """The demo estate, its policies and what they find, a quarantine and a week of changes."""
    world = World(Parameters(hosts=6, vms=vms, packages=packages), STARTED)
    machines = list(world.vms())
    connection = Connection(
        id=EntityId("connection/console/demo"),
        name="Demo",
        uri="demo://",
        provider="demo",
        endpoint=world.endpoint,
        product="Demo 1.0",
        health=Health(state=State.LIVE, since=STARTED),
    )
    guests: list[AnyRecord] = []
    for vm in machines[: len(machines) * 3 // 4]:
        guests += [world.image(vm), world.guest(vm)]
    inventory = Inventory(itertools.count(1).__next__)
    for records in itertools.batched([connection, *world.containers(), *machines, *guests], 100):
        inventory.apply(Batch(records=records, seen=Seen.DISCOVERY), STARTED)
    moved = machines[1]
    moment = moment_of(
        inventory.all(),
        NOW,
        changes=[
            Change(
                number=number,
                entity=vm.id,
                name=vm.name,
                action=Action.CHANGED,
                path=path,
                before=before,
                after=after,
                observed_at=NOW - timedelta(hours=number),
                occurred_at=NOW - timedelta(hours=number, minutes=1),
                actor=actor,
            )
            for number, (vm, path, before, after, actor) in enumerate(
                [
                    (moved, "nics[4000].vlan", "20", "30", "LAB\\erika"),
                    (moved, "power", "off", "on", "LAB\\erika"),
                    (machines[2], "memory_bytes", 2 << 30, 4 << 30, None),
                    (machines[3], "snapshots[1]", None, {"name": "before upgrade"}, "LAB\\jonas"),
                ],
                1,
            )
        ],
        changes_since=NOW - timedelta(days=7),
        quarantines=[
            Quarantine(
                id="q1",
                vm=moved.id,
                vm_name=moved.name,
                mode=Mode.ISOLATE,
                stage=Stage.PARTLY,
                since=NOW - timedelta(hours=2),
                opened_at=NOW - timedelta(hours=3),
                by="erika",
                reason="beaconing",
                channels=(
                    Channel(key="4000", title="Network adapter 1", hold=Hold.HELD),
                    Channel(key="usb", title="USB device", hold=Hold.UNKNOWN, because="nothing tells"),
                ),
            )
        ],
        title="Demo, spring audit",
        source="vmi-console 0.1",
    )
    return judged(moment, policy_files_of_demo())


def policy_files_of_demo() -> tuple[PolicyFile, ...]:
    """The documents that the demo is judged by."""
    folder = PolicyFolder(DEMO)
    folder.refresh()
    return policy_files(folder)


def read[Item](items: tuple[Item, ...]) -> FactSet[Item]:
    """Facts that were read from a disk."""
    return FactSet(status=Looked.READ, source=Source.DISK, read_at=NOW, items=items)


def hostile() -> Moment:
    """An estate in which every name, reason and value is one of `HOSTILE`."""
    endpoint = "7f2c1d9e-3b54-4c8e-9a51-0d6c2f1b8a70.qemu"
    records: list[AnyRecord] = [
        Connection(
            id=EntityId("connection/console/1"), name=HOSTILE[0], uri="qemu:///system", provider="libvirt",
            endpoint=endpoint, product=HOSTILE[8],
        ),
        Host(id=entity_id("host", endpoint, "h"), name=HOSTILE[9], model=HOSTILE[0], product=HOSTILE[7]),
    ]  # fmt: skip
    findings: list[Finding] = []
    changes: list[Change] = []
    for number, name in enumerate(HOSTILE):
        network = Network(id=entity_id("network", endpoint, f"n{number}"), name=name, vlan=access(number))
        vm = VM(
            id=entity_id("vm", endpoint, f"vm-{number}"),
            name=name,
            power=Power.ON,
            uuid=f"4231000{number:x}-9c1e-7e4a-2f60-0123456789{number:02x}"[:36],
            host=entity_id("host", endpoint, "h"),
            folder=name,
            annotation=name,
            nics=(
                Nic(
                    key=f"52:54:00:00:00:{number:02x}", mac=f"52:54:00:00:00:{number:02x}", network=network.id,
                    network_name=name, vlan=access(number), addresses=(Address(ip=name),),
                ),
            ),
            disks=(Disk(key="vda", type=DiskKind.FILE, path=name, capacity_bytes=1 << 30, format="qcow2"),),
            snapshots=(Snapshot(key="1", name=name, description=name, created_at=NOW),),
            tags=(name,),
        )  # fmt: skip
        guest = Guest(
            id=entity_id("guest", endpoint, f"vm-{number}"),
            name=name,
            vm=vm.id,
            os=read((OperatingSystem(name=name or "?", version=name, id="debian", family="linux"),)),
            applications=read(
                (Application(name=name or "?", version=name, arch=name, manager="dpkg"),)
            ),
            services=read((Service(name=name or "?", enabled=True, running=True),)),
            users=read((User(name=name or "?", uid=0),)),
        )  # fmt: skip
        records += [network, vm, guest]
        findings.append(
            Finding(
                id=finding_id(name, "rule", vm.id), policy=name, rule="rule", check="expression", vm=vm.id,
                vm_name=name, title=name, evidence=name, severity=list(Severity)[number % 4],
                opened_at=NOW, first_opened_at=NOW,
                origin=Origin(number=number, entity=vm.id, observed_at=NOW, actor=name),
            )
        )  # fmt: skip
        changes.append(
            Change(
                number=number, entity=vm.id, name=name, action=Action.CHANGED, path="annotation", before=name,
                after=name[::-1], observed_at=NOW, actor=name,
            )
        )  # fmt: skip
    return Moment(
        at=NOW,
        records=tuple(records),
        findings=tuple(findings),
        changes=tuple(changes),
        changes_since=NOW - timedelta(days=1),
        title=HOSTILE[8],
        source=HOSTILE[0],
        lacks=HOSTILE,
    )


def of_vms(moment: Moment) -> list[VM]:
    """Its VMs."""
    return [record for record in moment.records if isinstance(record, VM)]

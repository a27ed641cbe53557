"""Whatever a VM is like, no check raises, and what is not known never passes and never fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.estate.builders import NOON, application, guest, host, host_id, network, read, vm_id
from tests.unit.policy.checks.judging import Place, held, made, parsed
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import (
    FactSet,
    Guest,
    KernelModule,
    Looked,
    OperatingSystem,
    Patch,
    Process,
    Service,
    Setting,
    Sign,
    Socket,
    User,
)
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import (
    VM,
    Access,
    Address,
    Alert,
    Cluster,
    Device,
    Disk,
    DiskKind,
    Filter,
    FirewallRule,
    GuestSummary,
    Nic,
    NicKind,
    Power,
    Snapshot,
    ToolsState,
)
from vmi_console.estate.vlan import trunk
from vmi_console.policy.check import CHECKS, Check
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.reading import read as read_yaml
from vmi_console.policy.reading import value_of

GIB = 2**30
NETWORKS = (network("web", 110), network("dmz", 666), network("wide", trunk([(100, 700)])), network("plain", 0))
GOLD = entity_id("cluster", "vc", "gold")
AROUND: tuple[AnyRecord, ...] = (
    *NETWORKS,
    Cluster(id=GOLD, name="fra-1"),
    host("esx-pci-1", cluster=GOLD, location="room 1"),
    host("esx-2"),
    Filter(
        id=entity_id("filter", "vc", "f"),
        name="clean-traffic",
        rules=(
            FirewallRule(action="accept", protocol="tcp", destination_ports=(443, 443)),
            FirewallRule(action="drop"),
        ),
    ),
)
CHECKED: list[Check] = [
    *(
        parsed(kind, value_of(read_yaml(example, "example")))
        for kind, cls in sorted(CHECKS.items())
        for example in cls.examples
    ),
    made("vlans: {allowed: [110], trunks: allowed}"),
    made("hardware: {denied: [usb], media: denied, passthrough: denied}"),
    made("disks: {each_gib: 50, formats: [raw], shared: denied}"),
    made("snapshots: {most: 1, oldest_days: 10, total_gib: 5}"),
    made("services: {required: [auditd], denied: [telnet]}"),
    made("patches: {required: [KB1], newest_days: 5, kernel: '>= 5'}"),
    made("naming: {pattern: ^web-, hostname: true}"),
    made("alerts: {severity: 2, signatures: ['7'], categories: [scan], ignore: ['8']}"),
    made("processes: {denied: [nc, '/tmp/*']}"),
    made("users: {denied: [guest], administrators: [root], without_password: denied}"),
    made("ports: {allowed: [22/tcp], loopback: true}"),
    made("ports: {denied: [23], containers: false}"),
    made("modules: {denied: ['usb-*'], out_of_tree: denied, unsigned: denied}"),
    made("guest_settings: {sshd.PermitRootLogin: {equals: 'no', absent: pass}, 'firewall.*': {absent: required}}"),
    made("expression: has_process('nc', 'bob') or '23' in guest_setting('sshd.Port') or listens('23')"),
    made("expression: count(tampering) > 0 or 'bob' in administrators or age(guest_booted) > 9"),
    made("expression: not (vcpus > 4 or 30 in vlans) and glob(name, 'web*')"),
]

texts = st.sampled_from(["web-01", "db-02", "x", "", "\u202e\n", "prod-web"])
moments = st.integers(0, 200).map(lambda days: NOON - timedelta(days=days))
sizes = st.sampled_from([0, 4096, 10 * GIB, 60 * GIB, 5000 * GIB])


def some[T](parts: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(parts, max_size=3).map(tuple)


nics = st.builds(
    Nic,
    key=st.sampled_from(["4000", "4001"]),
    mac=st.sampled_from(["00:50:56:80:00:01", "02:00:00:00:00:01", "52:54:00:00:00:01"]),
    type=st.sampled_from([NicKind.PORTGROUP, NicKind.NETWORK]),
    network=st.sampled_from([each.id for each in NETWORKS]),
    filter=st.sampled_from(["", "clean-traffic"]),
    addresses=some(
        st.builds(Address, ip=st.sampled_from(["10.110.0.7", "192.168.0.5", "169.254.1.1", "fe80::1"]))
    ).filter(bool),
)
disks = st.builds(
    Disk,
    key=st.sampled_from(["a", "b"]),
    device=st.sampled_from(["disk", "cdrom", "floppy"]),
    type=st.just(DiskKind.FILE),
    path=st.sampled_from(["", "/x.iso"]),
    capacity_bytes=sizes,
    allocated_bytes=sizes,
    format=st.sampled_from(["raw", "qcow2", "vmdk (thin)"]),
    shareable=st.booleans(),
    encrypted=st.booleans(),
)
snapshots = st.builds(Snapshot, key=st.sampled_from(["1", "2"]), name=texts, created_at=moments, size_bytes=sizes)
devices = st.builds(Device, key=st.just("d"), type=st.sampled_from(["usb", "tpm"]), passthrough=st.booleans())
SYSTEM = "Debian GNU/Linux 9"
KERNEL = "4.9.0-19-amd64"
vms = st.builds(
    VM,
    id=st.just(vm_id("a")),
    name=texts,
    power=st.sampled_from([Power.ON, Power.OFF, Power.SUSPENDED]),
    access=st.sampled_from(Access),
    host=st.sampled_from([host_id("esx-pci-1"), host_id("esx-2")]),
    template=st.booleans(),
    created_at=moments,
    vcpus=st.integers(1, 12),
    memory_bytes=sizes,
    firmware=st.sampled_from(["bios", "efi"]),
    secure_boot=st.booleans(),
    nics=some(nics),
    disks=some(disks),
    devices=some(devices),
    snapshots=some(snapshots),
    guest=st.builds(
        GuestSummary,
        os=st.just(SYSTEM),
        kernel=st.just(KERNEL),
        hostname=texts,
        tools=st.sampled_from(ToolsState),
        tools_version=st.sampled_from(["11.0", "12.4"]),
    ),
    tags=some(texts),
    attributes=st.dictionaries(st.sampled_from(["owner", "x"]), texts, max_size=2),
    settings=st.dictionaries(
        st.sampled_from(["isolation.tools.copy.disable", "RemoteDisplay.maxConnections", "ethernet0.filter0.name"]),
        st.sampled_from(["TRUE", "1", "dv"]),
        max_size=3,
    ),
)
packages = st.builds(
    application,
    st.sampled_from(["telnetd", "auditd", "openssl", "ncat", "sudo"]),
    st.sampled_from(["1:3.1", "0.1"]),
)
services = st.builds(
    Service,
    name=st.sampled_from(["auditd", "telnet", "rsh", "chrony"]),
    enabled=st.booleans(),
    running=st.booleans(),
)
patches = st.builds(Patch, name=st.sampled_from(["KB1", "KB5046617"]), installed_at=moments)
users = st.builds(
    User,
    name=st.sampled_from(["root", "bob", "guest"]),
    uid=st.sampled_from([0, 1000]),
    administrator=st.booleans(),
    locked=st.booleans(),
    password=st.sampled_from(["set", "none", "locked"]),
)
processes = st.builds(
    Process,
    pid=st.just(7),
    name=st.sampled_from(["nc", "sshd"]),
    user=st.sampled_from(["0", "1000"]),
    executable=st.sampled_from(["/tmp/x", "/usr/sbin/sshd"]),
)
sockets = st.builds(
    Socket,
    protocol=st.sampled_from(["tcp", "udp"]),
    port=st.sampled_from([22, 23]),
    address=st.sampled_from(["0.0.0.0", "127.0.0.1", "::1"]),
    network=st.sampled_from(["", "c0ffee"]),
)
modules = st.builds(KernelModule, name=st.sampled_from(["usb_storage", "ext4"]), taints=st.sampled_from(["", "OE"]))
inner_settings = st.builds(
    Setting,
    name=st.sampled_from(["sshd.PermitRootLogin", "sshd.Port", "firewall.enabled", "sshd.Match"]),
    value=st.sampled_from(["no", "yes", "23", "Match User bob: PermitRootLogin yes"]),
)
signs = st.builds(Sign, name=st.just("hidden process"), detail=st.sampled_from(["1", "2"]))
systems = st.builds(
    OperatingSystem,
    name=st.just(SYSTEM),
    kernel=st.just(KERNEL),
    kernels=st.sampled_from([(KERNEL,), (KERNEL, "4.9.0-20-amd64"), ("4.9.0-19-cloud-amd64",)]),
    booted_at=moments,
    software_changed_at=moments,
)
guests = st.builds(
    lambda system, **sets: guest("a", os=read(system), **{field: read(*items) for field, items in sets.items()}),
    systems,
    applications=some(packages),
    services=some(services),
    patches=some(patches),
    users=some(users).filter(lambda users: len({user.name for user in users}) == len(users)),
    processes=some(processes),
    sockets=some(sockets),
    modules=some(modules),
    settings=some(inner_settings).filter(lambda settings: len({each.name for each in settings}) == len(settings)),
    signs=some(signs),
)
alerts = st.builds(
    Alert,
    id=st.sampled_from([entity_id("alert", "ids", "1"), entity_id("alert", "ids", "2")]),
    name=st.sampled_from(["ET MALWARE x", "TOR relay", "scan"]),
    at=st.integers(0, 300).map(lambda hours: NOON - timedelta(hours=hours)),
    severity=st.integers(1, 4),
    signature=st.sampled_from(["7", "8", "2018358"]),
    category=st.sampled_from(["scan", "other"]),
    vm=st.just(vm_id("a")),
)

FORGOTTEN: dict[type[msgspec.Struct], dict[str, Any]] = {
    VM: {"power": Power.UNKNOWN, "host": None, "vcpus": None, "memory_bytes": None, "firmware": None,
         "secure_boot": None, "created_at": None, "settings": None},
    Nic: {"mac": None, "network": None, "filter": None, "addresses": ()},
    Disk: {"path": None, "capacity_bytes": None, "allocated_bytes": None, "format": None},
    Snapshot: {"created_at": None, "size_bytes": None},
    GuestSummary: {"os": None, "kernel": None, "tools": None, "tools_version": None},
    Service: {"enabled": None, "running": None},
    Patch: {"installed_at": None},
    User: {"uid": None, "administrator": None, "locked": None, "password": ""},
    Process: {"user": None},
    OperatingSystem: {"kernels": (), "booted_at": None, "software_changed_at": None},
    Alert: {"severity": None, "signature": None, "category": None},
}  # fmt: skip
"""What each part may not be known of."""


def forget(value: Any, draw: st.DataObject) -> Any:
    """The same with some of its facts not known."""
    if isinstance(value, tuple):
        return tuple(forget(each, draw) for each in value)
    if isinstance(value, FactSet):
        match draw.draw(st.sampled_from(["read", "in part", "unreadable", "not yet"])):
            case "unreadable":
                return FactSet(status=Looked.UNREADABLE, because="it is encrypted")
            case "not yet":
                return FactSet()
            case "in part":
                return msgspec.structs.replace(value, items=forget(value.items, draw))
            case _:
                return value
    if not isinstance(value, msgspec.Struct):
        return value
    left = {field: forget(getattr(value, field), draw) for field in value.__struct_fields__}
    for field, unknown in FORGOTTEN.get(type(value), {}).items():
        if draw.draw(st.booleans()):
            left[field] = unknown
    return type(value)(**left)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(vms, guests, some(alerts), st.data())
def test_what_is_forgotten_never_settles_a_verdict(
    machine: VM, inside: Guest, told: tuple[Alert, ...], draw: st.DataObject
) -> None:
    """A verdict given on part of the facts is the one given on all of them."""
    everything = Place(*AROUND, machine, inside, *told)
    vague, vague_inside, vague_told = (forget(each, draw) for each in (machine, inside, told))
    looked = draw.draw(st.booleans())
    partly = Place(*AROUND, vague, *((vague_inside,) if looked else ()), *vague_told, watching=draw.draw(st.booleans()))
    whole, part = everything.vm(machine.id), partly.vm(machine.id)
    assert whole is not None
    assert part is not None
    for check in CHECKED:
        settled = check.judge(part, partly, NOON)
        assert held(check, partly) == ({} if settled.verdict is Verdict.PASS else {part.id: settled}), check
        if settled.verdict is not Verdict.UNKNOWN:
            assert check.judge(whole, everything, NOON).verdict is settled.verdict, (check, settled)
        assert (settled.verdict is Verdict.FAIL) == bool(settled.evidence)
        assert (settled.verdict is Verdict.UNKNOWN) == bool(settled.because)
        assert "\n" not in settled.evidence + settled.because
        assert (settled.verdict is Verdict.PASS) or settled.paths


TOLD = ("disks", "expression", "hardware", "naming", "snapshots", "sprawl")
"""Kinds of checks that can go by what a record always says, such as its name."""


@settings(max_examples=5)
@given(vms)
def test_of_a_vm_that_nobody_knows_anything_of_nothing_is_told(machine: VM) -> None:
    blank = VM(id=machine.id, name=machine.name, nics=(Nic(key="1"),), disks=(Disk(key="a"),))
    place = Place(blank, watching=False)
    seen = place.vm(blank.id)
    assert seen is not None
    for check in CHECKED:
        if check.kind not in TOLD:
            assert check.judge(seen, place, NOON).verdict is Verdict.UNKNOWN, check

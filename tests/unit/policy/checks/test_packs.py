"""The packs that ship: complete, readable, and right about the demo estate and about well and badly set VMs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from tests.unit.estate.builders import Estate, disk, nic, vm
from tests.unit.policy.checks.judging import Place
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.collectors.demo.world import World
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import parse
from vmi_console.estate.records import VM, Connection, Device, DiskKind, Filter, GuestSummary, Power, ToolsState
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.judgement import Judgement, Verdict
from vmi_console.policy.policies import Policy, Rule
from vmi_console.policy.surroundings import Surroundings

PACKS = Path(__file__).parents[4] / "resources" / "policies" / "packs"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)

type Verdicts = dict[tuple[str, str], Judgement]
"""Of each VM by name and each rule by its key."""


@cache
def policies() -> dict[str, Policy]:
    """The packs by the names of their files."""
    read = PolicyFolder(PACKS).policies
    assert not read.problems, "\n".join(map(str, read.problems))
    return {policy.file.removesuffix(".yaml"): policy for policy in read.policies}


def rules() -> list[tuple[str, Rule]]:
    return [(f"{file}/{rule.key}", rule) for file, policy in policies().items() for rule in policy.rules]


def connection(provider: str, endpoint: str) -> Connection:
    return Connection(
        id=EntityId("connection/console/1"), name="it", uri=f"{provider}://", provider=provider, endpoint=endpoint
    )


@cache
def demo(seconds: float) -> Surroundings:
    """The demo estate so long after it began, with all that can be found inside its guests."""
    world = World(Parameters(), BEGAN)
    world.advance(BEGAN + timedelta(seconds=seconds))
    machines = list(world.vms())
    images = {image.id: image for image in map(world.image, machines)}
    estate = Estate()
    guests = [world.guest(machine) for machine in machines]
    estate.tell(connection("demo", world.endpoint), *world.containers(), *machines, *images.values(), *guests)
    return Surroundings(estate.inventory)


def held_against(policy: Policy, place: Surroundings, now: datetime = BEGAN) -> Verdicts:
    """What each rule says of each member."""
    members = parse(policy.members.members)
    return {
        (machine.name, rule.key): rule.check.judge(machine, place, now)
        for machine in place.inventory.of(VM)
        if members.matches(machine, place, now)
        for rule in policy.rules
    }


def failures(verdicts: Verdicts) -> set[tuple[str, str]]:
    return {key for key, found in verdicts.items() if found.verdict is Verdict.FAIL}


def test_all_packs_are_there() -> None:
    assert set(policies()) == {"cardholder-segment", "demo", "hygiene", "libvirt-hardening", "vsphere-hardening"}


@pytest.mark.parametrize(("name", "rule"), rules())
def test_each_rule_says_what_why_how_and_where_it_is_written(name: str, rule: Rule) -> None:
    assert rule.title
    assert rule.rationale
    assert rule.remediation
    assert rule.references
    assert rule.key != rule.check.kind, "it has no id of its own"


# --- the demo estate ----------------------------------------------------------------------------------------------


def test_the_demo_estate_is_in_order_when_it_begins() -> None:
    verdicts = held_against(policies()["demo"], demo(0))
    assert len({name for name, _ in verdicts}) == 20
    assert {found.verdict for found in verdicts.values()} == {Verdict.PASS}


def test_the_story_of_the_demo_estate_fails_its_pack() -> None:
    verdicts = held_against(policies()["demo"], demo(34))
    assert failures(verdicts) == {
        ("web-pci-07", "segment"),
        ("web-pci-03", "back-doors"),
        ("db-pci-02", "audit-log"),
    }
    moved = verdicts["web-pci-07", "segment"]
    assert moved.evidence == "Network adapter 1 in guest-dmz is in VLAN 666; allowed: 110, 120, 180"
    assert moved.paths == ("nics[4000].vlan",)
    assert verdicts["web-pci-03", "back-doors"].evidence == "telnetd 0.17-42 is installed; denied: telnetd"
    assert verdicts["db-pci-02", "audit-log"].evidence == (
        "auditd is disabled and does not run; required to be enabled and run: auditd"
    )


def test_the_segment_pack_finds_the_same_intruders() -> None:
    found = failures(held_against(policies()["cardholder-segment"], demo(34)))
    assert {("web-pci-07", "segment"), ("web-pci-07", "no-internet")} <= found
    assert {("web-pci-03", "back-doors"), ("db-pci-02", "audit-log")} <= found


def test_hygiene_of_the_demo_estate() -> None:
    verdicts = held_against(policies()["hygiene"], demo(0))
    failed = Counter(rule for _, rule in failures(verdicts))
    assert failed["supported-system"] == 10  # the machines that nobody dares to switch off
    assert failed["snapshot-age"] > 0
    assert ("legacy-04", "idle") in failures(verdicts)
    assert failed["never-used"] == failed["orphaned"] == failed["link-local"] == 0


def test_of_guests_that_cannot_be_read_nobody_says_that_they_pass() -> None:
    policy = policies()["demo"]
    everyone = msgspec.structs.replace(policy, members=msgspec.structs.replace(policy.members, members="True"))
    verdicts = held_against(everyone, demo(0))
    locked = verdicts["vdi-04", "back-doors"]
    assert (locked.verdict, locked.because) == (
        Verdict.UNKNOWN,
        "the guest's applications are unreadable: the disk is encrypted with BitLocker and this console has no key",
    )


# --- vSphere and libvirt ------------------------------------------------------------------------------------------

GOOD = {"RemoteDisplay.maxConnections": "1", "bios.bootDeviceClasses": "allow:hd"}
BAD = {
    "isolation.tools.copy.disable": "FALSE",
    "isolation.tools.paste.disable": "FALSE",
    "isolation.tools.dnd.disable": "FALSE",
    "isolation.device.connectable.disable": "FALSE",
    "isolation.tools.diskShrink.disable": "FALSE",
    "isolation.tools.diskWiper.disable": "FALSE",
    "mks.enable3d": "TRUE",
    "tools.guestlib.enableHostInfo": "TRUE",
    "sched.mem.pshare.salt": "same",
    "ethernet0.filter0.name": "dvfilter-unknown",
    "RemoteDisplay.maxConnections": "40",
    "tools.setInfo.sizeLimit": "104857600",
    "log.keepOld": "1",
    "log.rotateSize": "0",
    "tools.guest.desktop.autolock": "FALSE",
    "bios.bootDeviceClasses": "allow:net",
}


def held_by(provider: str, machine: VM, *records: Filter) -> Verdicts:
    place = Place(connection(provider, "vc"), machine, *records)
    return held_against(policies()[f"{provider}-hardening"], place)


def test_a_hardened_vm_of_vsphere_passes_and_defaults_will_do() -> None:
    machine = vm(
        "a", firmware="efi", secure_boot=True, hardware="vmx-19", power=Power.ON, settings=GOOD,
        guest=GuestSummary(tools=ToolsState.RUNNING),
    )  # fmt: skip
    verdicts = held_by("vsphere", machine)
    assert len(verdicts) == 21
    assert {found.verdict for found in verdicts.values()} == {Verdict.PASS}


def test_each_rule_of_vsphere_has_a_vm_that_fails_it() -> None:
    machine = vm(
        "a", firmware="bios", secure_boot=False, hardware="vmx-13", power=Power.ON, settings=BAD,
        devices=(Device(key="1", type="pci", passthrough=True),), disks=(disk("2", device="floppy"),),
        guest=GuestSummary(tools=ToolsState.OUTDATED),
    )  # fmt: skip
    verdicts = held_by("vsphere", machine)
    assert failures(verdicts) == set(verdicts)


def test_of_a_vm_whose_settings_nobody_told_the_settings_are_unknown() -> None:
    verdicts = held_by("vsphere", vm("a"))
    settings = [rule.key for rule in policies()["vsphere-hardening"].rules if rule.check.kind == "settings"]
    assert len(settings) == 16
    assert {verdicts["a", key].verdict for key in settings} == {Verdict.UNKNOWN}


def test_vms_that_must_not_be_hardened_are_left_out() -> None:
    assert not held_by("vsphere", vm("a", name="vCLS-1"))
    assert not held_by("vsphere", vm("a", template=True))


def test_a_hardened_vm_of_libvirt_passes() -> None:
    machine = vm(
        "a", firmware="efi", secure_boot=True, power=Power.ON, nics=(nic("1", filter="clean-traffic"),),
        devices=(Device(key="g", type="graphics", label="vnc 127.0.0.1"), Device(key="s", type="serial", label="pty")),
        guest=GuestSummary(tools=ToolsState.RUNNING),
    )  # fmt: skip
    verdicts = held_by("libvirt", machine)
    assert len(verdicts) == 10
    assert {found.verdict for found in verdicts.values()} == {Verdict.PASS}


def test_each_rule_of_libvirt_has_a_vm_that_fails_it() -> None:
    machine = vm(
        "a", firmware="bios", secure_boot=False, power=Power.ON, nics=(nic("1"),),
        attributes={"qemu arguments": "-device evil"},
        devices=(
            Device(key="g", type="graphics", label="vnc 0.0.0.0:5900"),
            Device(key="s", type="serial", label="tcp 0.0.0.0:4555"),
            Device(key="p", type="pci", label="0000:3b:00.0", passthrough=True),
            Device(key="f", type="filesystem", label="/srv → host"),
            Device(key="a", type="sound", label="ich9"),
        ),
        disks=(disk("vda", shareable=True), disk("sda", device="cdrom", type=DiskKind.FILE, path="/x.iso")),
        guest=GuestSummary(tools=ToolsState.NOT_INSTALLED),
    )  # fmt: skip
    verdicts = held_by("libvirt", machine)
    assert failures(verdicts) == set(verdicts)

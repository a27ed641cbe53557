"""Policies at work in a real engine: the demo estate's story as findings, and what people decide about them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.console import Console, console, eventually
from vmi_console.engine.engine import Engine
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.judgement import Severity
from vmi_console.policy.policies import Automatic, PolicySet
from vmi_console.policy.shipped import DEMO
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks

SEGMENT = """\
policy: Segment
members: '"pci" in tags'
severity: critical
checks:
  - vlans: {allowed: [110, 120, 180]}
respond: {quarantine: automatic}
"""


def segment_folder(folder: Path) -> Path:
    policies = folder / "policies"
    policies.mkdir()
    (policies / "segment.yaml").write_text(SEGMENT)
    return policies


async def settled(one: Console) -> None:
    await eventually(lambda: one.posture is not None and one.posture.policies and not one.posture.evaluating)


def open_on(one: Console, name: str, check: str) -> Callable[[], list[Finding]]:
    return lambda: [each for each in one.open_findings if each.vm_name == name and each.check == check]


async def misplace(one: Console, calm: str) -> VM:
    """Adds a calm demo estate and moves a cardholder machine into another segment."""
    await one.add(calm)
    await settled(one)
    vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics)
    arguments = {"nic": vm.nics[0].key, "network": "guest-dmz", "by": "j.kim"}
    await one.client.call("act", entity=vm.id, command="move_nic", arguments=arguments)
    await eventually(open_on(one, vm.name, "vlans"))
    return vm


CALM = "demo://?hosts=5&vms=60&story=off"


@pytest.mark.slow
async def test_the_story_of_the_demo_becomes_findings_with_its_people() -> None:
    async with console(PrivateEngine(None, DEMO), findings=True) as one:
        await one.add("demo://")
        await eventually(open_on(one, "web-pci-07", "vlans"), seconds=60)
        await eventually(open_on(one, "web-pci-03", "applications"), seconds=60)
        await eventually(open_on(one, "db-pci-02", "services"), seconds=60)
        (moved,) = open_on(one, "web-pci-07", "vlans")()
        assert (moved.actor, moved.severity) == ("j.kim", Severity.CRITICAL)
        assert "VLAN 666" in moved.evidence
        (installed,) = open_on(one, "web-pci-03", "applications")()
        assert installed.actor is None, "nobody knows who did it inside the guest"
        assert installed.origin is not None
        assert installed.origin.path == "applications[telnetd]"


async def test_what_came_with_the_program_is_edited_as_a_copy() -> None:
    before = {file.name: file.read_bytes() for file in DEMO.iterdir()}
    async with console(PrivateEngine(None, DEMO), findings=True) as one:
        await settled(one)
        (stored,) = [each for each in await one.client.call("policies") if each["file"] == "hygiene.yaml"]
        was = stored["digest"]
        await one.client.call("save_policy", file="hygiene.yaml", text=f"# mine\n{stored['text']}", was=was)
        await one.client.call("save_policy", file="segment.yaml", text=SEGMENT, was=None)
        await eventually(lambda: one.posture and "segment.yaml" in {each.file for each in one.posture.policies})
    assert {file.name: file.read_bytes() for file in DEMO.iterdir()} == before


@pytest.mark.slow
async def test_decisions_outlive_the_engine(tmp_path: Path) -> None:
    policies = segment_folder(tmp_path)
    estate = f"{CALM}&folder={tmp_path / 'estate'}"
    async with console(PrivateEngine(tmp_path / "work", policies), findings=True) as one:
        await one.client.call("open_policies", folder=str(policies))
        await one.client.call("add_connection", uri=estate, saved=True)
        await eventually(lambda: len(one.vms) == 60)
        await settled(one)
        vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics)
        arguments = {"nic": vm.nics[0].key, "network": "guest-dmz"}
        await one.client.call("act", entity=vm.id, command="move_nic", arguments=arguments)
        await eventually(open_on(one, vm.name, "vlans"))
        (finding,) = open_on(one, vm.name, "vlans")()
        await one.client.call("acknowledge", findings=(finding.id,), note="on it")
        await one.client.call("arm", policy="Segment")
    async with console(PrivateEngine(tmp_path / "work"), findings=True) as one:
        await settled(one)
        await eventually(open_on(one, vm.name, "vlans"))
        (again,) = open_on(one, vm.name, "vlans")()
        assert again.id == finding.id
        assert again.stage is Stage.ACKNOWLEDGED
        assert again.acknowledged is not None
        assert again.acknowledged.note == "on it"
        assert again.opened_at == finding.opened_at
        assert one.posture is not None
        (standing,) = one.posture.policies
        assert standing.armed is not None


@pytest.mark.slow
async def test_an_edit_disarms_and_a_mistake_keeps_the_last_good_version(tmp_path: Path) -> None:
    policies = segment_folder(tmp_path)
    async with console(PrivateEngine(None, policies), findings=True) as one:
        vm = await misplace(one, CALM)
        await one.client.call("arm", policy="Segment")
        await eventually(lambda: one.posture and one.posture.policies[0].armed)
        (policies / "segment.yaml").write_text(SEGMENT.replace("180]", "180, 190]"))
        await eventually(lambda: one.posture and one.posture.policies[0].disarmed_by_edit)
        assert one.posture is not None
        assert one.posture.policies[0].automatic is Automatic.AUTOMATIC
        (policies / "segment.yaml").write_text("policy: [")
        await eventually(lambda: one.posture and one.posture.problems)
        assert one.posture.stale == ("segment.yaml",)
        assert open_on(one, vm.name, "vlans")()
        with pytest.raises(VmiError, match="older version"):
            await one.client.call("arm", policy="Segment")
        (policies / "segment.yaml").unlink()
        await eventually(lambda: not one.open_findings)
        (gone,) = [each for each in one.findings.values() if each.vm == vm.id]
        assert gone.stage is Stage.RESOLVED


async def test_waivers_explanations_and_previews(tmp_path: Path) -> None:
    async with console(PrivateEngine(None, segment_folder(tmp_path)), findings=True) as one:
        vm = await misplace(one, CALM)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        waiver = await one.client.call("waive", justification="a migration", expires_at=tomorrow, vm=vm.id)
        await eventually(lambda: not open_on(one, vm.name, "vlans")())
        await one.client.call("end_waiver", waiver=waiver)
        await eventually(open_on(one, vm.name, "vlans"))
        with pytest.raises(VmiError, match="justification"):
            await one.client.call("waive", justification="", expires_at=tomorrow, vm=vm.id)

        assert await one.client.call("memberships", vm=vm.id) == []  # the folder has no groups
        (explained,) = await one.client.call("explain", vm=vm.id)
        assert explained["members"]["verdict"] is True
        assert [rule["verdict"] for rule in explained["rules"]] == ["fail"]

        members = set(await one.client.call("members", policy="Segment"))
        preview = await one.client.call("preview", text=SEGMENT.replace("110, 120, 180", "666"))
        assert preview["members"] == len(members)
        assert preview["newly_passing"] == 1
        assert preview["newly_failing"] == len(members) - 1 == preview["failing"]
        wrong = await one.client.call("preview", text=SEGMENT.replace("tags", "tegs"))
        assert wrong["problems"][0]["line"] == 2

        score = (await one.client.call("scores", vms=(vm.id,)))[vm.id]
        assert score["failed"] == 1
        (document,) = await one.client.call("policies")
        assert (document["kind"], document["name"], document["text"]) == ("policy", "Segment", SEGMENT)
        other = SEGMENT.replace("Segment", "Other")
        await one.client.call("save_policy", file="other.yaml", text=other)
        await eventually(lambda: one.posture and len(one.posture.policies) == 2)
        with pytest.raises(VmiError, match="name of a policy file"):
            await one.client.call("save_policy", file="../other.yaml", text=other)
        await one.client.call("save_policy", file="named.yaml", text=f"group: Named\nmembers: name == '{vm.name}'\n")
        await one.client.call("save_policy", file="none.yaml", text="group: Nobody\nmembers: not group('Named')\n")
        belongs = {each["group"]: each for each in await one.client.call("memberships", vm=vm.id)}
        assert {name: each["verdict"] for name, each in belongs.items()} == {"Named": True, "Nobody": False}
        assert belongs["Nobody"]["clauses"][0]["via"]["group"] == "Named"


@pytest.mark.slow
async def test_a_vm_or_connection_that_goes_ends_its_findings(tmp_path: Path) -> None:
    async with console(PrivateEngine(None, segment_folder(tmp_path)), findings=True) as one:
        vm = await misplace(one, CALM)
        await one.client.call("remove_connection", id=one.connections[0].id)
        await eventually(lambda: not one.open_findings)
        (gone,) = [each for each in one.findings.values() if each.vm == vm.id]
        assert gone.ending == "gone"


@pytest.mark.slow
async def test_drift_from_a_baseline_is_found_and_accepted(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "known-good.yaml").write_text("baseline: Cardholder\nmembers: '\"pci\" in tags'\nwatch: [nics]\n")
    async with console(PrivateEngine(None, policies), findings=True) as one:
        await one.add(CALM)
        await settled(one)
        taken = await one.client.call("take_baseline", baseline="Cardholder")
        (standing,) = await one.client.call("baselines")
        assert standing["taken"] == taken == len([vm for vm in one.vms if "pci" in vm.tags])
        vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics)
        arguments = {"nic": vm.nics[0].key, "network": "guest-dmz", "by": "j.kim"}
        await one.client.call("act", entity=vm.id, command="move_nic", arguments=arguments)
        await eventually(open_on(one, vm.name, "baseline"))
        (finding,) = open_on(one, vm.name, "baseline")()
        assert (finding.policy, finding.actor) == ("Baseline: Cardholder", "j.kim")
        await one.client.call("take_baseline", baseline="Cardholder", vms=(vm.id,))
        await eventually(lambda: not one.open_findings)


@pytest.mark.slow
async def test_advisories_are_loaded_and_read_again_at_the_next_start(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "known.yaml").write_text(
        "policy: Known\nmembers: 'os_family == \"linux\"'\nchecks:\n  - vulnerabilities: {minimum: high}\n"
    )
    affected = {
        "package": {"ecosystem": "Debian:12", "name": "openssl"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
    }
    advisory = {"id": "DEBIAN-CVE-2026-1111", "affected": [affected], "database_specific": {"severity": "high"}}
    (tmp_path / "osv.json").write_text(json.dumps(advisory))

    async def reasons(one: Console) -> set[str]:
        return {each["because"] for each in await one.client.call("unknowns")}

    def vulnerable(one: Console) -> list[Finding]:
        return [each for each in one.open_findings if each.check == "vulnerabilities"]

    async with console(PrivateEngine(tmp_path / "work", policies), findings=True) as one:
        await one.client.call("open_policies", folder=str(policies))
        await one.client.call("add_connection", uri=f"{CALM}&folder={tmp_path / 'estate'}", saved=True)
        await eventually(lambda: len(one.vms) == 60)
        await settled(one)
        assert not vulnerable(one)
        assert "no advisories were loaded" in await reasons(one)
        with pytest.raises(VmiError, match="is no file"):
            await one.client.call("load_advisories", path=str(tmp_path / "absent.json"))
        loaded = await one.client.call("load_advisories", path=str(tmp_path / "osv.json"))
        assert loaded == {"advisories": 1, "systems": ["debian:12"]}
        standing = await one.client.call("advisories")
        assert standing["path"] == str(tmp_path / "osv.json")
        assert (standing["advisories"], standing["systems"]) == (1, ["debian:12"])
        assert standing["changed_at"] <= datetime.now(UTC)
        await eventually(lambda: vulnerable(one))
        assert "CVE-2026-1111 (high) fixed in 99" in vulnerable(one)[0].evidence
        assert "no advisories were loaded" not in await reasons(one)
    async with console(PrivateEngine(tmp_path / "work"), findings=True) as one:
        await settled(one)
        await eventually(lambda: len(one.vms) == 60 and vulnerable(one))
        for _ in range(100):  # they are read while the estate comes in
            if "no advisories were loaded" not in (said := await reasons(one)):
                break
            await asyncio.sleep(0.1)
        assert any("say nothing of" in each for each in said), "guests of other systems are judged by what was loaded"
        await one.client.call("unload_advisories")
        assert await one.client.call("advisories") == {}
        for _ in range(100):
            if "no advisories were loaded" in await reasons(one):
                break
            await asyncio.sleep(0.1)
        assert "no advisories were loaded" in await reasons(one)


async def test_what_was_seen_in_the_folder_for_somebody_who_is_gone_by_then_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmi_console.engine.policies.POLL_SECONDS", 3600)
    policies = segment_folder(tmp_path)
    engine = await Engine.open(Workspace.at(tmp_path / "work"), policies)
    await eventually(lambda: len(engine.policies.policies.policies) == 1)
    looking, goes_on = threading.Event(), threading.Event()
    refresh = PolicyFolder.refresh

    def slow(folder: PolicyFolder) -> PolicySet | None:
        looking.set()
        goes_on.wait(10)
        return refresh(folder)

    monkeypatch.setattr(PolicyFolder, "refresh", slow)
    (policies / "other.yaml").write_text(SEGMENT.replace("Segment", "Other"))
    async with Tasks() as tasks:
        asking = tasks.start(engine.policies.refresh(), "somebody")
        await eventually(looking.is_set)
        tasks.cancel(asking)
        await asyncio.wait([asking])
        goes_on.set()
        await eventually(lambda: len(engine.policies.policies.policies) == 2)
    await engine.close()
    await asyncio.get_running_loop().shutdown_default_executor()

"""Quarantine as clients know it: real engines and actors on the demo estate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import Console, console, eventually, linked
from vmi_console.collectors.quarantine import Hold
from vmi_console.engine.client import Client
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.protocol import Quarantines, Subscribe
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM, State
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage


def estate(folder: Path, **more: object) -> str:
    """A calm estate that lives on in a folder."""
    return f"demo://?hosts=2&vms=20&story=off&folder={folder}" + "".join(f"&{key}={more[key]}" for key in more)


async def plan(one: Console, vm: VM, **arguments: Any) -> Plan:
    return msgspec.convert(await one.client.call("quarantine_plan", vm=vm.id, **arguments), Plan)


async def isolate(one: Console, vm: VM, reason: str = "a test", **arguments: Any) -> Quarantine:
    token = (await plan(one, vm, **arguments)).token
    return msgspec.convert(await one.client.call("quarantine", token=token, reason=reason), Quarantine)


async def release(one: Console, vm: VM, choice: str = "exact") -> Quarantine:
    return msgspec.convert(await one.client.call("release", vm=vm.id, choice=choice), Quarantine)


async def act(one: Console, vm: VM, command: str, **arguments: Any) -> None:
    await one.client.call("act", entity=vm.id, command=command, arguments=arguments)


async def state(one: Console, vm: VM) -> Quarantine | None:
    found = msgspec.convert(await one.client.call("quarantines"), list[Quarantine])
    return next((each for each in found if each.vm == vm.id), None)


def listening(one: Console, workspace: Path, hear: Callable[[Quarantines], None]) -> Client:
    """A client of an engine of its own that hears of quarantine."""
    return Client(PrivateEngine(workspace), one, Subscribe(findings=True), of_quarantine=hear)


async def test_in_and_out_again(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        await one.add(estate(tmp_path), grants={"quarantine": True})
        vm = one.vm("db-01")
        planned = await plan(one, vm)
        assert planned.outlook is Stage.ISOLATED
        assert len(planned.steps) == 2
        isolated = await isolate(one, vm)
        assert (isolated.stage, isolated.reason) == (Stage.ISOLATED, "a test")
        assert [channel.hold for channel in isolated.channels] == [Hold.HELD, Hold.HELD]
        assert isolated.verified_at is not None
        await eventually(lambda: {nic.network_name for nic in one.vm("db-01").nics} == {"quarantine"})
        with pytest.raises(VmiError, match="already"):
            await isolate(one, vm)
        assert (await release(one, vm)).stage is Stage.RELEASED
        await eventually(lambda: one.vm("db-01") == vm)
        assert await state(one, vm) is None
        audit = await one.client.call("audit")
        assert [(line["act"], line["outcome"]) for line in audit] == [
            ("isolate", "begun"),
            ("isolate", "isolated"),
            ("release", "begun"),
            ("release", "released"),
        ]
        verified = await one.client.call("audit_verify")
        assert not verified.get("broken")


@pytest.mark.slow
async def test_each_obstacle_has_a_clear_outcome(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        connection = await one.add(estate(tmp_path), grants={})
        vm = one.vm("db-01")
        with pytest.raises(VmiError, match="quarantine was not granted for this connection"):
            await plan(one, vm)
        arguments = {"id": connection, "name": "demo", "uri": estate(tmp_path), "grants": {"quarantine": True}}
        await one.client.call("edit_connection", **arguments)
        await eventually(lambda: one.state() is State.LIVE)
        with pytest.raises(VmiError, match="use quarantine"):
            await act(one, vm, "isolate")
        assert "no network" in (await plan(one, vm, network="nowhere")).problems[0]
        await one.client.call("set_quarantine_network", id=connection, network="guest-dmz")
        planned = await plan(one, vm)
        assert "→ guest-dmz" in planned.steps[0], "the connection's own, where none is named"
        with pytest.raises(VmiError, match="needs a reason"):
            await one.client.call("quarantine", token=planned.token, reason=" ")
        await act(one, vm, "add_nic", network="test")
        refused = msgspec.convert(await one.client.call("quarantine", token=planned.token, reason="a test"), Quarantine)
        assert (refused.stage, "was changed since" in refused.because) == (Stage.FAILED, True)
        assert await state(one, vm) is None


async def test_an_account_that_may_not_act(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        await one.add(estate(tmp_path, fail="forbidden"), grants={"quarantine": True})
        planned = await plan(one, one.vm("db-01"))
        assert planned.problems == ("the console's account may look at VMs and not change them",)
        with pytest.raises(VmiError, match="may look at VMs"):
            await one.client.call("quarantine", token=planned.token, reason="a test")


@pytest.mark.slow
async def test_a_second_console(tmp_path: Path) -> None:
    """Of another workspace, on the same estate: it sees whose quarantine it is, and may not act."""
    heard: list[Quarantine] = []
    other = Console(PrivateEngine(tmp_path / "two"))
    other.client = listening(other, tmp_path / "two", lambda message: heard.extend(message.quarantines))
    async with console(PrivateEngine(tmp_path / "one")) as one, linked(other) as two:
        await one.add(estate(tmp_path), grants={"quarantine": True})
        await two.add(estate(tmp_path), grants={"quarantine": True})
        vm = one.vm("db-01")
        assert (await isolate(one, vm, "ours")).stage is Stage.ISOLATED
        await eventually(lambda: heard)
        assert (heard[0].stage, heard[0].reason) == (Stage.FOUND, "ours")
        with pytest.raises(VmiError, match="another console is in charge"):
            await isolate(two, two.vm("web-01"))
        with pytest.raises(VmiError, match="another console is in charge"):
            await release(two, vm, "force")
        assert (await release(one, vm)).stage is Stage.RELEASED
        assert (await isolate(two, two.vm("web-01"))).stage is Stage.ISOLATED


@pytest.mark.slow
async def test_clients_hear_of_it(tmp_path: Path) -> None:
    heard: list[Quarantines] = []
    hearing = Console(PrivateEngine(tmp_path / "workspace"))
    hearing.client = listening(hearing, tmp_path / "workspace", heard.append)
    async with linked(hearing) as one:
        await one.add(estate(tmp_path), grants={"quarantine": True})
        await eventually(lambda: heard)
        assert heard[0].replaces
        vm = one.vm("db-01")
        await isolate(one, vm)
        stages = [each.stage for message in heard for each in message.quarantines]
        assert stages[:2] == [Stage.ISOLATING, Stage.ISOLATED]
        await act(one, vm, "move_nic", nic="4000", network="prod-db", by="j.kim")

        def undone_by() -> list[str | None]:
            told = [each for message in heard for each in message.quarantines if each.stage is Stage.UNDONE]
            return [each.actor for each in told[-1].noticed] if told else []

        await eventually(lambda: "j.kim" in undone_by())
        one.client.resync()
        await eventually(lambda: heard[-1].replaces)
        assert [each.stage for each in heard[-1].quarantines] == [Stage.UNDONE]


POLICY = """\
policy: Not in the guest network
members: '"db" in tags'
checks:
  - networks: {denied: [guest-dmz]}
respond: {quarantine: automatic, after: 0s, reassert: true}
"""


@pytest.mark.slow
async def test_an_armed_policy_isolates_by_itself_and_puts_it_back(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "networks.yaml").write_text(POLICY)
    heard: list[Quarantine] = []
    one = Console(PrivateEngine(tmp_path / "workspace", policies))
    one.client = Client(
        PrivateEngine(tmp_path / "workspace", policies),
        one,
        Subscribe(findings=True),
        of_policies=one,
        of_quarantine=lambda message: heard.extend(message.quarantines),
    )
    async with linked(one):
        await one.add(estate(tmp_path), grants={"quarantine": True})
        vm = one.vm("db-01")
        await act(one, vm, "move_nic", nic="4000", network="guest-dmz", by="j.kim")
        await eventually(lambda: heard)
        assert (heard[-1].stage, heard[-1].vm) == (Stage.ASKED, vm.id)
        assert "not armed" in heard[-1].because
        await one.client.call("stop_countdown", id=heard[-1].id, reason="first to be armed")
        await act(one, vm, "move_nic", nic="4000", network="prod-db", by="j.kim")
        await one.client.call("arm", policy="Not in the guest network")
        await eventually(lambda: not one.open_findings)  # so that the next one is another
        await act(one, vm, "move_nic", nic="4000", network="guest-dmz", by="j.kim")
        await eventually(lambda: heard[-1].stage is Stage.ISOLATED, seconds=60)
        assert (heard[-1].policy, heard[-1].by) == ("Not in the guest network", "policy “Not in the guest network”")
        await act(one, vm, "move_nic", nic="4000", network="guest-dmz", by="j.kim")
        await eventually(lambda: heard[-1].stage is Stage.ISOLATED and heard[-1].tries == 1, seconds=60)
        assert Stage.UNDONE in [each.stage for each in heard]
        assert (await release(one, vm, "force")).stage is Stage.RELEASED
        await eventually(lambda: one.vm("db-01").nics[0].network_name == "guest-dmz")
        await act(one, vm, "move_nic", nic="4000", network="prod-db", by="j.kim")
        await eventually(lambda: not one.open_findings)  # so that the next one is another
        await act(one, vm, "move_nic", nic="4000", network="guest-dmz", by="j.kim")
        await eventually(lambda: heard[-1].stage is Stage.ASKED)
        assert "somebody gave it back" in heard[-1].because


PERMITTED = """policy: Where they belong
members: '"backup" in networks'
checks:
  - vlans: {allowed: [110-180]}
  - networks: {denied: [guest-dmz, quarantine]}
respond: {quarantine: ask}
"""


@pytest.mark.slow
async def test_where_a_quarantine_puts_a_vm_is_no_finding_and_mends_none(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "networks.yaml").write_text(PERMITTED)
    asked: set[str] = set()

    def started() -> Console:
        one = Console(engine := PrivateEngine(tmp_path / "workspace", policies))
        one.client = Client(
            engine, one, Subscribe(findings=True), of_policies=one,
            of_quarantine=lambda told: asked.update(x.vm for x in told.quarantines if x.stage is Stage.ASKED),
        )  # fmt: skip
        return one

    async def until_said(one: Console, vm: VM, verdict: str | None) -> None:
        async with asyncio.timeout(20):
            while True:
                (told,) = await one.client.call("explain", vm=vm.id)
                if {rule.get("verdict") for rule in told["rules"]} == {verdict}:
                    return
                await asyncio.sleep(0.02)

    async with linked(one := started()):
        await one.add(estate(tmp_path), grants={"quarantine": True}, saved=True)
        good, bad = one.vm("db-01"), one.vm("db-02")
        await act(one, bad, "move_nic", nic="4000", network="guest-dmz", by="j.kim")
        await eventually(lambda: [each.actor for each in one.findings.values()] == ["j.kim", "j.kim"])
        before = dict(one.findings)
        for vm in (good, bad):
            await until_said(one, vm, "pass" if vm is good else "fail")
            assert (await isolate(one, vm)).stage is Stage.ISOLATED
        await eventually(lambda: {n.network_name for v in (good, bad) for n in one.vm(v.name).nics} == {"quarantine"})
        await until_said(one, good, "unknown")
        await until_said(one, bad, "fail")
        assert one.findings == before, "what was wrong stays open as it was, and nothing is new"
    async with linked(one := started()):
        await eventually(lambda: one.state() is State.LIVE)
        await until_said(one, good, "unknown")
        await until_said(one, bad, "fail")
        assert one.findings == before, "nor is there anything new after a start of the console"
        for vm in (good, bad):
            assert (await release(one, vm)).stage is Stage.RELEASED
        await until_said(one, good, "pass")
        await until_said(one, bad, "fail")
        await eventually(lambda: one.vm("db-01").nics == good.nics)
        await until_said(one, good, "pass")
        assert one.findings == before
        assert asked == {bad.id}
        assert (await isolate(one, good)).stage is Stage.ISOLATED
        await until_said(one, good, "unknown")
        assert (await release(one, good, "keep")).stage is Stage.KEPT
        await until_said(one, good, None)  # where it is now is where it belongs, and is no network of the policy's

"""Quarantine as clients know it: real engines and actors on the demo estate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import Console, console, eventually
from vmi_console.collectors.quarantine import Hold
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM
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

"""Two moments of the history, and a machine and its gold image, held against each other by a real engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import Console, console, eventually
from tests.unit.engine.test_policies import CALM, SEGMENT, segment_folder, settled
from vmi_console.engine.compare_commands import Compared, Which
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM
from vmi_console.review.causes import Cause
from vmi_console.review.comparison import Comparison


async def asked(one: Console, command: str, **arguments: Any) -> Comparison:
    answer = await one.client.call(command, **arguments)
    return msgspec.convert(answer, Compared, builtin_types=(datetime,)).comparison


@pytest.mark.slow
async def test_between_two_moments_is_exactly_what_was_done_between_them(tmp_path: Path) -> None:
    policies = segment_folder(tmp_path)
    (policies / "segment.yaml").write_text(SEGMENT.partition("respond")[0])
    async with console(PrivateEngine(None, policies), findings=True) as one:
        await one.add(CALM, grants={"quarantine": True})
        await settled(one)
        vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics and vm.power == "on")

        async def act(target: VM, command: str, **more: Any) -> datetime:
            count = len(one.changes)
            await one.client.call("act", entity=target.id, command=command, arguments={"by": "j.kim", **more})
            await eventually(lambda: len(one.changes) > count)
            return max(change.observed_at for change in one.changes)

        start = max(change.observed_at for change in one.changes) if one.changes else datetime.now(UTC)
        moved = await act(vm, "move_nic", nic=vm.nics[0].key, network="guest-dmz")
        await eventually(lambda: one.open_findings)
        plan = await one.client.call("quarantine_plan", vm=vm.id)
        before_quarantine = datetime.now(UTC)
        await one.client.call("quarantine", token=plan["token"], reason="to be safe")
        other = next(each for each in one.vms if each.power == "on" and each.id != vm.id)
        await act(other, "power_off")
        end = datetime.now(UTC)

        first = await asked(one, "compare", before=Which(at=start), after=Which(at=moved))
        assert {(item.entity, item.path.partition("[")[0], item.actor) for item in first.items()} == {
            (vm.id, "nics", "j.kim")
        }
        assert not first.quarantines
        whole = await asked(one, "compare", before=Which(at=start), after=Which(at=end))
        expected = {
            (change.entity, change.path)
            for change in one.changes
            if start < change.observed_at <= end and change.entity.startswith(("vm/", "guest/", "network/", "host/"))
        }
        assert {(item.entity, item.path) for item in whole.items()} == expected
        assert [(each.vm, each.before, each.after) for each in whole.quarantines] == [(vm.id, None, "isolated")]
        assert [each.vm for each in whole.opened] == [vm.id]
        assert whole.before.at == start
        last = await asked(one, "compare", before=Which(at=before_quarantine))
        assert {item.entity for item in last.items()} == {vm.id, other.id}
        assert any("policies" in note for note in last.notes)
        assert not last.policies, "what they were is not recorded, and no difference"
        early = await asked(one, "compare", before=Which(at=start - timedelta(days=30)), after=Which(at=end))
        assert any("not remembered" in note for note in early.notes)
        assert {(item.entity, item.path) for item in early.items()} == expected, "nothing came, somebody began to look"
        with pytest.raises(VmiError, match="same"):
            await one.client.call("compare", before=Which(at=end), after=Which(at=end))


async def test_a_machine_differs_from_its_gold_image_in_what_was_changed_on_it(tmp_path: Path) -> None:
    async with console(PrivateEngine(None)) as one:
        await one.add(CALM)
        gold = next(vm for vm in one.vms if vm.nics and vm.power == "on")
        twin = next(
            vm for vm in one.vms if vm.name.partition("-")[0] == gold.name.partition("-")[0] and vm.id != gold.id
        )
        for each in (gold, twin):
            await one.client.call("inspect", vm=each.id)
        comparison = await asked(one, "compare_vms", gold=gold.id, vm=twin.id)
        before = {(group.field, item.path) for group in comparison.groups for item in group.items}
        await one.client.call(
            "act", entity=twin.id, command="move_nic", arguments={"nic": twin.nics[0].key, "network": "guest-dmz"}
        )
        await eventually(lambda: one.vm(twin.name).nics[0].network_name == "guest-dmz")
        comparison = await asked(one, "compare_vms", gold=gold.id, vm=twin.id)
        after = {(each.field, item.path) for each in comparison.groups for item in each.items}
        assert {aspect for aspect, _ in after - before} <= {"nics"}
        assert ("nics", "nics[1].vlan") in after
        assert {group.cause for group in comparison.groups} == {Cause.ASPECT}
        assert not {path for _, path in after} & {"name", "uuid", "nics[1].mac"}
        assert (comparison.before.title, comparison.after.title) == (gold.name, twin.name)
        with pytest.raises(VmiError, match="no VM"):
            await one.client.call("compare_vms", gold="vm/none/1", vm=twin.id)

"""The timeline of a VM tells exactly what was done to it, by whom, in the order in which it was done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import Console, console, eventually
from tests.unit.engine.test_policies import CALM, SEGMENT, open_on, segment_folder, settled
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.identity import EntityId
from vmi_console.review.timeline import Happening, Timeline, What


async def timeline(one: Console, entity: EntityId, **arguments: Any) -> Timeline:
    answer = await one.client.call("timeline", entity=entity, **arguments)
    return msgspec.convert(answer, Timeline, builtin_types=(datetime,))


def told(happening: Happening) -> tuple[str, str, str | None]:
    """What happened in a few words, and by whom."""
    if (change := happening.change) is not None:
        return happening.what.value, change.path.partition("[")[0], happening.by
    if happening.finding is not None:
        return happening.what.value, happening.finding.rule.partition("-")[0], happening.by
    if happening.decision is not None:
        decision = happening.decision
        return happening.what.value, f"{decision.kind.value}{' no more' if decision.taken_back else ''}", happening.by
    assert happening.step is not None
    return happening.what.value, happening.step.stage.value, happening.by


@pytest.mark.slow
async def test_everything_that_was_done_to_a_vm_is_told_once_and_in_its_order(tmp_path: Path) -> None:
    policies = segment_folder(tmp_path)
    (policies / "segment.yaml").write_text(SEGMENT.partition("respond")[0])
    snapshot = tmp_path / "then.vmisnap"
    async with console(PrivateEngine(tmp_path / "work", policies), findings=True) as one:
        await one.add(CALM, saved=True, grants={"quarantine": True})
        await settled(one)
        vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics)
        assert (await timeline(one, vm.id)).happenings == ()

        async def act(command: str, **more: Any) -> None:
            await one.client.call("act", entity=vm.id, command=command, arguments={"by": "j.kim", **more})

        home = vm.nics[0].network_name
        await act("move_nic", nic=vm.nics[0].key, network="guest-dmz")
        await eventually(open_on(one, vm.name, "vlans"))
        (finding,) = open_on(one, vm.name, "vlans")()
        await one.client.call("acknowledge", findings=[finding.id], note="on it")
        plan = await one.client.call("quarantine_plan", vm=vm.id)
        await one.client.call("quarantine", token=plan["token"], reason="to be safe")
        await one.client.call("release", vm=vm.id, choice="exact")
        await act("move_nic", nic=vm.nics[0].key, network=home)
        await eventually(lambda: not open_on(one, vm.name, "vlans")())

        page = await timeline(one, vm.id)
        assert not page.more
        assert page.known_since is not None
        assert [each.at for each in page.happenings] == sorted((each.at for each in page.happenings), reverse=True)
        person = next(each.by for each in page.happenings if each.decision is not None)
        others = [told(each) for each in reversed(page.happenings) if each.what is not What.CHANGE]
        assert others[:2] == [("finding opened", "vlans", "j.kim"), ("decision", "acknowledged", person)]
        assert [each[1] for each in others if each[0] == "quarantine"] == [
            "isolating",
            "isolated",
            "releasing",
            "released",
        ]
        assert {each[2] for each in others if each[0] == "quarantine"} == {person}
        assert [each[:2] for each in others if each[0].startswith("finding")][-1] == ("finding resolved", "vlans")
        changes = [each.change for each in page.happenings if each.change is not None]
        assert [each.number for each in changes] == sorted(
            (each.number for each in one.changes if each.entity == vm.id), reverse=True
        )
        assert {each.entity for each in changes} == {vm.id}

        pages: list[Happening] = []
        until = None
        while True:
            part = await timeline(one, vm.id, until=until, most=2)
            pages += part.happenings
            until = part.since
            if not part.more:
                break
        assert pages == list(page.happenings), "page by page it is the same"

        await one.client.call("snapshot", path=str(snapshot), changes_since=one.changes[0].observed_at)

    async with console(PrivateEngine.of_snapshot(snapshot), findings=True) as review:
        kept = await timeline(review, vm.id)
        assert [each.key for each in kept.happenings if each.change] == [
            each.key for each in page.happenings if each.change
        ]
        assert {told(each) for each in kept.happenings} >= {("finding opened", "vlans", "j.kim")}

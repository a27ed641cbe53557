"""A draft led through what a real engine has recorded, and through what a snapshot carries."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.console import Console, console, eventually
from tests.unit.engine.test_policies import CALM, SEGMENT, misplace, open_on, segment_folder, settled
from tests.unit.review.administrator import STARTED, Administrator
from tests.unit.review.test_replay import TEXT, policies
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.replay_commands import _answer
from vmi_console.errors import VmiError
from vmi_console.estate.inventory import Inventory
from vmi_console.review import snapshots
from vmi_console.review.firings import PARTS, Firings, Lack, summed
from vmi_console.review.present import moment_of
from vmi_console.review.replay import Step, replay
from vmi_console.review.replayer import FromReplayer, Wanted
from vmi_console.wire.channel import Channel
from vmi_console.wire.child import Child
from vmi_console.wire.tasks import Tasks

AUTOMATIC = SEGMENT.replace("automatic}", "automatic, after: 0s, limit: {vms: 9, percent: 100}}")


async def replayed(one: Console, text: str, told: list[float] | None = None, **arguments: object) -> Firings:
    heard = [] if told is None else told
    answer = await one.client.follow(heard.append, "replay_policy", text=text, **arguments)
    return msgspec.convert(answer, Firings, builtin_types=(datetime,))


@pytest.mark.slow
async def test_what_was_seen_to_happen_is_found_again_in_the_past(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path / "workspace", segment_folder(tmp_path)), findings=True) as one:
        with pytest.raises(VmiError, match="nothing was recorded"):
            await replayed(one, AUTOMATIC)
        await one.client.call("add_connection", uri=f"{CALM}&folder={tmp_path / 'estate'}")
        await settled(one)
        await eventually(lambda: any("pci" in vm.tags and vm.nics for vm in one.vms))
        vm = next(vm for vm in one.vms if "pci" in vm.tags and vm.nics)
        arguments = {"nic": vm.nics[0].key, "network": "guest-dmz", "by": "j.kim"}
        await one.client.call("act", entity=vm.id, command="move_nic", arguments=arguments)
        await eventually(open_on(one, vm.name, "vlans"))
        told: list[float] = []
        found = await replayed(one, AUTOMATIC, told, since=datetime.now(UTC) - timedelta(days=7))
        (fired,) = found.fired
        assert (fired.vm, fired.vm_name, fired.times, fired.from_before) == (vm.id, vm.name, 1, False)
        assert fired.held_at == fired.first
        assert (found.times, found.vms, found.held, found.asked, sum(found.parts)) == (1, 1, 1, 0, 1)
        assert told == sorted(told)
        assert all(0 <= share <= 1 for share in told)
        history = tmp_path / "workspace" / "history.db"
        for at, times in ((fired.first, 1), (fired.first - timedelta(microseconds=1), 0)):
            async with console(PrivateEngine.of_history(history, at)) as then:  # up to the time that is shown
                assert (await replayed(then, AUTOMATIC)).times == times
        for text, because in (("policy: [", "no sound policy"), ("group: G\nmembers: 'vcpus > 1'", "demands nothing")):
            with pytest.raises(VmiError, match=because):
                await replayed(one, text)
        with pytest.raises(VmiError, match="nothing was recorded"):
            await replayed(one, AUTOMATIC, until=datetime(2020, 1, 1, tzinfo=UTC))


def children(pid: int) -> set[str]:
    """The last of what the processes below one were started with, each; nothing of those that are about to end."""
    found: set[str] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread, or a process, that has just gone
            for child in (task / "children").read_text().split():
                found.update(Path(f"/proc/{child}/cmdline").read_text().split("\0")[-2:-1])
    return found


async def test_who_gives_it_up_leaves_no_process_behind(tmp_path: Path) -> None:
    """Before it answers, however far it is."""
    engine = PrivateEngine(tmp_path / "workspace", segment_folder(tmp_path))
    async with console(engine, findings=True) as one, Tasks() as tasks:
        await misplace(one, CALM)
        assert engine.pid is not None
        asked = tasks.start(one.client.call("replay_policy", text=SEGMENT), "replaying")
        pid = engine.pid
        await eventually(lambda: "replayer" in children(pid))
        asked.cancel()
        await asyncio.wait((asked,))
        await eventually(lambda: "replayer" not in children(pid))
        assert asked.cancelled()


async def test_a_snapshot_is_replayed_through_its_changes(tmp_path: Path) -> None:
    admin = Administrator(5)
    first = tuple(admin.inventory.all())
    admin.work(60)
    snapshots.write(tmp_path / "span.vmisnap", admin.moment())
    steps = [Step(at, applied.records, applied.removed) for at, applied in admin.applied]
    truth = replay(first, steps, policies(), STARTED, admin.now)
    async with console(PrivateEngine.of_snapshot(tmp_path / "span.vmisnap")) as one:
        found = await replayed(one, TEXT)
        assert found == summed(truth, lacks=(Lack.FIRST_LOOKS,))
        assert found.before < found.times
        middle = STARTED + (admin.now - STARTED) / 2
        later = await replayed(one, TEXT, since=middle)
        assert later.since == middle
        assert later.times - later.before == sum(each.since > middle for each in truth.episodes) == sum(later.parts)
        assert len(later.parts) == PARTS


async def test_a_snapshot_without_changes_says_so(tmp_path: Path) -> None:
    inventory = Inventory(lambda: 1)
    snapshots.write(tmp_path / "bare.vmisnap", moment_of(inventory.all(), STARTED))
    async with console(PrivateEngine.of_snapshot(tmp_path / "bare.vmisnap")) as one:
        with pytest.raises(VmiError, match="no changes"):
            await replayed(one, TEXT)


async def test_an_answer_is_heard_of_who_is_gone_as_soon_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child: Child[FromReplayer] = await Child.start("replayer", accepts=FromReplayer)
    drain = Channel.drain

    async def late(channel: Channel[FromReplayer]) -> None:
        await child.process.wait()
        await drain(channel)

    monkeypatch.setattr(Channel, "drain", late)
    try:
        with pytest.raises(VmiError, match="nowhere"):
            await _answer(child, Wanted(path=str(tmp_path / "nowhere"), text=TEXT, file="draft.yaml"))
    finally:
        await child.stop(grace=0)

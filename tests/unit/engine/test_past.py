"""The recorded past in a real engine process, beside the engine that records it: what it tells is what was so then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.console import Console, console, eventually
from vmi_console.engine import protocol
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.past import HistorySource
from vmi_console.engine.past_commands import Activity, Recorded
from vmi_console.engine.review import Review
from vmi_console.errors import InputError, StorageError, VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Connection, Power
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.policy.findings import Finding
from vmi_console.review import past

DEMO = "demo://?hosts=3&vms=30&story=off&packages=5"
POLICY = "policy: Cards\nmembers: 'power == \"on\"'\nchecks:\n  - vlans: {allowed: [100, 110, 120, 130, 140]}\n"


@dataclass
class Now:
    """The living engine, and how its estate was at some moments, as a client heard it."""

    console: Console
    path: Path
    moments: list[tuple[datetime, dict[EntityId, AnyRecord], set[str]]] = field(default_factory=list)

    def note(self) -> None:
        findings = {finding.id for finding in self.console.open_findings}
        self.moments.append((datetime.now(UTC), dict(self.console.records), findings))

    async def act(self, whom: str, command: str, **arguments: str) -> None:
        """Has something done, and waits until it is told, and recorded."""
        one, vm = self.console, self.console.vm(whom)
        told = len(one.changes)
        await one.client.call("act", entity=vm.id, command=command, arguments={**arguments, "by": "j.kim"})
        await eventually(lambda: len(one.changes) > told and one.posture is not None and not one.posture.evaluating)
        await recorded_until(one, one.changes[-1].observed_at)


async def recorded_until(one: Console, at: datetime) -> None:
    async with asyncio.timeout(10):
        while (last := (await recorded(one)).last) is None or last < at:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)


async def recorded(one: Console) -> Recorded:
    return msgspec.convert(await one.client.call("recorded"), Recorded, builtin_types=(datetime,))


@pytest.fixture
async def now(tmp_path: Path) -> AsyncIterator[Now]:
    """A demo estate to which something was done three times."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "cards.yaml").write_text(POLICY)
    async with console(PrivateEngine(None, folder), findings=True) as one:
        await one.add(DEMO)
        await eventually(lambda: one.posture is not None and one.posture.policies and not one.posture.evaluating)
        await eventually(lambda: len(one.vms) == 30)
        living = Now(one, Path((await recorded(one)).path))
        vm = min((vm for vm in one.vms if vm.power is Power.ON and vm.nics), key=lambda vm: vm.name)
        living.note()
        await living.act(vm.name, "rename", name="renamed")
        living.note()
        await living.act("renamed", "move_nic", nic=vm.nics[0].key, network="guest-dmz")
        await eventually(lambda: any(finding.vm == vm.id for finding in one.open_findings))
        living.note()
        await living.act("renamed", "power_off")
        await living.act("renamed", "remove_vm")
        living.note()
        yield living


def shown(one: Console) -> dict[EntityId, AnyRecord]:
    """Without connections, of which more is told than was kept."""
    return {entity: record for entity, record in one.records.items() if not isinstance(record, Connection)}


async def test_it_goes_to_any_moment_and_back_while_the_living_engine_records(now: Now) -> None:
    async with console(PrivateEngine.of_history(now.path, now.moments[0][0]), findings=True) as one:
        assert one.about is not None
        assert (one.about.path, one.about.title) == ("", "")
        assert any("policies" in each for each in one.about.lacks)
        one.client.search(1, '"renamed" in name')
        for place in (0, 2, 1, 3, 0, 3):
            at, records, findings = now.moments[place]
            gone = msgspec.convert(
                await one.client.call("go_to", at=at.isoformat()), protocol.Review, builtin_types=(datetime,)
            )
            assert gone == one.about
            assert one.about.at == at
            then = {entity: each for entity, each in records.items() if not isinstance(each, Connection)}
            assert shown(one) == then, place
            assert {finding.id for finding in one.open_findings} == findings
            wanted = [each.number for each in now.console.changes if each.observed_at <= at]
            assert [each.number for each in one.changes] == wanted
            newest = await one.client.call("changes", count=1)
            assert [each["number"] for each in newest] == wanted[-1:]
            assert one.matches == {vm.id for vm in one.vms if vm.name == "renamed"}
        assert len(now.console.vms) == 29, "the living one goes on"
        with pytest.raises(VmiError, match="the past cannot be changed"):
            await one.client.call("set_labels", entities=[one.vms[0].id], labels=["new"])
        wishes = [now.moments[place][0] for place in (0, 1, 2, 3, 1)]
        answers = await asyncio.gather(*[one.client.call("go_to", at=at.isoformat()) for at in wishes])
        assert msgspec.convert(answers[-1], protocol.Review, builtin_types=(datetime,)) == one.about
        assert one.about.at == wishes[-1], "of several wishes the last one counts"
        assert {vm.name for vm in one.vms} == {each.name for each in now.moments[1][1].values() if isinstance(each, VM)}


async def test_what_it_says_of_its_span(now: Now) -> None:
    ask = now.console.client.call
    span = await recorded(now.console)
    assert span.first is not None
    assert span.last is not None
    until = span.last + timedelta(seconds=1)
    told = await ask("activity", since=span.first.isoformat(), until=until.isoformat(), bins=50)
    activity = msgspec.convert(told, Activity, builtin_types=(datetime,))
    assert len(activity.changes) == 50
    assert sum(activity.changes) == len([each for each in now.console.changes if each.observed_at >= span.first])
    assert sum(activity.opened) >= len(now.moments[2][2]) > 0
    at, stops = now.moments[0][0], []
    while (found := await ask("nearest_change", at=at.isoformat(), later=True)) is not None:
        at = datetime.fromisoformat(found) if isinstance(found, str) else found
        stops.append(at)
    told_at = {each.observed_at for each in now.console.changes}
    assert stops
    assert set(stops) <= told_at
    assert stops[-1] == max(told_at)
    before = await ask("nearest_change", at=(stops[0] - timedelta(days=1)).isoformat(), later=False)
    assert before is None
    with pytest.raises(VmiError, match="no time zone"):
        await ask("nearest_change", at="2026-01-01T00:00:00", later=True)


async def test_a_time_before_all_and_a_history_of_nothing_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = await History.open(tmp_path / "history.db")
    with pytest.raises(InputError, match="nothing has been recorded"):
        await Review.open(HistorySource(tmp_path / "history.db"))
    history.revise(datetime(2026, 3, 1, tzinfo=UTC), [VM(id=EntityId("vm/here/1"), name="web-1")])
    await history.flush()
    review = await Review.open(HistorySource(tmp_path / "history.db"))
    before = review.about()
    with pytest.raises(InputError, match="before anything was recorded"):
        await review.go_to(datetime(2020, 1, 1, tzinfo=UTC))
    assert review.about() == before
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]  # who asks is told
    await review.close()
    await history.close()
    with pytest.raises(StorageError, match="no history at"):
        await Review.open(HistorySource(tmp_path / "none.db"))
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_of_what_is_read_only_the_way_to_another_moment_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks at the log while somebody else goes elsewhere is not to be told that the history cannot be read."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    history = await History.open(tmp_path / "history.db")
    for day in range(2):
        history.revise(at + timedelta(days=day), [VM(id=EntityId(f"vm/here/{day}"), name="web")])
    await history.close()
    source = HistorySource(tmp_path / "history.db")
    source.first(lambda share: None, lambda records: None)
    interrupted: list[str] = []
    findings_at = past.findings_at

    def given_up_meanwhile(reader: Reader, at: datetime) -> list[Finding]:
        source.give_up()
        return findings_at(reader, at)

    monkeypatch.setattr(Reader, "interrupt", lambda reader: interrupted.append("once"))
    monkeypatch.setattr(past, "findings_at", given_up_meanwhile)
    source.give_up()
    assert len(interrupted) == 0
    source.go(at)
    assert len(interrupted) == 1
    source.give_up()
    source.close()
    assert len(interrupted) == 1


async def test_it_says_where_nobody_watched(tmp_path: Path) -> None:
    """What was found after a gap happened at some time in it: of a moment in between it is not known."""
    since = datetime(2026, 3, 1, 8, tzinfo=UTC)
    vm = VM(id=EntityId("vm/here/1"), name="web-1", power=Power.ON)
    history = await History.open(tmp_path / "history.db")
    history.revise(since, [vm])
    found = since + timedelta(hours=2)
    history.record(
        [
            Change(
                number=history.next_number(),
                entity=vm.id,
                name=vm.name,
                action=Action.CHANGED,
                path="power",
                before="on",
                after="off",
                observed_at=found,
                not_before=since + timedelta(hours=1),
                seen=Seen.RESYNC,
            )
        ]
    )
    history.revise(found, [msgspec.structs.replace(vm, power=Power.OFF)], told=[vm.id])
    await history.close()
    lacks = {}
    for minutes in (30, 90, 120):
        review = await Review.open(HistorySource(tmp_path / "history.db", since + timedelta(minutes=minutes)))
        about = review.about()
        assert about is not None
        lacks[minutes] = [each for each in about.lacks if "nobody watched" in each]
        await review.close()
    assert (len(lacks[30]), len(lacks[90]), len(lacks[120])) == (0, 1, 0)
    await asyncio.get_running_loop().shutdown_default_executor()

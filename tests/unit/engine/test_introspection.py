"""The operator's pace of introspection: told to every inspector, also to one that takes another's place, and kept."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import msgspec
import pytest

from tests.console import Console, console, eventually
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.introspection import Introspection
from vmi_console.errors import VmiError
from vmi_console.estate.records import Power
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.quiet import Quiet, read
from vmi_console.introspection.rounds import Standing
from vmi_console.settings import Workspace, save_file
from vmi_console.wire.tasks import Tasks

CALM = "demo://?hosts=2&vms=20&story=off"
ALWAYS = ChosenPace(at_once=1, quiet=Quiet(read("0-24")))


def standing(one: Console) -> Standing:
    return next(iter(each for each in one.rounds.values() if each is not None), Standing())


async def chosen(one: Console) -> ChosenPace:
    return msgspec.convert(await one.client.call("pace"), ChosenPace)


@pytest.mark.slow
async def test_it_is_told_kept_and_told_again(tmp_path: Path) -> None:
    (tmp_path / "estate").mkdir()
    async with console(PrivateEngine(tmp_path)) as one:
        assert await chosen(one) == ChosenPace()
        await one.client.call("set_pace", pace=ALWAYS)
        await one.add(f"{CALM}&folder={tmp_path / 'estate'}", saved=True)  # which is the same after a start
        await eventually(lambda: standing(one).quiet and standing(one).waiting > 0)
        running = next(vm for vm in one.vms if vm.power is Power.ON)
        assert await one.client.call("waits", vm=running.id)
        killed = await one.role("inspector")
        os.kill(killed, signal.SIGKILL)
        await one.role("inspector", after=killed)
        one.rounds.clear()
        await eventually(lambda: standing(one).quiet)
        assert await one.client.call("waits", vm=running.id), "also the one that took its place waits"
    async with console(PrivateEngine(tmp_path)) as one:
        assert await chosen(one) == ALWAYS
        await eventually(lambda: standing(one).quiet)
        await one.client.call("set_pace", pace=ChosenPace())
        await eventually(lambda: not standing(one).quiet and standing(one).guests == 20)
        running = next(vm for vm in one.vms if vm.power is Power.ON)
        assert not await one.client.call("waits", vm=running.id)


async def test_what_cannot_be_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path)) as one:
        await one.client.call("set_pace", pace=ALWAYS)
        with pytest.raises(VmiError, match="Middle/Earth"):
            await one.client.call("set_pace", pace=ChosenPace(quiet=Quiet(zone="Middle/Earth")))
        with pytest.raises(VmiError, match="at_once"):
            await one.client.call("set_pace", pace={"at_once": 1000})
        assert await chosen(one) == ALWAYS


async def test_a_file_that_cannot_be_read_is_told_and_guests_are_looked_into_as_usual(tmp_path: Path) -> None:

    Workspace.at(tmp_path).introspection.write_text('{"pace": {"at_once": "many"}}')
    async with console(PrivateEngine(tmp_path)) as one:
        assert await chosen(one) == ChosenPace()
        await eventually(lambda: any("pace of introspection" in notice for notice in one.notices))


class Inspectors:
    """Whom the pace is told."""

    def __init__(self) -> None:
        self.told: list[ChosenPace] = []

    def go_at(self, chosen: ChosenPace) -> None:
        self.told.append(chosen)


async def test_quiet_hours_count_also_where_whoever_set_them_is_gone_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspectors = Inspectors()
    saving, disk = threading.Event(), threading.Event()

    def slow(path: Path, content: msgspec.Struct) -> None:
        saving.set()
        disk.wait(10)
        save_file(path, content)

    monkeypatch.setattr("vmi_console.engine.introspection.save_file", slow)
    pace = Introspection(inspectors, tmp_path / "pace.json", ChosenPace())
    async with Tasks() as tasks:
        setting = tasks.start(pace.set(ALWAYS), "set")
        await eventually(saving.is_set)
        tasks.cancel(setting)
        await asyncio.wait([setting])
        disk.set()
        await eventually(lambda: inspectors.told == [ChosenPace(), ALWAYS])
    assert pace.pace == ALWAYS
    await pace.close()
    await asyncio.get_running_loop().shutdown_default_executor()

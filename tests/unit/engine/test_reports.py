"""Reports of a real engine: by hand, by the clock, and what is told when one cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from msgspec.structs import replace

from tests.console import console, eventually
from tests.unit.reports.estates import demo
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.reports import Reports, Shares
from vmi_console.errors import InputError, VmiError
from vmi_console.reports import schedule
from vmi_console.reports.report import Kind
from vmi_console.reports.schedule import Every, Job
from vmi_console.reports.subject import Scope
from vmi_console.review.moment import Moment
from vmi_console.wire.tasks import Tasks


class Estate:
    """Whom a schedule asks for the estate, and tells what went wrong."""

    def __init__(self) -> None:
        self.moment = demo(vms=20)
        self.notices: list[str] = []

    async def moment_since(self, since: datetime | None) -> Moment:
        return replace(self.moment, changes_since=since)

    def notice(self, text: str, advice: str = "") -> None:
        self.notices.append(text)


def job(folder: Path, **more: object) -> Job:
    values: dict[str, object] = {"name": "Weekly audit", "kind": Kind.PAGE, "folder": str(folder), "every": Every.DAY}
    return Job(**{**values, **more})  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
async def threads() -> AsyncIterator[None]:
    """The threads of the test's loop end with it."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_by_hand(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        await one.client.call("add_connection", uri="demo://?vms=30&changes_per_second=0&story=off")
        await eventually(lambda: len(one.vms) == 30)
        path = tmp_path / "estate.xlsx"
        told = await one.client.call("report", path=str(path), kind="xlsx", query='power == "on"')
        sheet = openpyxl.load_workbook(path, read_only=True)["vInfo"]
        running = {vm.name for vm in one.vms if vm.power.value == "on"}
        assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == running
        assert told["vms"] == len([vm for vm in one.vms if vm.power.value == "on"])
        with pytest.raises(VmiError, match="no VM matches"):
            await one.client.call("report", path=str(tmp_path / "no.pdf"), kind="pdf", query='name == "nobody"')
        assert await one.client.call("report_share", path=str(path)) is None
        assert names(tmp_path) == ["estate.xlsx", "workspace"]


async def test_one_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    estate = demo(vms=3_000)
    shares = Shares()
    path = tmp_path / "estate.xlsx"
    async with Tasks() as tasks:
        writing = tasks.start(shares.write(Kind.WORKBOOK, estate, path, Scope(), "vms"), "a report")
        await eventually(lambda: bool(shares.of(str(path))) or writing.done())
        assert names(tmp_path), "it was begun"
        assert not writing.done()
        writing.cancel()
        await asyncio.wait((writing,))
    assert (names(tmp_path), shares.of(str(path))) == ([], None)


class SlowEstate(Estate):
    """One that is asked for, and does not answer before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()

    async def moment_since(self, since: datetime | None) -> Moment:
        self.asked.set()
        await self.answers.wait()
        return await super().moment_since(since)


@pytest.mark.usefixtures("threads")
async def test_a_schedule_that_is_changed_while_a_report_is_written_stays_changed(tmp_path: Path) -> None:
    estate, file = SlowEstate(), tmp_path / "reports.json"
    reports = Reports(estate, file, (), Shares())
    await reports.set([job(tmp_path, keep=2)])
    async with Tasks() as tasks:
        due = datetime.now(UTC) + timedelta(days=1)
        looking = tasks.start(reports.look(due), "look")
        await estate.asked.wait()
        await reports.set([job(tmp_path, keep=7), job(tmp_path, name="Another")])
        estate.answers.set()
        await looking
    assert [(each.name, each.keep, each.last_at) for each in reports.jobs] == [
        ("Weekly audit", 7, due),
        ("Another", job(tmp_path).keep, None),
    ]
    assert schedule.load(file) == reports.jobs


@pytest.mark.usefixtures("threads")
async def test_by_the_clock(tmp_path: Path) -> None:
    estate, file = Estate(), tmp_path / "reports.json"
    reports = Reports(estate, file, (), Shares())
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "mine.html").write_text("somebody's own")
    await reports.set([job(folder, keep=2)])
    now = datetime.now(UTC)
    await reports.look(now)
    assert len(list(folder.iterdir())) == 1  # it is not due yet
    for day in range(1, 5):
        await reports.look(now + timedelta(days=day))
        await reports.look(now + timedelta(days=day))  # once only
    assert (folder / "mine.html").exists()
    written = [path for path in folder.iterdir() if path.name.startswith("Weekly-audit-")]
    assert len(written) == 2
    assert estate.notices == []
    kept = schedule.load(file)
    assert (kept[0].last_at, kept[0].last_error) == (now + timedelta(days=4), "")


@pytest.mark.usefixtures("threads")
async def test_who_fails_is_told_of_and_does_not_keep_others_from_it(tmp_path: Path) -> None:
    estate = Estate()
    reports = Reports(estate, tmp_path / "reports.json", (), Shares())
    await reports.set([job(tmp_path / "missing", name="one"), job(tmp_path, name="two", kind=Kind.EVENTS)])
    await reports.look(datetime.now(UTC) + timedelta(days=1))
    assert [notice for notice in estate.notices if "one" in notice and "cannot be written" in notice]
    assert reports.jobs[0].last_error
    assert reports.jobs[1].last_error == ""
    assert any(name.startswith("two-") and name.endswith(".ocsf.jsonl") for name in names(tmp_path))
    with pytest.raises(InputError, match="name of its own"):
        await reports.set([job(tmp_path, name="a b"), job(tmp_path, name="a-b")])


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({"every": Every.DAY, "hour": 6}, "2026-03-29T06:00+02:00"),  # the clocks went forward that night
        ({"every": Every.WEEK, "weekday": 0, "hour": 6}, "2026-03-30T06:00+02:00"),
        ({"every": Every.MONTH, "day": 1, "hour": 0, "minute": 30}, "2026-04-01T00:30+02:00"),
    ],
)
def test_when_it_is_due(more: dict[str, object], due: str, tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin = datetime.fromisoformat("2026-03-28T06:00+01:00")
    one = job(tmp_path, **more)
    assert one.due_after(begin, berlin) == datetime.fromisoformat(due)
    made = replace(one, since=begin)
    assert not made.is_due(datetime.fromisoformat(due) - timedelta(seconds=1), berlin)
    assert made.is_due(datetime.fromisoformat(due), berlin)
    assert not replace(made, enabled=False).is_due(datetime.fromisoformat(due), berlin)

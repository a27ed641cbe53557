"""The past of 45,000 VMs with 400 packages each at 100,000 changes a day: what recording it costs, and asking for it.

`measure` records some days. All thirty take half an hour, so they are a benchmark of their own:
`python -m tests.bench.bench_history --days 30 [--file history.db]`; a file that is there is asked, not recorded anew.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import bench_inventory as estate
from tests.bench import days as life
from tests.bench.bench_inventory import resident_mib
from tests.bench.figures import Figure
from vmi_console.history.database import Database
from vmi_console.history.reader import Reader
from vmi_console.history.retention import Sweep
from vmi_console.history.rows import to_micros
from vmi_console.history.store import History
from vmi_console.policy.documents import document
from vmi_console.policy.folder import settled
from vmi_console.policy.policies import PolicySet
from vmi_console.review import past
from vmi_console.review.replay import replay_history

DAYS = 2

POLICY = """\
policy: Tier 1
members: '"tier-1" in tags and power == "on"'
severity: high
checks:
  - vlans: {allowed: [1-390]}
  - applications: {denied: ["package-7 < 0.9", own-77]}
"""
"""A fifth of the estate; some of its members fail now and then."""


def measure(days: int = DAYS, file: Path | None = None) -> Iterator[Figure]:
    """The benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        path = file or Path(folder, "history.db")
        if not path.exists():
            yield from recorded(path, days)
        yield from asked(path)
        copy = Path(folder, "copy.db")
        shutil.copy(path, copy)
        yield from given_up(copy)


def recorded(path: Path, days: int) -> Iterator[Figure]:
    """What it costs to record so many days."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    one = life.Life(midnight - timedelta(days=days))
    spent: list[float] = []

    async def write(steps: Sequence[Callable[[History], Awaitable[None]]]) -> None:
        history = await History.open(path)
        try:
            for step in steps:
                begin = time.process_time() - time.thread_time()  # of the writer's thread
                await step(history)
                spent.append(time.process_time() - time.thread_time() - begin)
        finally:
            await history.close()

    asyncio.run(write([one.begin]))
    first = size_mib(path)
    asyncio.run(write([functools.partial(one.record, day=day) for day in range(days)]))
    changes = days * life.CHANGES_A_DAY
    yield Figure("write first states of all", spent[0], "s", None, f"{first:,.0f} MiB")
    rate = changes / sum(spent[1:])
    yield Figure("changes written in a second of the processor", rate, "1/s", None, more_is_better=True)
    size = size_mib(path)
    yield Figure("what a day adds to the file", (size - first) / days, "MiB", 100, f"{size:,.0f} MiB in all")


def size_mib(path: Path) -> float:
    """Of a file."""
    return path.stat().st_size / (1 << 20)


def asked(path: Path) -> Iterator[Figure]:
    """What it costs to look at it."""
    reader = Reader.open(path)
    try:
        span = reader.span()
        assert span is not None
        begin, end = span.first, span.last
        days = round((end - begin) / timedelta(days=1))
        middle = begin + (end - begin) / 2
        of = f"of {days} days"

        yield timed(f"a moment {of}, cold", lambda: past.moment_at(reader, middle), "s", 2.0)
        yield from _steps(reader, middle)
        chance = random.Random(3)
        some = [estate.of("vm", chance.randrange(estate.VMS)) for _ in range(20)]
        several = timed("", lambda: [reader.timeline(vm, begin, end) for vm in some], "ms", None)
        yield Figure(f"the timeline of one VM {of}", several.value / len(some), "ms", 50, f"mean of {len(some)}")
        day = timedelta(days=1)
        yield timed("all changes of a day", lambda: list(reader.changes(middle - day, middle)), "s", None)
        yield timed(f"how much happened in 200 parts {of}", lambda: reader.activity(begin, end), "ms", None)
        yield timed("the findings of a moment", lambda: past.findings_at(reader, middle), "ms", 300)
        load = estate.of("vm", 3)
        yield timed("the loads of a VM in a day", lambda: reader.loads(load, end - day, end), "ms", 50)
        yield from _replayed(reader, begin, end, of)
    finally:
        reader.close()


def timed(what: str, work: Callable[[], object], unit: str, goal: float | None) -> Figure:
    """How long something takes."""
    gc.collect()
    begin = time.process_time()
    work()
    spent = time.process_time() - begin
    return Figure(what, spent * 1000 if unit == "ms" else spent, unit, goal)


def _steps(reader: Reader, at: datetime) -> Iterator[Figure]:
    journey = past.Journey(reader, at)
    for what, step in (("a minute", 60), ("an hour", 3600), ("a day", 86_400)):
        for way, to in (("forth", at + timedelta(seconds=step)), ("back", at)):
            yield timed(f"a step of {what} {way}", functools.partial(journey.go, to), "s", 0.3)


def policies(text: str = POLICY) -> PolicySet:
    """The one policy."""
    said, _ = settled({"a.yaml": document(text, "a.yaml")}, {})
    assert not said.problems, said.problems
    return said


def _replayed(reader: Reader, begin: datetime, end: datetime, of: str) -> Iterator[Figure]:
    gc.collect()
    before, since = resident_mib(), time.process_time()
    most = before

    def look(_: float) -> None:
        nonlocal most
        most = max(most, resident_mib())

    found = replay_history(reader, policies(), begin, end, progress=look)
    assert found.episodes
    beside = f"{len(found.episodes):,} episodes"
    yield Figure(f"replay one policy over the history {of}", time.process_time() - since, "s", 120, beside)
    yield Figure("memory for it", most - before, "MiB", None)


def given_up(path: Path) -> Iterator[Figure]:
    """What it costs to give up a day, in slices between which others write."""
    reader = Reader.open(path)
    span = reader.span()
    reader.close()
    assert span is not None
    bound = to_micros(span.first + timedelta(days=1))
    assert bound is not None
    database = Database(path)
    before = path.stat().st_size
    sweep, slices, is_done = Sweep(bound), [], False
    try:
        while not is_done:
            begin = time.process_time()
            is_done = database.give_up(sweep)
            slices.append(time.process_time() - begin)
    finally:
        database.close()
    freed = (before - path.stat().st_size) / (1 << 20)
    yield Figure("give up the first day", sum(slices), "s", None, f"{len(slices):,} slices, {freed:,.0f} MiB freed")
    yield Figure("longest slice of it", max(slices) * 1000, "ms", 50)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures the history of so many days.")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    for figure in measure(options.days, options.file):
        print(f"{figure.what:55} {figure.value:10,.3f} {figure.unit:5} {figure.beside}", flush=True)

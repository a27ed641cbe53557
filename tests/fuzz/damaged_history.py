"""`python -m tests.fuzz.damaged_history`: damages a history in every way a disk can, and starts a console on it.

However it is damaged: it starts, records, and what it recorded is there; its file is whole; and nothing raises what it
should not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.console import eventually
from tests.unit.history.test_recovery import with_something_of_all
from tests.unit.history.test_revisions import of
from tests.unit.history.test_store import Told, change
from vmi_console.estate.records import VM
from vmi_console.history.figures import figures
from vmi_console.history.journal import Link, State
from vmi_console.history.reader import Reader
from vmi_console.history.retention import Limits
from vmi_console.history.store import History

PATIENCE_S = 60.0


class Broken(Exception):
    """Something that must not be."""


def _pages(content: bytearray, chance: random.Random) -> None:
    count = len(content) // 4096
    for _ in range(chance.choice((1, 5, count // 10, count // 2))):
        at = chance.randrange(count) * 4096
        content[at : at + 4096] = chance.choice((chance.randbytes(4096), bytes(4096), b"\xff" * 4096))


def _bytes(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 10, 300))):
        content[chance.randrange(len(content))] = chance.randrange(256)


def _runs(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 10, 50))):
        length = chance.choice((4, 100, 3_000, 20_000))
        at = chance.randrange(max(1, len(content) - length))
        content[at : at + length] = chance.randbytes(length)


def _header(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 100))):
        content[chance.randrange(100)] = chance.randrange(256)


def _swapped(content: bytearray, chance: random.Random) -> None:
    count = len(content) // 4096
    for _ in range(chance.choice((1, 5, 40))):
        one, other = chance.randrange(count) * 4096, chance.randrange(count) * 4096
        content[one : one + 4096] = content[other : other + 4096]


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (_pages, _bytes, _runs, _header, _swapped, _cut)


async def start_on(path: Path) -> str:
    """What became of a start: whether anything was noticed. Raises `Broken`."""
    told = Told()
    now = datetime.now(UTC)
    history = await History.open(path, told, Limits())
    await history.findings(100)
    await history.load("4c4c.qemu")
    await history.open_states()
    number = history.next_number()
    record = VM(id=of("vm", 3), name=f"recorded {number}")
    history.record([change(number, observed_at=now)])
    history.revise(now, [record], told={record.id})
    await history.append([State("new", b"state")], [b"entry"], _link)
    await history.flush()
    await eventually(lambda: history.recovered_share is None)
    await history.recent(100_000)  # which may come across damage, too
    await eventually(lambda: history.recovered_share is None)
    if number not in [each.number for each in await history.recent(100_000)]:
        raise Broken("the change is not there")
    if history.next_number() <= max(each.number for each in await history.recent(1)):
        raise Broken("a number is given twice")
    await history.close()
    figures(path)
    reader = Reader.open(path)
    try:
        span = reader.span()
        at = max(now, span.last if span is not None else now) + timedelta(seconds=1)
        if record.name not in [each.name for each in reader.records_at(at)]:
            raise Broken("what was recorded cannot be read")
    finally:
        reader.close()
    if not any("damaged" in text for text in told):
        return "not noticed"
    with closing(sqlite3.connect(path)) as file:
        if (said := file.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise Broken(f"the new file is broken: {said[:3]}")
    if any("mistake" in text for text in told):
        raise Broken(told[-1])
    return "put back" if "could be put back" in told[-1] else told[-1]


def _link(number: int, content: bytes, digest: bytes) -> Link:
    return Link(number, content, digest[:8] + b"x", b"signed", "key")


def once(whole: Path, seed: int) -> tuple[str, str]:
    """Damages a copy in one way; gives the way and what became of it. Raises whatever should not be."""
    chance = random.Random(seed)
    way = WAYS[seed % len(WAYS)]
    content = bytearray(whole.read_bytes())
    way(content, chance)
    with tempfile.TemporaryDirectory(prefix="vmi-console-damaged-") as folder:
        path = Path(folder) / "history.db"
        path.write_bytes(content)

        async def limited() -> str:
            async with asyncio.timeout(PATIENCE_S):
                return await start_on(path)

        return way.__name__.strip("_"), asyncio.run(limited())


def main() -> int:
    """Gives 0 where nothing broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.damaged_history", description=__doc__)
    parser.add_argument("--count", type=int, default=300, metavar="N", help="how many (default: 300)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first, to repeat some")
    options = parser.parse_args()
    broken = 0
    outcomes: dict[tuple[str, str], int] = {}
    with tempfile.TemporaryDirectory(prefix="vmi-console-whole-") as folder, contextlib.ExitStack() as kept:
        whole = Path(folder) / "history.db"
        asyncio.run(with_something_of_all(whole))
        kept.callback(shutil.rmtree, folder, ignore_errors=True)
        for seed in range(options.first, options.first + options.count):
            try:
                outcome = once(whole, seed)
            except Exception as error:
                broken += 1
                print(f"{seed}: {type(error).__name__}: {error}")
            else:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
    for (way, became), count in sorted(outcomes.items()):
        print(f"{count:5} {way}: {became}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.fuzz.killed_history`: kills a console at any moment while it records, again and again, and looks
whether anything is gone that was acknowledged.

Acknowledged is what was told before a `flush` that returned, and what was given to an `append` that returned.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM
from vmi_console.history import retention
from vmi_console.history.journal import Link, State
from vmi_console.history.pending import Encoded, KeptFinding
from vmi_console.history.reader import Reader
from vmi_console.history.retention import Limits
from vmi_console.history.samples import Gathered, Load
from vmi_console.history.store import History

VMS = 30
LARGEST_BYTES = 1 << 20
LONGEST_LIFE_S = 0.25


class Lost(Exception):
    """Something that was acknowledged is not there any more, or the file is broken."""


def vm(number: int) -> EntityId:
    return entity_id("vm", "4c4c.qemu", str(number % VMS))


def link(number: int, content: bytes, digest: bytes) -> Link:
    return Link(number, content, bytes([number % 256]) + digest[:15], b"signed", "key")


async def record(path: Path, limits: Limits, acknowledge: int, seed: int) -> None:
    """Records a storm until it is killed; each number that is acknowledged is written to a pipe."""
    chance = random.Random(seed)
    history = await History.open(path, None, limits)
    os.write(acknowledge, b"0\n")
    while True:
        for _ in range(chance.choice((1, 10, 300))):
            number, now = history.next_number(), datetime.now(UTC)
            state = VM(id=vm(number), name=str(number), tags=(chance.randbytes(200).hex(),))
            change = Change(
                number=number,
                entity=state.id,
                name="x",
                action=Action.CHANGED,
                path="name",
                after=number,
                observed_at=now,
            )
            history.record([change])
            history.revise(now, [state], told={state.id})
            history.keep([state])
        history.keep_findings([KeptFinding(str(number), state.id, now, None, Encoded(b"finding", 1))])
        history.keep_loads([Load(state.id, 60, 60_000_000 * number, Gathered(1, 1.0, 1.0))])
        history.decide("waiver", "newest", Encoded(str(number).encode(), 1))
        await history.append([State("case", str(number).encode())], [str(number).encode()], link)
        await history.flush()
        os.write(acknowledge, f"{number}\n".encode())


def look(path: Path, acknowledged: int, *, is_cut: bool) -> int:
    """The number of the first change that is there. Raises `Lost`."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        if (said := file.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise Lost(f"the file is broken: {said[:3]}")
        first, last, count = file.execute("SELECT min(number), max(number), count(*) FROM changes").fetchone()
        if acknowledged == 0:
            return 1
        if last < acknowledged or (first > 1 and not is_cut):
            raise Lost(f"changes {first} to {last} of 1 to {acknowledged}")
        if count != last - first + 1:
            raise Lost(f"{last - first + 1 - count} changes between {first} and {last}")
        for what, statement in (
            ("finding", "SELECT 1 FROM findings WHERE id = ?"),
            ("state of the journal", "SELECT 1 FROM journal WHERE CAST(CAST(content AS TEXT) AS INTEGER) = ?"),
            ("entry of the audit", "SELECT 1 FROM audit WHERE CAST(CAST(content AS TEXT) AS INTEGER) = ?"),
            ("decision", "SELECT 1 FROM decisions WHERE CAST(CAST(record AS TEXT) AS INTEGER) >= ?"),
            ("last known record", f"SELECT 1 FROM entities WHERE id = '{vm(acknowledged)}' AND ?"),
        ):
            if file.execute(statement, (acknowledged,)).fetchone() is None:
                raise Lost(f"the {what} of {acknowledged}")
        links = file.execute("SELECT number FROM audit ORDER BY number").fetchall()
        if links != [(number + 1,) for number in range(len(links))]:
            raise Lost("entries in the middle of the audit")
    reader = Reader.open(path)
    names = [int(state.name) for state in reader.records_at(datetime.now(UTC) + timedelta(days=1))]
    unreadable = reader.unreadable
    reader.close()
    if max(names) < acknowledged or unreadable:
        raise Lost(f"the past state of {acknowledged}, or another ({unreadable} cannot be read)")
    return int(first)


def once(path: Path, limits: Limits, chance: random.Random) -> int:
    """One life; gives the last number that was acknowledged in it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        retention.LEAST_KEPT = 0  # all of it happens within the hour that is never given up
        asyncio.run(record(path, limits, writing, chance.randrange(1 << 30)))
        os._exit(0)  # never: it ends by being killed
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        told = said.readline()
        time.sleep(chance.random() * LONGEST_LIFE_S)
        os.kill(child, signal.SIGKILL)
        told += said.read()
    os.waitpid(child, 0)
    if not told:
        raise Lost("it did not start again")
    return max(map(int, told.split()))


def lives(path: Path, count: int, seed: int) -> int:
    """Kills it so often, and looks each time; gives the last number that was acknowledged. Raises `Lost`."""
    chance = random.Random(seed)
    newest, first = 0, 1
    for life in range(count):
        is_cut = life >= count // 2  # then the oldest goes, too, while it is killed
        newest = max(newest, once(path, Limits(days=None, largest_bytes=LARGEST_BYTES if is_cut else None), chance))
        first = look(path, newest, is_cut=is_cut)
    if first == 1:
        raise Lost("nothing: but nothing was given up either, and so that was not tried")
    return newest


def main() -> int:
    """Gives 0 where nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.killed_history", description=__doc__)
    parser.add_argument("--count", type=int, default=300, metavar="N", help="how often (default: 300)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vmi-console-killed-") as folder:
        try:
            newest = lives(Path(folder) / "history.db", options.count, options.seed)
        except Lost as error:
            print(f"lost: {error}")
            return 1
    print(f"killed {options.count} times; nothing of {newest:,} changes that were acknowledged is lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Snapshot files that somebody has tampered with: `python -m tests.fuzz.snapshot_files` reads 2,000 of them.

Each is refused with a message, or read as something that a console can have; soon, and in little memory.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from tests.bench import bench_inventory
from tests.fuzz.files import Outcome, run
from tests.unit.review.chance import BEGIN, Maker
from vmi_console.errors import InputError
from vmi_console.history.snapshot_file import BLOCKS, PAGE_BYTES, SCHEMA
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_SECONDS = 10.0
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def original(folder: Path) -> bytes:
    """A sound file, with some of everything."""
    some = Maker(11).moment()
    records = (*some.records, *map(bench_inventory.vm, range(200)), bench_inventory.image(1))
    path = folder / "original.vmisnap"
    snapshots.write(path, msgspec.structs.replace(some, records=records))
    return path.read_bytes()


def tampered(content: bytes, path: Path, chance: random.Random) -> None:
    """Writes the file with something else in it."""
    path.write_bytes(content)
    way = chance.choice((_bytes, _bytes, _bytes, _block, _block, _value, _pages))
    way(path, chance)


def _bytes(path: Path, chance: random.Random) -> None:
    """Other bytes, mostly where structures begin; or less of them."""
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        page = chance.randrange(len(content) // PAGE_BYTES) * PAGE_BYTES
        place = page + (chance.randrange(120) if chance.random() < 0.6 else chance.randrange(PAGE_BYTES))
        width = chance.choice((1, 2, 4))
        content[place : place + width] = (chance.choice(_NUMBERS) & (1 << 8 * width) - 1).to_bytes(width)
    path.write_bytes(content[: chance.randrange(len(content))] if chance.random() < 0.05 else content)


def _pages(path: Path, chance: random.Random) -> None:
    """A page in the place of another one."""
    content = path.read_bytes()
    count = len(content) // PAGE_BYTES
    pages = [content[i * PAGE_BYTES : (i + 1) * PAGE_BYTES] for i in range(count)]
    pages[chance.randrange(1, count)] = pages[chance.randrange(1, count)]
    path.write_bytes(b"".join(pages))


def _block(path: Path, chance: random.Random) -> None:
    """Other bytes within what is packed, packed again as it should be."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        numbers = [number for (number,) in connection.execute(f"SELECT number FROM {BLOCKS}")]
        number = chance.choice(numbers)
        (packed,) = connection.execute(f"SELECT content FROM {BLOCKS} WHERE number = ?", (number,)).fetchone()
        content = bytearray(zstd.decompress(packed))
        for _ in range(chance.choice((1, 1, 2, 8))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if chance.random() < 0.2:
            content = content[: chance.randrange(len(content))]
        values = (zstd.compress(bytes(content)), len(content), number)
        connection.execute(f"UPDATE {BLOCKS} SET content = ?, size = ? WHERE number = ?", values)


def _value(path: Path, chance: random.Random) -> None:
    """Another value in a column."""
    table = chance.choice(list(SCHEMA))
    column = chance.choice(SCHEMA[table].split(", ")).split()[0]
    value = chance.choice(
        ("", "x" * 1000, 0, -1, 1 << 62, 0.5, b"", b"\xff" * 100, "vm/a/b", "2026-01-01", "[[[[", "\0")
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE number % ? = 1", (value, chance.choice((2, 3, 50))))


def look(path: Path, number: int) -> Outcome:
    """Reads one."""
    begin = time.monotonic()
    said, broken = "", ""
    try:
        snapshots.info(path)
        moment = snapshots.read(path)
        said = "read"
        broken = _nonsense(moment)
    except InputError as error:
        said = error.message.partition(": ")[2] or error.message.partition(".vmisnap ")[2]
        if not error.advice and "given up" not in error.message:
            broken = "it says nothing of what to do"
    except Exception as error:
        broken = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - begin
    return Outcome(number, said, seconds, broken or (f"took {seconds:.1f} s" if seconds > MOST_SECONDS else ""))


def _nonsense(moment: Moment) -> str:
    """What must not be, whatever was in the file."""
    ids = [record.id for record in moment.records]
    if len(set(ids)) < len(ids):
        return "two records have one id"
    if any(not record.id.startswith(f"{record.kind}/") for record in moment.records):
        return "a record has an id of another kind"
    return "" if moment.at.tzinfo is not None and moment.at >= BEGIN.replace(year=1) else "it has no time"


def fuzz(count: int, first: int = 0, tell: Callable[[int], None] = lambda done: None) -> list[Outcome]:
    """Reads so many; the same number makes the same file again."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="vmi-console-fuzz-") as folder:
        content = original(Path(folder))
        path = Path(folder) / "tampered.vmisnap"
        for number in range(first, first + count):
            tampered(content, path, random.Random(number))
            outcomes.append(look(path, number))
            tell(number - first + 1)
    return outcomes


if __name__ == "__main__":
    sys.exit(run("tests.fuzz.snapshot_files", __doc__, fuzz))

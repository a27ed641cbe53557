"""What a look into a disk costs, with a parser that is warm: time and bytes, of one guest and of 200.

The guest is a copy of what this machine's own system says of itself (packages, units, users), on ext4. Beside it stands
the same parsing in this process, without a parser, a sandbox and a pipe.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from vmi_console.estate.records import Source
from vmi_console.introspection.blocks.cache import BlockCache
from vmi_console.introspection.blocks.files import FileSource
from vmi_console.introspection.blocks.ledger import Account
from vmi_console.introspection.disk import looking
from vmi_console.introspection.parser.pool import ParserPool, Subject
from vmi_console.introspection.parser.protocol import Content, Found, Stream
from vmi_console.introspection.parser.streams import BlockFile, Blocks
from vmi_console.wire.workers import Workers

ROUNDS = 7
GUESTS = 200
MB = 1e6

PARTS = (
    *("etc/os-release", "etc/hostname", "etc/passwd", "etc/group", "etc/systemd", "etc/init.d", "etc/default"),
    *("etc/cron.d", "etc/cron.daily", "etc/network", "etc/sudoers.d", "etc/apt", "usr/lib/os-release"),
    *("usr/lib/systemd/system", "usr/lib/systemd/system-preset", "var/lib/dpkg/status"),
)
"""What facts are read from, and holds no secret."""


def measure() -> Iterator[Figure]:
    """Figures of one machine's own system."""
    with tempfile.TemporaryDirectory(prefix="vmi-console-bench-") as folder:
        image = _guest(Path(folder))
        yield from asyncio.run(_measured(image))


async def _measured(image: Path) -> list[Figure]:
    figures = []
    workers = Workers("bench files", 4)
    source = FileSource(image, workers)
    async with ParserPool(2) as pool:
        began = time.monotonic()
        await pool.ready()
        figures.append(
            Figure("start of a parser: loaded, sandbox closed and tried", time.monotonic() - began, "s", None)
        )
        pool.warm_up()
        first = await _look(pool, source)
        whole = [await _look(pool, source) for _ in range(ROUNDS)]
        plain = [_in_this_process(image) for _ in range(ROUNDS)]
        again = [await _look(pool, source, known=first[0].fingerprint) for _ in range(ROUNDS)]
        assert all(found.disk is not None for found, _, _ in whole), whole[0][0].disk_failure
        assert all(found.unchanged for found, _, _ in again)
        packages = len(first[0].disk.applications.items) if first[0].disk is not None else 0
        beside = f"{packages} packages; without a parser {1000 * statistics.median(plain):.0f} ms"
        figures += [
            Figure("facts of one disk, warm parser", statistics.median(each for _, each, _ in whole), "s", 0.3, beside),
            Figure("… read from the source", whole[0][2].cost.read_bytes / MB, "MB", 5.0, _calls(whole[0][2])),
            Figure("the same disk when nothing moved", statistics.median(each for _, each, _ in again), "s", 0.1),
            Figure("… read from the source", again[0][2].cost.read_bytes / MB, "MB", 0.5, _calls(again[0][2])),
        ]
        began = time.monotonic()
        looks = await asyncio.gather(*(_look(pool, source) for _ in range(GUESTS)))
        took = time.monotonic() - began
        read = sum(account.cost.read_bytes for _, _, account in looks) / MB
        figures.append(Figure(f"{GUESTS} guests, two parsers", took, "s", None, f"{read:,.0f} MB read"))
        await source.close()
    workers.stop()
    return figures


async def _look(pool: ParserPool, source: FileSource, known: str = "") -> tuple[Found, float, Account]:
    """A look of which nothing is in the cache yet."""
    account = Account(Source.DISK, source.way)
    blocks = await BlockCache().open(source, "disk", account)
    began = time.monotonic()
    found = await pool.look([Subject(blocks, Content.DISK)], known=known)
    return found, time.monotonic() - began, account


def _in_this_process(image: Path) -> float:
    began = time.monotonic()
    with image.open("rb", buffering=0) as file:
        descriptor = file.fileno()

        class Asking:
            def want(self, stream: Stream, offset: int, length: int) -> bytes:
                return os.pread(descriptor, length, offset)

            def open(self, stream: Stream, name: str) -> Stream:
                raise OSError(name)

        stream = Stream(number=0, content=Content.DISK, size=image.stat().st_size)
        looking.look([BlockFile(stream, Blocks(Asking()))])
    return time.monotonic() - began


def _calls(account: Account) -> str:
    return f"{account.cost.calls} calls"


def _guest(folder: Path) -> Path:
    root, image = folder / "root", folder / "guest.ext4"
    for part in PARTS:
        here, there = Path("/", part), root / part
        if not here.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, there, symlinks=True)
        else:
            shutil.copyfile(here, there)
    path = f"{os.environ['PATH']}:/sbin:/usr/sbin"
    command = ["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(image), "512M"]
    subprocess.run(command, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    return image

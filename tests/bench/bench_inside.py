"""Looking into real, running Debian guests: how soon a change becomes a finding, and what the guest feels of it."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.console import Console, aside, console, eventually
from tests.hypervisors.lab.debian import Debian, package
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.policy.judgement import Verdict
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks

TRIES = 10
NOTICED_S = 60.0
SLOWED_S = 20.0

POLICY = """\
policy: What runs
members: glob(name, "debian-*")
checks:
  - applications: {denied: [telnetd]}
  - services: {required: [cron]}
"""

INSTALLED = ("dpkg --install /tmp/telnetd.deb", "dpkg --purge telnetd")
STOPPED = ("systemctl stop cron", "systemctl start cron")
"""What is done inside, and undone."""

# Counts rounds of arithmetic and of small synchronous writes until it is told to stop.
LOOP = """\
rm -f /tmp/stop; n=0
while [ ! -e /tmp/stop ]; do
  i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done
  dd if=/dev/zero of=/root/written bs=4k count=4 conv=fsync 2> /dev/null
  n=$((n + 1)); echo $n > /tmp/rounds
done
"""


def measure() -> Iterator[Figure]:
    """Figures of a guest on a raw disk and one on a qcow2 image, in a lab of their own."""
    with tempfile.TemporaryDirectory(prefix="vmi-bench-") as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = os.environ["XDG_DATA_HOME"] = name
        with Laboratory(folder / "lab") as lab:
            for form in ("raw", "qcow2"):
                guest = Debian(lab, f"debian-{form}", form)
                guest.define()
                guest.boot()
                guest.wait()
                yield from asyncio.run(_noticing(lab, guest, folder / form))
                yield from asyncio.run(_slowing(lab, guest, folder / form))
                guest.remove()


async def _noticing(lab: Laboratory, guest: Debian, folder: Path) -> list[Figure]:
    async with _console(lab, folder) as one:
        installed = [await _noticed(one, guest, INSTALLED, "telnetd") for _ in range(TRIES)]
        stopped = [await _noticed(one, guest, STOPPED, "cron") for _ in range(TRIES)]
    return [
        _soon(f"{guest.name}: package installed inside → finding", installed),
        _soon(f"{guest.name}: service stopped, not disabled → finding", stopped),
    ]


async def _slowing(lab: Laboratory, guest: Debian, folder: Path) -> list[Figure]:
    """Watched as a policy about what runs asks for, on a disk that is written to all the time; then without a pause."""
    alone, watched, without_pause = [], [], []
    for _ in range(2):  # in turn, since machines drift
        alone.append(await _rounds(guest))
        async with _console(lab, folder) as one, Tasks() as tasks:
            await _quiet(one, guest, "telnetd")
            watched.append(await _rounds(guest))
            tasks.start(_look_all_the_time(one, guest), "looking all the time")
            without_pause.append(await _rounds(guest))
    return [
        _slower(f"{guest.name}: a processor and disk loop inside, slowed while it is watched by", alone, watched),
        _slower("… while it is looked at again and again, without a pause, by", alone, without_pause),
    ]


def _slower(what: str, alone: list[float], disturbed: list[float]) -> Figure:
    quick, slow = statistics.mean(alone), statistics.mean(disturbed)
    return Figure(what, 100 * (quick / slow - 1), "%", None, f"{quick:.1f} rounds a second alone, {slow:.1f} meanwhile")


def _soon(what: str, times: list[float]) -> Figure:
    in_time = sum(each <= NOTICED_S for each in times)
    beside = f"{in_time} of {len(times)} within {NOTICED_S:.0f} s; the longest {max(times):.1f} s"
    return Figure(what, statistics.median(times), "s", NOTICED_S, beside)


@asynccontextmanager
async def _console(lab: Laboratory, folder: Path) -> AsyncIterator[Console]:
    await aside(lambda: _write_policy(Workspace.at(folder).policies))
    async with console(PrivateEngine(folder), findings=True) as one:
        await one.add(lab.uri, grants={"read_guests": True, "temporary_snapshots": True})
        yield one


def _write_policy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inside.yaml").write_text(POLICY)


async def _noticed(one: Console, guest: Debian, acts: tuple[str, str], word: str) -> float:
    """Seconds from the act's end inside to the finding; twice the time that it may take where it is never told."""
    act, undo = acts
    await _quiet(one, guest, word)
    await aside(lambda: guest.put("/tmp/telnetd.deb", package("telnetd", "0.17-50")))
    await aside(lambda: guest.run(act))
    began = time.monotonic()
    try:
        await eventually(lambda: _found(one, guest, word), seconds=2 * NOTICED_S)
        took = time.monotonic() - began
    except AssertionError:
        took = 2 * NOTICED_S
    await aside(lambda: guest.run(undo))
    return took


async def _quiet(one: Console, guest: Debian, word: str) -> None:
    await eventually(lambda: any(vm.name == guest.name for vm in one.vms), seconds=30)
    vm = one.vm(guest.name).id
    for _ in range(100):
        try:
            await one.client.call("inspect", vm=vm)
            break
        except VmiError:  # the inspector is not connected yet
            await asyncio.sleep(0.3)
    await eventually(lambda: not _found(one, guest, word), seconds=2 * NOTICED_S)


def _found(one: Console, guest: Debian, word: str) -> bool:
    """Whether it is so now; what flaps, as it does here, stays open for a while after it has passed."""
    vm = one.vm(guest.name).id
    return any(each.vm == vm and word in each.evidence and each.verdict is Verdict.FAIL for each in one.open_findings)


async def _rounds(guest: Debian) -> float:
    """How many rounds of the loop the guest does in a second."""
    await aside(lambda: guest.put("/tmp/loop", LOOP.encode()))
    await aside(lambda: guest.run("setsid sh /tmp/loop > /dev/null 2>&1 &"))
    await asyncio.sleep(2)
    first, began = int(await aside(lambda: guest.run("cat /tmp/rounds"))), time.monotonic()
    await asyncio.sleep(SLOWED_S)
    last, ended = int(await aside(lambda: guest.run("cat /tmp/rounds"))), time.monotonic()
    await aside(lambda: guest.run("touch /tmp/stop"))
    return (last - first) / (ended - began)


async def _look_all_the_time(one: Console, guest: Debian) -> None:
    while True:
        await one.client.call("inspect", vm=one.vm(guest.name).id)

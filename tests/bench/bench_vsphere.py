"""10,000 VMs of a simulated vCenter: read by the reader and by a baseline script in turns, and then watched.

Needs govmomi (see tests/hypervisors/README.md). The reader, the baseline and whoever makes the changes are processes of
their own, as they are in life; the simulator shares the processors with them, and what it computes itself is told
beside. At the end the reader is that of an engine, loses the vCenter, and finds it again.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import msgspec

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.vsphere_processes import CHANGES_FOR_S, SETTLE_S, Reading
from tests.console import aside, eventually, linked
from tests.hypervisors.vcsim.control import Faults, Reply, Traffic
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole
from vmi_console.engine import protocol
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.records import VM, State

TEN_THOUSAND = Size(datacenters=2, clusters=10, hosts=8, standalone=0, pools=5, vms=100, portgroups=20)
ROUNDS = 2
RATES = (10, 100)
BROKEN_S = 5.0
LONGEST_S = 400.0


def measure() -> Iterator[Figure]:
    """Medians of a few rounds."""
    with tempfile.TemporaryDirectory() as folder, Vcenter(Path(folder), TEN_THOUSAND, bound=True) as vcenter:
        ours, baseline = [], []
        for _ in range(ROUNDS):
            baseline.append(_run("baseline", vcenter))
            ours.append(_run("read", vcenter))
        yield from _discovery(ours, baseline)
        for rate in RATES:
            yield _latency(f"change → report at {rate} changes/s", rate, _run("watch", vcenter, str(rate)).latencies_s)
        yield from asyncio.run(_on_an_engine(vcenter))


def _discovery(ours: Sequence[Reading], baseline: Sequence[Reading]) -> Iterator[Figure]:
    vms = ours[0].vms

    def both(field: str, unit: str) -> str:
        return f"{_of(ours, field):.1f} {unit}, baseline {_of(baseline, field):.1f} {unit}"

    def ratio(field: str) -> float:
        return _of(ours, field) / _of(baseline, field)

    beside = f"{_of(ours, 'first_rows_processor_s'):.2f} s of the reader's processor time"
    yield Figure(f"first rows of {vms:,} VMs, from the process's start", _of(ours, "first_rows_s"), "s", 2.0, beside)
    yield Figure(
        f"full discovery of {vms:,} VMs against bulk retrieval", ratio("seconds"), "×", 1.3, both("seconds", "s")
    )
    yield Figure("… the processor's time in either process", ratio("processor_s"), "×", 1.3, both("processor_s", "s"))
    yield Figure("… the simulator's own for it", ratio("simulator_s"), "×", None, both("simulator_s", "s"))
    beside = f"baseline {_of(baseline, 'requests'):.0f}"
    yield Figure("requests for it", _of(ours, "requests"), "", None, beside)
    beside = (
        f"baseline {_of(baseline, 'answered_mib'):.1f} MiB; received {_of(ours, 'received_mib'):.1f} MiB compressed"
    )
    yield Figure("answers to them", _of(ours, "answered_mib"), "MiB", None, beside)
    beside = f"baseline {_of(baseline, 'memory_mib'):.0f} MiB"
    yield Figure("memory of the reader", _of(ours, "memory_mib"), "MiB", None, beside)


def _latency(what: str, rate: int, told: Sequence[float]) -> Figure:
    cuts = quantiles(told, n=100) if len(told) > 1 else [float("nan")] * 99
    beside = f"p99 {cuts[98]:.2f} s; {len(told)} of {int(rate * CHANGES_FOR_S)} told each for itself"
    return Figure(f"{what}, median", median(told) if told else float("nan"), "s", 1.0, beside)


def _of(readings: Sequence[Reading], field: str) -> float:
    return median(float(getattr(each, field)) for each in readings)


def _run(what: str, vcenter: Vcenter, *arguments: str) -> Reading:
    assert vcenter.pid is not None
    before, computed = vcenter.control.requests(), machine.processor_s(vcenter.pid)
    command = [sys.executable, "-m", "tests.bench.vsphere_processes", what, str(vcenter.port), repr(time.time())]
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, check=True, timeout=LONGEST_S)
    reading = msgspec.json.decode(done.stdout.splitlines()[-1], type=Reading)
    reading.simulator_s = machine.processor_s(vcenter.pid) - computed
    reading.requests, reading.answered_mib = _since(before, vcenter.control.requests())
    return reading


def _since(before: dict[str, Traffic], after: dict[str, Traffic]) -> tuple[int, float]:
    """Requests, and MiB of answers."""
    none = Traffic(0, 0, 0)
    requests = sum(now.requests - before.get(method, none).requests for method, now in after.items())
    answered = sum(now.response_bytes - before.get(method, none).response_bytes for method, now in after.items())
    return requests, answered / machine.MIB


# --- on an engine -------------------------------------------------------------------------------------------------


class _Noting(VcenterConsole):
    """A client that notes how old the changes are that come."""

    def __init__(self, vcenter: Vcenter) -> None:
        super().__init__(PrivateEngine(None))
        self.vcenter = vcenter
        self.latencies: list[float] = []

    def updated(self, update: protocol.Update) -> None:
        super().updated(update)
        for record in update.records:
            if isinstance(record, VM) and record.annotation.startswith("at "):
                self.latencies.append(time.time() - float(record.annotation[3:]))


async def _on_an_engine(vcenter: Vcenter) -> list[Figure]:
    async with linked(_Noting(vcenter)) as one:
        await one.connect(seconds=LONGEST_S)
        rate = RATES[-1]
        one.latencies.clear()
        await aside(partial(_changes, vcenter, rate))
        await asyncio.sleep(SETTLE_S)
        figures = [_latency(f"change → client at {rate} changes/s", rate, one.latencies)]
        vms = len(one.vms)
        async for figure in _reconnects(vcenter, one):
            figures.append(figure)
        assert len(one.vms) == vms
        return figures


async def _reconnects(vcenter: Vcenter, one: VcenterConsole) -> AsyncIterator[Figure]:
    """How long after the end of a fault it is live again, and what was asked for that."""
    control = vcenter.control

    async def measured(
        what: str, act: Callable[[], Awaitable[None]], mend: Callable[[], Awaitable[None]], fresh: bool = False
    ) -> Figure:
        await act()
        await eventually(lambda: one.state() is State.STALE, seconds=LONGEST_S)
        await asyncio.sleep(BROKEN_S)
        before = {} if fresh else control.requests()
        await mend()
        mended = time.monotonic()
        await eventually(lambda: one.state() is State.LIVE, seconds=LONGEST_S)
        took = time.monotonic() - mended
        requests, answered = _since(before, control.requests())
        return Figure(
            f"live again after {what}", took, "s", None, f"{requests} requests, {answered:.1f} MiB of answers"
        )

    async def faults(faults: Faults) -> None:
        await aside(partial(control.faults, faults))

    async def well() -> None:
        await faults(Faults())

    yield await measured("a loss of connection", partial(faults, Faults(reply=Reply.DROP)), well)

    async def expire() -> None:
        await aside(control.expire_sessions)
        await faults(Faults(reply=Reply.DROP))

    yield await measured("a loss of connection and of the session", expire, well)
    yield await measured("a server that was killed", partial(aside, vcenter.kill), partial(aside, vcenter.start), True)


def _changes(vcenter: Vcenter, rate: int) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.bench.vsphere_processes", "change", str(vcenter.port), "0", str(rate)],
        check=True,
        timeout=LONGEST_S,
    )

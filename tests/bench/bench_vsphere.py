"""10,000 VMs of a simulated vCenter: read by the reader and by a baseline script in turns, and then watched.

Needs govmomi (see tests/hypervisors/README.md). The reader, the baseline and whoever makes the changes are processes of
their own, as they are in life; the simulator shares the processors with them, and what it computes itself is told
beside. At the end the reader is that of an engine, loses the vCenter, and finds it again.
"""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import msgspec

from tests.bench import machine
from tests.bench.figures import Figure
from tests.console import aside, eventually, linked
from tests.hypervisors.vcsim.accounts import ALICE, OPERATOR
from tests.hypervisors.vcsim.control import Faults, Reply, Traffic
from tests.hypervisors.vcsim.vcenter import ADDRESS, Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole
from vmi_console.engine import protocol
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.records import VM, State

TEN_THOUSAND = Size(datacenters=2, clusters=10, hosts=8, standalone=0, pools=5, vms=100, portgroups=20)
ROUNDS = 2
RATES = (10, 100)
CHANGES_FOR_S = 10.0
SETTLE_S = 5.0
BROKEN_S = 5.0
LONGEST_S = 400.0


class Reading(msgspec.Struct):
    """What one process tells of its reading, and what that cost the simulator."""

    vms: int
    seconds: float
    processor_s: float
    first_rows_s: float = 0.0
    received_mib: float = 0.0
    memory_mib: float = 0.0
    latencies_s: list[float] = []
    requests: int = 0
    answered_mib: float = 0.0  # before compression
    simulator_s: float = 0.0


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

    yield Figure(f"first rows of {vms:,} VMs, from the process's start", _of(ours, "first_rows_s"), "s", 2.0)
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
    command = [sys.executable, "-m", "tests.bench.bench_vsphere", what, str(vcenter.port), repr(time.time())]
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
        [sys.executable, "-m", "tests.bench.bench_vsphere", "change", str(vcenter.port), "0", str(rate)],
        check=True,
        timeout=LONGEST_S,
    )


# --- the processes ------------------------------------------------------------------------------------------------


def read_bulk(port: int) -> Reading:
    """The baseline's process."""
    from tests.bench import baseline_vsphere
    from vmi_console.collectors.vsphere.session import COLLECTIONS

    gc.set_threshold(*COLLECTIONS)  # as the reader: what is compared is the reading
    begun, used = time.perf_counter(), time.process_time()
    found = baseline_vsphere.discover(ADDRESS, port, OPERATOR.name, OPERATOR.password)
    seconds = time.perf_counter() - begun
    vms = sum("config.uuid" in each for each in found.values())
    used = time.process_time() - used
    return Reading(vms=vms, seconds=seconds, processor_s=used, memory_mib=machine.memory_mib(os.getpid()))


class Noting:
    """A sink that notes when what came."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.begun = 0.0
        self.first_rows = 0.0
        self.vms: set[str] = set()
        self.discovered = asyncio.Event()
        self.latencies: list[float] = []

    async def identified(self, endpoint: str, product: str) -> None:
        pass

    async def discovery_begins(self, expected: int | None = None) -> None:
        pass

    async def discovery_ends(self) -> None:
        self.discovered.set()

    async def report(self, batch: Batch) -> None:
        if batch.records and not self.first_rows:
            self.first_rows = time.time() - self.started
        for record in batch.records:
            if isinstance(record, VM):
                self.vms.add(record.id)
                if self.discovered.is_set() and record.annotation.startswith("at "):
                    self.latencies.append(time.time() - float(record.annotation[3:]))

    async def samples(self, samples: Sequence[Sample]) -> None:
        pass

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        if state is State.STALE:
            print(reason, file=sys.stderr)

    def contact(self, at: datetime | None = None) -> None:
        pass


async def read(port: int, started: float, rate: int = 0) -> Reading:
    """The reader's process; with a rate it also watches while somebody else makes changes."""
    from vmi_console.collectors.protocol import Role, Start
    from vmi_console.collectors.vsphere.certificate import fingerprint
    from vmi_console.collectors.vsphere.live import VsphereReader

    shown = fingerprint(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((ADDRESS, port))))
    uri = f"vsphere://{OPERATOR.name.replace('@', '%40')}@{ADDRESS}:{port}/"
    reader = VsphereReader(Start(role=Role.READER, uri=uri, secret=OPERATOR.password, trusted=(shown,)))
    sink = Noting(started)
    begun, used = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(reader.run(sink))
        await sink.discovered.wait()
        result = Reading(
            vms=len(sink.vms),
            seconds=time.perf_counter() - begun,
            processor_s=time.process_time() - used,
            first_rows_s=sink.first_rows,
            received_mib=reader.tally.received_bytes / machine.MIB,
            memory_mib=machine.memory_mib(os.getpid()),
        )
        if rate:
            changer = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.bench_vsphere", "change", str(port), "0", str(rate)
            )
            await changer.wait()
            await asyncio.sleep(SETTLE_S)
        running.cancel()
    result.latencies_s = sink.latencies
    return result


def change(port: int, rate: int) -> None:
    """Sets the notes of another VM each time, `rate` times a second, to when it was asked for."""
    from pyVmomi import vim

    from tests.hypervisors.vcsim.administrator import VcenterAdministrator

    with VcenterAdministrator(ADDRESS, port, ALICE) as admin:
        vms = [admin.vm(name) for name in admin.names(vim.VirtualMachine)]
        begun = time.time()
        for number in range(int(rate * CHANGES_FOR_S)):
            time.sleep(max(0.0, begun + number / rate - time.time()))
            vms[number * 7 % len(vms)].ReconfigVM_Task(vim.vm.ConfigSpec(annotation=f"at {time.time()!r}"))
        took = time.time() - begun
        if took > CHANGES_FOR_S * 1.2:
            print(f"the changes took {took:.1f} s: fewer than {rate} a second", file=sys.stderr)


def main(what: str, port: int, started: float, rate: int = 0) -> None:
    if what == "change":
        change(port, rate)
        return
    result = read_bulk(port) if what == "baseline" else asyncio.run(read(port, started, rate))
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:]))

"""10,000 VMs of a simulated vCenter: read by the reader and by a baseline script in turns, and then watched.

Needs govmomi (see tests/hypervisors/README.md). The reader, the baseline and whoever makes the changes are processes of
their own, as they are in life; the simulator shares the processors with them.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

import msgspec

from tests.bench import machine
from tests.bench.figures import Figure
from tests.hypervisors.vcsim.accounts import ALICE, OPERATOR
from tests.hypervisors.vcsim.vcenter import ADDRESS, Size, Vcenter
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.records import VM, State

TEN_THOUSAND = Size(datacenters=2, clusters=10, hosts=8, standalone=0, pools=5, vms=100, portgroups=20)
ROUNDS = 2
RATES = (10, 100)
CHANGES_FOR_S = 10.0
SETTLE_S = 5.0


class Reading(msgspec.Struct):
    """What one process tells of its reading."""

    vms: int
    seconds: float
    processor_s: float
    first_rows_s: float = 0.0
    requests: int = 0
    received_mib: float = 0.0
    memory_mib: float = 0.0
    latencies_s: list[float] = []


def measure() -> Iterator[Figure]:
    """Medians of a few rounds."""
    with tempfile.TemporaryDirectory() as folder, Vcenter(Path(folder), TEN_THOUSAND, bound=True) as vcenter:
        ours, baseline = [], []
        for _ in range(ROUNDS):
            baseline.append(_run("baseline", vcenter))
            ours.append(_run("read", vcenter))
        vms = ours[0].vms
        full = median(each.seconds for each in ours)
        plain = median(each.seconds for each in baseline)
        yield Figure(f"first rows of {vms:,} VMs, from the process's start", _of(ours, "first_rows_s"), "s", 2.0)
        yield Figure(
            f"full discovery of {vms:,} VMs against bulk retrieval",
            full / plain,
            "×",
            1.3,
            beside=f"{full:.1f} s, baseline {plain:.1f} s",
        )
        yield Figure(
            "… and of the processor's time in either process",
            _of(ours, "processor_s") / _of(baseline, "processor_s"),
            "×",
            1.3,
            beside=f"{_of(ours, 'processor_s'):.1f} s, baseline {_of(baseline, 'processor_s'):.1f} s",
        )
        yield Figure("requests for it", _of(ours, "requests"), "", None)
        yield Figure("received for it", _of(ours, "received_mib"), "MiB", None)
        yield Figure(
            "memory of the reader",
            _of(ours, "memory_mib"),
            "MiB",
            None,
            beside=f"baseline {_of(baseline, 'memory_mib'):.0f} MiB",
        )
        for rate in RATES:
            told = _run("watch", vcenter, str(rate)).latencies_s
            cuts = quantiles(told, n=100) if len(told) > 1 else [float("nan")] * 99
            made = int(rate * CHANGES_FOR_S)
            yield Figure(
                f"change → report at {rate} changes/s, median",
                median(told) if told else float("nan"),
                "s",
                1.0,
                beside=f"p99 {cuts[98]:.2f} s; {len(told)} of {made} reported each for itself",
            )


def _of(readings: Sequence[Reading], field: str) -> float:
    return median(float(getattr(each, field)) for each in readings)


def _run(what: str, vcenter: Vcenter, *arguments: str) -> Reading:
    command = [sys.executable, "-m", "tests.bench.bench_vsphere", what, str(vcenter.port), repr(time.time())]
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, check=True, timeout=400)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Reading)


# --- the processes ------------------------------------------------------------------------------------------------


def read_bulk(port: int) -> Reading:
    """The baseline's process."""
    from tests.bench import baseline_vsphere

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
            requests=reader.tally.calls.total(),
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

"""The processes that bench_vsphere compares: the reader, the baseline, and whoever makes changes meanwhile.

Each imports what it would in life, and no more: importing is part of what the first rows wait for.
"""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import sys
import time
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tests.bench import machine
from tests.hypervisors.vcsim.accounts import ALICE, OPERATOR
from vmi_console.collectors import vsphere
from vmi_console.collectors.protocol import Role, Start
from vmi_console.collectors.vsphere.certificate import fingerprint
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.records import VM, State

ADDRESS = "127.0.0.1"
CHANGES_FOR_S = 10.0
SETTLE_S = 5.0


class Reading(msgspec.Struct):
    """What one process tells of its reading, and what that cost the simulator."""

    vms: int
    seconds: float
    processor_s: float
    first_rows_s: float = 0.0  # since the process was started
    first_rows_processor_s: float = 0.0
    received_mib: float = 0.0
    memory_mib: float = 0.0
    latencies_s: list[float] = []
    requests: int = 0
    answered_mib: float = 0.0  # before compression
    simulator_s: float = 0.0


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
        self.first_rows_processor = 0.0
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
            self.first_rows_processor = time.process_time()
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
    shown = fingerprint(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((ADDRESS, port))))
    uri = f"vsphere://{OPERATOR.name.replace('@', '%40')}@{ADDRESS}:{port}/"
    reader = vsphere.reader(Start(role=Role.READER, uri=uri, secret=OPERATOR.password, trusted=(shown,)))
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
            first_rows_processor_s=sink.first_rows_processor,
            received_mib=reader.tally.received_bytes / machine.MIB,
            memory_mib=machine.memory_mib(os.getpid()),
        )
        if rate:
            changer = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.vsphere_processes", "change", str(port), "0", str(rate)
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

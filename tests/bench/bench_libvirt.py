"""First discovery of 2,000 domains of libvirt's test driver, beside a script with the fewest calls, in the same run.

Run it with `python -m tests.bench.bench_libvirt`. Opening the connection, which makes the test driver read its file, is
in neither figure. The reader's figure is what its process does until discovery ends: calls on threads, records made,
compared and handed to a sink that drops them.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import libvirt

from tests.bench.baseline_libvirt import discover
from tests.bench.figures import Figure
from vmi_console.collectors.demand import Demand
from vmi_console.collectors.libvirt import eventloop
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.following import Following
from vmi_console.collectors.libvirt.session import opened
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.records import State

DOMAINS = 2_000
ROUNDS = 7
LONGEST_S = 60.0
GOAL = 1.3  # what vSphere's discovery may take of its baseline; libvirt's is held to the same

_DOMAIN = """<domain type='test'><name>vm{n:05}</name><uuid>{uuid}</uuid><title>Machine {n}</title>
<description>Number {n} of the estate</description><memory unit='MiB'>2048</memory><vcpu>2</vcpu>
<os><type arch='x86_64' machine='pc-q35-8.0'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/images/vm{n}.qcow2'/>
<target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/images/vm{n}-data.img'/>
<target dev='vdb' bus='virtio'/><serial>D{n}</serial></disk>
<interface type='network'><mac address='52:54:00:00:{high:02x}:{low:02x}'/><source network='lan'/>
<model type='virtio'/></interface>
<interface type='bridge'><mac address='52:54:01:00:{high:02x}:{low:02x}'/><source bridge='br{bridge}'/>
<model type='virtio'/></interface>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='vnc' port='-1'/></devices></domain>"""
_NODE = """<node><cpu><mhz>2400</mhz><model>x86_64</model><active>8</active><nodes>1</nodes><sockets>1</sockets>
<cores>8</cores><threads>1</threads></cpu><memory>67108864</memory>
<network><name>lan</name><forward mode='nat'/><ip address='10.0.0.1' netmask='255.255.0.0'/></network>
<pool type='dir'><name>images</name><target><path>/images</path></target></pool>
{domains}</node>"""


class Discovered:
    """A sink that drops everything and knows when a discovery was over, and how large the first rows' delay was."""

    def __init__(self) -> None:
        self.records = 0
        self.first_vm_at = 0.0
        self.ended_at = 0.0
        self.ended = asyncio.Event()

    async def identified(self, endpoint: str, product: str) -> None:
        """Not of interest."""

    async def discovery_begins(self, expected: int | None = None) -> None:
        """Not of interest."""

    async def discovery_ends(self) -> None:
        """The end of what is measured."""
        self.ended_at = time.perf_counter()
        self.ended.set()

    async def report(self, batch: Batch) -> None:
        """Counts."""
        self.records += len(batch.records)
        if not self.first_vm_at and any(record.kind == "vm" for record in batch.records):
            self.first_vm_at = time.perf_counter()

    async def samples(self, samples: Sequence[Sample]) -> None:
        """Not of interest."""

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        """Not of interest."""

    def contact(self, at: datetime | None = None) -> None:
        """Not of interest."""


def measure() -> Iterator[Figure]:
    """Medians of several rounds, the two taking turns."""
    with tempfile.TemporaryDirectory() as folder:
        node = Path(folder, "node.xml")
        node.write_text(_NODE.format(domains="".join(map(_domain, range(DOMAINS)))), encoding="utf-8")
        uri = f"test://{node}"
        eventloop.start()
        rounds = [(asyncio.run(_reader(uri)), _baseline(uri)) for _ in range(ROUNDS)]
    ours = statistics.median(took for (took, _), _ in rounds)
    first = statistics.median(first for (_, first), _ in rounds)
    theirs = statistics.median(took for _, took in rounds)
    size = f"{DOMAINS:,} domains of libvirt's test driver"
    yield Figure(f"first discovery, {size}", ours * 1000, "ms", None, f"baseline script {theirs * 1000:.0f} ms")
    yield Figure(f"… of the baseline script's time, {size}", ours / theirs, "×", GOAL)
    yield Figure(f"first VM reported, {size}", first * 1000, "ms", 2000)


async def _reader(uri: str) -> tuple[float, float]:
    session = await opened(target(uri), None, writable=False, answered=lambda: None)
    sink = Discovered()
    gc.collect()
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(LONGEST_S):
        following = tasks.create_task(Following(session, sink, Demand()).run())
        await sink.ended.wait()
        following.cancel()
    session.close()
    assert sink.records > DOMAINS
    return sink.ended_at - begun, sink.first_vm_at - begun


def _baseline(uri: str) -> float:
    with closing(libvirt.openReadOnly(uri)) as connection:
        gc.collect()
        begun = time.perf_counter()
        assert len(discover(connection)["domains"]) == DOMAINS
        return time.perf_counter() - begun


def _domain(number: int) -> str:
    name = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
    return _DOMAIN.format(n=number, uuid=name, high=number >> 8, low=number & 255, bridge=number % 8)


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what}: {figure.value:.2f} {figure.unit}  {figure.beside}")

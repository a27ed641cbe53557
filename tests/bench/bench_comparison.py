"""How long it takes to compare two moments of 45,000 VMs with 400 packages each, between which 500 VMs changed.

Times are of the processor. The records of both moments are objects of their own, as those of two files are.
"""

from __future__ import annotations

import gc
import time

import msgspec

from tests.bench import bench_inventory as estate
from tests.bench.bench_snapshot import moment
from tests.bench.figures import Figure
from vmi_console.estate.catalog import AnyRecord
from vmi_console.review.comparison import compare
from vmi_console.review.moment import Moment

CHANGED = 500


def later() -> Moment:
    """The same estate, decoded anew, with VMs spread over all of it that have more memory."""
    records = msgspec.msgpack.decode(msgspec.msgpack.encode(moment().records), type=tuple[AnyRecord, ...])
    step = estate.VMS // CHANGED
    changed = {
        estate.of("vm", number): estate.vm(number, memory_bytes=16 << 30) for number in range(0, estate.VMS, step)
    }
    return Moment(at=estate.NOW, records=tuple(changed.get(record.id, record) for record in records))


def measure() -> list[Figure]:
    """All figures of this module."""
    before, after = moment(), later()
    gc.collect()
    begin = time.process_time()
    found = compare(before, after)
    spent = time.process_time() - begin
    told = len(list(found.items()))
    assert told == CHANGED, f"{told} differences were told, not {CHANGED}"
    begin = time.process_time()
    compare(before, before)
    same = time.process_time() - begin
    return [
        Figure(f"compare two moments of {estate.VMS:,} VMs with {CHANGED} changes", spent, "s", 3.0),
        Figure("compare one with itself", same, "s", None),
    ]

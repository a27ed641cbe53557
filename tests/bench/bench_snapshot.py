"""How fast an estate of 45,000 VMs with 400 packages each becomes a snapshot file, and a moment again.

Times are of the processor, but for the start of a window; what is written and read lies in the page cache.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.bench import bench_inventory as estate
from tests.bench.bench_start import start
from tests.bench.figures import Figure
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import Connection
from vmi_console.response.keys import SigningKey
from vmi_console.review import signing, snapshots
from vmi_console.review.moment import Moment
from vmi_console.review.redaction import redacted

STARTS = 3


def moment() -> Moment:
    """All of the estate."""
    endpoint = endpoint_of(estate.of("vm", 0))
    records: list[AnyRecord] = [
        Connection(id=EntityId("connection/console/1"), name="Site", uri="demo://", provider="demo", endpoint=endpoint),
        *map(estate.host, range(estate.HOSTS)),
        *map(estate.network, range(estate.NETWORKS)),
        *map(estate.vm, range(estate.VMS)),
        *map(estate.image, range(estate.IMAGES)),
        *map(estate.guest, range(estate.VMS)),
    ]
    return Moment(at=estate.NOW, records=tuple(records))


def measure() -> list[Figure]:
    """All figures of this module."""
    results: list[Figure] = []
    whole = moment()
    vms = f"{estate.VMS:,} VMs"

    def timed(what: str, work: Callable[[], object], goal: float | None = None) -> None:
        gc.collect()
        begin = time.process_time()
        work()
        results.append(Figure(what, time.process_time() - begin, "s", goal))

    with tempfile.TemporaryDirectory() as folder:
        path, signed = Path(folder, "estate.vmisnap"), Path(folder, "signed.vmisnap")
        timed(f"write a snapshot of {vms}", lambda: snapshots.write(path, whole))
        results.append(Figure("its size", path.stat().st_size / (1 << 20), "MiB", None))
        timed("open it: a moment", lambda: snapshots.read(path), 2.0)
        timed("say what is in it", lambda: snapshots.info(path))
        key = SigningKey(Ed25519PrivateKey.generate())
        timed("write it signed", lambda: snapshots.write(signed, whole, key))
        timed("verify it", lambda: signing.verify(signed))
        timed("open it signed", lambda: snapshots.read(signed))
        timed("redact it", lambda: redacted(whole))
        results += usable(folder, path)
    return results


def usable(folder: str, path: Path) -> list[Figure]:
    """Until the window on it is there: from the start of the program to all VMs being in the tree."""
    start(folder, str(path), vms=estate.VMS)  # what is installed has bytecode
    times = [start(folder, str(path), vms=estate.VMS)[1] for _ in range(STARTS)]
    beside = f"median of {STARTS}, slowest {max(times):.2f} s"
    return [Figure("start to a usable window on it", statistics.median(times), "s", 3.0, beside)]

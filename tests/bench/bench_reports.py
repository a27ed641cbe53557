"""How long reports of 45,000 VMs with 400 packages each take, and how much memory beyond the moment itself.

The workbook has all tabs; page and workbook have the compliance with ten policies of four checks. Times are of the
processor.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import bench_inventory as estate
from tests.bench.bench_inventory import resident_mib
from tests.bench.figures import Figure
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import Connection
from vmi_console.reports.compliance import judged
from vmi_console.reports.page import write_page
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject
from vmi_console.reports.workbook import write_workbook
from vmi_console.review.moment import Moment, PolicyFile

POLICIES = 10


def policy_text(number: int) -> str:
    """One of the ten: a fifth of the VMs are its members, a few of which fail."""
    return f"""\
policy: Tier {number % 5}, rules {number}
members: '"tier-{number % 5}" in tags and memory_mb > {number}'
severity: high
checks:
  - vlans: {{allowed: [1-{399 - number % 3}]}}
  - applications: {{denied: ["package-{number} < 0.9", own-{number}]}}
  - services: {{denied: [service-{number + 100}]}}
  - settings: {{isolation.tools.copy.disable: {{equals: true, absent: pass}}}}
"""


def records() -> Iterator[AnyRecord]:
    """The estate that other benchmarks have."""
    yield Connection(id=estate.of("connection", 0), name="vcenter", uri="demo://", provider="vsphere")
    yield from map(estate.host, range(estate.HOSTS))
    yield from map(estate.network, range(estate.NETWORKS))
    yield from map(estate.vm, range(estate.VMS))
    yield from map(estate.image, range(estate.IMAGES))
    yield from map(estate.guest, range(estate.VMS))


def moment() -> Moment:
    """It, held against policies."""
    inventory = Inventory(itertools.count(1).__next__)
    for batch in itertools.batched(records(), MAX_BATCH):
        inventory.apply(Batch(records=batch, seen=Seen.DISCOVERY), estate.NOW)
    texts = [PolicyFile(name=f"{number}.yaml", text=policy_text(number)) for number in range(POLICIES)]
    return judged(Moment(at=estate.NOW, records=tuple(inventory.all())), texts)


def measure() -> Iterator[Figure]:
    """The benchmark."""
    whole = moment()
    begin = time.process_time()
    subject = Subject(whole)
    yield Figure("index a moment of 45,000 VMs", time.process_time() - begin, "s", None)
    begin = time.process_time()
    assert subject.compliance.score.total
    yield Figure(f"hold it against {POLICIES} policies", time.process_time() - begin, "s", None)
    with tempfile.TemporaryDirectory() as folder:
        yield from _written("workbook", write_workbook, subject, Path(folder) / "a.xlsx")
        yield from _written("page", write_page, subject, Path(folder) / "a.html")


def _written(
    what: str, write: Callable[[Subject, Path, Progress], None], subject: Subject, path: Path
) -> Iterator[Figure]:
    most = before = resident_mib()

    def look(_: float) -> None:
        nonlocal most
        most = max(most, resident_mib())

    begin = time.process_time()
    write(subject, path, Progress(look))
    spent = time.process_time() - begin
    size_mib = path.stat().st_size / (1 << 20)
    yield Figure(f"write the {what}", spent, "s", None, f"{size_mib:.1f} MiB")
    yield Figure(f"memory for it beyond the moment: {what}", max(most, resident_mib()) - before, "MiB", 200)

"""Loads: gathered by the minute, had back as finely as they are kept, and forgotten where they are too fine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import entity_id
from vmi_console.history.reader import Reader
from vmi_console.history.samples import Gatherer, Usage
from vmi_console.history.store import History

WEB = entity_id("vm", "4c4c.qemu", "web")
OTHER = entity_id("vm", "4c4c.qemu", "other")

MINUTE, QUARTER, DAY = 60, 15 * 60, 24 * 60 * 60


async def test_loads_are_gathered_and_fine_ones_forgotten(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    hour_ago = (now - timedelta(hours=1)).replace(second=0, microsecond=0)
    two_days_ago, long_ago = now - timedelta(days=2), now - timedelta(days=40)
    history = await History.open(tmp_path / "history.db")
    gatherer = Gatherer(history.keep_loads)
    for at, cpu in (
        (long_ago, 70.0),
        (two_days_ago, 50.0),
        (hour_ago, 10.0),
        (hour_ago + timedelta(seconds=20), 30.0),
        (hour_ago + timedelta(seconds=60), 5.0),
    ):
        gatherer.add([Sample(entity=WEB, at=at, cpu_percent=cpu, disk_read_bytes_per_s=cpu)])
    gatherer.add([Sample(entity=OTHER, at=hour_ago + timedelta(seconds=60), memory_used_bytes=7)])
    gatherer.flush()
    await history.flush()

    reader = Reader.open(tmp_path / "history.db")
    minutes = reader.loads(WEB, hour_ago, now)
    assert [(load.seconds, load.at, load.cpu_percent) for load in minutes] == [
        (MINUTE, hour_ago, Usage(20.0, 30.0)),
        (MINUTE, hour_ago + timedelta(minutes=1), Usage(5.0, 5.0)),
    ]
    assert minutes[0].disk_bytes_per_s == Usage(20.0, 30.0)
    assert minutes[0].memory_used_bytes == Usage(None, None)  # never told, which is not 0
    (other,) = reader.loads(OTHER, hour_ago, now)
    assert (other.memory_used_bytes, other.cpu_percent) == (Usage(7.0, 7.0), Usage(None, None))

    quarters = reader.loads(WEB, now - timedelta(days=10), now)
    assert {load.seconds for load in quarters} == {QUARTER}
    assert quarters[0].cpu_percent == Usage(50.0, 50.0)
    days = reader.loads(WEB, now - timedelta(days=100), now)
    assert {load.seconds for load in days} == {DAY}
    assert days[0].cpu_percent == Usage(70.0, 70.0)
    assert reader.loads(WEB, now - timedelta(days=100), now, most=1)[0].at == days[-1].at
    reader.close()
    await history.close()

    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        oldest = dict(file.execute("SELECT seconds, min(at) FROM samples GROUP BY seconds"))
    assert oldest[MINUTE] == hour_ago.timestamp() * 1_000_000
    assert oldest[QUARTER] > (two_days_ago - timedelta(minutes=15)).timestamp() * 1_000_000
    assert oldest[DAY] < long_ago.timestamp() * 1_000_000

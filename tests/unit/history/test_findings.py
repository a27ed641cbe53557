"""Findings and decisions as the history keeps them: what people decided outlives even the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmi_console.estate.identity import EntityId
from vmi_console.history.pending import Encoded, KeptFinding
from vmi_console.history.store import History

NOW = datetime.now(UTC)


def finding(name: str, resolved_at: datetime | None = None) -> KeptFinding:
    return KeptFinding(name, EntityId("vm/vc/v"), NOW, resolved_at, Encoded(name.encode(), 1))


async def test_open_findings_come_back_after_the_latest_resolved_ones(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.keep_findings([finding("a"), finding("b", NOW), finding("c", NOW - timedelta(1)), finding("d")])
    history.keep_findings([finding("d", NOW + timedelta(1))])
    await history.close()
    history = await History.open(tmp_path / "history.db")
    try:
        assert [each.record for each in await history.findings(2)] == [b"b", b"d", b"a"]
        assert len(await history.findings(100)) == 4
    finally:
        await history.close()


async def test_decisions_come_back_and_can_be_taken_back(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.db")
    history.decide("waiver", "1", Encoded(b"first", 1))
    history.decide("waiver", "1", Encoded(b"second", 1))
    history.decide("armed", "1", Encoded(b"other", 1))
    history.decide("waiver", "2", Encoded(b"gone", 1))
    history.decide("waiver", "2", None)
    assert history.decisions("waiver") == {"1": Encoded(b"second", 1)}
    await history.close()
    history = await History.open(tmp_path / "history.db")
    try:
        assert history.decisions("waiver") == {"1": Encoded(b"second", 1)}
        assert history.decisions("armed") == {"1": Encoded(b"other", 1)}
    finally:
        await history.close()


async def test_decisions_outlive_a_file_that_is_deleted_at_work(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    history = await History.open(path, lambda text, advice="": None)
    history.decide("waiver", "1", Encoded(b"kept", 1))
    history.decide("waiver", "2", Encoded(b"gone", 1))
    history.decide("waiver", "2", None)
    await history.flush()
    path.unlink()
    history.decide("waiver", "3", Encoded(b"later", 1))
    await history.flush()
    await history.close()
    history = await History.open(path)
    try:
        assert set(history.decisions("waiver")) == {"1", "3"}
    finally:
        await history.close()

"""Some of the tampered snapshot files; `python -m tests.fuzz.snapshot_files` reads 2,000."""

from __future__ import annotations

from tests.fuzz.snapshot_files import fuzz


def test_tampered_snapshots_are_refused_or_read() -> None:
    outcomes = fuzz(120)
    assert not [outcome for outcome in outcomes if outcome.broken]
    assert len({outcome.said for outcome in outcomes}) > 10  # they are not all refused at the door

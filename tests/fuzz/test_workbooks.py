"""Some of the exports that were tampered with; `python -m tests.fuzz.workbooks` imports 2,000."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz.workbooks import fuzz


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for files that stay open")
def test_tampered_exports_are_refused_or_read() -> None:
    outcomes = fuzz(60)
    assert not [outcome for outcome in outcomes if outcome.broken]
    assert 10 < sum(outcome.said == "read" for outcome in outcomes) < 50

"""A few tampered images each time; `make fuzz` looks into 2,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import IN_CI
from tests.fuzz.harness import fuzz
from tests.fuzz.seeds import missing_tools, seeds

A_FEW = 60


@pytest.mark.slow
async def test_nothing_that_is_tampered_with_breaks_anything_but_its_look(tmp_path: Path) -> None:
    if IN_CI:
        assert not missing_tools()
    report = await fuzz(seeds(tmp_path), A_FEW)
    assert len(report.outcomes) == A_FEW
    assert report.broken == []
    assert any(outcome.failure for outcome in report.outcomes)
    assert not all(outcome.failure for outcome in report.outcomes)
